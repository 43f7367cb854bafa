package moderation

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// minute gives a moment of these tests.
func minute(n int) time.Time {
	return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Minute)
}

func restricts(no int64, at, until int) Move {
	return Move{Case: no, Restricts: true, At: minute(at), Until: minute(until)}
}

func TestTermCountsWhatGoesOn(t *testing.T) {
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
	followed.Kind, followed.Replaces, followed.Approved = MoveFollow, 1, true
	ended := restricts(1, 0, 30)
	ended.Ended = minute(12)
	for name, c := range map[string]struct {
		moves   []Move
		botEnds bool
		now     int
		served  int // minutes; -1 for nothing that counts
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
			term := TermOf(c.moves, c.botEnds, minute(c.now))
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

// What an extension replaced is back when the extension is undone, and what an
// act-now began is not.
func TestTermAfterAnUndo(t *testing.T) {
	extended := restricts(2, 10, 20)
	extended.Kind, extended.Replaces = MoveExtend, 1
	undo := Move{Case: 3, Kind: MoveUndo, Replaces: 2, At: minute(15)}
	parts := TermOf([]Move{restricts(1, 0, 60), extended, undo}, false, minute(30)).Parts
	require.False(t, parts[0].Replaced)
	require.True(t, parts[0].Lifted.IsZero())
	require.False(t, parts[1].Lifted.IsZero())

	extended.Kind = MoveFollow
	parts = TermOf([]Move{restricts(1, 0, 60), extended, undo}, false, minute(16)).Parts
	require.False(t, parts[0].Lifted.IsZero())
	require.False(t, parts[1].Lifted.IsZero())
}
