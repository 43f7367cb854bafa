//go:build unix

package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// fileLock keeps other processes from opening a database, whatever name they use for it. The
// system releases it when the process dies, however it dies.
type fileLock struct {
	// beside is locked as earlier versions do, so that none of them runs at the same time.
	beside *os.File
	// itself is the database. One byte of it that SQLite never uses is locked by an
	// open-file-description lock. SQLite's own locks belong to the process and are released when
	// any descriptor of the file is closed, so this one is closed last.
	itself *os.File
}

// lockByte is far behind the end of the largest database.
const lockByte = 1 << 62

// lockFile creates the database's file if necessary, readable only by its owner, and locks it.
// database is not a symbolic link.
func lockFile(database string) (_ *fileLock, err error) {
	l := &fileLock{}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.release())
		}
	}()
	if l.beside, err = os.OpenFile(database+".lock", os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600); err != nil { //nolint:gosec // the operator names the database
		return nil, unwritable(database, err)
	}
	if err = syscall.Flock(int(l.beside.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, locked(database, err, errors.Is(err, syscall.EWOULDBLOCK))
	}
	flags := os.O_CREATE | os.O_RDWR | syscall.O_NOFOLLOW | syscall.O_NONBLOCK
	if l.itself, err = os.OpenFile(database, flags, 0o600); err != nil { //nolint:gosec // the operator names the database
		return nil, unwritable(database, err)
	}
	info, err := l.itself.Stat()
	if err != nil {
		return nil, unwritable(database, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("DATABASE_URL: the database %s is not a regular file", database)
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Nlink > 1 {
		return nil, linked(database, uint64(st.Nlink)) //nolint:unconvert // narrower on other systems
	}
	if ofdSetLock == 0 {
		return l, nil
	}
	one := unix.Flock_t{Type: unix.F_WRLCK, Whence: 0, Start: lockByte, Len: 1}
	switch err = unix.FcntlFlock(l.itself.Fd(), ofdSetLock, &one); {
	case err == nil, errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOTSUP): // a system without such locks
		return l, nil
	default:
		return nil, locked(database, err, errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES))
	}
}

// release leaves the file beside the database: removing it would let two processes lock two files
// of one name.
func (l *fileLock) release() error {
	var errs []error
	for _, f := range []*os.File{l.itself, l.beside} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

// opened returns the locked file's info, whatever file has its name by now.
func (l *fileLock) opened() (os.FileInfo, error) { return l.itself.Stat() }
