package store

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"bouncer/moderation"
)

// recordsInForce reads the targets on which something may be in force now. cond is our own SQL
// about applied a.
func (s *Store) recordsInForce(q querier, cond string, args ...any) ([]*targetRecord, error) {
	places, err := recordsWhere(q, `JOIN applied a ON a.app = m.app AND a.room = m.room AND a.target = m.target
		WHERE a.matters_until > ? AND `+cond, append([]any{s.now().UnixMilli()}, args...)...)
	return slices.SortedFunc(maps.Values(places), func(a, b *targetRecord) int {
		return cmp.Or(cmp.Compare(a.room, b.room), cmp.Compare(a.target, b.target))
	}), err
}

// mayRestrict is a target that something may restrict, and what was applied for it.
type mayRestrict struct {
	targetKey
	media map[moderation.Medium]moderation.Applied
}

// eachActive calls visit with the targets that cond selects and that something may restrict now,
// with their applied state, in order of room and target, until it returns false. Only a page of
// them is in memory. cond is our own SQL about applied a.
func (s *Store) eachActive(q querier, cond string, args []any, visit func(*targetRecord) bool) error {
	query := `SELECT a.room, a.target, a.media FROM applied a
		WHERE a.matters_until > ? AND (a.room, a.target) > (?, ?) AND ` + cond + ` ORDER BY a.room, a.target` + limited
	var last targetKey
	for n := idsAtOnce; n == idsAtOnce; {
		page, err := rows(q, query, append(append([]any{s.now().UnixMilli(), last.room, last.target}, args...), idsAtOnce),
			func(r *mayRestrict) []any { return []any{&r.room, &r.target, asJSON(&r.media)} })
		if err != nil || len(page) == 0 {
			return err
		}
		n, last = len(page), page[len(page)-1].targetKey
		ids := make(map[string][]string)
		for _, r := range page {
			ids[r.room] = append(ids[r.room], r.target)
		}
		places := make(map[targetKey]*targetRecord, n)
		for room, of := range ids {
			found, err := recordsNamed(q, s.app, room, of)
			if err != nil {
				return err
			}
			maps.Copy(places, found)
		}
		for _, r := range page {
			p := places[r.targetKey]
			if p == nil {
				continue
			}
			if p.applied.media = r.media; !visit(p) {
				return nil
			}
		}
	}
	return nil
}

// RestrictionsInForce returns the restrictions in force in a room. Its error is the database's.
func (s *Store) RestrictionsInForce(ctx context.Context, room moderation.Room) (out []moderation.RestrictionInForce, err error) {
	places, err := s.recordsInForce(s.read(ctx), `a.app = ? AND a.room = ?`, s.app, room.String())
	for _, p := range places {
		for _, m := range p.media() {
			if st := p.timeline(m).InForce(s.now()); st.Restricts {
				out = append(out, moderation.RestrictionInForce{Room: room, Target: p.target, Medium: m, Case: st.Case, Until: st.Until})
			}
		}
	}
	return out, err
}

// ActiveRestrictions returns up to n restrictions of a target or in a room, after the first skip,
// including lifted ones that Tencent may not have accepted yet, and their total, counted up to
// SearchLimit. In a room they are ordered by target; for a target by room. Its error is the
// database's.
func (s *Store) ActiveRestrictions(ctx context.Context, f moderation.SearchQuery, skip, n int) ([]moderation.CaseRestrictions, int, error) {
	cond, args := `a.app = ? AND a.room = ?`, []any{s.app, f.Room}
	switch {
	case f.Target != "" && f.Room != "":
		cond, args = `a.app = ? AND a.room = ? AND a.target = ?`, []any{s.app, f.Room, f.Target}
	case f.Target != "":
		cond, args = `a.app = ? AND a.target = ?`, []any{s.app, f.Target}
	}
	var out []moderation.CaseRestrictions
	if err := s.eachActive(s.read(ctx), cond, args, func(p *targetRecord) bool {
		first := len(out)
		for _, m := range p.media() {
			st := p.timeline(m).Behind(p.applied.media[m], s.now())
			if !st.Restricts {
				continue
			}
			at := slices.IndexFunc(out[first:], func(b moderation.CaseRestrictions) bool { return b.Case.No == st.Case && b.Lag == st.Lag })
			if at < 0 {
				at = len(out) - first
				b := moderation.CaseRestrictions{Target: p.target, Until: st.Until, Lag: st.Lag, VendorUntil: st.VendorUntil, LiftedBy: st.LiftedBy}
				b.Room, _ = moderation.RoomFromKey(p.room)
				b.Case.No = st.Case
				out = append(out, b)
			}
			out[first+at].Media = append(out[first+at].Media, m)
		}
		slices.SortStableFunc(out[first:], func(a, b moderation.CaseRestrictions) int { return cmp.Compare(a.Case.No, b.Case.No) })
		return len(out) < moderation.SearchLimit
	}); err != nil {
		return nil, 0, err
	}
	out = out[:min(len(out), moderation.SearchLimit)]
	total := len(out)
	out = out[min(max(skip, 0), total):]
	out = out[:min(max(n, 0), len(out))]
	cases := make(map[int64]moderation.Case)
	for i := range out {
		no := out[i].Case.No
		if _, read := cases[no]; !read {
			c, err := s.Case(ctx, no)
			if err != nil {
				return nil, 0, err
			}
			cases[no] = c
		}
		out[i].Case = cases[no]
		out[i].Room.Name = out[i].Case.Action.RoomOf(out[i].Room.String()).Name
	}
	return out, total, nil
}
