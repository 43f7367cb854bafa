package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"bouncer/moderation"
)

// auditPrune is bouncer audit prune: it cuts off the beginning of the log.
func auditPrune(ctx context.Context, args []string, out, errs io.Writer) (err error) {
	s, err := environment()
	if err != nil {
		return err
	}
	fs := flags("audit prune", errs)
	url := databaseFlag(fs)
	day := fs.String("before", "", "cut off entries from before this `DATE`, such as 2026-01-31, or a time as in 2026-01-31T08:00:00Z")
	zone := fs.String("tz", "UTC", "the time `ZONE` of the date, such as Europe/Berlin")
	if err := parse(fs, args); err != nil {
		return err
	}
	if *day == "" {
		return errors.New("-before is missing: it names the date from which on entries stay, such as 2026-01-31")
	}
	at, err := zoneAndTimes(*zone, "-before", *day)
	if err != nil {
		return err
	}
	defer func() { err = aboutDatabase(*url, err) }()
	st, err := openToWrite(ctx, s, *url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if _, err := st.Verify(ctx); err != nil { // what is cut off is not verified again
		return fmt.Errorf("nothing was pruned: %w", err)
	}
	anchor, err := st.Prune(ctx, at.times[0], moderation.Actor{Kind: moderation.ActorCommand})
	if err != nil {
		return err
	}
	if _, err := st.Verify(ctx); err != nil {
		return err
	}
	return print(out, "pruned: the log begins after entry %d %s. It is intact, and the prune is an entry of it\n", anchor.Number, anchor.Hash)
}
