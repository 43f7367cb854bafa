package moderation

import (
	"cmp"
	"slices"
	"time"
)

// MoveKind is how a move affects the moves of its own or another case.
type MoveKind string

// The kinds of moves.
const (
	// MovePlain changes no other move; it takes precedence over older ones.
	MovePlain MoveKind = ""
	// MoveUndo removes another case's moves.
	MoveUndo MoveKind = "undo"
	// MoveExtend replaces another case's move, and restores it when undone.
	MoveExtend MoveKind = "extend"
	// MoveContinue continues the restriction of an act-now, which it ends.
	MoveContinue MoveKind = "follow"

	// MoveNoEffect says that the earlier moves of its case never took effect.
	MoveNoEffect MoveKind = "nothing"
	// MoveLifted, MoveTargetGone and MoveExpired end the restriction of their case: it was lifted,
	// the room or user no longer exists, or a call set another state after it expired.
	MoveLifted     MoveKind = "lifted"
	MoveTargetGone MoveKind = "gone"
	MoveExpired    MoveKind = "passed"
)

// isEnd reports whether a move says how a restriction ended.
func (k MoveKind) isEnd() bool { return k == MoveLifted || k == MoveTargetGone || k == MoveExpired }

// Move is a fact about one target in one room and medium: a case restricts or lifts it, changes
// another case's move, had no effect, or has ended. Moves are appended, never changed.
type Move struct {
	Case int64
	Seq  int
	// Job is the delivery that requested it, Generation its place among all moves.
	Job, Generation int64
	Kind            MoveKind
	Replaces        int64 // the case that an undo, an extension or a continuation refers to
	Restricts       bool
	At              time.Time
	Until           time.Time // the planned end; zero for permanent
	// Outcome is the outcome of the case's target. Approved means that the case needed approval
	// and got it, or was overridden.
	Outcome  Outcome
	Approved bool
	// ActNow means that it applied at once while case ActNowOf waited. Denied means that this
	// request was denied or withdrawn: the act-now is to be taken back.
	ActNow   bool
	ActNowOf int64
	Denied   bool

	// Ended and EndedBy are when and how it ended. NewTimeline sets them from later moves.
	Ended   time.Time
	EndedBy MoveKind
}

// expired reports whether its planned end has passed.
func (m Move) expired(now time.Time) bool { return !m.Until.IsZero() && !m.Until.After(now) }

// Timeline is every effective move of one target in one medium. The newest move is that of the
// delivery accepted last, whichever was decided first.
type Timeline struct {
	moves   []Move // oldest first
	botEnds bool
}

// NewTimeline returns the timeline of one target and medium, from moves in any order. botEnds
// means that the vendor does not end restrictions of the medium.
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

// Restriction is the state of a Timeline at a time.
type Restriction struct {
	// Restricts means that the target is restricted: by Case, since At, until Until, which is zero
	// for permanent. Approved means that Case needed an approval. Otherwise Case is the case that
	// decides; 0 for none.
	Restricts bool
	Case      int64
	Seq       int
	Outcome   Outcome
	At, Until time.Time
	Approved  bool
	// Next is when the state next changes by itself; zero for never.
	Next time.Time
}

// Desired returns the state that should be in force at a time. The newest restriction that has not
// expired, or the newest lift, decides. Ignored are undos and what they undid, what an extension
// or continuation replaced, act-nows of denied requests, and expired restrictions.
func (r Timeline) Desired(now time.Time) Restriction { return r.at(now, false) }

// InForce returns the state that people are shown: as Desired, but restrictions that the bot still
// has to end or take back are included.
func (r Timeline) InForce(now time.Time) Restriction { return r.at(now, true) }

func (r Timeline) at(now time.Time, owed bool) Restriction {
	undone, replaced := make(map[int64]bool), make(map[int64]bool)
	for _, m := range slices.Backward(r.moves) {
		switch {
		case m.Kind == MoveUndo:
			undone[m.Replaces] = true
			continue
		case m.Kind == MoveContinue || m.Kind == MoveExtend && !undone[m.Case]: // else what it replaced applies again
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

// Newest returns the newest move; the zero Move when there is none.
func (r Timeline) Newest() Move {
	if len(r.moves) == 0 {
		return Move{}
	}
	return r.moves[len(r.moves)-1]
}

// HasNewer reports whether something was requested after a delivery.
func (r Timeline) HasNewer(job int64) bool { return r.Newest().Job > job }

// MoveOf returns the last move of a case; false when it has none that took effect.
func (r Timeline) MoveOf(no int64) (Move, bool) {
	for _, m := range slices.Backward(r.moves) {
		if m.Case == no {
			return m, true
		}
	}
	return Move{}, false
}

// DueLifts returns the restrictions whose end the vendor still has to be sent: they expired or are
// to be taken back, and are still in force or nothing newer was accepted.
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

// NotYetSent reports whether the call of the newest or the deciding case is still to come and will
// set what is desired then. Until its rights are checked, no other call sets that state. An end
// that is due does not wait for it.
func (r Timeline) NotYetSent(now time.Time) bool {
	st := r.Desired(now)
	return (st.Outcome == Pending || r.Newest().Outcome == Pending) && (st.Restricts || len(r.DueLifts(now)) == 0)
}

// Undone reports whether a case's moves were undone.
func (r Timeline) Undone(no int64) bool {
	return slices.ContainsFunc(r.moves, func(m Move) bool { return m.Kind == MoveUndo && m.Replaces == no })
}

// EndedLate returns how long after its planned end a restriction of the bot's was still in force, if
// it ends now at the latest: until a newer one began. It returns 0 where another case decided at
// that time, or where the vendor ends it. by is the case whose call ends it now; 0 for none. What that
// case lifts or undoes was in force until now, however long ago it was requested.
func (r Timeline) EndedLate(m Move, now time.Time, by int64) time.Duration {
	if !r.botEnds || m.Denied || m.Until.IsZero() {
		return 0
	}
	then, ended := Timeline{botEnds: true}, now
	for _, n := range r.moves {
		if n.Case == by && !n.Restricts {
			continue
		}
		if n.At.After(m.Until) {
			if n.Restricts && n.At.Before(ended) {
				ended = n.At
			}
			continue
		}
		if n.Ended.After(m.Until) {
			n.Ended = time.Time{}
		}
		then.moves = append(then.moves, n)
	}
	if st := then.Desired(m.Until.Add(-time.Millisecond)); !st.Restricts || st.Case != m.Case || then.Desired(m.Until).Restricts {
		return 0
	}
	return max(ended.Sub(m.Until), 0)
}

// Without returns the timeline as if a case were undone now.
func (r Timeline) Without(no int64) Timeline {
	return Timeline{moves: append(slices.Clone(r.moves), Move{Case: -1, Kind: MoveUndo, Replaces: no}), botEnds: r.botEnds}
}

// RestrictsUntil returns until when anything restricts the target, if no more moves follow: zero
// for not after now, NeverEnds for as long as it is not lifted.
func (r Timeline) RestrictsUntil(now time.Time) (until time.Time) {
	for st := r.InForce(now); st.Restricts; st = r.InForce(until) {
		if st.Until.IsZero() || r.botEnds {
			return NeverEnds
		}
		until = st.Until
	}
	return until
}

// NeverEnds is the end of what is permanent, later than any other.
var NeverEnds = time.UnixMilli(1 << 60)

// Cases returns the newest move of each restricting case, including ended ones.
func (r Timeline) Cases() (out []Move) {
	for i, m := range r.moves {
		if m.Restricts && !slices.ContainsFunc(r.moves[i+1:], func(n Move) bool { return n.Case == m.Case && n.Restricts }) {
			out = append(out, m)
		}
	}
	return out
}

// Moves returns all moves that took effect, oldest first.
func (r Timeline) Moves() []Move { return r.moves }

// Term returns the restrictions that count as one duration.
func (r Timeline) Term(now time.Time) Term { return termOf(r.moves, r.botEnds, now) }

// Term is what counts as one duration for a target: consecutive restrictions, and those lifted
// early without approval, until their planned end.
type Term struct {
	// Served is how long the target has been restricted so far.
	Served time.Duration
	// Parts are the restrictions that count, oldest first; none when a new one starts a new count.
	Parts []TermPart
}

// TermPart is one restriction of a Term.
type TermPart struct {
	Move
	// Lifted is when it was lifted or undone before its end; zero for not.
	Lifted time.Time
	// Replaced means that an extension or continuation replaces it.
	Replaced bool

	replacedAt time.Time
	replacedBy int64
	yielded    bool // replaced with an approval: its own end no longer counts
}

// permCounts is how long a permanent restriction that was lifted without approval still counts, as
// it has no planned end.
const permCounts = 24 * time.Hour

// counts reports whether a part still counts at a time, so that a restriction imposed then
// continues it.
func (p TermPart) counts(botEnds bool, at time.Time) bool {
	botEnds = botEnds && !p.Denied // which is taken back, not ended
	switch {
	case !p.Ended.IsZero():
		return p.end().After(at)
	case p.yielded:
		return false
	case !p.Lifted.IsZero() && p.Until.IsZero():
		return p.Lifted.Add(permCounts).After(at)
	case !p.Lifted.IsZero():
		return p.Until.After(at)
	case p.Until.IsZero() || botEnds: // where the bot ends it, it holds until the lift succeeded
		return true
	}
	return p.Until.After(at)
}

// end returns when it ended, or is planned to; zero for permanent.
func (p TermPart) end() time.Time {
	if !p.Ended.IsZero() && (p.Until.IsZero() || p.Ended.Before(p.Until)) {
		return p.Ended
	}
	return p.Until
}

// restrictedUntil returns until when it restricted, at most now.
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

// undoPart takes a case back: with approval it no longer counts, else it counts until its planned
// end. What its extension replaced counts again.
func undoPart(parts []TermPart, m Move) []TermPart {
	for i := range parts {
		p := &parts[i]
		switch {
		case p.Case == m.Replaces && p.Lifted.IsZero():
			p.Lifted = m.At
		case p.replacedBy == m.Replaces && extends(parts, m.Replaces):
			p.Replaced, p.replacedAt, p.replacedBy, p.yielded = false, time.Time{}, 0, false
		case p.replacedBy == m.Replaces && p.Lifted.IsZero(): // it ends together with its continuation
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

// served returns the time during which at least one part restricted.
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
