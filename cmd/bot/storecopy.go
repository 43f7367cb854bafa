package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"bouncer/store"
)

// storeCommands are the subcommands of bouncer store; a new one needs one row.
func storeCommands() []subcommand {
	return []subcommand{
		{"copy", "bouncer store copy FROM [TO]",
			"copy a SQLite file into an empty PostgreSQL database, TO or DATABASE_URL, and verify the copy; stop the bot first", storeCopy},
	}
}

// storeCommand is bouncer store.
func storeCommand(ctx context.Context, args []string, out, errs io.Writer) error {
	if len(args) == 0 || args[0] == "-h" || args[0] == "--help" || args[0] == "help" {
		list(out, storeCommands())
		return nil
	}
	for _, c := range storeCommands() {
		if c.name == args[0] {
			return c.run(ctx, args[1:], out, errs)
		}
	}
	_, _ = fmt.Fprintf(errs, "bouncer store: %q is not a subcommand\n", args[0])
	list(errs, storeCommands())
	return errUsage
}

// storeCopy is bouncer store copy.
func storeCopy(ctx context.Context, args []string, out, errs io.Writer) error {
	s, err := environment()
	if err != nil {
		return err
	}
	fs := flags("store copy", errs)
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if fs.NArg() == 0 || fs.NArg() > 2 {
		return errors.New("bouncer store copy FROM [TO] needs the SQLite file, and the PostgreSQL database if it is not DATABASE_URL")
	}
	from, err := databaseOf(s, fs.Arg(0))
	if err != nil {
		return err
	}
	to, err := databaseOf(s, fs.Arg(1))
	if err != nil {
		return err
	}
	head, n, err := store.Copy(ctx, from, to)
	if err != nil && ctx.Err() != nil {
		return errors.New("the copy was interrupted: no bot starts on it, and the same command begins it again")
	}
	if err != nil {
		return err
	}
	return print(out, "copied: %d entries, head %d %s; the chain of the copy is intact. Start the bot with the new DATABASE_URL, and move the SQLite file away\n", n, head.Number, head.Hash)
}
