package main

import (
	"context"
	"errors"
	"io"

	"bouncer/store"
)

// migrate is bouncer migrate: it brings the database's tables up to date.
func migrate(ctx context.Context, args []string, out, errs io.Writer) error {
	s, err := environment()
	if err != nil {
		return err
	}
	fs := flags("migrate", errs)
	url := databaseFlag(fs)
	if err := parse(fs, args); err != nil {
		return err
	}
	c, err := databaseOf(s, *url)
	if err != nil {
		return err
	}
	from, to, err := store.Migrate(ctx, c)
	switch {
	case err != nil && ctx.Err() != nil:
		return errors.New("the upgrade was interrupted: run bouncer migrate again, which continues it")
	case err != nil:
		return aboutDatabase(*url, err)
	case from == to:
		return print(out, "nothing to do: the tables are at version %d, which this program needs\n", to)
	}
	return print(out, "the tables were upgraded from version %d to version %d\n", from, to)
}
