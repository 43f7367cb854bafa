package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

func TestExplainedActionNamesAllRooms(t *testing.T) {
	a := moderation.Action{
		Verb: moderation.Freeze, Room: moderation.Room{Kind: moderation.KindLive, ID: "a"}, MoreRooms: []moderation.Room{{Kind: moderation.KindChat, ID: "b"}}, Permanent: true,
	}
	require.Equal(t, "freeze live:a,chat:b perm", acted(a))
	require.Equal(t, "freeze live:a perm", acted(a.In(a.Room)))
}
