package storetest

import "syscall"

// inMemory returns a folder of an in-memory file system with enough space, else "".
func inMemory() string {
	const folder, enough = "/dev/shm", 1 << 30
	var s syscall.Statfs_t
	if syscall.Statfs(folder, &s) != nil || syscall.Access(folder, 2) != nil || s.Bavail*uint64(s.Bsize) < enough { //nolint:gosec // a block has a size above zero
		return ""
	}
	return folder
}
