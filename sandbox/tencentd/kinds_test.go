package tencentd

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestARoomOfEveryKindIsCreated(t *testing.T) {
	a := start(t)
	for kind := range kinds {
		require.NoError(t, a.Create(kind, "7", NewRoom{Name: "Gala", Owner: "host1", GroupType: GroupPublic}), kind)
		r, open := a.Room(kind, "7")
		require.True(t, open, kind)
		require.Equal(t, kind, r.Kind)
	}
	gala, _ := a.Room(KindLive, "7")
	require.Equal(t, "Gala", gala.Name)
	group, _ := a.Room(KindChat, "7")
	require.Equal(t, GroupPublic, group.Type)
	require.ErrorIs(t, a.Create("conf", "7", NewRoom{}), ErrInvalid)
	require.ErrorIs(t, a.Create(KindRoom, "lobby", NewRoom{}), ErrInvalid)
}
