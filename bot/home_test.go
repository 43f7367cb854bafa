package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"bouncer/bot/people"
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
		}, slack: &poster{store: &shelf{}}})
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

// publishing is a Slack that takes 100 tabs a minute.
type publishing struct {
	mu      sync.Mutex
	at      []time.Time
	refused int
	shown   map[string]string // what each person sees
	lost    map[string]bool   // the answer to the next call about this person's tab is lost
}

func (s *publishing) Do(r *http.Request) (*http.Response, error) {
	var in struct {
		User string          `json:"user_id"`
		View json.RawMessage `json:"view"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = slices.DeleteFunc(s.at, func(at time.Time) bool { return time.Since(at) >= time.Minute })
	if len(s.at) >= 100 {
		s.refused++
		return &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"30"}}, Body: http.NoBody}, nil
	}
	s.at = append(s.at, time.Now())
	s.shown[in.User] = string(in.View)
	if s.lost[in.User] {
		delete(s.lost, in.User)
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"ok":true}`))}, nil
}

// showing counts the people whose tab shows a text.
func (s *publishing) showing(text string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, view := range s.shown {
		if strings.Contains(view, text) {
			n++
		}
	}
	return n
}

// crowded is a store that has one room with cases, and paces like the real one.
type crowded struct {
	rights
	cases atomic.Int64
	mu    sync.Mutex
	full  time.Time // when the last turn would have come
}

func (s *crowded) TakeTurn(_ context.Context, t moderation.Turn) (time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	every, now := time.Duration(float64(time.Second)/t.PerSecond), time.Now()
	if s.full.Before(now) {
		s.full = now
	}
	if wait := s.full.Add(every).Sub(now) - time.Duration(t.Burst)*every; wait > 0 {
		return wait, nil
	}
	s.full = s.full.Add(every)
	return 0, nil
}

func (s *crowded) SearchCases(context.Context, moderation.SearchQuery, int64, int) ([]moderation.Case, int, error) {
	c := moderation.Case{No: 1, Action: moderation.Action{Verb: moderation.Ban, Room: moderation.Room{Kind: moderation.KindLive, ID: "x"}}}
	return slices.Repeat([]moderation.Case{c}, int(s.cases.Load())), 0, nil
}

func (*crowded) UnfinishedCases(context.Context, moderation.State, int) ([]moderation.Case, int, error) {
	return nil, 0, nil
}

func (*crowded) OverdueLifts(context.Context, int) ([]moderation.OverdueLift, int, error) {
	return nil, 0, nil
}

func (*crowded) ActiveRestrictions(context.Context, moderation.SearchQuery, int, int) ([]moderation.CaseRestrictions, int, error) {
	return nil, 0, nil
}

func (*crowded) GroupHandles(context.Context) (map[string]string, error) { return nil, nil }

func (*crowded) Append(context.Context, moderation.Change) error { return nil }

// ungrouped are people of the workspace, without groups.
type ungrouped struct{ answers }

func (*ungrouped) Groups(context.Context) ([]people.Group, error) { return nil, nil }

// Fifty people open the tab at once, and all see the newest state soon, however often it changes.
// Slack is asked no more often than it allows.
func TestHomeTabsOfManyPeople(t *testing.T) {
	var users []string
	for i := range 50 {
		users = append(users, fmt.Sprintf("U1MOD%02d", i))
	}
	pol, err := policy.FromLists(users, nil, nil, 0)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		store, api := &crowded{}, &publishing{shown: map[string]string{}, lost: map[string]bool{}}
		h := newHomes(&Bot{log: slog.New(slog.DiscardHandler), metrics: newMetrics(prometheus.NewRegistry()), cfg: Config{
			Slack: slack.New("xoxb-secret", slack.OptionHTTPClient(api)), Store: store, People: &ungrouped{}, Speaker: say.New(say.Config{}),
			Policy: func() *policy.Policy { return pol }, AppID: "A1", Workspace: policy.Workspace{Team: "T1"}, Now: time.Now,
		}, slack: &poster{store: store, timing: moderation.Timing{}.Filled()}})
		ctx, cancel := context.WithCancel(t.Context())
		var g sync.WaitGroup
		g.Go(func() { h.run(ctx) })
		store.cases.Store(1)
		for _, user := range users {
			h.open(user)
		}
		time.Sleep(time.Minute)
		require.Equal(t, 50, api.showing("1 case,"))
		// It changes all the time: each person's tab follows, and another one who opens it does not wait.
		for n := range 40 {
			store.cases.Store(int64(n + 2))
			if n == 20 {
				before := time.Now()
				h.open(users[49])
				synctest.Wait()
				for api.showing("22 cases,") == 0 {
					time.Sleep(time.Second)
				}
				require.Less(t, time.Since(before), 5*time.Second)
			}
			time.Sleep(5 * time.Second)
		}
		time.Sleep(time.Minute)
		require.Equal(t, 50, api.showing("41 cases,"))
		require.Zero(t, api.refused)
		// An answer is lost, and it is again as it was before: what the tab shows is not.
		api.mu.Lock()
		api.lost[users[7]] = true
		api.mu.Unlock()
		store.cases.Store(42)
		for lost := true; lost; {
			time.Sleep(time.Second)
			api.mu.Lock()
			lost = api.lost[users[7]]
			api.mu.Unlock()
		}
		store.cases.Store(41)
		time.Sleep(2 * time.Minute)
		require.Equal(t, 50, api.showing("41 cases,"))
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
