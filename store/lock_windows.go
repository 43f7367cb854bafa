package store

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// fileLock keeps other processes from opening a database, whatever name they use for it. The
// system releases it when the process dies, however it dies.
type fileLock struct {
	beside windows.Handle // as earlier versions do: opened without sharing
	itself *os.File       // one byte of it that SQLite never uses is locked
}

// lockFile creates the database's file if necessary and locks it.
func lockFile(database string) (_ *fileLock, err error) {
	l := &fileLock{beside: windows.InvalidHandle}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.release())
		}
	}()
	name, err := windows.UTF16PtrFromString(database + ".lock")
	if err != nil {
		return nil, unwritable(database, err)
	}
	l.beside, err = windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE, 0, nil, windows.OPEN_ALWAYS, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, windows.ERROR_SHARING_VIOLATION) {
		return nil, locked(database, err, true)
	}
	if err != nil {
		return nil, unwritable(database, err)
	}
	if l.itself, err = os.OpenFile(database, os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return nil, unwritable(database, err)
	}
	h := windows.Handle(l.itself.Fd())
	var info windows.ByHandleFileInformation
	if err := windows.GetFileInformationByHandle(h, &info); err == nil && info.NumberOfLinks > 1 {
		return nil, linked(database, uint64(info.NumberOfLinks))
	}
	far := &windows.Overlapped{OffsetHigh: 1 << 30}
	if err := windows.LockFileEx(h, windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, far); err != nil {
		return nil, locked(database, err, errors.Is(err, windows.ERROR_LOCK_VIOLATION))
	}
	return l, nil
}

func (l *fileLock) release() error {
	var errs []error
	if l.itself != nil {
		errs = append(errs, l.itself.Close())
	}
	if l.beside != windows.InvalidHandle {
		errs = append(errs, windows.CloseHandle(l.beside))
	}
	return errors.Join(errs...)
}

// opened returns the locked file's info, whatever file has its name by now.
func (l *fileLock) opened() (os.FileInfo, error) { return l.itself.Stat() }
