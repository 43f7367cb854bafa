package store_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/store"

	"github.com/stretchr/testify/require"
)

// old is a database of an earlier version, with its vendor: testdata/old/make.go wrote both.
type old struct {
	t     *testing.T
	s     *store.Store
	svc   *moderation.Service
	clock time.Time
	path  string
	n     int
	held  map[string]oldHold
	calls map[string]int
	was   struct {
		Now    time.Time          `json:"now"`
		Cases  []oldCase          `json:"cases"`
		Stands map[string]int64   `json:"stands"`
		Held   map[string]oldHold `json:"held"`
	}
}

type oldHold struct {
	Mute   int       `json:"mute,omitempty"`
	Banned bool      `json:"banned,omitempty"`
	Silent bool      `json:"silent,omitempty"`
	Until  time.Time `json:"until,omitzero"`
}

type oldCase struct {
	No       int64                      `json:"no"`
	Verb     moderation.Verb            `json:"verb"`
	Rel      moderation.Relation        `json:"rel,omitempty"`
	Of       int64                      `json:"of,omitempty"`
	State    moderation.State           `json:"state"`
	Approval moderation.ApprovalState   `json:"approval,omitempty"`
	Counts   map[moderation.Outcome]int `json:"counts"`
	Until    time.Time                  `json:"until,omitzero"`
	Ended    string                     `json:"ended,omitempty"`
	Entries  int                        `json:"entries"`
}

var (
	oldRoom  = moderation.Room{Kind: moderation.KindRoom, ID: "10006"}
	oldLive  = moderation.Room{Kind: moderation.KindLive, ID: "show1"}
	oldLive2 = moderation.Room{Kind: moderation.KindLive, ID: "show2"}
)

func openOld(t *testing.T) *old {
	t.Helper()
	o := &old{t: t, path: filepath.Join(t.TempDir(), "b.db"), calls: make(map[string]int)}
	packed, err := os.Open(filepath.Join("testdata", "old", "old.db.gz"))
	require.NoError(t, err)
	r, err := gzip.NewReader(packed)
	require.NoError(t, err)
	raw, err := io.ReadAll(r)
	require.NoError(t, errors.Join(err, r.Close(), packed.Close()))
	require.NoError(t, os.WriteFile(o.path, raw, 0o600))
	stored, err := os.ReadFile(filepath.Join("testdata", "old", "cases.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(stored, &o.was))
	o.clock, o.held = o.was.Now, o.was.Held
	o.open()
	t.Cleanup(func() { require.NoError(t, o.s.Close()) })
	return o
}

func (o *old) open() {
	now := func() time.Time { return o.clock }
	var err error
	o.s, err = store.New(o.t.Context(), store.Config{URL: o.path, App: 1400000001, Team: "T1", Now: now, Describer: o})
	require.NoError(o.t, err)
	o.svc, err = moderation.New(moderation.Config{
		Store: o.s, Vendor: o, Authorizer: o, App: 1400000001, Rates: map[string]float64{},
		AuditChannel: "C2", Now: now, Jitter: func() float64 { return 0 },
	})
	require.NoError(o.t, err)
}

func (o *old) Recheck(context.Context, moderation.Case, moderation.Actor) error { return nil }

func (o *old) Plan(a moderation.Action) (moderation.Plan, error) {
	p := moderation.Plan{API: "api." + string(a.Verb), ChunkSize: 20}
	if a.Verb == moderation.Mute || a.Verb == moderation.Unmute {
		p.ChunkSize = 1
	}
	return p, nil
}

func (o *old) Describe(r moderation.Request) (string, string, error) {
	b, err := json.Marshal(r)
	return "api." + string(r.Verb), string(b), err
}

func (o *old) Do(_ context.Context, r moderation.Request) moderation.Answer {
	for _, id := range r.Targets {
		o.calls[id]++
		key := r.Room.String() + " " + id
		k, until := o.held[key], time.Time{}
		if !r.Permanent && r.Left > 0 {
			until = o.clock.Add(r.Left)
		}
		switch r.Verb {
		case moderation.Mute, moderation.Unmute:
			k.Mute = r.IsMute
		case moderation.Ban, moderation.Unban:
			k.Banned, k.Until = r.Verb == moderation.Ban, until
		case moderation.Silence, moderation.Unsilence:
			k.Silent, k.Until = r.Verb == moderation.Silence, until
		case moderation.Freeze, moderation.Unfreeze:
			k.Silent = r.Verb == moderation.Freeze
		}
		o.held[key] = k
	}
	return moderation.Answer{Class: moderation.VendorAccepted, RequestID: "r"}
}

func (o *old) Read(context.Context, moderation.Action, func(context.Context, string) error) moderation.Reading {
	return moderation.Reading{Answer: moderation.Answer{Class: moderation.VendorAccepted}}
}

func (o *old) RoomInfo(context.Context, moderation.Room, func(context.Context, string) error) moderation.RoomInfo {
	return moderation.RoomInfo{People: 3, Created: o.was.Now.Truncate(24 * time.Hour).Add(-24 * time.Hour)}
}

var oldQueues = []moderation.Queue{moderation.QueueCall, moderation.QueueBulk, moderation.QueueLift, moderation.QueueTimer}

// until does everything that comes due until a time.
func (o *old) until(at time.Time) {
	o.t.Helper()
	for round := 0; ; round++ {
		require.Less(o.t, round, 5000, "it never comes to rest")
		next := at
		for _, q := range oldQueues {
			jobs, err := o.s.Claim(o.t.Context(), q, 100)
			require.NoError(o.t, err)
			for _, j := range jobs {
				if err := o.svc.Handlers()[j.Kind](o.t.Context(), moderation.NewLeasedJob(j)); !errors.Is(err, moderation.ErrLeaseLost) {
					require.NoError(o.t, err, j.Key)
				}
			}
			due, ok, err := o.s.NextDue(o.t.Context(), q)
			require.NoError(o.t, err)
			if ok && due.Before(next) {
				next = due
			}
		}
		if !o.clock.Before(at) && next.Equal(at) {
			return
		}
		o.clock = o.clock.Add(max(next.Sub(o.clock), time.Millisecond))
	}
}

func (o *old) at(hour, minute, second int) time.Time {
	return time.Date(2026, 11, 22, hour, minute, second, 0, time.UTC)
}

// holds returns who is restricted at the vendor now: by room and target, a mute's value, or the
// end of a ban.
func (o *old) holds() map[string]string {
	out := make(map[string]string)
	for key, k := range o.held {
		over := !k.Until.IsZero() && !k.Until.After(o.clock)
		switch {
		case k.Mute != 0:
			out[key] = "mute " + strconv.Itoa(k.Mute)
		case (k.Banned || k.Silent) && !over && k.Until.IsZero():
			out[key] = "permanent"
		case (k.Banned || k.Silent) && !over:
			out[key] = k.Until.Format(time.TimeOnly)
		}
	}
	return out
}

func (o *old) approve(no int64) moderation.Case {
	o.t.Helper()
	o.n++
	done := make(chan error, 1)
	o.s.Accept(moderation.Delivery{Key: "slack:new" + strconv.Itoa(o.n), Kind: "command", Payload: []byte(`{}`)}, func(_ bool, err error) { done <- err })
	require.NoError(o.t, <-done)
	jobs, err := o.s.Claim(o.t.Context(), moderation.QueueCommand, 1)
	require.NoError(o.t, err)
	c, err := o.s.Case(o.t.Context(), no)
	require.NoError(o.t, err)
	lead := moderation.Actor{Kind: moderation.ActorPerson, Team: "T1", User: "U7", Roles: []string{"leads"}}
	c, err = o.svc.Approve(o.t.Context(), jobs[0], c, moderation.ShownCase{Digest: c.ContentDigest()}, moderation.Body{Actor: &lead})
	require.NoError(o.t, err)
	return c
}

func (o *old) verifies() {
	o.t.Helper()
	_, err := o.s.Seal(o.t.Context())
	require.NoError(o.t, err)
	_, err = o.s.Verify(o.t.Context())
	require.NoError(o.t, err)
}

// A database of the previous version opens: every case and restriction is unchanged, and pending
// cases finish.
func TestADatabaseOfThePreviousVersionWorks(t *testing.T) {
	o := openOld(t)
	for _, was := range o.was.Cases {
		v, err := o.s.CaseView(t.Context(), was.No)
		require.NoError(t, err)
		c := v.Case
		require.Equal(t, was, oldCase{
			No: c.No, Verb: c.Action.Verb, Rel: c.Action.Relation, Of: c.Action.RelatedCase, State: c.State, Approval: c.Approval.State, Counts: c.Counts,
			Until: c.Until, Ended: c.Ended, Entries: len(v.Entries),
		})
	}
	inForce := make(map[string]int64)
	for _, r := range []moderation.Room{oldRoom, oldLive, oldLive2} {
		all, err := o.s.RestrictionsInForce(t.Context(), r)
		require.NoError(t, err)
		for _, s := range all {
			inForce[r.String()+" "+s.Target+" "+string(s.Medium)] = s.Case
		}
	}
	require.Equal(t, o.was.Stands, inForce)
	o.verifies()

	o.until(o.at(15, 1, 0))
	require.Equal(t, map[string]string{
		"room:10006 alice": "mute 1", "room:10006 erin": "mute 1", "room:10006 judy": "mute 1", "room:10006 paul": "mute 1",
		"room:10006 sam": "mute 1", "room:10006 vera": "mute 1",
		"live:show1 bob": "18:00:00", "live:show1 carol": "16:00:00", "live:show1 dave": "16:00:00", "live:show1 frank": "18:00:00",
		"live:show1 hugo": "17:00:00", "live:show1 ivan": "19:00:00", "live:show1 kate": "17:00:00",
		"live:show1 walt": "16:59:51", "live:show1 xena": "16:59:51", "live:show2 ": "permanent",
	}, o.holds(), "the late mute has ended, what was denied is taken back, what was open has run")
	require.Equal(t, 1, o.calls["yuri"])
	require.Equal(t, 1, o.calls["uma"], "the unmute is sent again after the lost answer")
	require.Zero(t, o.calls["alice"]+o.calls["bob"]+o.calls["dave"]+o.calls["paul"], "nothing is sent twice")

	require.Equal(t, moderation.Open, o.approve(31).State)
	require.Equal(t, moderation.Open, o.approve(32).State)
	o.until(o.at(16, 0, 30))
	require.Equal(t, map[string]string{
		"room:10006 alice": "mute 1", "room:10006 erin": "mute 2", "room:10006 judy": "mute 1", "room:10006 paul": "mute 1",
		"room:10006 sam": "mute 1", "room:10006 vera": "mute 1",
		"live:show1 bob": "18:00:00", "live:show1 dave": "permanent", "live:show1 frank": "18:00:00",
		"live:show1 hugo": "17:00:00", "live:show1 ivan": "19:00:00", "live:show1 kate": "17:00:00",
		"live:show1 walt": "16:59:51", "live:show1 xena": "16:59:51", "live:show1 rosa": "19:01:00",
	}, o.holds(), "an older case that lasts longer is in force again")
	o.until(o.at(17, 0, 30))
	require.Equal(t, map[string]string{
		"room:10006 erin": "mute 2", "room:10006 sam": "mute 1", "live:show1 bob": "18:00:00", "live:show1 dave": "permanent",
		"live:show1 frank": "18:00:00", "live:show1 ivan": "19:00:00", "live:show1 rosa": "19:01:00",
	}, o.holds())
	require.Zero(t, o.calls["gina"], "what was undone needs no end")

	require.NoError(t, o.s.Close())
	o.open()
	o.until(o.at(18, 0, 30))
	require.Equal(t, map[string]string{
		"room:10006 sam": "mute 1", "live:show1 dave": "permanent", "live:show1 frank": "20:00:00", "live:show1 ivan": "19:00:00",
		"live:show1 rosa": "19:01:00",
	}, o.holds())
	o.until(o.at(15, 0, 0).Add(30 * time.Hour))
	require.Equal(t, map[string]string{"live:show1 dave": "permanent", "live:show1 rosa": "19:01:00"}, o.holds())
	for no, ended := range map[int64]string{1: "lifted", 4: "lifted", 8: "lifted", 7: "lifted", 12: "undone", 19: "superseded", 20: "lifted", 29: "lifted", 30: "lifted", 32: "lifted", 35: "undone", 38: "lifted"} {
		c, err := o.s.Case(t.Context(), no)
		require.NoError(t, err)
		require.Equal(t, ended, c.Ended, "case %d", no)
	}
	o.verifies()
	backlog, err := o.s.Backlog(t.Context())
	require.NoError(t, err)
	require.Zero(t, backlog.Lifts)
	require.Zero(t, backlog.Overdue)
}
