package bot

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// history is a Slack whose channel has these messages.
type history []slack.SlackMetadata

func (h history) Do(*http.Request) (*http.Response, error) {
	var messages []map[string]any
	for _, m := range h {
		messages = append(messages, map[string]any{"ts": "1.1", "metadata": m})
	}
	raw, err := json.Marshal(map[string]any{"ok": true, "messages": messages})
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(raw)))}, err
}

// recorded is a store that keeps which posts were recorded, and as of which version.
type recorded struct {
	Store
	versions map[string]int64
}

func (r recorded) MarkPosted(_ context.Context, _ moderation.Posted, _ bool, posts ...moderation.Post) error {
	for _, p := range posts {
		r.versions[p.Key] = p.Wanted
	}
	return nil
}

// A post that an earlier attempt folded with others is due once more: the message may have been
// changed since to those that were recorded before it.
func TestAPostOfAFoldedEarlierMessageIsDueOnceMore(t *testing.T) {
	line := func(key string) moderation.Post {
		return moderation.Post{Key: key, Channel: "C2", Kind: moderation.PostLine, Wanted: 3, Attempt: 1}
	}
	o := &outbox{database: uuid.NewSHA1(uuid.Nil, []byte("db"))}
	for name, c := range map[string]struct {
		message slack.SlackMetadata
		version int64
	}{
		"alone":  {o.markOf(line("line:1")).metadata(), 3},
		"folded": {o.markOf(line("line:1"), line("line:2")).metadata(), 2},
	} {
		store := recorded{versions: map[string]int64{}}
		o.store, o.slack = store, &poster{api: slack.New("xoxb-secret", slack.OptionHTTPClient(history{c.message})), canFind: true}
		rest, err := o.recordEarlier(t.Context(), "C2", []moderation.Post{line("line:1"), line("line:9")})
		require.NoError(t, err)
		require.Len(t, rest, 1)
		require.Equal(t, map[string]int64{"line:1": c.version}, store.versions, name)
	}
}
