package store

import (
	"context"
	"slices"
	"time"

	"bouncer/moderation"
)

// Facts returns the facts for a decision on an action now. It is for display; a decision reads them
// in its own transaction. Its error is the database's.
func (s *Store) Facts(ctx context.Context, by moderation.Actor, a moderation.Action, lookback time.Duration) (moderation.Facts, error) {
	return s.factsOf(s.read(ctx), s.now(), by, a, lookback)
}

func (t *tx) facts(by moderation.Actor, a moderation.Action, lookback time.Duration) (moderation.Facts, error) {
	return t.s.factsOf(t, t.clock, by, a, lookback)
}

// factsOf reads what affects a decision: whether the person is suspended, on whom they acted
// before, and the restrictions of the action's targets.
func (s *Store) factsOf(q querier, now time.Time, by moderation.Actor, a moderation.Action, lookback time.Duration) (moderation.Facts, error) {
	f := moderation.Facts{At: now}
	var err error
	if f.Suspended, err = s.suspendedOf(q, now.UnixMilli(), by); err != nil {
		return f, err
	}
	if lookback > 0 {
		if f.Recent, err = recentOf(q, s.app, now, by.Key(), lookback); err != nil {
			return f, err
		}
	}
	if effect := a.Effect(); effect == moderation.EffectRestrict || effect == moderation.EffectLift {
		f.Existing, f.ActNowUsed, err = existingRestrictions(q, s.app, now, a)
	}
	return f, err
}

// recentOf never returns nil: an empty list is not the same as not counting.
func recentOf(q querier, app int64, now time.Time, person string, lookback time.Duration) ([]moderation.PastAction, error) {
	recent, err := rows(q, `SELECT verb, target, at FROM acted WHERE app = ? AND person = ? AND at > ? ORDER BY at`,
		[]any{app, person, now.Add(-lookback).UnixMilli()}, func(a *moderation.PastAction) []any {
			return []any{&a.Verb, &a.Target, asTime(&a.At)}
		})
	if recent == nil {
		recent = []moderation.PastAction{}
	}
	return recent, err
}

// existingRestrictions returns what is restricted now on the targets and media that an action
// changes, by each case that counts, and what a new restriction would continue. actNowUsed means
// that the act-now of one of the targets is used up.
func existingRestrictions(q querier, app int64, now time.Time, a moderation.Action) (out []moderation.ExistingRestriction, actNowUsed bool, err error) {
	f := restrictionFinder{q: q, app: app, now: now, action: a, cases: make(map[int64]moderation.ExistingRestriction), requests: make(map[int64]*storedCase)}
	for _, r := range a.Rooms() {
		f.room = r
		for part := range slices.Chunk(a.TargetRows(), idsAtOnce) {
			if err := f.targets(part); err != nil {
				return nil, false, err
			}
		}
	}
	return f.out, f.actNowUsed, nil
}

// targets finds what restricts some targets in the room.
func (f *restrictionFinder) targets(ids []string) error {
	room := f.room.String()
	records, err := recordsNamed(f.q, f.app, room, ids)
	if err != nil {
		return err
	}
	waiting, err := unbegunCases(f.q, f.app, room, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		for _, no := range waiting[id] {
			if err := f.unbegun(id, no); err != nil {
				return err
			}
		}
		p := records[targetKey{room, id}]
		if p == nil || f.passedOver(p) {
			continue
		}
		for _, m := range f.action.AffectedMedia() {
			if err := f.row(id, m, p.timeline(m)); err != nil {
				return err
			}
		}
	}
	return nil
}

// passedOver reports whether an undo or an extension in several rooms leaves a target as it is: the
// related case restricts it in another room only.
func (f *restrictionFinder) passedOver(p *targetRecord) bool {
	if len(f.action.MoreRooms) == 0 || f.action.Relation != moderation.RelUndo && f.action.Relation != moderation.RelExtend {
		return false
	}
	return !slices.ContainsFunc(f.action.AffectedMedia(), func(m moderation.Medium) bool {
		st := p.timeline(m).InForce(f.now)
		return st.Restricts && st.Case == f.action.RelatedCase
	})
}

// restrictionFinder collects the restrictions of an action's targets.
type restrictionFinder struct {
	q          querier
	app        int64
	now        time.Time
	action     moderation.Action
	room       moderation.Room // the one that is looked at
	cases      map[int64]moderation.ExistingRestriction
	requests   map[int64]*storedCase // those that an act-now ran ahead of, and running ones
	out        []moderation.ExistingRestriction
	actNowUsed bool
}

// row finds what restricts in one timeline, and what is below it.
func (f *restrictionFinder) row(id string, m moderation.Medium, r moderation.Timeline) error {
	for _, mv := range r.Moves() {
		if err := f.checkActNow(mv); err != nil {
			return err
		}
	}
	now, term := r.InForce(f.now), r.Term(f.now)
	st := moderation.ExistingRestriction{Target: id, Medium: m, Since: f.now.Add(-term.Served), Until: now.Until}
	if !now.Restricts {
		if n := len(term.Parts); n > 0 {
			st.Ended = true
			return f.add(st, term.Parts[n-1].Case, term.Parts[n-1].At)
		}
		return nil
	}
	if err := f.add(st, now.Case, now.At); err != nil {
		return err
	}
	if f.action.Relation == moderation.RelUndo && f.action.RelatedCase == now.Case {
		if under := r.Without(now.Case).Desired(f.now); under.Restricts {
			return f.restored(st, under)
		}
	}
	return f.below(st, now.Case, term)
}

// restored adds what an undo would bring back, when that lasts longer than what it removes:
// bringing it back counts as imposing it. Otherwise nothing is required for it.
func (f *restrictionFinder) restored(st moderation.ExistingRestriction, under moderation.Restriction) error {
	if st.Until.IsZero() || !under.Until.IsZero() && !under.Until.After(st.Until) {
		return nil
	}
	st.Until = under.Until
	return f.add(st, under.Case, under.At)
}

// below adds the cases that count beside the deciding one: those that needed an approval, until
// everything that continues them has ended, and those that would restrict again after it.
func (f *restrictionFinder) below(st moderation.ExistingRestriction, decides int64, term moderation.Term) error {
	for _, p := range term.Parts {
		if p.Case == decides {
			continue
		}
		over := p.Denied || !p.Lifted.IsZero() || p.Replaced || !p.Ended.IsZero() || !p.Until.IsZero() && !p.Until.After(f.now) && !f.room.Kind.BotEnds(st.Medium)
		longer := !over && !st.Until.IsZero() && (p.Until.IsZero() || p.Until.After(st.Until))
		if !p.Approved && !longer {
			continue
		}
		own := st
		if longer {
			own.Until = p.Until
		}
		if err := f.add(own, p.Case, p.At); err != nil {
			return err
		}
	}
	return nil
}

// checkActNow records an unapproved act-now: its target gets no other one for the requested
// duration, at least an hour.
func (f *restrictionFinder) checkActNow(m moderation.Move) error {
	if !m.ActNow || f.actNowUsed {
		return nil
	}
	c, known := f.requests[m.ActNowOf]
	if !known {
		var err error
		if c, err = loadCase(f.q, m.ActNowOf); err != nil {
			return err
		}
		f.requests[m.ActNowOf] = c
	}
	if c.Approval.State == moderation.ApprovalApproved || c.Approval.State == moderation.ApprovalOverridden {
		return nil
	}
	f.actNowUsed = f.now.Before(m.At.Add(c.Action.ActNowCooldown()))
	return nil
}

func (f *restrictionFinder) add(st moderation.ExistingRestriction, no int64, at time.Time) error {
	known, ok := f.cases[no]
	if !ok {
		var err error
		if known, err = existingOf(f.q, no); err != nil {
			return err
		}
		f.cases[no] = known
	}
	st.Room, st.Case, st.Action, st.Requirement, st.At = f.room, no, known.Action, known.Requirement, at
	f.out = append(f.out, st)
	return nil
}

// unbegun adds a restriction that a running case has not begun.
func (f *restrictionFinder) unbegun(id string, no int64) error {
	c, known := f.requests[no]
	if !known {
		var err error
		if c, err = loadCase(f.q, no); err != nil {
			return err
		}
		f.requests[no] = c
	}
	if _, restricts := c.moves(); !restricts {
		return nil
	}
	for _, m := range c.Action.AffectedMedia() {
		if !slices.Contains(f.action.AffectedMedia(), m) {
			continue
		}
		if err := f.add(moderation.ExistingRestriction{Target: id, Medium: m, Since: f.now, Until: c.Until}, no, c.OpenAt); err != nil {
			return err
		}
	}
	return nil
}

func existingOf(q querier, no int64) (moderation.ExistingRestriction, error) {
	c, err := loadCase(q, no)
	return moderation.ExistingRestriction{Case: no, Action: c.Action, Requirement: c.Decision.Requirement}, err
}

// recordActed records the people a case acts on. They count once the case runs: a denied request
// harmed nobody.
func (t *tx) recordActed(c *storedCase, in span) error {
	return t.recordActedBy(c, c.Actor.Key(), in)
}

func (t *tx) recordActedBy(c *storedCase, person string, in span) error {
	if person == "" || c.Action.Effect() == moderation.EffectRead {
		return nil
	}
	err := t.run(`INSERT INTO acted (app, team, person, verb, target, at)
		SELECT app, team, ?, ?, target, ?
		FROM (SELECT DISTINCT app, team, target FROM targets WHERE case_no = ? AND target <> '' AND outcome = 'pending' AND seq BETWEEN ? AND ?) AS people WHERE 1 = 1
		ON CONFLICT (app, person, verb, target) DO UPDATE SET at = excluded.at`, person, string(c.Action.Verb), t.now, c.No, in.from, in.to)
	return err
}
