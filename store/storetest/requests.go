package storetest

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// crowd runs the real service with several people: they request, approve, deny, withdraw, undo,
// extend, lose their role and are suspended, while calls are refused and lost and the process ends
// at any point. It keeps its own record of who approved what, and of the vendor's state.
type crowd struct {
	*lifecycle
	gone   map[string]bool // people who have lost their role
	cases  []int64
	known  map[int64]*request
	live   moderation.Room      // its people are banned, and muted in room
	banned map[string]time.Time // at the vendor, until when; zero for permanent
	faults []string
}

// request is a case as its people know it.
type request struct {
	no         int64
	by         string
	need       int
	approvedBy map[string]bool
	overridden bool
	down       bool  // denied, withdrawn or expired
	ran        int64 // the delivery that let it run; 0 for not yet
	calls      int
	accepted   map[string]int // accepted calls, by target
}

func requestsTest(t *testing.T, open Database) {
	b := newBench(t, open)
	n := open.rounds(8)
	n.check(t, func(rt *rapid.T) {
		w := &crowd{lifecycle: &lifecycle{bench: b, answer: yes}, gone: map[string]bool{}, known: map[int64]*request{}, banned: map[string]time.Time{}}
		w.muted = map[string]bool{}
		w.serveCrowd()
		// Each round has its own people and rooms: one store for all.
		w.room, w.live = moderation.Room{Kind: room.Kind, ID: strconv.Itoa(20000 + n.done)}, moderation.Room{Kind: live.Kind, ID: "show" + strconv.Itoa(n.done)}
		for range rapid.IntRange(1, 5).Draw(rt, "first") {
			w.asksFor(rt, 0)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"":         w.check,
			"asks":     func(rt *rapid.T) { w.asksFor(rt, 0) },
			"asksLate": func(rt *rapid.T) { w.asksFor(rt, 3*time.Minute) },
			"changes":  w.changes, "changesToo": w.changes,
			"agrees": w.approves, "agreesToo": w.approves,
			"runsAlone": w.overrides,
			"denies":    func(rt *rapid.T) { w.rejects(rt, moderation.ApprovalDenied) },
			"withdraws": func(rt *rapid.T) { w.rejects(rt, moderation.ApprovalWithdrawn) },
			"rewords":   w.changesReason,
			"presses":   w.pressesOne,
			"works":     func(rt *rapid.T) { w.workCrowd(rt, rapid.SampledFrom(queues).Draw(rt, "queue")) },
			"worksAll":  w.worksAll,
			"waits": func(rt *rapid.T) {
				w.clock.Add(time.Duration(rapid.IntRange(1, 200).Draw(rt, "seconds")) * time.Second)
			},
			"answers": func(rt *rapid.T) {
				w.answer = rapid.SampledFrom([]moderation.Answer{yes, yes, no, silent, {Class: moderation.VendorRetry, Err: no.Err}}).Draw(rt, "answer")
			},
			"lands":    func(rt *rapid.T) { w.lands = rapid.Bool().Draw(rt, "lands") },
			"role":     func(rt *rapid.T) { w.gone[w.person(rt)] = rapid.IntRange(0, 3).Draw(rt, "gone") == 3 },
			"suspends": w.suspendsOne,
			"restores": func(rt *rapid.T) { w.restores(rt, w.person(rt)) },
			"dies":     func(*rapid.T) { w.dies = true },
			"restarts": func(rt *rapid.T) {
				if rapid.IntRange(0, 9).Draw(rt, "rarely") == 3 {
					w.restartCrowd()
				}
			},
		})
		w.settleCrowd(rt)
	})
}

func (w *crowd) serveCrowd() {
	w.s = w.service(w.t, w)
}

func (w *crowd) restartCrowd() {
	w.restart()
	w.serveCrowd()
}

var people = []string{"U1", "U2", "U3", "U4"}

func (w *crowd) person(rt *rapid.T) string { return rapid.SampledFrom(people).Draw(rt, "person") }

func actor(user string) moderation.Actor {
	return moderation.Actor{Kind: moderation.ActorPerson, Team: team, User: user}
}

// Plan implements moderation.Vendor.
func (w *crowd) Plan(a moderation.Action) (moderation.Plan, error) {
	plan := moderation.Plan{API: "api." + string(a.Verb), ChunkSize: 2}
	if a.Verb == moderation.Mute || a.Verb == moderation.Unmute {
		plan.ChunkSize = 1
	}
	return plan, nil
}

// Do implements moderation.Vendor and checks each call against its approvals.
func (w *crowd) Do(_ context.Context, r moderation.Request) moderation.Answer {
	answer := w.answer
	if number, ok := strings.CutPrefix(r.Reason, "case "); ok {
		no, err := strconv.ParseInt(number, 10, 64)
		w.ok(err)
		w.acts(no, r)
	}
	if answer.Class == moderation.VendorAccepted || w.lands && (w.dies || answer.Class == moderation.VendorNoAnswer) {
		w.applies(r)
	}
	if w.dies {
		w.dies = false
		panic(errDied)
	}
	return answer
}

// acts checks a call of a case.
func (w *crowd) acts(no int64, r moderation.Request) {
	q := w.known[no]
	if q == nil {
		w.fault("case %d is not known", no)
		return
	}
	announced, purpose := 0, moderation.PurposeAct
	for _, e := range w.view(no).Entries {
		if e.Kind != moderation.EntryCall {
			continue
		}
		if b := body(w.t, e); b.Purpose != moderation.PurposeLift {
			announced++
			purpose = b.Purpose
		}
	}
	if q.calls++; announced < q.calls {
		w.fault("case %d was called for without an entry", no)
	}
	if !q.overridden && len(q.approvedBy) < q.need {
		w.fault("case %d ran with %d of %d", no, len(q.approvedBy), q.need)
	}
	if q.down {
		w.fault("case %d ran though it was turned down", no)
	}
	if purpose == moderation.PurposeAct && w.gone[q.by] {
		w.fault("case %d ran for %s without a role", no, q.by)
	}
	if r.Verb == moderation.Kick && w.answer.Class == moderation.VendorAccepted && !w.dies {
		for _, id := range r.Targets {
			if q.accepted[id]++; q.accepted[id] > 1 {
				w.fault("case %d kicked %s twice", no, id)
			}
		}
	}
}

func (w *crowd) fault(format string, args ...any) {
	w.faults = append(w.faults, sprintf(format, args...))
}

// applies does what a call says.
func (w *crowd) applies(r moderation.Request) {
	for _, id := range r.Targets {
		switch r.Verb {
		case moderation.Mute, moderation.Unmute:
			w.muted[id] = r.IsMute != moderation.MuteNone
		case moderation.Ban:
			w.banned[id] = time.Time{}
			if !r.Permanent {
				w.banned[id] = w.clock.Now().Add(r.Left)
			}
		case moderation.Unban:
			delete(w.banned, id)
		}
	}
}

// Recheck implements moderation.Authorizer.
func (w *crowd) Recheck(ctx context.Context, c moderation.Case, by moderation.Actor) error {
	for _, who := range append([]moderation.Actor{by}, voters(c)...) {
		s, err := w.bench.s.ActiveSuspension(ctx, who)
		if err != nil {
			return err
		}
		if w.gone[who.User] || s != nil {
			code := moderation.RefuseNoRole
			if who.User != by.User {
				code = moderation.CodeApproverLostRight
			}
			return moderation.NewError(code, "why", "x")
		}
	}
	return nil
}

func voters(c moderation.Case) (out []moderation.Actor) {
	for _, v := range c.Approval.Approvals {
		out = append(out, v.By)
	}
	return out
}

func (w *crowd) asksFor(rt *rapid.T, late time.Duration) {
	a := moderation.Action{
		Verb:    rapid.SampledFrom([]moderation.Verb{moderation.Mute, moderation.Ban, moderation.Mute, moderation.Ban, moderation.Unmute, moderation.Unban, moderation.Kick}).Draw(rt, "verb"),
		Room:    w.room,
		Targets: rapid.SampledFrom([][]string{{"a"}, {"b"}, {"a", "b", "c"}}).Draw(rt, "targets"),
	}
	if a.Verb == moderation.Ban || a.Verb == moderation.Unban {
		a.Room = w.live
	}
	w.lasts(rt, &a)
	w.opensCase(rt, a, late)
}

// lasts sets the duration of a restriction.
func (w *crowd) lasts(rt *rapid.T, a *moderation.Action) {
	if a.Effect() != moderation.EffectRestrict {
		return
	}
	a.Duration = rapid.SampledFrom([]time.Duration{0, 30 * time.Second, 10 * time.Minute, time.Hour}).Draw(rt, "length")
	a.Permanent = a.Duration == 0
}

// changes requests an undo or an extension.
func (w *crowd) changes(rt *rapid.T) {
	c := w.one(rt)
	still, _, err := w.bench.s.UndoableTargets(w.ctx, c.No)
	require.NoError(rt, err)
	if c.Action.Effect() != moderation.EffectRestrict || len(still) == 0 {
		rt.Skip("nothing of it is in force")
	}
	a := moderation.Action{Verb: c.Action.Verb, Room: c.Action.Room, Targets: idsOf(still), RelatedCase: c.No, Relation: moderation.RelExtend}
	if rapid.Bool().Draw(rt, "undo") {
		a.Verb, a.Relation = moderation.LiftingVerb(c.Action.Verb), moderation.RelUndo
	}
	w.lasts(rt, &a)
	w.opensCase(rt, a, 0)
}

func (w *crowd) opensCase(rt *rapid.T, a moderation.Action, late time.Duration) {
	by := w.person(rt)
	need := moderation.ApprovalRequirement{
		Approvals: rapid.IntRange(0, 2).Draw(rt, "need"), TTL: 10 * time.Minute, RemindAfter: 2 * time.Minute,
		EscalateAfter: 4 * time.Minute, EscalateTo: []string{"chiefs"},
	}
	d := moderation.Decision{Allowed: true, Requirement: need}
	if need.Required() && rapid.IntRange(0, 5).Draw(rt, "alone") == 3 {
		a.Override, d.Override = true, true
	}
	if need.Required() && a.Effect() == moderation.EffectRestrict && a.Relation == "" && rapid.IntRange(0, 3).Draw(rt, "now") == 2 {
		d.Requirement.ActNow = time.Minute
	}
	job := w.command()
	w.clock.Add(late)
	c, err := w.s.OpenCase(w.ctx, job, moderation.CaseRequest{
		Action: a, Actor: actor(by), Origin: moderation.Origin{Channel: here}, Team: team, At: job.Queued, CardChannel: here,
		Evaluate: func(f moderation.Facts) moderation.Decision {
			if f.Suspended != nil {
				return moderation.Decision{Refusal: moderation.NewError(moderation.RefuseSuspended)}
			}
			return d
		},
	})
	s, serr := w.bench.s.ActiveSuspension(w.ctx, actor(by))
	require.NoError(rt, serr)
	if s != nil {
		require.Equal(rt, moderation.RefuseSuspended, moderation.CodeOf(err))
		require.NoError(rt, w.bench.s.Finish(w.ctx, job, moderation.Change{}))
		return
	}
	require.NoError(rt, err)
	w.knows(rt, c, by, need.Approvals, d.Override, job)
	if c.State == moderation.AwaitingApproval && d.Requirement.ActNow > 0 {
		w.knows(rt, w.caseNo(c.No+1), by, 0, false, job)
	}
}

func (w *crowd) knows(rt *rapid.T, c moderation.Case, by string, need int, alone bool, job moderation.Job) {
	q := &request{no: c.No, by: by, need: need, overridden: alone, approvedBy: map[string]bool{}, accepted: map[string]int{}}
	if c.State == moderation.Open || c.State == moderation.Done {
		q.ran = job.ID
	}
	require.Equal(rt, q.ran == 0 && need > 0 && !alone && c.State != moderation.AwaitingConfirmation, c.State == moderation.AwaitingApproval)
	w.known[c.No] = q
	w.cases = append(w.cases, c.No)
}

func (w *crowd) one(rt *rapid.T) moderation.Case {
	if len(w.cases) == 0 {
		rt.Skip("no case")
	}
	return w.caseNo(rapid.SampledFrom(w.cases).Draw(rt, "case"))
}

// waiting picks a waiting case, or any: people press outdated cards too.
func (w *crowd) waiting(rt *rapid.T) moderation.Case {
	var open []int64
	for _, no := range w.cases {
		if w.caseNo(no).State == moderation.AwaitingApproval {
			open = append(open, no)
		}
	}
	if len(open) == 0 || rapid.IntRange(0, 9).Draw(rt, "stale") == 5 {
		return w.one(rt)
	}
	return w.caseNo(rapid.SampledFrom(open).Draw(rt, "waiting"))
}

// closed reports whether a case no longer waits, including when its expiry is due.
func (w *crowd) closed(c moderation.Case) bool {
	return c.State != moderation.AwaitingApproval || !w.clock.Now().Before(c.Approval.Expires)
}

func (w *crowd) approves(rt *rapid.T) {
	c, who := w.waiting(rt), w.person(rt)
	q, j := w.known[c.No], w.command()
	s, err := w.bench.s.ActiveSuspension(w.ctx, actor(who))
	require.NoError(rt, err)
	by := actor(who)
	now, err := w.s.Approve(w.ctx, j, c, moderation.ShownCase{Digest: c.ContentDigest()}, moderation.Body{Actor: &by})
	switch {
	case w.closed(c):
		require.ErrorIs(rt, err, moderation.ErrStale)
	case who == q.by:
		require.Equal(rt, moderation.RefuseOwnCase, moderation.CodeOf(err))
	case q.approvedBy[who]:
		require.Equal(rt, moderation.RefuseApprovedTwice, moderation.CodeOf(err))
	case s != nil:
		require.Equal(rt, moderation.RefuseSuspended, moderation.CodeOf(err))
	case w.isSuperseded(c, err):
	default:
		require.NoError(rt, err)
		q.approvedBy[who] = true
		require.Equal(rt, len(q.approvedBy) >= q.need, now.State != moderation.AwaitingApproval)
		if now.State != moderation.AwaitingApproval {
			q.ran = j.ID
		}
		return
	}
	require.NoError(rt, w.bench.s.Finish(w.ctx, j, moderation.Change{}))
}

func (w *crowd) overrides(rt *rapid.T) {
	c, who := w.waiting(rt), w.person(rt)
	q, j := w.known[c.No], w.command()
	s, err := w.bench.s.ActiveSuspension(w.ctx, actor(who))
	require.NoError(rt, err)
	by := actor(who)
	_, err = w.s.Override(w.ctx, j, c, moderation.ShownCase{Digest: c.ContentDigest()}, "raid", moderation.Body{Actor: &by})
	switch {
	case w.closed(c):
		require.ErrorIs(rt, err, moderation.ErrStale)
	case s != nil:
		require.Equal(rt, moderation.RefuseSuspended, moderation.CodeOf(err))
	case w.isSuperseded(c, err):
	default:
		require.NoError(rt, err)
		q.overridden, q.ran = true, j.ID
		require.Equal(rt, 1, w.count(c.No, moderation.EntryOverride))
		return
	}
	require.NoError(rt, w.bench.s.Finish(w.ctx, j, moderation.Change{}))
}

func (w *crowd) rejects(rt *rapid.T, to moderation.ApprovalState) {
	c, j := w.waiting(rt), w.command()
	by := actor(w.person(rt))
	_, err := w.s.Reject(w.ctx, j, c, to, moderation.Body{Actor: &by})
	if c.State != moderation.AwaitingApproval {
		require.ErrorIs(rt, err, moderation.ErrStale)
		require.NoError(rt, w.bench.s.Finish(w.ctx, j, moderation.Change{}))
		return
	}
	require.NoError(rt, err)
	w.known[c.No].down = true
}

// changesReason changes the reason of a case, which removes its approvals.
func (w *crowd) changesReason(rt *rapid.T) {
	c := w.one(rt)
	by := actor(w.known[c.No].by)
	_, err := w.bench.s.SetReason(w.ctx, w.command(), c.No, rapid.SampledFrom([]string{"", "spam", "hate"}).Draw(rt, "reason"), "", moderation.Change{}, moderation.Body{Actor: &by})
	require.NoError(rt, err)
	w.recounts(rt)
}

func (w *crowd) suspendsOne(rt *rapid.T) {
	until := w.clock.Now().Add(5 * time.Minute)
	_, err := w.bench.s.Suspend(w.ctx, w.command(), moderation.NewSuspension{Who: actor(w.person(rt)), By: chief, Until: until})
	require.NoError(rt, err)
	if rapid.Bool().Draw(rt, "at once") {
		w.workCrowd(rt, moderation.QueueTimer)
	}
}

func (w *crowd) restores(rt *rapid.T, who string) {
	j := w.command()
	_, err := w.bench.s.Unsuspend(w.ctx, j, moderation.Unsuspension{Who: actor(who), Body: moderation.Body{Actor: &chief}})
	if errors.Is(err, moderation.ErrNotFound) {
		err = w.bench.s.Finish(w.ctx, j, moderation.Change{})
	}
	require.NoError(rt, err)
}

func (w *crowd) pressesOne(rt *rapid.T) {
	c, j := w.one(rt), w.command()
	by := actor(w.known[c.No].by)
	var err error
	switch step := rapid.SampledFrom([]string{"run", "drop", "again", "stop"}).Draw(rt, "step"); step {
	case "run":
		var now moderation.Case
		if now, err = w.s.Confirm(w.ctx, j, c, moderation.Body{Actor: &by}, moderation.Reevaluation{}); err == nil && now.State != moderation.AwaitingApproval {
			w.known[c.No].ran = j.ID
		}
	case "drop":
		_, err = w.s.Abandon(w.ctx, j, c, moderation.Body{Actor: &by})
	case "again":
		if _, err = w.s.TryAgain(w.ctx, j, c, moderation.Body{Actor: &by}, moderation.Reevaluation{}); err == nil {
			w.known[c.No].accepted = map[string]int{}
		}
	case "stop":
		_, err = w.s.Stop(w.ctx, j, c, moderation.Body{Actor: &chief})
	}
	if err != nil {
		old := moderation.CodeOf(err) == moderation.RefuseTooOld && w.clock.Now().Sub(c.DoneAt) > moderation.RetryWithin
		require.True(rt, errors.Is(err, moderation.ErrStale) || old || w.isSuperseded(c, err), "%v", err)
		require.NoError(rt, w.bench.s.Finish(w.ctx, j, moderation.Change{}))
	}
}
