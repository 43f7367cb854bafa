package bot

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"bouncer/bot/say"
	"bouncer/moderation"
	"bouncer/policy"
)

// oneSilent is a Slack that never answers about one person's tab.
type oneSilent struct{ published chan string }

func (s oneSilent) Do(r *http.Request) (*http.Response, error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if strings.Contains(string(raw), "U1SILENT") {
		s.published <- "U1SILENT"
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	s.published <- "U2ELSE"
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"ok":true}`))}, nil
}

// A tab about which Slack is silent does not keep others from being shown.
func TestHomeTabsDoNotWaitForEachOther(t *testing.T) {
	pol, err := policy.FromLists([]string{"U1MOD"}, nil, nil, 0)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		api := oneSilent{make(chan string, 10)}
		h := newHomes(&Bot{log: slog.New(slog.DiscardHandler), metrics: newMetrics(prometheus.NewRegistry()), cfg: Config{
			Slack: slack.New("xoxb-secret", slack.OptionHTTPClient(api)), Store: rights{}, People: &answers{}, Speaker: say.New(say.Config{}),
			Policy: func() *policy.Policy { return pol }, AppID: "A1", Workspace: policy.Workspace{Team: "T1"}, Now: time.Now,
		}})
		ctx, cancel := context.WithCancel(t.Context())
		var g sync.WaitGroup
		g.Go(func() { h.run(ctx) })
		began := time.Now()
		h.open("U1SILENT")
		require.Equal(t, "U1SILENT", <-api.published)
		h.open("U2ELSE")
		require.Equal(t, "U2ELSE", <-api.published)
		require.Zero(t, time.Since(began))
		cancel()
		g.Wait()
	})
}

// recent is a store that has some cases, the newest first.
type recent struct {
	Store
	cases []moderation.Case
}

func (s recent) SearchCases(context.Context, moderation.SearchQuery, int64, int) ([]moderation.Case, int, error) {
	return s.cases, len(s.cases), nil
}

func TestHomeHasEachRoomOfACase(t *testing.T) {
	live, chat := moderation.Room{Kind: moderation.KindLive, ID: "x"}, moderation.Room{Kind: moderation.KindChat, ID: "y"}
	both := moderation.Case{No: 2, Action: moderation.Action{Verb: moderation.Ban, Room: live, MoreRooms: []moderation.Room{chat}}}
	old := moderation.Case{No: 1, Action: moderation.Action{Verb: moderation.Ban, Room: chat}}
	note := moderation.Case{No: 3}
	var h say.Home
	b := &Bot{cfg: Config{Store: recent{cases: []moderation.Case{note, both, old}}}}
	require.NoError(t, b.homeRooms(t.Context(), verdict{}, &h))
	require.Equal(t, []say.HomeRoom{{Room: live, Newest: both, Cases: 1}, {Room: chat, Newest: both, Cases: 2}}, h.Rooms)
}
