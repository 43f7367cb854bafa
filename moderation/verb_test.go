package moderation

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryVerbHasItsRowAndNoNameTwice(t *testing.T) {
	seen := map[string]Verb{}
	for _, s := range Verbs() {
		got, ok := s.Verb.Spec()
		require.True(t, ok)
		require.Equal(t, s, got)
		for _, name := range append([]string{string(s.Verb)}, s.Aliases...) {
			require.NotContains(t, seen, name, "%s names %s and %s", name, seen[name], s.Verb)
			seen[name] = s.Verb
			require.False(t, Kind(name).Valid(), "%s is a kind", name)
		}
		if s.Lifts != "" {
			lifted, ok := s.Lifts.Spec()
			require.True(t, ok)
			require.Equal(t, EffectRestrict, lifted.Effect)
			require.Equal(t, EffectLift, s.Effect)
			require.Equal(t, lifted.Media, s.Media)
		}
	}
}

// Only verbs that act on people in rooms can be previewed and overridden; each of them takes the
// reason that an override requires.
func TestVerbActs(t *testing.T) {
	acting := []Verb{Mute, Unmute, Kick, Ban, Unban, Silence, Unsilence, Freeze, Unfreeze, Close, Undo, Extend}
	for _, s := range Verbs() {
		require.Equal(t, slices.Contains(acting, s.Verb), s.Verb.Acts(), s.Verb)
		if s.Verb.Acts() {
			require.True(t, s.Takes.Reason, s.Verb)
		}
	}
	require.False(t, Verb("nonsense").Acts())
}

func TestIsMuteCombinesBothMedia(t *testing.T) {
	require.Equal(t, 0, IsMute(false, false))
	require.Equal(t, 1, IsMute(true, true))
	require.Equal(t, 2, IsMute(true, false))
	require.Equal(t, 3, IsMute(false, true))
}

func TestOverallOutcomeIsTheWorst(t *testing.T) {
	require.Equal(t, Pending, OverallOutcome(map[Outcome]int{Accepted: 9, Pending: 1}))
	require.Equal(t, Unknown, OverallOutcome(map[Outcome]int{Accepted: 9, Failed: 1, Unknown: 1}))
	require.Equal(t, Failed, OverallOutcome(map[Outcome]int{Accepted: 9, Failed: 1}))
	require.Equal(t, Accepted, OverallOutcome(map[Outcome]int{Accepted: 9, Superseded: 1}))
	require.Equal(t, Superseded, OverallOutcome(map[Outcome]int{Superseded: 2}))
	require.Equal(t, Dropped, OverallOutcome(map[Outcome]int{Dropped: 2}))
}
