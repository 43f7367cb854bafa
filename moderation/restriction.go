package moderation

import (
	"slices"
	"time"
)

// MoveKind says what a move does to the moves of another case.
type MoveKind string

// The kinds of moves.
const (
	// MoveOwn does nothing to those of others: it lies above them.
	MoveOwn MoveKind = ""
	// MoveUndo only takes another case's moves away.
	MoveUndo MoveKind = "undo"
	// MoveExtend takes the place of another's, and gives it back when undone.
	MoveExtend MoveKind = "extend"
	// MoveFollow goes on with what an act-now began, which is over with it.
	MoveFollow MoveKind = "follow"
)

// Move is what one case says about one target in one room and medium: that it
// is restricted until a time, or free. A move that never took effect is none.
type Move struct {
	Case, Seq int64
	Kind      MoveKind
	Replaces  int64 // the case that an undo, an extension or a follow is about
	Restricts bool
	At        time.Time
	Until     time.Time // the planned end; zero for permanent
	Ended     time.Time // when it was lifted at its end; zero: it was not
	// Approved says that the case needed an approval, and got it or was
	// overridden.
	Approved bool
	// ActNow says that it ran at once, while the case ActNowOf waited.
	ActNow   bool
	ActNowOf int64
	// Denied says that the request which it ran ahead of was denied or withdrawn:
	// it is taken back, also where a newer case lies above it.
	Denied bool
}

// Desired walks a target's moves, newest first: the first restriction that
// still holds, or the first lift, decides. Passed over are undos, what was
// undone, what an extension or a follow replaced, and restrictions whose time is
// over. With owed, one whose time is over and that the bot has yet to end still
// holds. except is a case whose own moves are left out; 0 for none.
func Desired(newestFirst func(func(Move) bool), except int64, owed bool, now time.Time) Move {
	var newest, found Move
	undone, replaced := make(map[int64]bool), make(map[int64]bool)
	newestFirst(func(m Move) bool {
		switch {
		case m.Kind == MoveUndo:
			undone[m.Replaces] = true
			return true
		case m.Kind == MoveFollow || m.Kind == MoveExtend && !undone[m.Case]: // else what it replaced is back
			replaced[m.Replaces] = true
		}
		if newest.Case == 0 && !undone[m.Case] && m.Case != except {
			newest = m
		}
		over := !m.Ended.IsZero() || !m.Until.IsZero() && !m.Until.After(now) && !owed
		if undone[m.Case] || replaced[m.Case] || m.Case == except || m.Restricts && over {
			return true
		}
		found = m
		return false
	})
	if !found.Restricts { // what set it free, or ended last, has the last word
		found = Move{Case: newest.Case, Seq: newest.Seq}
	}
	return found
}

// Term is what counts as one duration for a target: all restrictions that went
// on with each other, and those that were lifted before their time without an
// approval, until their planned end.
type Term struct {
	// Served is for how long the target was restricted so far.
	Served time.Duration
	// Parts are the restrictions that count, oldest first; none when a new one
	// starts a count of its own.
	Parts []TermPart
}

// TermPart is one restriction of a Term.
type TermPart struct {
	Move
	// Lifted is when it was lifted or undone before its end; zero: it was not.
	Lifted time.Time
	// Replaced says that an extension or a follow stands in its place.
	Replaced bool

	replacedAt time.Time
	replacedBy int64
	yielded    bool // replaced with an approval: its own end counts no more
}

// permCounts is for how long a permanent restriction that was lifted without an
// approval goes on to count: it has no planned end.
const permCounts = 24 * time.Hour

// counts reports whether a part goes on at a time: what is imposed then
// continues it.
func (p TermPart) counts(botEnds bool, at time.Time) bool {
	botEnds = botEnds && !p.Denied // which is taken back, and not ended
	switch {
	case !p.Ended.IsZero():
		return p.end().After(at)
	case p.yielded:
		return false
	case !p.Lifted.IsZero() && p.Until.IsZero():
		return p.Lifted.Add(permCounts).After(at)
	case !p.Lifted.IsZero():
		return p.Until.After(at)
	case p.Until.IsZero() || botEnds: // what the bot ends holds until its lift was done
		return true
	}
	return p.Until.After(at)
}

// end is when it ended, or is planned to; zero for permanent.
func (p TermPart) end() time.Time {
	if !p.Ended.IsZero() && (p.Until.IsZero() || p.Ended.Before(p.Until)) {
		return p.Ended
	}
	return p.Until
}

// over is until when it restricted, at most now.
func (p TermPart) over(botEnds bool, now time.Time) time.Time {
	over := now
	if end := p.end(); !end.IsZero() && (!botEnds || p.Denied || !p.Ended.IsZero()) && end.Before(over) {
		over = end
	}
	for _, at := range []time.Time{p.Lifted, p.replacedAt} {
		if !at.IsZero() && at.Before(over) {
			over = at
		}
	}
	return over
}

// TermOf folds a target's moves, oldest first. botEnds says that the vendor has
// no end for the medium.
func TermOf(oldestFirst []Move, botEnds bool, now time.Time) Term {
	var parts []TermPart
	for _, m := range oldestFirst {
		switch {
		case m.Kind == MoveUndo:
			parts = undoPart(parts, m)
		case !m.Restricts && m.Approved:
			parts = nil
		case !m.Restricts:
			for i := range parts {
				if parts[i].Lifted.IsZero() {
					parts[i].Lifted = m.At
				}
			}
		default:
			if !slices.ContainsFunc(parts, func(p TermPart) bool { return p.counts(botEnds, m.At) }) {
				parts = nil
			}
			for i := range parts {
				if m.Kind != MoveOwn && parts[i].Case == m.Replaces {
					parts[i].Replaced, parts[i].replacedAt, parts[i].replacedBy = true, m.At, m.Case
					parts[i].yielded = m.Approved
				}
			}
			parts = append(parts, TermPart{Move: m})
		}
	}
	if !slices.ContainsFunc(parts, func(p TermPart) bool { return p.counts(botEnds, now) }) {
		return Term{}
	}
	return Term{Served: served(parts, botEnds, now), Parts: parts}
}

// undoPart takes a case back: with an approval it counts no more, else until its
// planned end. What its extension replaced is back.
func undoPart(parts []TermPart, m Move) []TermPart {
	for i := range parts {
		p := &parts[i]
		switch {
		case p.Case == m.Replaces && p.Lifted.IsZero():
			p.Lifted = m.At
		case p.replacedBy == m.Replaces && extends(parts, m.Replaces):
			p.Replaced, p.replacedAt, p.replacedBy, p.yielded = false, time.Time{}, 0, false
		case p.replacedBy == m.Replaces && p.Lifted.IsZero(): // it is over with what followed it
			p.Lifted = m.At
		}
	}
	if !m.Approved {
		return parts
	}
	return slices.DeleteFunc(parts, func(p TermPart) bool { return !p.Lifted.IsZero() && p.Lifted.Equal(m.At) })
}

func extends(parts []TermPart, no int64) bool {
	return slices.ContainsFunc(parts, func(p TermPart) bool { return p.Case == no && p.Kind == MoveExtend })
}

// served is the time in which at least one part restricted.
func served(parts []TermPart, botEnds bool, now time.Time) (total time.Duration) {
	sorted := slices.Clone(parts)
	slices.SortStableFunc(sorted, func(a, b TermPart) int { return a.At.Compare(b.At) })
	var until time.Time
	for _, p := range sorted {
		from, over := p.At, p.over(botEnds, now)
		if from.Before(until) {
			from = until
		}
		if over.After(from) {
			total += over.Sub(from)
			until = over
		}
	}
	return total
}
