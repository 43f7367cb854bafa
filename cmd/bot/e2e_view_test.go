package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/storetest"
)

// view is a read-only connection to the bot's database, as a backup would
// have. It stays open while the bot runs, because tests read often, and is
// closed before the bot ends, so that the bot leaves a single file.
type view struct {
	mu   sync.Mutex
	look *storetest.Inspection
}

func (v *view) open(url string) (*storetest.Inspection, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.look != nil {
		return v.look, nil
	}
	var err error
	v.look, err = storetest.Inspect(url)
	return v.look, err
}

func (v *view) shut() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.look != nil {
		_ = v.look.Close() // it was only read
		v.look = nil
	}
}

// look reads the database, also while the bot runs.
func look[T any](s *stage, ask func(*storetest.Inspection, context.Context) (T, error)) T {
	s.tb.Helper()
	v := &view{}
	if s.proc != nil {
		v = &s.proc.view
	} else {
		defer v.shut()
	}
	i, err := v.open(s.env["DATABASE_URL"])
	require.NoError(s.tb, err)
	got, err := ask(i, context.Background())
	require.NoError(s.tb, err)
	return got
}

// kept reads through the store itself, opened read-only.
func kept[T any](s *stage, ask func(*store.Store, context.Context) (T, error)) T {
	s.tb.Helper()
	ctx := context.Background()
	st, err := store.OpenReadOnly(ctx, store.Config{URL: s.env["DATABASE_URL"], App: stageApp})
	require.NoError(s.tb, err)
	defer st.Close() //nolint:errcheck // it was only read
	got, err := ask(st, ctx)
	require.NoError(s.tb, err)
	return got
}

// caseNo returns a case from the store.
func (s *stage) caseNo(no int) moderation.Case {
	s.tb.Helper()
	return kept(s, func(st *store.Store, ctx context.Context) (moderation.Case, error) { return st.Case(ctx, int64(no)) })
}

// token is what the buttons of a case carry.
func (s *stage) token(no int) string {
	s.tb.Helper()
	return s.caseNo(no).Token
}

// cases are the numbers of the cases that fit, in their order.
func (s *stage) cases(c storetest.Cases) []int {
	s.tb.Helper()
	return look(s, func(i *storetest.Inspection, ctx context.Context) ([]int, error) { return i.Cases(ctx, c) })
}

// asked counts all cases.
func (s *stage) asked() int { s.tb.Helper(); return len(s.cases(storetest.Cases{})) }

// in counts the cases in a state.
func (s *stage) in(state moderation.State) int {
	s.tb.Helper()
	return len(s.cases(storetest.Cases{State: state}))
}

// approved counts the cases by the state of their approval.
func (s *stage) approved(state moderation.ApprovalState) int {
	s.tb.Helper()
	return len(s.cases(storetest.Cases{Approval: state}))
}

// pending counts the cases that are not done.
func (s *stage) pending() int { s.tb.Helper(); return len(s.cases(storetest.Cases{Pending: true})) }

// newest is the highest number among cases.
func (s *stage) newest(c storetest.Cases) int {
	s.tb.Helper()
	return slices.Max(s.cases(c))
}

// targets counts the targets that fit.
func (s *stage) targets(t storetest.Targets) int {
	s.tb.Helper()
	return look(s, func(i *storetest.Inspection, ctx context.Context) (int, error) { return i.Targets(ctx, t) })
}

// outcomes counts the targets of all cases with an outcome.
func (s *stage) outcomes(outcome moderation.Outcome) int {
	s.tb.Helper()
	return s.targets(storetest.Targets{Outcome: outcome})
}

// lifted counts the targets whose timed action was ended.
func (s *stage) lifted() int { s.tb.Helper(); return s.targets(storetest.Targets{Lifted: true}) }

// logs are the entries of some kinds, or all.
func (s *stage) logs(kinds ...moderation.EntryKind) []moderation.Entry {
	s.tb.Helper()
	return look(s, func(i *storetest.Inspection, ctx context.Context) ([]moderation.Entry, error) {
		return i.Entries(ctx, kinds...)
	})
}

// entries counts the entries of some kinds, or all.
func (s *stage) entries(kinds ...moderation.EntryKind) int {
	s.tb.Helper()
	return len(s.logs(kinds...))
}

// entriesOf counts the entries of a case.
func (s *stage) entriesOf(no int, kinds ...moderation.EntryKind) int {
	s.tb.Helper()
	return len(slices.DeleteFunc(s.logs(kinds...), func(e moderation.Entry) bool { return e.Case != int64(no) }))
}

// bodies returns the bodies of the entries of some kinds.
func (s *stage) bodies(kinds ...moderation.EntryKind) []moderation.Body {
	s.tb.Helper()
	var list []moderation.Body
	for _, e := range s.logs(kinds...) {
		var b moderation.Body
		require.NoError(s.tb, json.Unmarshal(e.Body, &b))
		list = append(list, b)
	}
	return list
}

// longestBody is how many bytes the longest entry has.
func (s *stage) longestBody() (n int) {
	s.tb.Helper()
	for _, e := range s.logs() {
		n = max(n, len(e.Body))
	}
	return n
}

// coded counts entries by code and, if not empty, user.
func (s *stage) coded(kind moderation.EntryKind, code moderation.Code, user string) (n int) {
	s.tb.Helper()
	for _, b := range s.bodies(kind) {
		if b.Code == code && (user == "" || b.Actor != nil && b.Actor.User == user) {
			n++
		}
	}
	return n
}

// refusals counts the entries of a person's refusals with this code.
func (s *stage) refusals(user string, code moderation.Code) int {
	s.tb.Helper()
	return s.coded(moderation.EntryRefused, code, user)
}

// refused waits for the one entry of a person's refusal with this code.
func (s *stage) refused(user string, code moderation.Code) {
	s.tb.Helper()
	s.await(string(code)+" of "+user, patience, func() bool { return s.refusals(user, code) == 1 })
}

// reads counts the entries of a person's readings by their command.
func (s *stage) reads(user, typed string) (n int) {
	s.tb.Helper()
	for _, b := range s.bodies(moderation.EntryRead) {
		if b.Typed == typed && b.Actor != nil && b.Actor.User == user {
			n++
		}
	}
	return n
}

// jobs are the jobs that fit, in their order.
func (s *stage) jobs(j storetest.Jobs) []storetest.Job {
	s.tb.Helper()
	return look(s, func(i *storetest.Inspection, ctx context.Context) ([]storetest.Job, error) { return i.Jobs(ctx, j) })
}

// countJobs counts them.
func (s *stage) countJobs(j storetest.Jobs) int {
	s.tb.Helper()
	return look(s, func(i *storetest.Inspection, ctx context.Context) (int, error) { return i.CountJobs(ctx, j) })
}

// postsDue counts messages that are post failed, retrying.
func (s *stage) postsDue(p storetest.Posts) int {
	s.tb.Helper()
	return look(s, func(i *storetest.Inspection, ctx context.Context) (int, error) { return i.PostsDue(ctx, p) })
}

// callsFor are the calls for a case, or with 0 for all, as the store knows them.
func (s *stage) callsFor(no int) []storetest.Call {
	s.tb.Helper()
	return look(s, func(i *storetest.Inspection, ctx context.Context) ([]storetest.Call, error) { return i.Calls(ctx, no) })
}

// rows counts the rows of a table.
func (s *stage) rows(t storetest.Table) int {
	s.tb.Helper()
	return look(s, func(i *storetest.Inspection, ctx context.Context) (int, error) { return i.Rows(ctx, t) })
}

// soak is how much a test does: small in make test, large in make soak.
func soak(small, large int) int {
	if storetest.Soak() {
		return large
	}
	return small
}

// seen returns what each person sees last, for a failed test: the last
// private answers and the open modals.
func (s *stage) seen() string {
	var b strings.Builder
	for _, user := range []string{mod, mod2, lead, lead2, noRole} {
		list := s.slack.Ephemerals(user, "")
		for _, m := range list[max(0, len(list)-3):] {
			fmt.Fprintf(&b, "%s saw: %s\n", user, m.Text)
		}
		for _, v := range s.slack.Views(user) {
			fmt.Fprintf(&b, "%s has a modal, on top %v: %s\n", user, v.Top, everyText(v.JSON))
		}
	}
	return b.String()
}

// envelopes counts the cases by their delivery.
func (s *stage) envelopes() map[string]int {
	s.tb.Helper()
	nos := s.cases(storetest.Cases{})
	return kept(s, func(st *store.Store, ctx context.Context) (map[string]int, error) {
		counts := map[string]int{}
		for _, no := range nos {
			c, err := st.Case(ctx, int64(no))
			if err != nil {
				return nil, err
			}
			counts[c.Origin.Envelope]++
		}
		return counts, nil
	})
}
