package slackd

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOneMessageASecondAndChannel(t *testing.T) {
	clock := newClock()
	s := start(t, Config{Clock: clock.Now})
	say := func(channel string) answer { return form(t, s, "chat.postMessage", "channel", channel, "text", "x") }
	for range 3 {
		require.Empty(t, say("C0LIVE").err())
	}
	a := say("C0LIVE")
	require.Equal(t, http.StatusTooManyRequests, a.Status)
	require.Equal(t, "ratelimited", a.err())
	require.Equal(t, "1", a.Header.Get("Retry-After"))
	require.Empty(t, say("C0CASES").err(), "another channel has its own turn")
	clock.add(999 * time.Millisecond)
	require.Equal(t, "ratelimited", say("C0LIVE").err())
	clock.add(time.Millisecond)
	require.Empty(t, say("C0LIVE").err())
	require.Equal(t, "ratelimited", say("C0LIVE").err(), "the burst comes back by one a second")
	clock.add(time.Minute)
	for range 3 {
		require.Empty(t, say("C0LIVE").err())
	}
	require.Equal(t, "ratelimited", say("C0LIVE").err())
	require.Len(t, s.Messages("C0LIVE"), 7, "a refused message is not posted")
}

func TestTiers(t *testing.T) {
	clock := newClock()
	s := start(t, Config{Clock: clock.Now, Limits: Limits{MessagesPerMinute: 5, MessageBurst: -1}})
	for _, tc := range []struct {
		method string
		pairs  []string
		most   int
	}{
		{"usergroups.list", nil, 20},
		{"conversations.info", []string{"channel", "C0LIVE"}, 50},
		{"users.info", []string{"user", "U07MEI"}, 100},
		{"chat.postMessage", []string{"channel", "C0LIVE", "text", "x"}, 5},
	} {
		t.Run(tc.method, func(t *testing.T) {
			for range tc.most {
				require.Empty(t, form(t, s, tc.method, tc.pairs...).err())
			}
			a := form(t, s, tc.method, tc.pairs...)
			require.Equal(t, http.StatusTooManyRequests, a.Status)
			require.Equal(t, "60", a.Header.Get("Retry-After"))
		})
	}
	require.Empty(t, form(t, s, "usergroups.users.list", "usergroup", "S1MODS").err(), "limits are by method")
	clock.add(59 * time.Second)
	require.Equal(t, "1", form(t, s, "usergroups.list").Header.Get("Retry-After"))
	clock.add(time.Second)
	require.Empty(t, form(t, s, "usergroups.list").err())
}

func TestConnectionsOpenIsLimited(t *testing.T) {
	clock := newClock()
	s := start(t, Config{Clock: clock.Now})
	open := func() answer {
		a, err := send(t, http.MethodPost, s.URL()+"apps.connections.open", s.AppToken(), "", nil)
		require.NoError(t, err)
		return a
	}
	for range 10 {
		require.Empty(t, open().err())
	}
	require.Equal(t, http.StatusTooManyRequests, open().Status)
	clock.add(time.Minute)
	require.Empty(t, open().err())
}
