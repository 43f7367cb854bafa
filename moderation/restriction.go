package moderation

import (
	"cmp"
	"slices"
	"time"
)

// MoveKind says what a move does to the moves of its own or another case.
type MoveKind string

// The kinds of moves.
const (
	// MovePlain does nothing to those of others: it lies above them.
	MovePlain MoveKind = ""
	// MoveUndo only takes another case's moves away.
	MoveUndo MoveKind = "undo"
	// MoveExtend takes the place of another's, and gives it back when undone.
	MoveExtend MoveKind = "extend"
	// MoveContinue goes on with what an act-now began, which is over with it.
	MoveContinue MoveKind = "follow"

	// MoveNoEffect says that what its case moved before never took effect.
	MoveNoEffect MoveKind = "nothing"
	// MoveLifted, MoveTargetGone and MoveExpired say that the restriction of its case
	// has ended: it was lifted, the room or the user is no more, or a call said
	// something else of the target when its time was over.
	MoveLifted     MoveKind = "lifted"
	MoveTargetGone MoveKind = "gone"
	MoveExpired    MoveKind = "passed"
)

// isEnd reports whether a move says how a restriction ended.
func (k MoveKind) isEnd() bool { return k == MoveLifted || k == MoveTargetGone || k == MoveExpired }

// Move is a fact about one target in one room and medium: one case restricts or
// lifts it, changes what another case moved, came to nothing or has ended. Moves
// are appended, and never changed.
type Move struct {
	Case int64
	Seq  int
	// Job is the delivery that asked for it, Generation its place among all moves.
	Job, Generation int64
	Kind            MoveKind
	Replaces        int64 // the case that an undo, an extension or a follow is about
	Restricts       bool
	At              time.Time
	Until           time.Time // the planned end; zero for permanent
	// Outcome is what became of the case's target, Approved whether the case
	// needed an approval and got it or was overridden.
	Outcome  Outcome
	Approved bool
	// ActNow says that it ran at once, while the case ActNowOf waited, and Denied
	// that this one was denied or withdrawn: the act-now is to be taken back.
	ActNow   bool
	ActNowOf int64
	Denied   bool

	// Ended and How are when and how it ended: a Row finds them in later moves.
	Ended   time.Time
	EndedBy MoveKind
}

// expired reports whether its time is over.
func (m Move) expired(now time.Time) bool { return !m.Until.IsZero() && !m.Until.After(now) }

// Timeline is everything that took effect on one target in one medium. Newest is the
// delivery that was accepted last, whichever was decided first.
type Timeline struct {
	moves   []Move // oldest first
	botEnds bool
}

// NewTimeline reads the moves of one target and medium, in whatever order. botEnds
// says that the vendor has no end for the medium.
func NewTimeline(facts []Move, botEnds bool) Timeline {
	facts = slices.Clone(facts)
	slices.SortFunc(facts, func(a, b Move) int { return cmp.Or(cmp.Compare(a.Job, b.Job), cmp.Compare(a.Generation, b.Generation)) })
	nothing, ends := make(map[int64]int64), make(map[int64][]Move)
	for _, f := range facts {
		if f.Kind == MoveNoEffect {
			nothing[f.Case] = max(nothing[f.Case], f.Generation)
		}
		if f.Kind.isEnd() {
			ends[f.Case] = append(ends[f.Case], f)
		}
	}
	r := Timeline{botEnds: botEnds}
	for _, m := range facts {
		if m.Kind == MoveNoEffect || m.Kind.isEnd() || m.Generation < nothing[m.Case] {
			continue
		}
		for _, f := range ends[m.Case] {
			if m.Restricts && f.Generation > m.Generation && m.Ended.IsZero() {
				m.Ended, m.EndedBy = f.At, f.Kind
			}
		}
		r.moves = append(r.moves, m)
	}
	return r
}

// Restriction is what a Row says at a time.
type Restriction struct {
	// Restricts says that the target is restricted: by Case, since At, until
	// Until, which is zero for permanent. Approved says that Case needed an approval.
	// Else Case is the one that had the last word; 0 for none.
	Restricts bool
	Case      int64
	Seq       int
	Outcome   Outcome
	At, Until time.Time
	Approved  bool
	// Next is when the answer changes by itself; zero for never.
	Next time.Time
}

// Desired is what should hold at a time: the newest restriction that still holds,
// or the newest lift, decides. Passed over are undos, what was undone, what an
// extension or a follow replaced, act-nows of requests that were denied, and
// restrictions whose time is over.
func (r Timeline) Desired(now time.Time) Restriction { return r.at(now, false) }

// PolicyInForce is what people are told: as Desired, but what the bot has yet to end,
// or to take back, still holds.
func (r Timeline) InForce(now time.Time) Restriction { return r.at(now, true) }

func (r Timeline) at(now time.Time, owed bool) Restriction {
	undone, replaced := make(map[int64]bool), make(map[int64]bool)
	for _, m := range slices.Backward(r.moves) {
		switch {
		case m.Kind == MoveUndo:
			undone[m.Replaces] = true
			continue
		case m.Kind == MoveContinue || m.Kind == MoveExtend && !undone[m.Case]: // else what it replaced is back
			replaced[m.Replaces] = true
		}
		over := !m.Ended.IsZero() || m.expired(now) && (!owed || !r.botEnds)
		if undone[m.Case] || replaced[m.Case] || m.Restricts && (over || m.Denied && !owed) {
			continue
		}
		if !m.Restricts {
			break
		}
		return Restriction{
			Restricts: true, Case: m.Case, Seq: m.Seq, Outcome: m.Outcome, At: m.At, Until: m.Until, Approved: m.Approved, Next: m.Until,
		}
	}
	word := r.Newest()
	return Restriction{Case: word.Case, Seq: word.Seq, Outcome: word.Outcome}
}

// Newest is the newest move: its case has the last word, or is about to say it.
func (r Timeline) Newest() Move {
	if len(r.moves) == 0 {
		return Move{}
	}
	return r.moves[len(r.moves)-1]
}

// HasNewer reports whether something was asked after a delivery.
func (r Timeline) HasNewer(job int64) bool { return r.Newest().Job > job }

// MoveOf is what a case moved last; false where it moved nothing, or in vain.
func (r Timeline) MoveOf(no int64) (Move, bool) {
	for _, m := range slices.Backward(r.moves) {
		if m.Case == no {
			return m, true
		}
	}
	return Move{}, false
}

// DueLifts are the restrictions whose end is still to be said to the vendor: their
// time is over, or they are to be taken back, and they are in force still, or
// nothing newer was accepted.
func (r Timeline) DueLifts(now time.Time) (out []Move) {
	decides := r.InForce(now).Case
	for i, m := range r.moves {
		if m.Restricts && m.Ended.IsZero() && (m.expired(now) || m.Denied) && (m.Case == decides ||
			!slices.ContainsFunc(r.moves[i+1:], func(n Move) bool { return n.Case != m.Case && n.Outcome == Accepted })) {
			out = append(out, m)
		}
	}
	return out
}

// NotYetSent reports whether the call of the newest case, or of the one that decides,
// is still to come, and says what is desired then: until its rights were read no
// other call says it. It is not waited for where an end is owed.
func (r Timeline) NotYetSent(now time.Time) bool {
	st := r.Desired(now)
	return (st.Outcome == Pending || r.Newest().Outcome == Pending) && (st.Restricts || len(r.DueLifts(now)) == 0)
}

// Undone reports whether a case's moves were taken away.
func (r Timeline) Undone(no int64) bool {
	return slices.ContainsFunc(r.moves, func(m Move) bool { return m.Kind == MoveUndo && m.Replaces == no })
}

// Without is the row if a case were undone now.
func (r Timeline) Without(no int64) Timeline {
	return Timeline{moves: append(slices.Clone(r.moves), Move{Case: -1, Kind: MoveUndo, Replaces: no}), botEnds: r.botEnds}
}

// RestrictsUntil is until when something here restricts the target, if nothing else is
// moved: zero for no longer than now, Forever for as long as nobody ends it.
func (r Timeline) RestrictsUntil(now time.Time) (until time.Time) {
	for st := r.InForce(now); st.Restricts; st = r.InForce(until) {
		if st.Until.IsZero() || r.botEnds {
			return Forever
		}
		until = st.Until
	}
	return until
}

// Forever is later than any end.
var Forever = time.UnixMilli(1 << 60)

// Cases are those that restrict here, the newest move of each, also those that
// have ended.
func (r Timeline) Cases() (out []Move) {
	for i, m := range r.moves {
		if m.Restricts && !slices.ContainsFunc(r.moves[i+1:], func(n Move) bool { return n.Case == m.Case && n.Restricts }) {
			out = append(out, m)
		}
	}
	return out
}

// Moves are all moves that took effect, oldest first.
func (r Timeline) Moves() []Move { return r.moves }

// Term is what counts as one duration for the target.
func (r Timeline) Term(now time.Time) Term { return termOf(r.moves, r.botEnds, now) }

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

// restrictedUntil is until when it restricted, at most now.
func (p TermPart) restrictedUntil(botEnds bool, now time.Time) time.Time {
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

// termOf folds a target's moves, oldest first.
func termOf(oldestFirst []Move, botEnds bool, now time.Time) Term {
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
				if m.Kind != MovePlain && parts[i].Case == m.Replaces {
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
		from, over := p.At, p.restrictedUntil(botEnds, now)
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
