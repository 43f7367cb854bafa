package bot

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"bouncer/bot/say"
	"bouncer/moderation"
)

func TestSlackErrorsAreClassified(t *testing.T) {
	for _, c := range []struct {
		err  error
		want fault
	}{
		{&slack.RateLimitedError{RetryAfter: 7 * time.Second}, faultLater},
		{slack.SlackErrorResponse{Err: "not_in_channel"}, faultNoPost},
		{slack.SlackErrorResponse{Err: "restricted_action_read_only_channel"}, faultNoPost},
		{slack.SlackErrorResponse{Err: "message_not_found"}, faultGone},
		{slack.SlackErrorResponse{Err: "invalid_blocks"}, faultShape},
		{slack.SlackErrorResponse{Err: "fatal_error"}, faultLost}, // Slack says that it may have been done
		{slack.SlackErrorResponse{Err: "something_new"}, faultLater},
		{slack.SlackErrorResponse{Err: "duplicate_message_not_found"}, faultID},
		{slack.SlackErrorResponse{Err: "is_inactive"}, faultNoPost},
		{slack.SlackErrorResponse{Err: "token_revoked"}, faultSettled},
		{slack.StatusCodeError{Code: 503}, faultLost},
		{slack.StatusCodeError{Code: 403}, faultLater},
		{&url.Error{Op: "Post", Err: errors.New("EOF")}, faultLost},
		{context.DeadlineExceeded, faultLost},
	} {
		got, wait := faultOf(c.err)
		require.Equal(t, c.want, got, "%v", c.err)
		var limited *slack.RateLimitedError
		if errors.As(c.err, &limited) {
			require.Equal(t, limited.RetryAfter, wait)
		}
	}
}

// Every error that Slack documents has a class, and each code for which a card
// moves to another channel has a sentence.
func TestEveryDocumentedFaultHasAClass(t *testing.T) {
	raw, err := os.ReadFile("testdata/chat-errors.txt")
	require.NoError(t, err)
	n := 0
	for line := range strings.Lines(string(raw)) {
		if code := strings.TrimSpace(line); code != "" && !strings.HasPrefix(code, "#") {
			require.Contains(t, chatFaults, code)
			n++
		}
	}
	require.Greater(t, n, 80)
	speaker := say.New(say.Config{})
	for code, f := range chatFaults {
		if f == faultNoPost {
			require.NotContains(t, speaker.CardElsewhere(moderation.CaseView{}, say.EN, "", code).Text, "Slack refuses it", code)
		}
	}
}

// Only posts that fit into one message go out together, and a retried post
// never with a newer one.
func TestWhatGoesOutTogether(t *testing.T) {
	card := func(id int64, ts string, attempt int) moderation.Post {
		return moderation.Post{ID: id, Kind: moderation.PostCard, TS: ts, Attempt: attempt}
	}
	thread := moderation.Post{ID: 9, Kind: moderation.PostThread, Parent: "1.1"}
	same, rest := alike([]moderation.Post{card(1, "", 0), card(2, "", 0), card(3, "1.1", 0), card(4, "", 2), thread})
	require.Equal(t, []int64{1, 2}, ids(same))
	require.Equal(t, []int64{3, 4, 9}, ids(rest))
	same, _ = alike([]moderation.Post{card(4, "", 2), card(5, "", 1), card(1, "", 0)})
	require.Equal(t, []int64{4, 5}, ids(same))
}

func ids(posts []moderation.Post) (out []int64) {
	for _, p := range posts {
		out = append(out, p.ID)
	}
	return out
}

// The same thing has the same client_msg_id at each try, and nothing else has.
func TestMarksAreDeterministic(t *testing.T) {
	o := &outbox{database: uuid.NewSHA1(uuid.Nil, []byte("db"))}
	p := moderation.Post{Key: "card:1", Wanted: 3}
	elsewhere, again := p, p
	elsewhere.Channel, again.Generation = "C2", 1
	q, r := moderation.Post{Key: "card:2", Wanted: 3}, moderation.Post{Key: "card:3", Wanted: 3}
	require.Equal(t, o.markOf(p), o.markOf(p))
	require.Equal(t, o.markOf(p, q), o.markOf(p, q))
	seen := map[string]bool{}
	for _, m := range []mark{
		o.markOf(p), o.markOf(p, q), o.markOf(p, r), o.markOf(p, q, r), o.markOf(moderation.Post{Key: "card:1", Wanted: 4}),
		o.markOf(moderation.Post{Key: "card:13", Wanted: 3}), (&outbox{}).markOf(p),
		o.markOf(elsewhere), o.markOf(again),
	} {
		require.False(t, seen[m.ID])
		seen[m.ID] = true
	}
}

// A message of an earlier attempt is the post's, whatever version it shows, but
// not one that was posted before, or in an earlier generation.
func TestAnEarlierAttemptIsRecognized(t *testing.T) {
	o := &outbox{database: uuid.NewSHA1(uuid.Nil, []byte("db"))}
	p := moderation.Post{Key: "thread:1", Kind: moderation.PostThread, Posted: 2, Wanted: 7, Generation: 1}
	of := func(p moderation.Post) slack.SlackMetadata { return o.markOf(p).metadata() }
	with := func(wanted, generation int64) slack.SlackMetadata {
		q := p
		q.Wanted, q.Generation = wanted, generation
		return of(q)
	}
	for _, row := range []struct {
		message slack.SlackMetadata
		version int64
		is      bool
	}{
		{with(7, 1), 7, true}, {with(5, 1), 5, true}, {with(9, 1), 9, true},
		{with(2, 1), 2, false}, {with(5, 0), 5, false},
		{of(moderation.Post{Key: "thread:2", Wanted: 7, Generation: 1}), 0, false}, {slack.SlackMetadata{}, 0, false},
	} {
		version, is := o.markOf(p).shows(row.message)
		require.Equal(t, row.is, is, "%+v", row.message)
		require.Equal(t, row.version, version)
	}
	// Folded with others, whichever they were.
	folded := o.markOf(p, moderation.Post{Key: "thread:3", Wanted: 8, Generation: 1}).metadata()
	raw, err := json.Marshal(folded) // as Slack returns it
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &folded))
	for _, row := range []struct {
		post    moderation.Post
		version int64
		is      bool
	}{
		{p, 7, true}, {moderation.Post{Key: "thread:3", Wanted: 9, Generation: 1}, 8, true},
		{moderation.Post{Key: "thread:3", Wanted: 9, Posted: 8, Generation: 1}, 8, false},
		{moderation.Post{Key: "thread:3", Wanted: 9, Generation: 2}, 0, false}, {moderation.Post{Key: "thread:2", Wanted: 7, Generation: 1}, 0, false},
	} {
		version, is := o.markOf(row.post).shows(folded)
		require.Equal(t, row.is, is, "%+v", row.post)
		require.Equal(t, row.version, version)
	}
	card := moderation.Post{Key: "card:1", Kind: moderation.PostCard, Wanted: 1}
	newer := card
	newer.Wanted = 2
	require.Equal(t, o.markOf(card).ID, o.markOf(newer).ID, "one message, whatever version it shows")
	newer.Generation = 1
	require.NotEqual(t, o.markOf(card).ID, o.markOf(newer).ID)
}

func TestPermalinks(t *testing.T) {
	b := &Bot{cfg: Config{WorkspaceURL: "https://acme.slack.com/"}}
	require.Equal(t, "https://acme.slack.com/archives/C1/p1795315171744517", b.permalink(moderation.Posted{Channel: "C1", TS: "1795315171.744517"}))
	require.Empty(t, b.permalink(moderation.Posted{Channel: "C1"}))
}

func TestCheckTeam(t *testing.T) {
	b := &Bot{cfg: Config{AppID: "A1"}}
	b.cfg.Workspace.Team, b.cfg.Workspace.Enterprise = "T1", "E1"
	require.Nil(t, b.checkTeam(asker{App: "A1", Team: "T1"}))
	require.Nil(t, b.checkTeam(asker{App: "A1", Enterprise: "E1"}), "an org-wide payload names no team")
	for _, a := range []asker{{}, {App: "A2", Team: "T1"}, {App: "A1", Team: "T2"}, {App: "A1", Team: "T2", Enterprise: "E2"}, {App: "A1"}} {
		require.NotNil(t, b.checkTeam(a), "%+v", a)
	}
	b.cfg.Workspace.Enterprise = ""
	require.NotNil(t, b.checkTeam(asker{App: "A1", Team: "T2", Enterprise: ""}), "that we have no enterprise is no match when they have none")
}

// places is a directory that knows one channel.
type places struct {
	directory
	channel moderation.Channel
	asked   []time.Duration
}

func (p *places) Channel(_ context.Context, _ string, maxAge time.Duration) (moderation.Channel, error) {
	p.asked = append(p.asked, maxAge)
	return p.channel, nil
}

// Slack does not announce that a channel is about to be shared, so posting
// relies on channel data that is at most 15 s old.
func TestPostingNeedsFreshChannelData(t *testing.T) {
	p := &places{channel: moderation.Channel{ID: "C1"}}
	o := &outbox{people: p, metrics: newMetrics(prometheus.NewRegistry()), log: slog.New(slog.DiscardHandler), audit: "C1"}
	require.Zero(t, o.checkChannel(t.Context(), moderation.ChannelBacklog{Channel: "C1"}))
	p.channel.PendingShared = true
	require.NotZero(t, o.checkChannel(t.Context(), moderation.ChannelBacklog{Channel: "C1"}))
	require.Len(t, p.asked, 2)
	for _, age := range p.asked {
		require.LessOrEqual(t, age, 15*time.Second)
	}
}
