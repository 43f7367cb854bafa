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
			require.Equal(t, EffectBind, lifted.Effect)
			require.Equal(t, EffectFree, s.Effect)
			require.Equal(t, lifted.Media, s.Media)
		}
	}
}

// The matrix of the design: what a kind cannot do names the nearest thing that
// works, and that thing does work there.
func TestWhatAKindCannotDoNamesWhatWorks(t *testing.T) {
	want := map[Verb]map[Kind]bool{
		Mute: {KindRoom: true, KindStrRoom: true}, Unmute: {KindRoom: true, KindStrRoom: true},
		Kick: {KindRoom: true, KindStrRoom: true, KindChat: true},
		Ban:  {KindLive: true, KindChat: true}, Unban: {KindLive: true, KindChat: true}, Bans: {KindLive: true, KindChat: true},
		Silence: {KindLive: true, KindChat: true}, Unsilence: {KindLive: true, KindChat: true}, Silenced: {KindLive: true, KindChat: true},
		Freeze: {KindLive: true, KindChat: true}, Unfreeze: {KindLive: true, KindChat: true},
		Close: {KindRoom: true, KindStrRoom: true, KindLive: true},
		Who:   {KindLive: true, KindChat: true},
	}
	for v, kinds := range want {
		for _, k := range Kinds() {
			s := Supports(v, k)
			require.Equal(t, kinds[k], s.OK, "%s %s", v, k)
			if s.OK {
				continue
			}
			require.NotEmpty(t, s.Why, "%s %s", v, k)
			if s.Instead == "" {
				continue
			}
			require.True(t, Supports(s.Instead, k).OK, "%s %s offers %s", v, k, s.Instead)
			spec, _ := s.Instead.Spec()
			if spec.Takes.Duration && spec.Default == 0 {
				require.NotZero(t, s.InsteadFor, "%s %s offers %s, which needs a duration", v, k, s.Instead)
			}
		}
	}
	require.False(t, Supports("nonsense", KindRoom).OK)
}

func TestPermOnlyWhereItCanEndOrIsDocumented(t *testing.T) {
	require.True(t, Supports(Mute, KindRoom).Perm)
	require.True(t, Supports(Freeze, KindLive).Perm)
	require.True(t, Supports(Silence, KindChat).Perm)
	require.False(t, Supports(Silence, KindLive).Perm)
	require.False(t, Supports(Ban, KindLive).Perm)
	require.False(t, Supports(Ban, KindChat).Perm)
}

// What can be tried dry and run alone does something to people in rooms; each
// such verb takes the reason without which nothing runs alone.
func TestWhatActs(t *testing.T) {
	acting := []Verb{Mute, Unmute, Kick, Ban, Unban, Silence, Unsilence, Freeze, Unfreeze, Close, Undo, Extend}
	for _, s := range Verbs() {
		require.Equal(t, slices.Contains(acting, s.Verb), s.Verb.Acts(), s.Verb)
		if s.Verb.Acts() {
			require.True(t, s.Takes.Reason, s.Verb)
		}
	}
	require.False(t, Verb("nonsense").Acts())
}

func TestIsMuteSaysBothMedia(t *testing.T) {
	require.Equal(t, 0, IsMute(false, false))
	require.Equal(t, 1, IsMute(true, true))
	require.Equal(t, 2, IsMute(true, false))
	require.Equal(t, 3, IsMute(false, true))
}

func TestOutcomeOfACaseTellsTheWorst(t *testing.T) {
	require.Equal(t, Pending, OutcomeOf(map[Outcome]int{Accepted: 9, Pending: 1}))
	require.Equal(t, Unknown, OutcomeOf(map[Outcome]int{Accepted: 9, Failed: 1, Unknown: 1}))
	require.Equal(t, Failed, OutcomeOf(map[Outcome]int{Accepted: 9, Failed: 1}))
	require.Equal(t, Accepted, OutcomeOf(map[Outcome]int{Accepted: 9, Superseded: 1}))
	require.Equal(t, Superseded, OutcomeOf(map[Outcome]int{Superseded: 2}))
	require.Equal(t, Dropped, OutcomeOf(map[Outcome]int{Dropped: 2}))
}
