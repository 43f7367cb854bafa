package main

import (
	"context"
	"errors"
	"io"

	"bouncer/store"
)

// backup is bouncer backup: a verified copy of the database, also while the
// bot runs. The image contains no other program that could make one.
func backup(ctx context.Context, args []string, out, errs io.Writer) (err error) {
	s, err := environment()
	if err != nil {
		return err
	}
	fs := flags("backup", errs)
	url := databaseFlag(fs)
	defer func() { err = aboutDatabase(*url, err) }()
	to, err := oneArgument(fs, args)
	if err != nil {
		return err
	}
	if to == "" {
		return errors.New("FILE is missing: bouncer backup FILE writes a copy of the database to a new file")
	}
	c, err := databaseOf(s, *url)
	if err != nil {
		return err
	}
	head, n, err := store.Backup(ctx, c, to)
	if err != nil {
		return err
	}
	return print(out, "written: %s, %d entries, head %d %s; its chain is intact\n", to, n, head.Number, head.Hash)
}
