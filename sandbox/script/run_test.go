package script

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/sandbox"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

func world(t *testing.T) *sandbox.World {
	t.Helper()
	w, err := sandbox.New(context.Background(), sandbox.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return w
}

// play runs a script whose expectations should all be met.
func play(t *testing.T, w *sandbox.World, text string) (string, error) {
	t.Helper()
	return playFor(t, w, text, 20*time.Second)
}

// playFor is play for a script that should fail.
func playFor(t *testing.T, w *sandbox.World, text string, patience time.Duration) (string, error) {
	t.Helper()
	s, err := Read("x.txt", strings.NewReader(text))
	require.NoError(t, err)
	var out bytes.Buffer
	err = Run(t.Context(), Config{World: w, Out: &out, Patience: patience, LongPatience: 2 * patience}, s)
	return out.String(), err
}

// post posts a message as the app does.
func post(t *testing.T, w *sandbox.World, method string, form url.Values) string {
	t.Helper()
	form.Set("token", w.Slack.BotToken())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.Slack.URL()+method, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close() //nolint:errcheck // read to its end
	var a struct {
		OK    bool
		Error string
		TS    string
	}
	require.NoError(t, json.NewDecoder(res.Body).Decode(&a))
	require.True(t, a.OK, a.Error)
	return a.TS
}

// printed is the output of a script; when all lines have arrived it calls
// all.
type printed struct {
	bytes.Buffer
	lines []string
	all   func()
}

func (p *printed) Write(b []byte) (int, error) {
	n, err := p.Buffer.Write(b)
	p.lines = slices.DeleteFunc(p.lines, func(line string) bool { return strings.Contains(p.String(), line) })
	if all := p.all; len(p.lines) == 0 && all != nil {
		p.all = nil
		all()
	}
	return n, err
}

func TestConversation(t *testing.T) {
	w := world(t)
	out := &printed{lines: []string{
		"# People and rooms.", "#live mei          » hello @raj", "room:10006         ivy joined", "room:10006         ivy left",
		"only eve sees      Slack: U0EVE belongs to another workspace", `only mei sees      Slack: /mod failed with the error "dispatch_failed"`,
		"» expect room room:10006 ivy inside",
	}}
	// Output that arrives late is printed too: the script waits for it.
	out.all = func() { require.NoError(t, w.Tencent.Join(tencentd.KindRoom, "10006", "olga")) }
	s, err := Read("x.txt", strings.NewReader(`# People and rooms.
mei #live: hello @raj
expect #live "hello @Raj Patel"
join room:10006 ivy
expect room room:10006 ivy inside
expect room room:10006 ivy unmuted
leave room:10006 ivy
expect room room:10006 ivy outside
rejoin gala troll7
expect room gala troll7 unbanned
expect room gala open
expect room gala unfrozen
expect room room:99 closed
expect connections 0
eve #partners: /mod help
expect private eve "another workspace"
mei #live: /kick x
expect private mei "/kick is not a valid command"
mei #live: /mod help
expect private mei "dispatch_failed"
slack cut
slack refresh
slack heal
tencent fail SetUserBlocked room-gone once
tencent heal
wait room room:10006 olga inside`))
	require.NoError(t, err)
	err = Run(t.Context(), Config{World: w, Out: out, Patience: 20 * time.Second, LongPatience: time.Minute}, s)
	require.NoError(t, err, "not printed: %q in\n%s", out.lines, out)
	require.Empty(t, w.Tencent.Faults())
}

// The first expectation that is not met ends the script with its line number.
func TestUnmet(t *testing.T) {
	w := world(t)
	for text, want := range map[string]string{
		"mei #live: hi\nexpect #live \"bye\"":      "x.txt:2: expect #live \"bye\": was not met within 100ms",
		"expect #live card \"x\"":                  "was not met",
		"expect thread \"x\"":                      "was not met",
		"expect private mei \"x\"":                 "was not met",
		"expect modal mei \"x\"":                   "was not met",
		"expect call SetUserBlocked OK":            "was not met",
		"wait connections 2":                       "within 200ms",
		"press mei \"Run\"":                        `no button "Run" that mei sees`,
		"fill mei \"Why\" \"x\"":                   `no input "Why"`,
		"expect room room:10006 29376 muted":       "was not met",
		"expect room room:10006 29376 audio-muted": "was not met",
		"expect room room:10006 29376 video-muted": "was not met",
		"expect room room:10006 29376 outside":     "was not met",
		"expect room room:10006 nobody inside":     "was not met",
		"expect room room:10006 nobody unmuted":    "was not met",
		"expect room gala troll7 banned":           "was not met",
		"expect room gala troll7 silenced":         "was not met",
		"expect room live:none troll7 unbanned":    "was not met",
		"expect room live:none troll7 unsilenced":  "was not met",
		"expect room gala closed":                  "was not met",
		"expect room gala frozen":                  "was not met",
		"expect room live:none unfrozen":           "was not met",
		"expect room live:none open":               "was not met",
	} {
		t.Run(text, func(t *testing.T) {
			out, err := playFor(t, w, text, 100*time.Millisecond)
			require.ErrorContains(t, err, want, out)
			require.ErrorIs(t, err, ErrNotMet)
			require.NotContains(t, err.Error(), "\n", "one sentence")
		})
	}
	for text, want := range map[string]string{
		"zoe #live: hi": "there is no person zoe here", "mei #nowhere: hi": "no channel #nowhere", "expect #nowhere \"x\"": "no channel",
		"press zoe \"x\"": "no person", "join nowhere x": "is not a room", "expect room nowhere closed": "is not a room", "submit mei": "no modal open",
		"tencent fail Nothing lost once": "no API", "slack fail chat.update 200 once": "not an HTTP error status", "leave room:10006 ghost": "not in the room",
	} {
		_, err := play(t, w, text)
		require.ErrorContains(t, err, want)
		require.NotErrorIs(t, err, ErrNotMet)
	}
}

// expect ignores messages from before the last action; wait does not.
func TestOnlyWhatIsNewCounts(t *testing.T) {
	w := world(t)
	_, err := w.Slack.Say("U07MEI", "C0LIVE", "", "old news")
	require.NoError(t, err)
	_, err = playFor(t, w, "raj #live: anything new?\nexpect #live \"old news\"", 100*time.Millisecond)
	require.ErrorIs(t, err, ErrNotMet)
	_, err = play(t, w, "raj #live: anything new?\nwait #live \"old news\"")
	require.NoError(t, err)
}

const card = `[{"type":"section","text":{"type":"mrkdwn","text":"*#7* accepted"}},
 {"type":"actions","elements":[{"type":"button","action_id":"go","value":"v","text":{"type":"plain_text","text":"Run it now"},"style":"danger",
  "confirm":{"title":{"type":"plain_text","text":"Sure?"},"text":{"type":"plain_text","text":"It runs."},"confirm":{"type":"plain_text","text":"Yes"},"deny":{"type":"plain_text","text":"No"}}}]}]`

// Cards, threads and buttons; without a bot the press ends in Slack's own notice.
func TestCardsAndButtons(t *testing.T) {
	w := world(t)
	ts := post(t, w, "chat.postMessage", url.Values{"channel": {"C0LIVE"}, "text": {"fallback"}, "blocks": {card}})
	post(t, w, "chat.postMessage", url.Values{"channel": {"C0LIVE"}, "text": {"said in full"}, "thread_ts": {ts}})
	post(t, w, "chat.postMessage", url.Values{"channel": {"U07MEI"}, "text": {"for mei alone"}})
	out, err := play(t, w, `expect #live card "#7 accepted"
expect thread "said in full"
expect private mei "for mei alone"
press mei "Run it now"
expect private mei "not responding (dispatch_failed)"`)
	require.NoError(t, err, out)
	ds := w.Slack.Deliveries()
	require.Equal(t, "block_actions", ds[len(ds)-1].Kind)
	_, err = playFor(t, w, `expect #live card "said in full"`, 100*time.Millisecond)
	require.ErrorIs(t, err, ErrNotMet, "a reply is no card")
	_, err = playFor(t, w, `press eve "Run it now"`, 100*time.Millisecond)
	require.ErrorIs(t, err, ErrNotMet, "she does not see it")
}

func TestTheNewestButton(t *testing.T) {
	w := world(t)
	r := &runner{world: w}
	post(t, w, "chat.postMessage", url.Values{"channel": {"C0LIVE"}, "text": {"one"}, "blocks": {card}})
	newest := post(t, w, "chat.postMessage", url.Values{"channel": {"C0GALA"}, "text": {"two"}, "blocks": {card}})
	at, _, action, ok := r.button("U07MEI", "Run it now")
	require.True(t, ok)
	require.Equal(t, slackd.Ref{Channel: "C0GALA", TS: newest}, at)
	require.Equal(t, "go", action)
	at, _, _, ok = r.button("U07GUS", "Run it now")
	require.True(t, ok)
	require.Equal(t, "C0LIVE", at.Channel, "he is not in #gala")
}

func TestEnds(t *testing.T) {
	w := world(t)
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Read("x.txt", strings.NewReader("wait connections 2"))
	require.NoError(t, err)
	cancel()
	require.ErrorIs(t, Run(ctx, Config{World: w, Out: &bytes.Buffer{}}, s), context.Canceled)

	full := errors.New("disk full")
	s, err = Read("x.txt", strings.NewReader("mei #live: hi"))
	require.NoError(t, err)
	require.ErrorIs(t, Run(t.Context(), Config{World: w, Out: broken{full}}, s), full, "a failed write is returned")
}

type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }
