package bot

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"bouncer/bot/say"
	"bouncer/moderation"
)

// shelf is a store with the due posts of one channel.
type shelf struct {
	Store
	due     []moderation.Post
	posted  []int64
	upTo    int64 // entries that the posted message covers
	later   []put
	moved   []string
	view    func() (moderation.CaseView, error)
	entries func() []moderation.Entry // nil for one end
	heads   []int64                   // that were remembered
	taken   bool                      // another process has leased everything since
}

func (s *shelf) RenewPosts(context.Context, time.Duration, ...moderation.Post) error {
	if s.taken {
		return moderation.ErrLeaseLost
	}
	return nil
}

// put is what was postponed.
type put struct {
	id     int64
	wait   time.Duration
	failed bool
}

func (s *shelf) DuePosts(_ context.Context, _ string, kind moderation.PostKind, _ int) ([]moderation.Post, error) {
	if kind == "" {
		return s.due, nil
	}
	return slices.DeleteFunc(slices.Clone(s.due), func(p moderation.Post) bool { return p.Kind != kind }), nil
}

func (s *shelf) MoveCard(_ context.Context, no int64, channel string, _ moderation.Change) error {
	s.moved = append(s.moved, fmt.Sprint(no, " to ", channel))
	return nil
}

func (s *shelf) TakeTurn(context.Context, moderation.Turn) (time.Duration, error) { return 0, nil }
func (s *shelf) Seal(context.Context) (moderation.LogHead, error) {
	return moderation.LogHead{Number: 7}, nil
}

func (s *shelf) CaseView(context.Context, int64) (moderation.CaseView, error)        { return s.view() }
func (s *shelf) CardView(context.Context, int64, int64) (moderation.CaseView, error) { return s.view() }

func (s *shelf) Entries(context.Context, int64, int64) ([]moderation.Entry, error) {
	if s.entries != nil {
		return s.entries(), nil
	}
	return []moderation.Entry{{ID: 1, Kind: moderation.EntryDone}}, nil
}

func (s *shelf) MarkPosted(_ context.Context, _ moderation.Posted, _ bool, posts ...moderation.Post) error {
	s.posted, s.upTo = append(s.posted, ids(posts)...), posts[0].Wanted
	return nil
}

func (s *shelf) RetryPosts(_ context.Context, wait time.Duration, failed bool, posts ...moderation.Post) error {
	for _, p := range posts {
		s.later = append(s.later, put{p.ID, wait, failed})
	}
	return nil
}

func (s *shelf) SaveLineCases(context.Context, string, []int64) error { return nil }

func (s *shelf) SavePublishedHead(_ context.Context, h moderation.LogHead) error {
	s.heads = append(s.heads, h.Number)
	return nil
}

// outboxOver is an outbox between a store and what answers its posts.
func outboxOver(t *testing.T, s *shelf, api http.HandlerFunc) (*outbox, *prometheus.Registry) {
	t.Helper()
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	reg := prometheus.NewRegistry()
	return &outbox{
		store: s, speaker: say.New(say.Config{}), people: &places{channel: moderation.Channel{ID: "C1"}},
		slack: &poster{api: slack.New("xoxb-x", slack.OptionAPIURL(server.URL+"/")), store: s, endpoint: server.URL + "/", timing: moderation.Timing{}.Filled()},
		log:   slog.New(slog.DiscardHandler), metrics: newMetrics(reg), now: time.Now,
	}, reg
}

// counted reads a counter.
func counted(t *testing.T, reg *prometheus.Registry, name, kind string) float64 {
	t.Helper()
	families, err := reg.Gather()
	require.NoError(t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "bouncer_"+name && m.GetLabel()[0].GetValue() == kind {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

// When lines need several messages, the posted ones count, and a Retry-After
// on the next message pauses the channel.
func TestSecondMessageOfLinesFails(t *testing.T) {
	s := &shelf{}
	for i := range 300 {
		s.due = append(s.due, moderation.Post{ID: int64(i + 1), Key: fmt.Sprintf("line:%d", i), Kind: moderation.PostLine, Channel: "C1", Count: 1,
			EntryKind: moderation.EntryRefused, Body: moderation.Body{Refusal: int64(i), Code: moderation.RefuseNoRole}.JSON()})
	}
	var posts atomic.Int32
	o, reg := outboxOver(t, s, func(w http.ResponseWriter, _ *http.Request) {
		if posts.Add(1) > 1 {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = w.Write([]byte(`{"ok":true,"channel":"C1","ts":"1.1"}`))
	})
	pause := o.serve(t.Context(), moderation.ChannelBacklog{Channel: "C1", Posts: 300, Lines: 300, OldestLine: time.Unix(1, 0), Oldest: time.Unix(1, 0)})
	require.Equal(t, 30*time.Second, pause)
	require.EqualValues(t, 2, posts.Load())
	require.NotEmpty(t, s.posted)
	require.Less(t, len(s.posted), 300, "one message took them all: the test tests nothing")
	require.Len(t, s.later, 300-len(s.posted))
	for i, p := range s.later {
		require.Equal(t, put{int64(len(s.posted) + i + 1), 30 * time.Second, false}, p, "Slack says how long; nothing failed")
	}
	require.EqualValues(t, len(s.posted), counted(t, reg, "posts_total", "line"))
	require.EqualValues(t, 1, counted(t, reg, "post_faults_total", "line"))
	require.Equal(t, []int64{7}, s.heads, "the head of the message that posted is remembered, and no other")
}

// An audit thread whose channel rejects posts, or can be read by external
// people since its card was posted, continues in the case channel together
// with its card.
func TestAThreadThatCannotBePostedMoves(t *testing.T) {
	due := moderation.ChannelBacklog{Channel: "C1", Posts: 1, Oldest: time.Now()}
	for name, outsiders := range map[string]bool{"locked": false, "shared": true} {
		t.Run(name, func(t *testing.T) {
			s := &shelf{
				due:  []moderation.Post{{ID: 1, Key: "thread:7", Kind: moderation.PostThread, Channel: "C1", Parent: "1.1", Case: 7}},
				view: func() (moderation.CaseView, error) { return moderation.CaseView{Case: moderation.Case{No: 7}}, nil },
			}
			o, _ := outboxOver(t, s, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte(`{"ok":false,"error":"is_archived"}`))
			})
			o.fallback = "C9"
			o.people = &places{channel: moderation.Channel{ID: "C1", Shared: outsiders}}
			o.serve(t.Context(), due)
			require.Equal(t, []string{"7 to C9"}, s.moved)
		})
	}
}

// A case may end while its thread is rendered. Its outcomes are attached
// then, or with the later message about its end.
func TestCaseEndsWhileItsThreadIsPosted(t *testing.T) {
	ended := false
	read := func() bool { defer func() { ended = true }(); return ended } // it ends between the two reads
	c := moderation.Case{No: 7, State: moderation.Open, Action: moderation.Action{Verb: moderation.Kick, Room: moderation.Room{Kind: moderation.KindRoom, ID: "1"}}}
	s := &shelf{
		due: []moderation.Post{{ID: 1, Key: "thread:7", Kind: moderation.PostThread, Channel: "C1", Parent: "1.1", Case: 7}},
		view: func() (moderation.CaseView, error) {
			v := moderation.CaseView{Case: c, Targets: make([]moderation.Target, csvFrom)}
			if read() {
				v.Case.State = moderation.Done
			}
			return v, nil
		},
		entries: func() []moderation.Entry {
			entries := []moderation.Entry{{ID: 1, Kind: moderation.EntryOpened, Body: moderation.Body{}.JSON()}}
			if read() {
				entries = append(entries, moderation.Entry{ID: 2, Kind: moderation.EntryDone, Body: moderation.Body{}.JSON()})
			}
			return entries
		},
	}
	var files atomic.Int32
	o, _ := outboxOver(t, s, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/files.getUploadURLExternal" {
			files.Add(1)
		}
		_, _ = w.Write([]byte(`{"ok":true,"channel":"C1","ts":"1.2"}`))
	})
	o.serve(t.Context(), moderation.ChannelBacklog{Channel: "C1", Posts: 1, Oldest: time.Now()})
	if s.upTo < 2 { // its end is not posted yet
		o.serve(t.Context(), moderation.ChannelBacklog{Channel: "C1", Posts: 1, Oldest: time.Now()})
	}
	require.EqualValues(t, 2, s.upTo)
	require.EqualValues(t, 1, files.Load())
}

// A process that stood still posts, updates and moves nothing that another one
// took over.
func TestPostsThatAnotherProcessTookOver(t *testing.T) {
	view := func() (moderation.CaseView, error) {
		return moderation.CaseView{Case: moderation.Case{No: 7, State: moderation.Open, Action: moderation.Action{
			Verb: moderation.Kick, Room: moderation.Room{Kind: moderation.KindRoom, ID: "1"}}}}, nil
	}
	for _, p := range []moderation.Post{
		{ID: 1, Key: "card:7", Kind: moderation.PostCard, Channel: "C1", Case: 7},
		{ID: 1, Key: "thread:7", Kind: moderation.PostThread, Channel: "C1", Parent: "1.1", Case: 7},
	} {
		s := &shelf{taken: true, view: view, due: []moderation.Post{p}}
		var calls atomic.Int32
		o, _ := outboxOver(t, s, func(w http.ResponseWriter, _ *http.Request) {
			calls.Add(1)
			_, _ = w.Write([]byte(`{"ok":true,"channel":"C1","ts":"1.2"}`))
		})
		require.Zero(t, o.serve(t.Context(), moderation.ChannelBacklog{Channel: "C1", Posts: 1, Oldest: time.Now()}), p.Kind)
		require.Zero(t, calls.Load(), p.Kind)
		require.Empty(t, s.posted, p.Kind)
		require.Empty(t, s.later, p.Kind)
		o.move(t.Context(), s.due, "not_in_channel")
		require.Empty(t, s.moved, p.Kind)
	}
}

// A message that cannot be rendered does not end the process: it is counted,
// and its posts are postponed separately so that the next attempt finds the
// faulty one.
func TestAPanicInTheOutbox(t *testing.T) {
	s := &shelf{
		due: []moderation.Post{
			{ID: 1, Kind: moderation.PostLine, Channel: "C1", Case: 1}, {ID: 2, Kind: moderation.PostLine, Channel: "C1", Case: 2},
		},
		view: func() (moderation.CaseView, error) { panic("a name that nobody may read in a log") },
	}
	o, reg := outboxOver(t, s, func(http.ResponseWriter, *http.Request) {})
	due := moderation.ChannelBacklog{Channel: "C1", Posts: 2, Lines: 2, OldestLine: time.Unix(1, 0), Oldest: time.Unix(1, 0)}
	require.Zero(t, o.serve(t.Context(), due), "the channel's other posts go on")
	require.Equal(t, []put{{1, 30 * time.Second, true}, {2, 31 * time.Second, true}}, s.later)
	require.EqualValues(t, 1, counted(t, reg, "panics_total", "outbox"))
	require.Empty(t, s.posted)

	o.people = nil // even before anything is taken
	require.Equal(t, 30*time.Second, o.serve(t.Context(), due))
}

// An error code of Slack is permanent, so a private answer is not retried for
// minutes; codes about Slack itself, and a missing answer, are transient.
func TestTransientErrors(t *testing.T) {
	for _, err := range []error{
		slack.SlackErrorResponse{Err: "user_not_in_channel"}, slack.SlackErrorResponse{Err: "channel_not_found"},
		slack.SlackErrorResponse{Err: "invalid_blocks"},
	} {
		require.False(t, transient(err), "%v", err)
	}
	for _, err := range []error{
		slack.SlackErrorResponse{Err: "internal_error"}, slack.SlackErrorResponse{Err: "service_unavailable"},
		slack.StatusCodeError{Code: 503}, &slack.RateLimitedError{RetryAfter: time.Second}, context.DeadlineExceeded,
	} {
		require.True(t, transient(err), "%v", err)
	}
}

// askedToWait is a 5xx with a Retry-After.
type askedToWait time.Duration

func (askedToWait) Error() string               { return "503" }
func (askedToWait) Retryable() bool             { return true }
func (a askedToWait) RetryAfter() time.Duration { return time.Duration(a) }

// A post that Slack was too busy for waits as long as Slack asks, on every
// attempt, and has not failed; a limit of chat.update does not delay new
// posts in the channel. What a retry cannot fix is not retried in its
// channel.
func TestHowLongAPostWaits(t *testing.T) {
	busy := &slack.RateLimitedError{RetryAfter: 7 * time.Second}
	said := func(code string) error { return slack.SlackErrorResponse{Err: code} }
	for name, c := range map[string]struct {
		post  moderation.Post
		err   error
		later []put
		moved bool
		pause time.Duration
	}{
		"429":                     {moderation.Post{Attempt: 6}, busy, []put{{1, 7 * time.Second, false}}, false, 7 * time.Second},
		"429 of an update":        {moderation.Post{TS: "1.1"}, busy, []put{{1, 7 * time.Second, false}}, false, 0},
		"503":                     {moderation.Post{Attempt: 6}, slack.StatusCodeError{Code: 503}, []put{{1, time.Second, true}}, false, time.Second},
		"503 with a time":         {moderation.Post{Attempt: 6}, askedToWait(9 * time.Second), []put{{1, 9 * time.Second, true}}, false, 9 * time.Second},
		"a lost answer":           {moderation.Post{Attempt: 2}, context.DeadlineExceeded, []put{{1, time.Second, true}}, false, 0},
		"an error of tomorrow":    {moderation.Post{Attempt: 7}, said("new"), []put{{1, 30 * time.Second, true}}, false, 0},
		"one that stays":          {moderation.Post{Attempt: triesInVain}, said("new"), nil, true, 0},
		"a form that is refused":  {moderation.Post{Attempt: triesInVain}, said("invalid_blocks"), nil, true, 0},
		"no right to the channel": {moderation.Post{}, said("access_denied"), nil, true, 0},
		"a token that is gone":    {moderation.Post{}, said("token_revoked"), []put{{1, settledWait, true}}, false, 0},
		"a line that stays":       {moderation.Post{Kind: moderation.PostLine, Attempt: triesInVain}, said("new"), []put{{1, settledWait, true}}, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := &shelf{view: func() (moderation.CaseView, error) { return moderation.CaseView{}, nil }}
			o, _ := outboxOver(t, s, func(http.ResponseWriter, *http.Request) {})
			o.fallback = "C9"
			o.spread = func() float64 { return 1 }
			c.post.ID, c.post.Case, c.post.Channel = 1, 1, "C1"
			if c.post.Kind == "" {
				c.post.Kind = moderation.PostCard
			}
			require.Equal(t, c.pause, o.recordResult(t.Context(), "C1", []moderation.Post{c.post}, 0, c.err))
			require.Equal(t, c.later, s.later)
			require.Equal(t, c.moved, len(s.moved) == 1)
		})
	}
}
