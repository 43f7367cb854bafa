package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"bouncer/store"
)

// logFormat writes an excerpt of the log.
type logFormat interface {
	begin(x store.LogExcerpt) error
	entry(e *store.LoggedEntry) error
	end() error
}

// logFormats are the formats of bouncer audit export; a new one needs one row.
var logFormats = map[string]struct {
	byCase bool
	// proves means that it contains all that was recorded, so that it may be pruned.
	proves bool
	make   func(w io.Writer, zone *time.Location) logFormat
}{
	"jsonl": {proves: true, make: newJSONLog},
	"csv":   {make: newCSVLog},
	"md":    {byCase: true, make: newTimeline},
}

// auditExport is bouncer audit export: it writes entries of the log, also
// next to a running bot.
func auditExport(ctx context.Context, args []string, out, errs io.Writer) (err error) {
	s, err := environment()
	if err != nil {
		return err
	}
	fs := flags("audit export", errs)
	url := databaseFlag(fs)
	since := fs.String("since", "", "the first `DATE`, such as 2026-01-31, or a time as in 2026-01-31T08:00:00Z")
	until := fs.String("until", "", "the first `DATE` that is not exported")
	format := fs.String("format", "jsonl", "`FORMAT`: jsonl has everything and can be verified; csv is a table; md shows each case as a timeline")
	zone := fs.String("tz", "UTC", "the time `ZONE` of dates, and of times in csv and md, such as Europe/Berlin")
	file := fs.String("o", "", "write to a new `FILE` instead of the output. Only entries that were exported to a file as jsonl can be pruned")
	if err := parse(fs, args); err != nil {
		return err
	}
	kind, ok := logFormats[*format]
	if !ok {
		return fmt.Errorf("-format: %q is not a format: write jsonl, csv or md", plain(*format))
	}
	when, err := zoneAndTimes(*zone, "-since", *since, "-until", *until)
	if err != nil {
		return err
	}
	if *since != "" && *until != "" && !when.times[0].Before(when.times[1]) {
		return fmt.Errorf("-until %s is not after -since %s: nothing is in between", plain(*until), plain(*since))
	}
	defer func() { err = aboutDatabase(*url, err) }()
	st, err := openToRead(ctx, s, *url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	var x store.LogExcerpt
	write := func(w io.Writer) error {
		f := kind.make(w, when.zone)
		r := store.LogRange{Since: when.times[0], Until: when.times[1], ByCase: kind.byCase}
		if err := st.Export(ctx, r, func(e store.LogExcerpt) error { x = e; return f.begin(e) }, f.entry); err != nil {
			return err
		}
		return f.end()
	}
	if *file == "" || *file == "-" {
		buffered := bufio.NewWriterSize(out, 1<<16)
		err := write(buffered)
		if err == nil {
			err = buffered.Flush()
		}
		if err != nil {
			return fmt.Errorf("the export was not written: %w", err)
		}
		return nil
	}
	if err := store.WriteNewFile(*file, write); err != nil {
		return fmt.Errorf("the export %s was not written: %w", *file, err)
	}
	return exported(ctx, st, x, *file, kind.proves, out)
}

// exported records a complete export, and prints what was written.
func exported(ctx context.Context, st *store.Store, x store.LogExcerpt, file string, proves bool, out io.Writer) error {
	n := max(0, x.Last-x.First+1)
	if err := print(out, "written: %s, %d entries", file, n); err != nil {
		return err
	}
	if n > 0 {
		if err := print(out, " from %d to %d, the last with hash %s", x.First, x.Last, x.Hash); err != nil {
			return err
		}
	}
	if x.Unsealed > 0 {
		if err := print(out, "; %d newer entries are not chained yet and not in it", x.Unsealed); err != nil {
			return err
		}
	}
	if !proves {
		return print(out, "\n")
	}
	if _, err := st.Verify(ctx); err != nil { // RETENTION and a prune would remove what differs
		return errors.Join(print(out, "\n"), fmt.Errorf("the export is complete, but the log is not intact, so its entries cannot be pruned: %w", err))
	}
	done, err := st.RecordExport(ctx, x)
	if err != nil {
		return errors.Join(print(out, "\n"), fmt.Errorf("the export is complete, but that could not be recorded, so its entries cannot be pruned: %w", err))
	}
	return print(out, "\nthe log was exported without a gap up to entry %d\n", done.Number)
}

// zoned is a time zone and the times that were written in it.
type zoned struct {
	zone  *time.Location
	times []time.Time
}

// zoneAndTimes reads a time zone, and dates or times given as pairs of a flag
// and its value. An empty value is the zero time.
func zoneAndTimes(zone string, pairs ...string) (z zoned, err error) {
	if z.zone, err = time.LoadLocation(zone); err != nil || zone == "" || zone == "Local" {
		return z, fmt.Errorf("-tz: %q is not a time zone: write it as in Europe/Berlin", plain(zone))
	}
	for pair := range slices.Chunk(pairs, 2) {
		var at time.Time
		if pair[1] != "" {
			if at, err = time.ParseInLocation(time.DateOnly, pair[1], z.zone); err != nil {
				at, err = time.Parse(time.RFC3339, pair[1])
			}
			if err != nil {
				return z, fmt.Errorf("%s: %q is not a date: write it as in 2026-01-31, or a time as in 2026-01-31T08:00:00Z", pair[0], plain(pair[1]))
			}
		}
		z.times = append(z.times, at)
	}
	return z, nil
}
