package bot

import (
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// What is tried again is about those with an unknown outcome, each once, in the rooms that have one.
func TestUnknownPart(t *testing.T) {
	live := moderation.Room{Kind: moderation.KindLive, ID: "x", Name: "gala"}
	chat, other := moderation.Room{Kind: moderation.KindChat, ID: "y"}, moderation.Room{Kind: moderation.KindLive, ID: "z"}
	view := func(a moderation.Action, unknown ...int) moderation.CaseView {
		v := moderation.CaseView{Case: moderation.Case{Action: a}}
		for _, r := range a.Rooms() {
			for _, id := range a.TargetRows() {
				v.Targets = append(v.Targets, moderation.Target{Room: moderation.Room{Kind: r.Kind, ID: r.ID}, ID: id, Outcome: moderation.Accepted})
			}
		}
		for _, i := range unknown {
			v.Targets[i].Outcome = moderation.Unknown
		}
		return v
	}
	a := moderation.Action{Verb: moderation.Ban, Room: live, Targets: []string{"a", "b"}}
	require.Equal(t, moderation.Action{Verb: moderation.Ban, Room: live, Targets: []string{"b"}}, unknownPart(view(a, 1)))
	a.MoreRooms = []moderation.Room{chat, other}
	require.Equal(t, moderation.Action{Verb: moderation.Ban, Room: chat, Targets: []string{"a"}}, unknownPart(view(a, 2)))
	require.Equal(t, moderation.Action{Verb: moderation.Ban, Room: live, MoreRooms: []moderation.Room{other}, Targets: []string{"b"}}, unknownPart(view(a, 1, 5)))
	a.Targets = nil
	require.Equal(t, moderation.Action{Verb: moderation.Ban, Room: live, MoreRooms: []moderation.Room{other}}, unknownPart(view(a, 0, 2)))
}
