//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"bouncer/faults/check"
	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/storetest"
)

// settle waits until nothing is left to do, and returns what is left when it takes too long: cases
// that did not end, messages, jobs that are due, ends that come due within the wait, calls under way.
// Ends of restrictions that outlast the run are not waited for.
func (s *setup) settle(ctx context.Context) (left []string) {
	began := time.Now()
	look, err := storetest.Inspect(s.database)
	if err != nil {
		return []string{err.Error()}
	}
	defer look.Close() //nolint:errcheck // it was only read
	err = await(ctx, s.quiet, func() bool {
		left = s.left(ctx, look, began.Add(s.quiet))
		if len(left) > 0 && time.Since(began) > 10*time.Second {
			pause(ctx, time.Second)
		}
		return len(left) == 0
	})
	if err == nil {
		s.journal.say("quiet after %s", time.Since(began).Round(time.Second))
	}
	return left
}

func (s *setup) left(ctx context.Context, look *storetest.Inspection, until time.Time) (left []string) {
	note := func(what string, n int, err error) {
		if err != nil {
			left = append(left, fmt.Sprintf("%s: %v", what, err))
		} else if n > 0 {
			left = append(left, fmt.Sprintf("%d %s", n, what))
		}
	}
	pending, err := look.Cases(ctx, storetest.Cases{Pending: true})
	note("cases that did not end", len(pending), err)
	now, err := look.CountJobs(ctx, storetest.Jobs{Open: true, But: []moderation.Queue{moderation.QueueLift, moderation.QueueTimer}})
	note("jobs", now, err)
	later, err := look.Jobs(ctx, storetest.Jobs{Open: true, Queues: []moderation.Queue{moderation.QueueLift, moderation.QueueTimer}})
	later = slices.DeleteFunc(later, func(j storetest.Job) bool { return j.RunAt.After(until) })
	note("ends and timers", len(later), err)
	posts, err := look.PostsDue(ctx, storetest.Posts{})
	note("messages", posts, err)
	note("calls under way", s.tencent.Counters().Open, nil)
	return left
}

// history reads everything that the check needs. The processes are stopped first, so that the log is
// complete.
func (s *setup) history(ctx context.Context) (h check.History, err error) {
	h = check.History{
		Commands: s.commands, Pressed: s.index.approved(), AuditChannel: audit,
		Calls: s.tencent.Calls(), Rooms: s.tencent.Rooms(), At: time.Now(),
	}
	st, err := store.OpenReadOnly(ctx, store.Config{URL: s.database, App: app})
	if err != nil {
		return h, err
	}
	for _, room := range h.Rooms {
		in, err := st.RestrictionsInForce(ctx, moderation.Room{Kind: moderation.Kind(room.Kind), ID: room.ID})
		if err != nil {
			return h, errors.Join(err, st.Close())
		}
		h.InForce = append(h.InForce, in...)
	}
	if err := st.Close(); err != nil {
		return h, err
	}
	for _, b := range s.bots {
		if err := b.stop(); err != nil {
			h.Restless = append(h.Restless, err.Error())
		}
	}
	if st, err = store.OpenReadOnly(ctx, store.Config{URL: s.database, App: app}); err != nil {
		return h, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	look, err := storetest.Inspect(s.database)
	if err != nil {
		return h, err
	}
	defer look.Close() //nolint:errcheck // it was only read
	nos, err := look.Cases(ctx, storetest.Cases{})
	if err != nil {
		return h, err
	}
	for _, no := range nos {
		c, err := st.Case(ctx, int64(no))
		if err != nil {
			return h, fmt.Errorf("case %d: %w", no, err)
		}
		h.Cases = append(h.Cases, c)
	}
	if h.Entries, err = look.Entries(ctx); err != nil {
		return h, err
	}
	if _, h.Chain = st.Verify(ctx); h.Chain == nil {
		if n, err := st.Unsealed(ctx); err != nil || n > 0 {
			h.Chain = fmt.Errorf("%d entries are not in the chain: %w", n, err)
		}
	}
	for _, c := range s.slack.Channels() {
		for _, m := range s.slack.Messages(c.ID) {
			if m.BotID != "" && !c.IM {
				h.Messages = append(h.Messages, m)
			}
		}
	}
	return h, s.keep(h)
}

// keep writes what was checked beside the logs of the processes: the databases are gone after the
// run.
func (s *setup) keep(h check.History) error {
	for name, text := range map[string][]byte{
		"calls.txt": callsText(h), "messages.jsonl": jsonLines(h.Messages), "cases.jsonl": jsonLines(h.Cases), "entries.jsonl": jsonLines(h.Entries),
	} {
		if err := os.WriteFile(filepath.Join(s.folder, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func jsonLines[T any](rows []T) (out []byte) {
	for _, r := range rows {
		line, err := json.Marshal(r)
		if err != nil {
			line = fmt.Appendf(nil, "%q", err)
		}
		out = append(append(out, line...), '\n')
	}
	return out
}

// callsText returns the calls at Tencent, for the search of a violation's cause.
func callsText(h check.History) (out []byte) {
	for _, c := range h.Calls {
		out = fmt.Appendf(out, "%d %s %s %s effect %d %s %s\n", c.Seq, c.At.UTC().Format("15:04:05.000"), c.API, c.Code, c.Effect, c.EffectAt.UTC().Format("15:04:05.000"), c.Body)
	}
	return out
}
