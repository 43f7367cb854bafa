package bot

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// planning is a vendor with an API for each kind of room, which takes so many people a call.
type planning struct {
	Vendor
	chunks map[moderation.Kind]int
}

func (p planning) Plan(a moderation.Action) (moderation.Plan, error) {
	size, ok := p.chunks[a.Room.Kind]
	if !ok {
		return moderation.Plan{}, moderation.NewError(moderation.CodeRoomKind)
	}
	return moderation.Plan{ChunkSize: size}, nil
}

func (p planning) Describe(r moderation.Request) (api, body string, err error) {
	return string(r.Room.Kind) + ".ban", "", nil
}

// A dry run and the preview of a file count the calls in all rooms, in the chunks that are sent.
func TestCallsInSeveralRooms(t *testing.T) {
	room := func(kind moderation.Kind, id string) moderation.Room { return moderation.Room{Kind: kind, ID: id} }
	b := &Bot{service: &moderation.Service{}, cfg: Config{
		Vendor: planning{chunks: map[moderation.Kind]int{moderation.KindLive: 4, moderation.KindChat: 2}},
		Rates:  map[string]float64{"live.ban": 1, "chat.ban": 2},
	}}
	a := moderation.Action{Verb: moderation.Ban, Room: room(moderation.KindLive, "1"), Targets: []string{"a", "b", "c", "d"}}
	for name, c := range map[string]struct {
		more  []moderation.Room
		apis  string
		calls int
		time  time.Duration
	}{
		"one":      {nil, "live.ban", 1, time.Second},
		"same API": {[]moderation.Room{room(moderation.KindLive, "2")}, "live.ban", 2, 2 * time.Second},
		"two APIs": {[]moderation.Room{room(moderation.KindLive, "2"), room(moderation.KindChat, "3")}, "chat.ban, live.ban", 6, 5 * time.Second},
	} {
		a.MoreRooms = c.more
		apis, calls, err := b.describeCalls(a)
		require.NoError(t, err)
		require.Equal(t, c.apis, apis, name)
		require.Equal(t, c.calls, calls, name)
		takes, err := b.callTime(a)
		require.NoError(t, err)
		require.Equal(t, c.time, takes, name)
	}
	a.MoreRooms = []moderation.Room{room(moderation.KindRoom, "4")}
	_, err := b.callTime(a)
	require.Error(t, err)
	b.cfg.Rates = nil
	a.MoreRooms = nil
	takes, err := b.callTime(a)
	require.NoError(t, err)
	require.Zero(t, takes, "not known")
}
