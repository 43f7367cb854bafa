package moderation

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLag(t *testing.T) {
	ban := restricts(1, 0, 60)
	said := AppliedState{Restricts: true, Case: 1, Until: minute(60).UnixMilli()}
	longer := restricts(2, 0, 90)
	longer.Kind, longer.Replaces, longer.Outcome = MoveExtend, 1, Pending
	lift := func(o Outcome) Move { return Move{Case: 3, Kind: MoveUndo, Replaces: 1, At: minute(4), Outcome: o} }
	denied := ban
	denied.ActNow, denied.Denied = true, true
	for name, c := range map[string]struct {
		facts   []Move
		has     Applied
		botEnds bool
		now     int
		no      int64 // the case that is reported; 0 for none
		lag     Lag
		end     int // minutes; 0 for none
		by      int64
	}{
		"nothing":                             {},
		"it has it":                           {facts(ban), Applied{AppliedState: said}, false, 5, 1, "", 0, 0},
		"never applied":                       {facts(ban), Applied{}, false, 5, 1, LagSet, 0, 0},
		"it has the old end":                  {facts(ban, longer), Applied{AppliedState: said}, false, 5, 2, LagSet, 60, 0},
		"the old end is no matter of its own": {facts(ban, longer), Applied{AppliedState: said}, true, 5, 2, "", 0, 0},
		"the answer was lost":                 {facts(ban), Applied{}.WithUncertain(said, minute(5)), false, 5, 1, LagUnsure, 0, 0},
		"a lost call may undo it":             {facts(ban), Applied{AppliedState: said}.WithUncertain(AppliedState{}, minute(5)), false, 5, 1, LagUnsure, 0, 0},
		"it ended it by itself":               {facts(ban), Applied{AppliedState: said}, false, 60, 0, "", 0, 0},
		"the bot has not ended it":            {facts(ban), Applied{AppliedState: said}, true, 60, 1, LagEnd, 0, 0},
		"an act-now to be taken back":         {facts(denied), Applied{AppliedState: said}, false, 5, 1, LagEnd, 0, 0},
		"a lift on its way":                   {facts(ban, lift(Pending)), Applied{AppliedState: said}, false, 5, 1, LagLift, 0, 3},
		"a lift whose answer was lost":        {facts(ban, lift(Unknown)), Applied{AppliedState: said}.WithUncertain(AppliedState{}, minute(5)), false, 5, 1, LagLift, 0, 3},
		"a lift that was accepted":            {facts(ban, lift(Accepted)), Applied{}, false, 5, 0, "", 0, 0},
		"a lift of what ended meanwhile":      {facts(ban, lift(Pending)), Applied{AppliedState: said}, false, 60, 0, "", 0, 0},
		"a lift of what only may be there":    {facts(ban, lift(Pending)), Applied{}.WithUncertain(said, minute(5)), false, 5, 1, LagLift, 0, 3},
	} {
		t.Run(name, func(t *testing.T) {
			got := NewTimeline(c.facts, c.botEnds).Behind(c.has, minute(c.now))
			require.Equal(t, c.no != 0, got.Restricts)
			require.Equal(t, c.lag, got.Lag)
			require.Equal(t, c.by, got.LiftedBy)
			if c.no != 0 {
				require.Equal(t, c.no, got.Case)
			}
			end := time.Time{}
			if c.end != 0 {
				end = minute(c.end)
			}
			require.True(t, end.Equal(got.VendorUntil), got.VendorUntil)
		})
	}
}
