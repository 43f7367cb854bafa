package store

import (
	"errors"
	"fmt"
	"syscall"
)

// diskFull returns an error that says what to do about a full disk.
func diskFull(database string, err error) error {
	return fmt.Errorf("DATABASE_URL: %w: free space where %s is, or move it to a larger disk (%w)", ErrFull, database, err)
}

func unwritable(database string, err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return diskFull(database, err)
	}
	return fmt.Errorf("DATABASE_URL: the database %s cannot be opened for writing: its folder must be there, and both must be writable (%w)", database, err)
}

// errInUse is not about the setting: another process has the right database.
var errInUse = errors.New("is used by a running bot: stop it first")

func locked(database string, err error, inUse bool) error {
	if inUse {
		return fmt.Errorf("the database %s %w", database, errInUse)
	}
	return fmt.Errorf("DATABASE_URL: the database %s cannot be locked: %w", database, err)
}

// linked refuses a file with several names. SQLite keeps its log beside the name that it was
// opened by, so two names are two logs of one file.
func linked(database string, names uint64) error {
	return fmt.Errorf("DATABASE_URL: the database %s has %d names (hard links), which would corrupt it: remove the other ones, or copy the file", database, names)
}
