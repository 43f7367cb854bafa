package store

import (
	"errors"
	"fmt"
	"syscall"
)

// fileLock keeps other processes away from a database. The system lets it go
// when the process dies, however it dies.
type fileLock struct{ h syscall.Handle }

const errorSharingViolation = syscall.Errno(32)

// lockFile opens the file beside the database in a way that shares it with
// nobody.
func lockFile(database string) (*fileLock, error) {
	name, err := syscall.UTF16PtrFromString(database + ".lock")
	if err != nil {
		return nil, fmt.Errorf("the database %q has no name that can be used: %w", database, err)
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, errorSharingViolation) {
		return nil, fmt.Errorf("the database %s is in use by another process: only one may run on it", database)
	}
	if err != nil {
		return nil, fmt.Errorf("the database %s cannot be opened for writing: its folder must be there, and both must be writable (%w)", database, err)
	}
	return &fileLock{h: h}, nil
}

func (l *fileLock) release() error { return syscall.CloseHandle(l.h) }
