//go:build unix

package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// fileLock keeps other processes away from a database. The system lets it go
// when the process dies, however it dies.
type fileLock struct{ f *os.File }

// lockFile takes the lock beside the database.
func lockFile(database string) (*fileLock, error) {
	path := database + ".lock"
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the operator names the database
	if err != nil {
		return nil, fmt.Errorf("the database %s cannot be opened for writing: its folder must be there, and both must be writable (%w)", database, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = fmt.Errorf("the database %s is in use by another process: only one may run on it", database)
		} else {
			err = fmt.Errorf("the lock file %s cannot be locked: %w", path, err)
		}
		return nil, errors.Join(err, f.Close())
	}
	return &fileLock{f: f}, nil
}

// release leaves the file: removing it would let two processes lock two files
// of one name.
func (l *fileLock) release() error { return l.f.Close() }
