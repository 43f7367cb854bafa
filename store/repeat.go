package store

import (
	"context"
	"maps"
	"slices"
	"time"

	"bouncer/moderation"
)

// FindDuplicate returns the case that already carries out the command, as OpenCase with
// o.OnDuplicate would; ErrNotFound when there is none.
func (s *Store) FindDuplicate(ctx context.Context, in moderation.Case) (moderation.Case, error) {
	q := s.read(ctx)
	c, err := findDuplicate(q, s.app, s.now().UnixMilli(), in)
	switch {
	case err != nil:
		return moderation.Case{}, err
	case c == nil:
		return moderation.Case{}, moderation.ErrNotFound
	}
	return c.full(q)
}

// findDuplicate returns the case that already carries out a command given again within
// moderation.DuplicateWithin; nil for none.
func findDuplicate(q querier, app, now int64, in moderation.Case) (*storedCase, error) {
	if in.Action.Relation != "" {
		return nil, nil
	}
	// The newest cases of one person, or of the room, include it if it was just given.
	query, args := `SELECT DISTINCT case_no FROM targets WHERE app = ? AND target = ? ORDER BY case_no DESC LIMIT 50`, []any{app, in.Action.TargetRows()[0]}
	if len(in.Action.Targets) == 0 { // its first room is one of these
		of, rooms := inList(roomKeys(in.Action))
		query, args = `SELECT no FROM cases WHERE app = ? AND room IN `+of+` ORDER BY no DESC LIMIT 50`, append([]any{app}, rooms...)
	}
	nos, err := column[int64](q, query, args...)
	if err != nil {
		return nil, err
	}
	for _, no := range nos {
		c, err := loadCase(q, no)
		if err != nil {
			return nil, err
		}
		if same, err := alreadyDoes(q, now, c, in); err != nil || same {
			return c, err
		}
	}
	return nil, nil
}

// recordDuplicate records a repeated command on the case that carries it out, and changes nothing
// else; nil when there is none.
func (t *tx) recordDuplicate(o moderation.NewCase) (*storedCase, error) {
	if o.OnDuplicate == nil {
		return nil, nil
	}
	in := o.Case
	c, err := findDuplicate(t, t.s.app, t.now, in)
	if err != nil || c == nil {
		return nil, err
	}
	if err := t.queue(c.No, o.OnDuplicate...); err != nil {
		return nil, err
	}
	if err := t.caseEntry(c, moderation.EntryConfirmation, moderation.Body{
		Actor: &in.Actor, Typed: in.Typed, Origin: &in.Origin, Code: moderation.CodeRepeated,
	}); err != nil {
		return nil, err
	}
	return c, t.caseChanged(c)
}

// alreadyDoes reports whether a case is the same command, and either runs for the same person, or
// is in force as requested, no matter who requested it.
func alreadyDoes(q querier, now int64, c *storedCase, in moderation.Case) (bool, error) {
	apart := c.AskedAt.Sub(in.AskedAt).Abs()
	if apart > moderation.DuplicateWithin || c.Action.Verb != in.Action.Verb || !sameSet(roomKeys(c.Action), roomKeys(in.Action)) || c.Action.Relation != "" {
		return false, nil
	}
	full, err := c.full(q)
	if err != nil {
		return false, err
	}
	a, b := full.Action, in.Action
	if a.Duration != b.Duration || a.Permanent != b.Permanent || a.Override != b.Override || !sameSet(a.Targets, b.Targets) || !sameSet(a.AffectedMedia(), b.AffectedMedia()) {
		return false, nil
	}
	if c.State != moderation.Done {
		return full.Actor.Same(in.Actor), nil
	}
	if b.Effect() != moderation.EffectRestrict || c.Counts[moderation.Accepted] != len(b.TargetRows())*len(b.Rooms()) {
		return false, nil
	}
	for _, room := range roomKeys(b) {
		for _, id := range b.TargetRows() {
			p, err := recordOf(q, int64(c.App), targetKey{room, id})
			if err != nil {
				return false, err
			}
			for _, m := range b.AffectedMedia() {
				if st := p.timeline(m).InForce(moment(now)); !st.Restricts || st.Case != c.No {
					return false, nil
				}
			}
		}
	}
	return true, nil
}

// roomKeys returns the keys of an action's rooms.
func roomKeys(a moderation.Action) []string {
	rooms := a.Rooms()
	keys := make([]string, len(rooms))
	for i, r := range rooms {
		keys[i] = r.String()
	}
	return keys
}

// checkAlreadyWaits refuses a change of a case for which a request of the same person already
// waits, for all of its targets: an approver would read the same twice. Another person's request
// holds nobody up, since only its requester can withdraw it. Another duration is another request,
// and the newest one wins.
func (t *tx) checkAlreadyWaits(in moderation.Case) error {
	a := in.Action
	if a.Relation != moderation.RelUndo && a.Relation != moderation.RelExtend {
		return nil
	}
	nos, err := column[int64](t, `SELECT c.no FROM cases c JOIN approvals p ON p.case_no = c.no
		WHERE c.of_no = ? AND c.of_no > 0 AND c.rel = ? AND c.state = 'waiting' AND p.expires_at > ? ORDER BY c.no`, a.RelatedCase, string(a.Relation), t.now)
	if err != nil {
		return err
	}
	for _, no := range nos {
		c, err := loadCase(t, no)
		if err != nil {
			return err
		}
		if !c.Actor.Same(in.Actor) {
			continue
		}
		other, err := c.full(t)
		if err != nil {
			return err
		}
		if isSubset(a.TargetRows(), other.Action.TargetRows()) && isSubset(roomKeys(a), roomKeys(other.Action)) && sameEnd(in, other) {
			return &moderation.RefusedError{Decision: moderation.Decision{Refusal: moderation.NewError(moderation.CodeAlreadyWaits, "other", itoa(no))}}
		}
	}
	return nil
}

// sameEnd reports whether two requests have the same duration, or the same end: a duration added
// to the remaining time is shorter by the time between them.
func sameEnd(a, b moderation.Case) bool {
	if a.Action.Permanent != b.Action.Permanent {
		return false
	}
	apart := a.AskedAt.Add(a.Action.Duration).Sub(b.AskedAt.Add(b.Action.Duration)).Abs()
	return a.Action.Duration == b.Action.Duration || apart <= time.Second
}

// isSubset reports whether a list has no item that another one lacks.
func isSubset[T comparable](list, of []T) bool {
	set := make(map[T]struct{}, len(of))
	for _, x := range of {
		set[x] = struct{}{}
	}
	return !slices.ContainsFunc(list, func(x T) bool { _, ok := set[x]; return !ok })
}

func sameSet[T comparable](a, b []T) bool {
	set := func(list []T) map[T]struct{} {
		out := make(map[T]struct{}, len(list))
		for _, x := range list {
			out[x] = struct{}{}
		}
		return out
	}
	return maps.Equal(set(a), set(b))
}
