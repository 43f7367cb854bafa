package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"bouncer/moderation"
)

// Waits of calls that cannot begin yet.
const (
	// busyWait is the longest to wait for another call on the same target: it
	// usually lands long before its flight is over.
	busyWait = 50 * time.Millisecond
	// actWait is how long a lift waits for the answer to the call it undoes.
	actWait = 200 * time.Millisecond
)

// beginning is what one Begin works on.
type beginning struct {
	moderation.Beginning
	job   moderation.Job
	c     *caseRow
	began moderation.Began
	// chunk and seq name what calls are counted by.
	chunk, seq int64
	rows       map[int64][]standingRow // by target
	targets    []target
	media      []moderation.Medium
	// until is the end that a binding call says; 0 for none.
	until int64
}

// Begin decides what of a chunk, a lift or a settlement may be sent now, takes
// the turn, and commits the entry that announces the call.
func (s *Store) Begin(ctx context.Context, j moderation.Job, in moderation.Beginning) (moderation.Began, error) {
	var out moderation.Began
	err := s.write(ctx, func(t *tx) error {
		if err := t.renew(j); err != nil {
			return err
		}
		c, err := loadCase(t, in.Case)
		if err != nil {
			return err
		}
		b := &beginning{Beginning: in, job: j, c: c, until: c.until, rows: make(map[int64][]standingRow)}
		b.began.Asked = moment(c.askedAt)
		switch in.Purpose {
		case moderation.Act:
			err = t.beginAct(b)
		case moderation.Lift:
			err = t.beginLift(b)
		case moderation.Settle:
			err = t.beginSettle(b)
		default:
			err = fmt.Errorf("a call for %q is not known", in.Purpose)
		}
		if err == nil && b.began.Done {
			err = t.finish(j)
		}
		out = b.began
		return err
	})
	if err != nil {
		return moderation.Began{}, err
	}
	return out, nil
}

func (t *tx) beginAct(b *beginning) (err error) {
	b.chunk = int64(b.Chunk)
	if b.c.state != moderation.Open {
		b.began.Done = true
		return nil
	}
	if b.targets, err = t.targetsWhere(b.c, `chunk = ? AND outcome = 'pending'`, b.chunk); err != nil {
		return err
	}
	if err := t.standingFor(b); err != nil {
		return err
	}
	before := len(b.targets)
	last, landed, err := t.earlierCalls(b)
	if err != nil {
		return err
	}
	b.began.Silent = landed
	if err := t.dropIfStopped(b); err != nil {
		return err
	}
	switch b.c.effect() {
	case moderation.EffectEvent:
		err = t.dropOld(b, last)
	case moderation.EffectBind, moderation.EffectFree:
		err = t.dropPassed(b)
	}
	if err != nil {
		return err
	}
	if len(b.targets) < before || b.c.lastEntry != 0 {
		if err := t.changed(b.c); err != nil {
			return err
		}
	}
	if len(b.targets) == 0 {
		b.began.Done = true
		return nil
	}
	if b.media, err = b.c.media(); err != nil {
		return err
	}
	verb := b.c.verb
	if b.c.rel == moderation.RelUndo {
		if verb, err = t.sayUndo(b); err != nil {
			return err
		}
	}
	return t.announce(b, verb)
}

// standingFor reads what stands for the targets.
func (t *tx) standingFor(b *beginning) error {
	for _, g := range b.targets {
		rows, err := t.standingOf(b.c.app, b.c.room, g.id)
		if err != nil {
			return err
		}
		b.rows[g.seq] = rows
	}
	return nil
}

// dropPassed drops the targets on which a newer case stands, and those whose
// time is over.
func (t *tx) dropPassed(b *beginning) error {
	media, err := b.c.media()
	if err != nil {
		return err
	}
	var late, left []target
	passed := make(map[int64][]target) // by the newer case
	_, bound := b.c.moves()
	for _, g := range b.targets {
		newer, stands := stands(b.rows[g.seq], media, b.c.no)
		if b.c.rel == moderation.RelUndo {
			// What it brought back is another case's, and may have ended since.
			still, err := t.untouched(b.c.no, g.seq)
			if err != nil {
				return err
			}
			stands = len(still) > 0
		}
		switch {
		case !stands:
			passed[newer] = append(passed[newer], g)
		case bound && b.c.until != 0 && b.c.until-t.now < time.Second.Milliseconds():
			late = append(late, g)
		default:
			left = append(left, g)
		}
	}
	b.targets = left
	for _, newer := range slices.Sorted(maps.Keys(passed)) {
		if err := t.drop(b.c, passed[newer], moderation.Superseded, moderation.EntryDropped, moderation.Body{
			Code: moderation.CodeSuperseded, Values: map[string]string{"case": itoa(newer)}, Chunk: b.Chunk,
		}); err != nil {
			return err
		}
	}
	outcome := moderation.Failed
	if b.began.Silent {
		outcome = moderation.Unknown // an earlier try may have landed: its lift must go
	}
	return t.drop(b.c, late, outcome, moderation.EntryDropped, moderation.Body{Code: moderation.CodeLate, Chunk: b.Chunk})
}

// stands tells whether any of the media still stands under the case, and else
// which case does since.
func stands(rows []standingRow, media []moderation.Medium, no int64) (newer int64, ok bool) {
	var generation int64
	for _, r := range rows {
		if !slices.Contains(media, r.medium) {
			continue
		}
		if r.no == no {
			return 0, true
		}
		if r.generation > generation {
			newer, generation = r.no, r.generation
		}
	}
	return newer, false
}

// drop ends targets that are not sent, or not again, and says so with the body
// given: no entry for none.
func (t *tx) drop(c *caseRow, targets []target, outcome moderation.Outcome, kind moderation.EntryKind, body moderation.Body) error {
	if len(targets) == 0 {
		return nil
	}
	if err := t.end(c, targets, outcome, body.Code, body.Values); err != nil {
		return err
	}
	body.Targets, body.Outcome = names(targets), string(outcome)
	return t.caseEntry(c, kind, body)
}

func names(targets []target) []string {
	var out []string
	for _, g := range targets {
		if g.id != "" {
			out = append(out, g.id)
		}
	}
	return out
}

// pastCall is the newest call of the same chunk, lift or settlement.
type pastCall struct {
	code, message, request string
}

// earlierCalls looks at what was called before: how often, when first in this
// round, and whether any may have landed, in whichever round. A call whose
// answer was never recorded is written down as silent: the process ended under
// it.
func (t *tx) earlierCalls(b *beginning) (last pastCall, landed bool, err error) {
	type call struct {
		id, at int64
		round  int64
		open   bool
		class  moderation.VendorClass
	}
	var calls []call
	err = t.each(`SELECT id, at, round, answered_at, class, code, message, request_id FROM calls
		WHERE case_no = ? AND purpose = ? AND chunk = ? AND seq = ? ORDER BY id`,
		[]any{b.c.no, string(b.Purpose), b.chunk, b.seq}, func(scan func(...any) error) error {
			var c call
			var answered int64
			var class string
			var p pastCall
			if err := scan(&c.id, &c.at, &c.round, &answered, &class, &p.code, &p.message, &p.request); err != nil {
				return err
			}
			c.open, c.class = answered == 0, moderation.VendorClass(class)
			calls = append(calls, c)
			if !c.open {
				last = p
			}
			return nil
		})
	if err != nil {
		return last, false, err
	}
	b.began.Attempt = len(calls) + 1
	for _, c := range calls {
		if c.open {
			a := moderation.Answer{Class: moderation.VendorSilent, Err: moderation.NewError(moderation.CodeVendorSilent)}
			if _, err := t.record(b.c, c.id, a, moderation.CodeVendorSilent, nil); err != nil {
				return last, false, err
			}
			if err := t.doubt(b.c, c.id); err != nil {
				return last, false, err
			}
		}
		landed = landed || c.class.MayHaveLanded()
		if c.round == b.c.round && b.began.First.IsZero() {
			b.began.First = moment(c.at)
		}
	}
	if b.began.First.IsZero() {
		b.began.First = moment(t.now)
	}
	return last, landed, nil
}

// dropOld ends an event that may not be repeated any more, and the rest of one
// that was broken off minutes ago: its requester may try it again.
func (t *tx) dropOld(b *beginning, last pastCall) error {
	stalled := false
	if b.began.Attempt == 1 { // never called: for how long was nothing of the case?
		var newest int64
		if err := t.one(`SELECT COALESCE(MAX(at), 0) FROM calls WHERE case_no = ? AND round = ?`, b.c.no, b.c.round)(&newest); err != nil {
			return err
		}
		stalled = newest != 0 && t.now-newest > moderation.BeginWithin.Milliseconds()
	}
	if len(b.targets) == 0 || !stalled && t.clock.Sub(b.began.First) <= t.s.cfg.Timing.EventRepeat {
		return nil
	}
	dropped := b.targets
	b.targets = nil
	if b.began.Silent || stalled {
		return t.drop(b.c, dropped, moderation.Unknown, moderation.EntryDropped, moderation.Body{Code: moderation.CodeEventOld, Chunk: b.Chunk})
	}
	return t.drop(b.c, dropped, moderation.Failed, moderation.EntryDropped, moderation.Body{
		Code: moderation.CodeVendorRetry, Chunk: b.Chunk,
		Values: map[string]string{"code": last.code, "message": last.message, "request": last.request},
	})
}

// request is what is to be sent for the targets that are left, under what
// stands now.
func (t *tx) request(b *beginning, verb moderation.Verb, free ...moderation.Medium) (moderation.Request, error) {
	room, ok := moderation.RoomFromKey(b.c.room)
	if !ok {
		return moderation.Request{}, fmt.Errorf("case %d: no room in %q", b.c.no, b.c.room)
	}
	r := moderation.Request{Verb: verb, Room: room, Reason: b.Reason}
	for _, g := range b.targets {
		r.Targets = append(r.Targets, g.id)
	}
	if spec, _ := verb.Spec(); spec.Effect == moderation.EffectBind {
		r.Perm = b.until == 0
		if !r.Perm {
			left := time.Duration(b.until-t.now) * time.Millisecond
			r.Left = (max(left, 0) + time.Second - 1).Truncate(time.Second)
		}
	}
	if len(b.targets) > 0 && carriesMute(verb) {
		var held [2]bool
		for _, row := range b.rows[b.targets[0].seq] {
			for i, m := range []moderation.Medium{moderation.Audio, moderation.Video} {
				if row.medium == m && row.bound && !slices.Contains(free, m) {
					held[i] = true
				}
			}
		}
		r.IsMute = moderation.IsMute(held[0], held[1])
	}
	return r, nil
}

func carriesMute(v moderation.Verb) bool {
	spec, _ := v.Spec()
	return slices.Contains(spec.Media, moderation.Audio)
}
