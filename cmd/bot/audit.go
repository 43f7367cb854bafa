package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"

	"bouncer/store"
)

// audit is bot audit: it walks the whole chain.
func audit(ctx context.Context, args []string, out, errs io.Writer) (err error) {
	s, err := environment()
	if err != nil {
		return err
	}
	fs := flags("audit", errs)
	url := fs.String("db", s.DatabaseURL, "path of the SQLite file (DATABASE_URL)")
	if err := parse(fs, args); err != nil {
		return err
	}
	if _, err := os.Stat(*url); err != nil {
		return fmt.Errorf("no database: %w", err)
	}
	app, err := strconv.ParseUint(s.SDKAppID, 10, 32)
	if err != nil {
		return errors.New("SDK_APP_ID is missing: the application that the log belongs to")
	}
	st, err := store.New(ctx, store.Config{URL: *url, App: uint32(app), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	head, err := st.Seal(ctx)
	if err != nil {
		return err
	}
	n, err := st.Verify(ctx)
	if err != nil {
		return err
	}
	id, _ := st.Database()
	_, err = fmt.Fprintf(out, "the chain holds: %d entries, head %d %s, database %s\n", n, head.Number, head.Hash, id)
	return err
}
