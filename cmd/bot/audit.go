package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"bouncer/moderation"
	"bouncer/store"
)

// auditCommands are the subcommands of bouncer audit; a new one needs one row.
func auditCommands() []subcommand {
	return []subcommand{
		{"verify", "bouncer audit verify [-db DATABASE] [-head NUMBER:HASH] [-accept [-case NUMBER]]", "verify the audit log: its hash chain, and that the cases match it", auditVerify},
		{"export", "bouncer audit export [-db DATABASE] [-since DATE] [-until DATE] [-format jsonl|csv|md] [-tz ZONE] [-o FILE]",
			"write the audit log to a file or to the output, also while the bot runs", auditExport},
		{"prune", "bouncer audit prune [-db DATABASE] -before DATE [-tz ZONE]", "cut off the beginning of the audit log, which must have been exported; on SQLite stop the bot first", auditPrune},
	}
}

// auditCommand is bouncer audit. Without a subcommand it verifies.
func auditCommand(ctx context.Context, args []string, out, errs io.Writer) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") && args[0] != "-h" && args[0] != "--help" {
		return auditVerify(ctx, args, out, errs)
	}
	for _, c := range auditCommands() {
		if c.name == args[0] {
			return c.run(ctx, args[1:], out, errs)
		}
	}
	if args[0] == "-h" || args[0] == "--help" || args[0] == "help" {
		list(out, auditCommands())
		return nil
	}
	_, _ = fmt.Fprintf(errs, "bouncer audit: %q is not a subcommand\n", args[0])
	list(errs, auditCommands())
	return errUsage
}

// auditVerify is bouncer audit verify: it verifies the whole chain, also next to
// a running bot, and compares it with the published heads.
func auditVerify(ctx context.Context, args []string, out, errs io.Writer) error {
	s, err := environment()
	if err != nil {
		return err
	}
	return auditWith(ctx, s, args, out, errs)
}

// verifyGC lets a verification use more memory than a running bot, which saves time.
const verifyGC = 200

// auditWith is bouncer audit verify with its settings.
func auditWith(ctx context.Context, s settings, args []string, out, errs io.Writer) (err error) {
	defer debug.SetGCPercent(debug.SetGCPercent(verifyGC))
	fs := flags("audit verify", errs)
	url := databaseFlag(fs)
	defer func() { err = aboutDatabase(*url, err) }()
	posted := fs.String("head", "", "a published head, `NUMBER:HASH`, to compare with the log")
	above := fs.Int64("case", 0, "with -accept: the highest case `NUMBER` that people have seen, if "+`"bouncer.db.head"`+" does not have it")
	accept := fs.Bool("accept", false, "accept the log as it is: later starts compare with its current head")
	if err := parse(fs, args); err != nil {
		return err
	}
	var head moderation.PublishedHead
	if *posted != "" {
		if head, err = parseHead(*posted); err != nil {
			return err
		}
	}
	open := openToRead
	if *accept {
		open = openToWrite
	}
	st, err := open(ctx, s, *url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if err := walk(ctx, st, out); err != nil {
		return err
	}
	if *posted != "" {
		if err := checkNotPruned(ctx, st, head.Number); err != nil {
			return err
		}
		if err := moderation.CheckPublishedHead(ctx, st, head); err != nil {
			return err
		}
		if err := print(out, "entry %d is in the log as it was published\n", head.Number); err != nil {
			return err
		}
	}
	if *accept {
		if err := st.RaiseNextCase(ctx, *above); err != nil {
			return err
		}
		return acceptHead(ctx, st, s.AuditChannel, out)
	}
	return compare(ctx, st, out)
}

// walk verifies the chain and prints its head.
func walk(ctx context.Context, st *store.Store, out io.Writer) error {
	head, n, err := verified(ctx, st)
	if err != nil {
		return err
	}
	unsealed, err := st.Unsealed(ctx)
	if err != nil {
		return err
	}
	rest := ""
	if unsealed > 0 {
		rest = fmt.Sprintf("; %d newer entries match their bodies and are not chained yet", unsealed)
	}
	anchor, err := st.Anchor(ctx)
	if err != nil {
		return err
	}
	id, _ := st.Database()
	if err := print(out, "the chain is intact: %d entries, head %d %s, database %s%s\n", n-anchor.Number, head.Number, head.Hash, id, rest); err != nil {
		return err
	}
	if anchor.Number > 0 {
		if err := print(out, "it begins after entry %d %s, up to which it was pruned at %s; cases up to #%d are only compared with newer entries\n",
			anchor.Number, anchor.Hash, anchor.At.Format(time.RFC3339), anchor.Cases); err != nil {
			return err
		}
	}
	return listErasures(ctx, st, out)
}

// checkNotPruned returns an error for an entry that was cut off the log.
func checkNotPruned(ctx context.Context, st *store.Store, number int64) error {
	anchor, err := st.Anchor(ctx)
	if err == nil && number < anchor.Number {
		err = fmt.Errorf("entry %d cannot be compared: entries up to %d were pruned at %s; the export from before has it", number, anchor.Number, anchor.At.Format(time.RFC3339))
	}
	return err
}

// listErasures prints each erasure and prune that the log records, so that a reader can
// check which were requested.
func listErasures(ctx context.Context, st *store.Store, out io.Writer) error {
	all, err := st.Erasures(ctx)
	if err != nil {
		return err
	}
	for _, e := range all {
		what := fmt.Sprintf("rewrote %d entries; %s replaces the id", e.Entries, plain(e.Marker))
		if e.Pruned != nil {
			what = fmt.Sprintf("cut off the log up to entry %d: %d entries", e.Pruned.Number, e.Entries)
			if e.Pruned.Bodies {
				what = fmt.Sprintf("erased the content of entries up to %d because of their age", e.Pruned.Number)
			}
		}
		if e.Forged {
			what = "NOT ACCEPTED: it was written into the database by hand"
		}
		if err := print(out, "erasure: entry %d at %s %s\n", e.Number, e.At.Format(time.RFC3339), what); err != nil {
			return err
		}
	}
	return nil
}

// verified verifies the chain and returns its head, both at the same moment
// even if a bot is appending.
func verified(ctx context.Context, st *store.Store) (head moderation.LogHead, n int64, err error) {
	for range 10 {
		if head, err = st.Head(ctx); err != nil {
			return head, n, err
		}
		if n, err = st.Verify(ctx); err != nil || n == head.Number {
			break
		}
	}
	return head, n, err
}

// compare compares the log with the newest published head and prints the
// result.
func compare(ctx context.Context, st *store.Store, out io.Writer) error {
	head, err := st.SavedPublishedHead(ctx)
	if err != nil {
		return err
	}
	if head.Number == 0 {
		return print(out, "no head was published yet, or %s was removed\n", st.PublishedHeadPath())
	}
	if err := moderation.CheckPublishedHead(ctx, st, head); err != nil {
		return behindSentence(err)
	}
	return print(out, "it contains the last published head: entry %d at %s\n", head.Number, head.At.Format(time.RFC3339))
}

// acceptHead makes the current log head the published head. That is recorded
// in an entry and shown in the audit channel.
func acceptHead(ctx context.Context, st *store.Store, channel string, out io.Writer) error {
	before, err := st.SavedPublishedHead(ctx)
	if err != nil {
		before = moderation.PublishedHead{} // it cannot be read, which is what this command repairs
	}
	now := time.Now()
	body := moderation.Body{
		Actor: &moderation.Actor{Kind: moderation.ActorCommand}, Code: moderation.NoticeAccepted,
		Values: map[string]string{"number": strconv.FormatInt(before.Number, 10), "hash": before.Hash, "database": before.Database},
		Origin: &moderation.Origin{Bot: version},
	}
	c := moderation.Change{Entries: []moderation.NewEntry{{Kind: moderation.EntryNotice, Body: body}}}
	if channel != "" {
		c.Lines = []moderation.Line{{
			Key: "accepted:" + strconv.FormatInt(now.UnixMilli(), 10), Channel: channel, Due: now, Kind: moderation.EntryNotice, Body: body.JSON(), Count: 1,
		}}
	}
	if err := st.Append(ctx, c); err != nil {
		return err
	}
	head, err := st.AcceptHead(ctx)
	if err != nil {
		return err
	}
	next, err := st.NextCase(ctx)
	if err != nil {
		return err
	}
	if err := print(out, "accepted: later starts compare with entry %d %s; the next case is #%d\n", head.Number, head.Hash, next); err != nil {
		return err
	}
	if head.Cases == 0 {
		return print(out, "it is unknown which case numbers people have seen: if there were higher ones, run this again with -case NUMBER\n")
	}
	return nil
}

func print(out io.Writer, format string, args ...any) error {
	_, err := fmt.Fprintf(out, format, args...)
	return err
}

// openToRead opens an existing database next to a running bot. One of an
// older version is migrated first, which needs the bot to be stopped.
func openToRead(ctx context.Context, s settings, url string) (*store.Store, error) {
	c, err := databaseOf(s, url)
	if err != nil {
		return nil, err
	}
	st, err := store.OpenReadOnly(ctx, c)
	if errors.Is(err, store.ErrOlder) {
		c.MustExist = true
		return store.New(ctx, c)
	}
	return st, err
}

// openToWrite opens an existing database that no other process uses.
func openToWrite(ctx context.Context, s settings, url string) (*store.Store, error) {
	c, err := databaseOf(s, url)
	if err != nil {
		return nil, err
	}
	c.MustExist = true
	return store.New(ctx, c)
}

// databaseFlag adds the flag -db. It has no default, which --help would print with its password.
func databaseFlag(fs *flag.FlagSet) *string {
	return fs.String("db", "", "the `DATABASE`, written like DATABASE_URL, in place of that setting")
}

// aboutDatabase returns an error of a command with -db in place of DATABASE_URL where url, the flag's
// value, names the database.
func aboutDatabase(url string, err error) error {
	if err == nil || url == "" {
		return err
	}
	return flagError{err}
}

// flagError is an error about the database that -db names.
type flagError struct{ err error }

func (e flagError) Error() string { return strings.ReplaceAll(e.err.Error(), "DATABASE_URL", "-db") }
func (e flagError) Unwrap() error { return e.err }

func databaseOf(s settings, url string) (store.Config, error) {
	if url == "" {
		if problem := s.fileProblems["DATABASE_URL"]; problem != "" {
			return store.Config{}, errors.New(problem)
		}
		url = s.DatabaseURL
	}
	app, err := strconv.ParseUint(s.SDKAppID, 10, 32)
	if err != nil || app == 0 {
		return store.Config{}, errors.New("SDK_APP_ID is missing: set it to the bot's")
	}
	return store.Config{URL: url, App: uint32(app), AuditChannel: s.AuditChannel, Logger: slog.New(slog.DiscardHandler)}, nil
}
