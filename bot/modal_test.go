package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"bouncer/bot/say"
)

// choices are the forms in which a choice is known.
type choices struct {
	Store
	mu    sync.Mutex
	known map[string]bool
}

func (c *choices) NewestChoice(_ context.Context, view string, at int64) (bool, string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return at > 0 || !c.known[view], "", nil
}

// TestAFormIsNotFilledAgainOverAChoice: the answer of the update that fills a form is lost, and the
// person chooses something before the next attempt. What the choice made of the form stays, also where
// another process opened it, or the first one was killed.
func TestAFormIsNotFilledAgainOverAChoice(t *testing.T) {
	t.Parallel()
	for name, opener := range map[string]bool{"opened by this process": true, "opened by another": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, updates, hash := &choices{known: map[string]bool{}}, 0, "h0"
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var call struct{ Hash string }
				assert.NoError(t, json.NewDecoder(r.Body).Decode(&call))
				store.mu.Lock()
				defer store.mu.Unlock()
				if call.Hash != "" && call.Hash != hash {
					_, _ = w.Write([]byte(`{"ok":false,"error":"hash_conflict"}`))
					return
				}
				if updates++; updates > 1 {
					_, _ = fmt.Fprintf(w, `{"ok":true,"view":{"hash":%q}}`, hash)
					return
				}
				hash, store.known["bouncer-x"] = "h2", true // filled, and then updated for a choice
				panic(http.ErrAbortHandler)
			}))
			defer server.Close()
			b := &Bot{
				cfg: Config{Slack: slack.New("xoxb-x", slack.OptionAPIURL(server.URL+"/")), Store: store}, log: slog.New(slog.DiscardHandler),
				openings: openings{of: map[string]*opening{}, begun: make(chan struct{}, 1)},
			}
			if opener {
				op, carryOut := b.openings.begin("bouncer-x", true)
				require.True(t, carryOut)
				b.openings.end(op, "h0", nil)
			}
			m := say.Modal{View: slack.ModalViewRequest{Type: slack.VTModal}}
			open, err := b.fillModal(t.Context(), "bouncer-x", m)
			require.NoError(t, err)
			require.True(t, open)
			require.Equal(t, 1, updates, "the form that shows the choice was overwritten")
			if !opener {
				return
			}
			delete(store.known, "bouncer-x")
			open, err = b.fillModal(t.Context(), "bouncer-x", m)
			require.NoError(t, err)
			require.True(t, open)
			require.Equal(t, 2, updates, "a modal with a button in it is updated again")
		})
	}
}
