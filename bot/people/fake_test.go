package people

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"bouncer/policy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "xoxb-secret-of-the-test"

// fake answers the three methods as Slack does.
type fake struct {
	mu       sync.Mutex
	users    map[string]object
	channels map[string]object
	groups   []object
	// faults are returned, one after the other, before an answer: an error
	// code, or "429 2" with its Retry-After, or another status; "{}" is an
	// empty body.
	faults map[string][]string
	calls  map[string]int
	forms  map[string]map[string]string
	// gate blocks each request until it gets a value; nil blocks none.
	gate chan struct{}
}

type object = map[string]any

func newFake() *fake {
	return &fake{
		users: map[string]object{
			"U1": {"id": "U1", "team_id": "T1", "locale": "zh-CN", "profile": object{"display_name": "mod"}},
			"U2": {"id": "U2", "team_id": "T1"},
		},
		channels: map[string]object{"C1": {"id": "C1", "name": "mods", "is_member": true}},
		faults:   map[string][]string{}, calls: map[string]int{}, forms: map[string]map[string]string{},
	}
}

// ServeHTTP answers with the state at the time of the request, however long
// the gate delays the answer.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := strings.TrimPrefix(r.URL.Path, "/api/")
	_ = r.ParseForm()
	form := map[string]string{}
	for k := range r.PostForm {
		form[k] = r.PostForm.Get(k)
	}
	f.mu.Lock()
	f.calls[method]++
	f.forms[method] = form
	gate := f.gate
	reply := f.reply(method, form)
	if list := f.faults[method]; len(list) > 0 {
		reply, f.faults[method] = list[0], list[1:]
	}
	f.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-r.Context().Done():
			return
		}
	}
	var status, after int
	if _, err := fmt.Sscanf(reply, "%d %d", &status, &after); err == nil && status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", fmt.Sprint(after))
	} else if _, err := fmt.Sscanf(reply, "%d", &status); err != nil {
		status = http.StatusOK
		if !strings.HasPrefix(reply, "{") {
			reply = fmt.Sprintf(`{"ok":false,"error":%q,"needed":"users:read"}`, reply)
		}
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(reply))
}

func (f *fake) reply(method string, form map[string]string) string {
	ok := object{"ok": true}
	switch method {
	case "users.info":
		u, known := f.users[form["user"]]
		if !known {
			return "user_not_found"
		}
		ok["user"] = u
	case "conversations.info":
		c, known := f.channels[form["channel"]]
		if !known {
			return "channel_not_found"
		}
		ok["channel"] = c
	case "usergroups.list":
		ok["usergroups"] = append([]map[string]any{}, f.groups...) // Slack sends an empty list, never none
	default:
		return "unknown_method"
	}
	b, err := json.Marshal(ok)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Do carries a request without a network, which a synctest bubble needs.
func (f *fake) Do(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	f.ServeHTTP(rec, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return rec.Result(), nil
}

func (f *fake) count(method string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[method]
}

func (f *fake) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// clock is set by the test.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// directory is a Directory over the fake; groups are those that matter.
func directory(t *testing.T, f *fake, groups []string, change ...func(*Config)) *Directory {
	t.Helper()
	cfg := Config{
		API:       slack.New(token, slack.OptionHTTPClient(f), slack.OptionAPIURL("http://slack.test/api/")),
		Workspace: policy.Workspace{Team: "T1"},
		Groups:    func() []string { return groups },
		Logger:    slog.New(slog.DiscardHandler),
	}
	for _, c := range change {
		c(&cfg)
	}
	d, err := New(t.Context(), cfg)
	require.NoError(t, err)
	return d
}

func with(base object, more object) object {
	all := maps.Clone(base)
	maps.Copy(all, more)
	return all
}

func group(id string, users []string, more object) object {
	return with(object{"id": id, "team_id": "T1", "users": users, "date_delete": 0}, more)
}

// aside runs a lookup in a goroutine and returns its outcome.
func aside[T any](ctx context.Context, look func(context.Context) (T, error)) <-chan outcome[T] {
	done := make(chan outcome[T], 1)
	go func() {
		v, err := look(ctx)
		done <- outcome[T]{v, err}
	}()
	return done
}

type outcome[T any] struct {
	value T
	err   error
}
