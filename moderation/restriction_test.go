package moderation

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// minute returns a time of these tests.
func minute(n int) time.Time {
	return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Minute)
}

func restricts(no int64, at, until int) Move {
	return Move{Case: no, Restricts: true, At: minute(at), Until: minute(until)}
}

func TestTermCountsContinuedRestrictions(t *testing.T) {
	lift := Move{Case: 9, At: minute(10)}
	approvedLift := lift
	approvedLift.Approved = true
	perm := restricts(1, 0, 0)
	perm.Until = time.Time{}
	undo := Move{Case: 9, Kind: MoveUndo, Replaces: 1, At: minute(10)}
	extended := restricts(2, 10, 70)
	extended.Kind, extended.Replaces = MoveExtend, 1
	shorter := restricts(2, 10, 20)
	shorter.Kind, shorter.Replaces, shorter.Approved = MoveExtend, 1, true
	followed := restricts(2, 5, 60)
	followed.Kind, followed.Replaces, followed.Approved = MoveContinue, 1, true
	ended := restricts(1, 0, 30)
	ended.Ended = minute(12)
	for name, c := range map[string]struct {
		moves   []Move
		botEnds bool
		now     int
		served  int // minutes; -1 when nothing counts
	}{
		"nothing":                                      {nil, false, 5, -1},
		"one that runs":                                {[]Move{restricts(1, 0, 60)}, false, 50, 50},
		"one that has ended":                           {[]Move{restricts(1, 0, 60)}, false, 60, -1},
		"the bot ends it, and has not yet":             {[]Move{restricts(1, 0, 60)}, true, 61, 61},
		"ended early, since it is gone":                {[]Move{ended}, true, 12, -1},
		"a second one above it":                        {[]Move{restricts(1, 0, 60), restricts(2, 50, 100)}, false, 90, 90},
		"a second one after its end":                   {[]Move{restricts(1, 0, 60), restricts(2, 60, 100)}, false, 90, 30},
		"lifted alone":                                 {[]Move{restricts(1, 0, 60), lift}, false, 59, 10},
		"lifted alone, after its planned end":          {[]Move{restricts(1, 0, 60), lift}, false, 60, -1},
		"lifted alone, and again":                      {[]Move{restricts(1, 0, 60), lift, restricts(2, 30, 90)}, false, 50, 30},
		"lifted with an approval":                      {[]Move{restricts(1, 0, 60), approvedLift}, false, 20, -1},
		"lifted with an approval, and again":           {[]Move{restricts(1, 0, 60), approvedLift, restricts(2, 30, 90)}, false, 50, 20},
		"a permanent one, lifted alone":                {[]Move{perm, lift}, false, 24 * 60, 10},
		"a permanent one, lifted alone, a day later":   {[]Move{perm, lift}, false, 24*60 + 10, -1},
		"undone alone":                                 {[]Move{restricts(1, 0, 60), undo}, false, 59, 10},
		"extended":                                     {[]Move{restricts(1, 0, 60), extended}, false, 65, 65},
		"shortened with an approval counts to its end": {[]Move{restricts(1, 0, 60), shorter}, false, 30, -1},
		"an act-now that was approved":                 {[]Move{restricts(1, 0, 10), followed}, false, 30, 30},
	} {
		t.Run(name, func(t *testing.T) {
			term := termOf(c.moves, c.botEnds, minute(c.now))
			if c.served < 0 {
				require.Empty(t, term.Parts)
				require.Zero(t, term.Served)
				return
			}
			require.NotEmpty(t, term.Parts)
			require.Equal(t, time.Duration(c.served)*time.Minute, term.Served)
		})
	}
}

// Undoing an extension restores what it replaced; undoing a continuation does not restore the
// act-now.
func TestTermAfterAnUndo(t *testing.T) {
	extended := restricts(2, 10, 20)
	extended.Kind, extended.Replaces = MoveExtend, 1
	undo := Move{Case: 3, Kind: MoveUndo, Replaces: 2, At: minute(15)}
	parts := termOf([]Move{restricts(1, 0, 60), extended, undo}, false, minute(30)).Parts
	require.False(t, parts[0].Replaced)
	require.True(t, parts[0].Lifted.IsZero())
	require.False(t, parts[1].Lifted.IsZero())

	extended.Kind = MoveContinue
	parts = termOf([]Move{restricts(1, 0, 60), extended, undo}, false, minute(16)).Parts
	require.False(t, parts[0].Lifted.IsZero())
	require.False(t, parts[1].Lifted.IsZero())
}

// facts numbers moves in their order, as one delivery each.
func facts(moves ...Move) []Move {
	for i := range moves {
		moves[i].Generation = int64(i + 1)
		if moves[i].Job == 0 {
			moves[i].Job = int64(i + 1)
		}
	}
	return moves
}

func TestEndedLate(t *testing.T) {
	lifted := Move{Case: 2, At: minute(11)}
	extended := restricts(2, 5, 20)
	extended.Kind, extended.Replaces = MoveExtend, 1
	denied := restricts(1, 0, 10)
	denied.Denied = true
	first := restricts(1, 0, 10)
	before := Move{Case: 2, At: minute(1)}
	undo := Move{Case: 2, At: minute(1), Kind: MoveUndo, Replaces: 1}
	for name, c := range map[string]struct {
		of    Move
		moves []Move
		late  int // minutes
		by    int64
	}{
		"a lift that was sent only now":    {first, []Move{first, before}, 5, 2},
		"an undo that was sent only now":   {first, []Move{first, undo}, 5, 2},
		"the same, under a newer one":      {first, []Move{first, undo, restricts(3, 2, 60)}, 0, 2},
		"a lift that was sent in time":     {first, []Move{first, before}, 0, 1},
		"an undo that was sent in time":    {first, []Move{first, undo}, 0, 1},
		"nothing came after it":            {first, []Move{first}, 5, 0},
		"a newer one began later":          {first, []Move{first, restricts(2, 13, 30)}, 3, 0},
		"a newer one began before its end": {first, []Move{first, restricts(2, 9, 30)}, 0, 0},
		"an older one continues":           {first, []Move{restricts(3, 0, 60), first}, 0, 0},
		"it was lifted later":              {first, []Move{first, lifted}, 5, 0},
		"it was extended before":           {first, []Move{first, extended}, 0, 0},
		"its request was denied":           {denied, []Move{denied}, 0, 0},
		"a permanent one":                  {Move{Case: 1, Restricts: true, At: minute(0)}, []Move{{Case: 1, Restricts: true, At: minute(0)}}, 0, 0},
	} {
		for i := range c.moves {
			c.moves[i].Job, c.moves[i].Generation = int64(i+1), int64(i+1)
		}
		require.Equal(t, time.Duration(c.late)*time.Minute, NewTimeline(c.moves, true).EndedLate(c.of, minute(15), c.by), name)
		require.Zero(t, NewTimeline(c.moves, false).EndedLate(c.of, minute(15), c.by), "the vendor ends it")
	}
}

func TestDesired(t *testing.T) {
	perm := restricts(1, 0, 0)
	perm.Until = time.Time{}
	lift := func(no int64) Move { return Move{Case: no, At: minute(10)} }
	about := func(m Move, kind MoveKind, of int64) Move { m.Kind, m.Replaces = kind, of; return m }
	undo := func(no, of int64) Move { return about(lift(no), MoveUndo, of) }
	fact := func(kind MoveKind, no int64) Move { return Move{Case: no, Kind: kind, At: minute(12)} }
	denied := restricts(2, 0, 60)
	denied.ActNow, denied.ActNowOf, denied.Denied = true, 1, true
	early := restricts(2, 0, 120)
	early.Job = 1
	late := lift(1)
	late.Job = 2
	for name, c := range map[string]struct {
		facts   []Move
		botEnds bool
		now     int
		// no is the restricting case, 0 for none; force is the case that InForce reports.
		no, force int64
		next      int // minutes; 0 for never
	}{
		"nothing":                                  {nil, false, 5, 0, 0, 0},
		"a restriction":                            {facts(restricts(1, 0, 60)), false, 5, 1, 1, 60},
		"a permanent one":                          {facts(perm), false, 5, 1, 1, 0},
		"one that is over":                         {facts(restricts(1, 0, 60)), false, 60, 0, 0, 0},
		"one that is over, and the bot ends":       {facts(restricts(1, 0, 60)), true, 60, 0, 1, 0},
		"one that the bot has ended":               {facts(restricts(1, 0, 60), fact(MoveLifted, 1)), true, 60, 0, 0, 0},
		"one whose user is gone":                   {facts(restricts(1, 0, 60), fact(MoveTargetGone, 1)), true, 20, 0, 0, 0},
		"the newer one decides":                    {facts(perm, restricts(2, 1, 60)), false, 5, 2, 2, 60},
		"the older one holds for longer":           {facts(perm, restricts(2, 1, 60)), false, 60, 1, 1, 0},
		"the older one holds, the newer is owed":   {facts(perm, restricts(2, 1, 60)), true, 60, 1, 2, 0},
		"a lift":                                   {facts(perm, lift(2)), false, 20, 0, 0, 0},
		"a lift that came to nothing":              {facts(perm, lift(2), fact(MoveNoEffect, 2)), false, 20, 1, 1, 0},
		"one that came to nothing":                 {facts(perm, restricts(2, 1, 60), fact(MoveNoEffect, 2)), false, 20, 1, 1, 0},
		"one that came to nothing, and runs since": {facts(restricts(2, 1, 30), fact(MoveNoEffect, 2), restricts(2, 9, 60)), false, 20, 2, 2, 60},
		"what was accepted last, not decided last": {facts(late, early), false, 20, 0, 0, 0},
		"an undo":                                   {facts(restricts(1, 0, 60), undo(2, 1)), false, 20, 0, 0, 0},
		"an undo of the newer one":                  {facts(perm, restricts(2, 1, 60), undo(3, 2)), false, 20, 1, 1, 0},
		"an undo of the newer one, over a lift":     {facts(perm, lift(2), restricts(3, 1, 60), undo(4, 3)), false, 20, 0, 0, 0},
		"an undo that came to nothing":              {facts(restricts(1, 0, 60), undo(2, 1), fact(MoveNoEffect, 2)), false, 20, 1, 1, 60},
		"an extension":                              {facts(restricts(1, 0, 60), about(restricts(2, 1, 90), MoveExtend, 1)), false, 70, 2, 2, 90},
		"a shortening":                              {facts(perm, about(restricts(2, 1, 30), MoveExtend, 1)), false, 40, 0, 0, 0},
		"an extension that was undone":              {facts(restricts(1, 0, 60), about(restricts(2, 1, 90), MoveExtend, 1), undo(3, 2)), false, 50, 1, 1, 60},
		"an extension that failed":                  {facts(restricts(1, 0, 60), about(restricts(2, 1, 90), MoveExtend, 1), fact(MoveNoEffect, 2)), false, 50, 1, 1, 60},
		"an act-now that goes on":                   {facts(restricts(1, 0, 10), about(restricts(2, 1, 90), MoveContinue, 1)), false, 5, 2, 2, 90},
		"an act-now that went on, undone":           {facts(restricts(1, 0, 60), about(restricts(2, 1, 90), MoveContinue, 1), undo(3, 2)), false, 20, 0, 0, 0},
		"an act-now whose request was denied":       {facts(denied), false, 20, 0, 2, 0},
		"the same, under a newer one":               {facts(denied, restricts(3, 1, 30)), false, 20, 3, 3, 30},
		"the same, taken back":                      {facts(denied, undo(2, 2)), false, 20, 0, 0, 0},
		"what lies below one that was denied holds": {facts(perm, denied), false, 20, 1, 2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := NewTimeline(c.facts, c.botEnds)
			is, inForce := r.Desired(minute(c.now)), r.InForce(minute(c.now))
			require.Equal(t, c.no != 0, is.Restricts)
			require.Equal(t, c.force != 0, inForce.Restricts)
			if is.Restricts {
				require.Equal(t, c.no, is.Case)
			}
			if inForce.Restricts {
				require.Equal(t, c.force, inForce.Case)
			}
			next := time.Time{}
			if c.next != 0 {
				next = minute(c.next)
			}
			require.Equal(t, next, is.Next)
			require.Equal(t, inForce.Restricts, r.RestrictsUntil(minute(c.now)).After(minute(c.now)))
		})
	}
}

// naiveDesired returns who restricts at a time, directly from the definition of each move kind,
// without a fold.
func naiveDesired(all []Move, now time.Time, owed, botEnds bool) (no int64) {
	after := func(a, b Move) bool { return a.Job > b.Job || a.Job == b.Job && a.Generation > b.Generation }
	some := func(is func(Move) bool) bool { return slices.ContainsFunc(all, is) }
	plain := func(m Move) bool {
		return !slices.Contains([]MoveKind{MoveNoEffect, MoveLifted, MoveTargetGone, MoveExpired}, m.Kind)
	}
	real := func(m Move) bool {
		return plain(m) && !some(func(f Move) bool { return f.Kind == MoveNoEffect && f.Case == m.Case && f.Generation > m.Generation })
	}
	undone := func(m Move) bool {
		return some(func(u Move) bool { return real(u) && u.Kind == MoveUndo && u.Replaces == m.Case && after(u, m) })
	}
	replaced := func(m Move) bool {
		return some(func(n Move) bool {
			return real(n) && n.Replaces == m.Case && after(n, m) && (n.Kind == MoveContinue || n.Kind == MoveExtend && !undone(n))
		})
	}
	holds := func(m Move) bool {
		over := !m.Until.IsZero() && !m.Until.After(now) && (!owed || !botEnds)
		ended := some(func(f Move) bool {
			return f.Kind != MoveNoEffect && !plain(f) && f.Case == m.Case && f.Generation > m.Generation
		})
		return real(m) && m.Kind != MoveUndo && !undone(m) && !replaced(m) && (!m.Restricts || !over && !ended && (owed || !m.Denied))
	}
	for _, m := range all {
		if m.Restricts && holds(m) && !some(func(n Move) bool { return holds(n) && after(n, m) }) {
			return m.Case
		}
	}
	return 0
}

// For any requests, decided in any order, the fold equals a replay of the whole history, and
// nothing changes before Next.
func TestDesiredFollowsTheHistory(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		botEnds := rapid.Bool().Draw(rt, "bot ends")
		var all []Move
		for i := range rapid.IntRange(1, 12).Draw(rt, "moves") {
			m := Move{
				Case: int64(i + 1), Generation: int64(i + 1), Job: int64(rapid.IntRange(1, 12).Draw(rt, "job")), At: minute(i),
				Restricts: rapid.IntRange(0, 3).Draw(rt, "restricts") > 0, Denied: rapid.IntRange(0, 7).Draw(rt, "denied") == 7,
			}
			if end := rapid.IntRange(0, 40).Draw(rt, "until"); m.Restricts && end > 0 {
				m.Until = minute(end)
			}
			of := func() Move { return all[rapid.IntRange(0, len(all)-1).Draw(rt, "of")] }
			kind := rapid.SampledFrom([]MoveKind{MovePlain, MovePlain, MoveUndo, MoveExtend, MoveContinue, MoveNoEffect, MoveLifted, MoveExpired, MoveTargetGone}).Draw(rt, "kind")
			switch {
			case i == 0 || kind == MovePlain:
			case kind == MoveUndo || kind == MoveExtend || kind == MoveContinue:
				m.Kind, m.Replaces, m.Restricts = kind, of().Case, kind != MoveUndo
			default:
				m = Move{Case: of().Case, Generation: m.Generation, Job: m.Job, Kind: kind, At: m.At}
				if again := of(); rapid.IntRange(0, 9).Draw(rt, "again") == 9 { // and it runs after all
					again.Generation = int64(100 + i)
					all = append(all, again)
				}
			}
			all = append(all, m)
		}
		r := NewTimeline(all, botEnds)
		for now := range 42 {
			is, inForce := r.Desired(minute(now)), r.InForce(minute(now))
			want, wantInForce := naiveDesired(all, minute(now), false, botEnds), naiveDesired(all, minute(now), true, botEnds)
			require.Equal(rt, want != 0, is.Restricts, "at %d", now)
			require.Equal(rt, wantInForce != 0, inForce.Restricts, "at %d", now)
			if is.Restricts {
				require.Equal(rt, want, is.Case)
			}
			if inForce.Restricts {
				require.Equal(rt, wantInForce, inForce.Case)
			}
			if next := r.Desired(minute(now + 1)); is.Next.IsZero() || is.Next.After(minute(now+1)) {
				require.Equal(rt, is, next, "it changed before %s", is.Next)
			}
			require.True(rt, is.Next.IsZero() || is.Next.After(minute(now)), "it has changed by then")
		}
		matters := r.RestrictsUntil(minute(0)) // which follows one end after the other
		for now := range 42 {
			require.False(rt, r.InForce(minute(now)).Restricts && !matters.After(minute(now)), "it restricts, but RestrictsUntil is over")
		}
	})
}

func TestApplied(t *testing.T) {
	at := func(n int) int64 { return minute(n).UnixMilli() }
	banned := Restriction{Restricts: true, Case: 2, Until: minute(60)}
	longer := AppliedState{Restricts: true, Until: at(90)}
	for name, c := range map[string]struct {
		has     Applied
		want    Restriction
		botEnds bool
		now     int
		is      bool
		differs bool
		until   int
	}{
		"nothing was ever said":              {Applied{}, Restriction{}, false, 5, true, false, 0},
		"it was said":                        {Applied{AppliedState: banned.AppliedState()}, banned, false, 5, true, false, 0},
		"it was never said":                  {Applied{}, banned, false, 5, false, true, 0},
		"with another end":                   {Applied{AppliedState: longer}, banned, false, 5, false, true, 0},
		"with another end, which is our own": {Applied{AppliedState: longer}, banned, true, 5, true, false, 0},
		"the vendor has ended it":            {Applied{AppliedState: banned.AppliedState()}, Restriction{}, false, 60, true, false, 0},
		"the bot has to end it":              {Applied{AppliedState: banned.AppliedState()}, Restriction{}, true, 60, false, true, 0},
		"a lost call that said the same":     {Applied{AppliedState: banned.AppliedState()}.WithUncertain(banned.AppliedState(), minute(9)), banned, true, 5, true, false, 0},
		"the same, which would end later":    {Applied{AppliedState: banned.AppliedState()}.WithUncertain(banned.AppliedState(), minute(9)), banned, false, 5, false, false, 9},
		"the same, which may end later":      {Applied{AppliedState: banned.AppliedState()}.WithUncertain(banned.AppliedState(), minute(9)), banned, false, 9, false, true, 0},
		"the same, without an end":           {Applied{AppliedState: AppliedState{Restricts: true}}.WithUncertain(AppliedState{Restricts: true}, minute(9)), Restriction{Restricts: true}, false, 9, true, false, 0},
		"a lost call that may yet land":      {Applied{AppliedState: banned.AppliedState()}.WithUncertain(AppliedState{}, minute(9)), banned, false, 5, false, false, 9},
		"a lost call that may have landed":   {Applied{AppliedState: banned.AppliedState()}.WithUncertain(AppliedState{}, minute(9)), banned, false, 9, false, true, 0},
		"said again before it can land":      {Applied{}.WithUncertain(AppliedState{}, minute(9)).WithAccepted(banned.AppliedState(), minute(8)), banned, false, 9, false, true, 0},
		"the same, before it can land":       {Applied{}.WithUncertain(banned.AppliedState(), minute(9)).WithAccepted(banned.AppliedState(), minute(8)), Restriction{}, false, 8, false, true, 9},
		"said again when it cannot any more": {Applied{}.WithUncertain(AppliedState{}, minute(9)).WithAccepted(banned.AppliedState(), minute(9)), banned, false, 9, true, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.is, c.has.Matches(c.want, c.botEnds, minute(c.now)))
			differs, until := c.has.Differs(c.want, c.botEnds, minute(c.now))
			require.Equal(t, c.differs, differs)
			if c.until == 0 {
				require.Zero(t, until)
			} else {
				require.True(t, until.Equal(minute(c.until)), until)
			}
		})
	}
}
