package page

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"bouncer/sandbox"
	"bouncer/sandbox/tencentd"
)

// After a body over the limit net/http lingers for half a second by itself, so
// that the client reads the answer before the connection is reset.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

const mei, eve, live = "U07MEI", "U0EVE", sandbox.ChannelLive

type site struct {
	*Page
	t *testing.T
}

func open(t *testing.T) *site {
	t.Helper()
	return openWith(t, sandbox.Config{})
}

func openWith(t *testing.T, c sandbox.Config) *site {
	t.Helper()
	w, err := sandbox.New(context.Background(), c)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	p, err := New(context.Background(), Config{Addr: "127.0.0.1:0", World: w})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return &site{p, t}
}

// reply is an answer that was read to its end.
type reply struct {
	StatusCode int
	Header     http.Header
}

// do sends a request with headers; Host is one of them.
func (s *site) do(method, path, body string, headers map[string]string) (reply, string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Second) // a stream that should have been refused never ends
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(body))
	require.NoError(s.t, err)
	req.Header.Set("Content-Type", "application/json")
	for k, v := range headers {
		if k == "Host" {
			req.Host = v
			continue
		}
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(s.t, err)
	defer res.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(res.Body)
	require.NoError(s.t, err)
	return reply{res.StatusCode, res.Header}, string(text)
}

// act sends an action as the page itself does.
func (s *site) act(path string, in request) outcome {
	s.t.Helper()
	body, err := json.Marshal(in)
	require.NoError(s.t, err)
	res, text := s.do("POST", "api/"+path, string(body), map[string]string{"Origin": strings.TrimSuffix(s.url, "/"), "Sec-Fetch-Site": "same-origin"})
	require.Equal(s.t, http.StatusOK, res.StatusCode, text)
	var out outcome
	require.NoError(s.t, json.Unmarshal([]byte(text), &out))
	return out
}

func TestOnlyThePageDrivesTheSandbox(t *testing.T) {
	s := open(t)
	self := strings.TrimSuffix(s.url, "/")
	host := strings.TrimPrefix(self, "http://")
	port := host[strings.LastIndex(host, ":"):]
	say := `{"user":"U07MEI","channel":"C0LIVE","text":"hello"}`
	cases := []struct {
		name, method, path string
		headers            map[string]string
		status             int
	}{
		{"the page", "POST", "api/say", map[string]string{"Origin": self, "Sec-Fetch-Site": "same-origin"}, 200},
		{"a program", "POST", "api/say", nil, 200},
		{"localhost", "POST", "api/say", map[string]string{"Host": "localhost" + port, "Origin": "http://localhost" + port}, 200},
		{"another page", "POST", "api/say", map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, 403},
		{"another page, old browser", "POST", "api/say", map[string]string{"Origin": "https://evil.example"}, 403},
		{"a page on another port", "POST", "api/say", map[string]string{"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"}, 403},
		{"a page without origin", "POST", "api/say", map[string]string{"Origin": "null"}, 403},
		{"the name of another host", "POST", "api/say", map[string]string{"Host": "evil.example" + port}, 421},
		{"rebound name, own origin", "POST", "api/say", map[string]string{"Host": "evil.example" + port, "Origin": "http://evil.example" + port, "Sec-Fetch-Site": "same-origin"}, 421},
		{"rebound name reads", "GET", "api/hints?text=/mod+", map[string]string{"Host": "evil.example"}, 421},
		{"another page reads", "GET", "api/hints?text=/mod+", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"another page listens", "GET", "api/events?user=U07MEI", map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, 403},
		{"a form", "POST", "api/say", map[string]string{"Content-Type": "text/plain"}, 415},
		{"GET acts", "GET", "api/slack/cut", nil, 404},
		{"nobody", "GET", "api/events?user=U0NOBODY", nil, 404},
		{"the page itself", "GET", "", map[string]string{"Sec-Fetch-Site": "none"}, 200},
		{"no such file", "GET", "nothing.js", nil, 404},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			before := len(s.world.Slack.Messages(live))
			res, body := s.do(c.method, c.path, say, c.headers)
			require.Equal(t, c.status, res.StatusCode, body)
			require.Equal(t, policy, res.Header.Get("Content-Security-Policy"))
			require.Empty(t, res.Header.Get("Access-Control-Allow-Origin"))
			said := len(s.world.Slack.Messages(live)) - before
			require.Equal(t, c.method == "POST" && c.status == 200, said == 1)
		})
	}
	for _, body := range []string{"", "{", `[]`, `{"unknown":1}`, `{"text":"` + strings.Repeat("x", maxBody) + `"}`} {
		res, _ := s.do("POST", "api/say", body, nil)
		require.Equal(t, http.StatusBadRequest, res.StatusCode)
	}
}

func TestAddress(t *testing.T) {
	s := open(t)
	for addr, want := range map[string]string{
		"0.0.0.0:0": "loopback", "192.0.2.1:80": "loopback", "nonsense": "host:port", strings.Trim(strings.TrimPrefix(s.url, "http:"), "/"): "in use",
	} {
		_, err := New(context.Background(), Config{Addr: addr, World: s.world})
		require.ErrorContains(t, err, want, addr)
	}
}

// The page is self-contained: it requests nothing from elsewhere, and has no
// way to turn text into markup.
func TestAssets(t *testing.T) {
	markup := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|srcdoc|\beval\(|new Function`)
	outside := regexp.MustCompile(`(?:src|href|url\(|import)[^\n]{0,3}["'(]?(?:https?:)?//`)
	n := 0
	err := fs.WalkDir(assets, "assets", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		text, err := assets.ReadFile(path)
		require.NoError(t, err)
		require.Empty(t, markup.FindAllString(string(text), -1), path)
		require.Empty(t, outside.FindAllString(string(text), -1), path)
		require.NotContains(t, string(text), " style=", "the policy lets no inline style in: %s", path)
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, n, 5)
}

// listen reads a person's stream.
func (s *site) listen(user string) (next func(event string) json.RawMessage) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Second)
	s.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"api/events?user="+user, nil)
	require.NoError(s.t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { cancel(); _ = res.Body.Close() })
	require.Equal(s.t, "text/event-stream", res.Header.Get("Content-Type"))
	in := bufio.NewReader(res.Body)
	return func(event string) json.RawMessage {
		s.t.Helper()
		name := ""
		for {
			line, err := in.ReadString('\n')
			require.NoError(s.t, err, "waiting for %s", event)
			if v, ok := strings.CutPrefix(line, "event: "); ok {
				name = strings.TrimSpace(v)
			}
			if v, ok := strings.CutPrefix(line, "data: "); ok && name == event {
				return json.RawMessage(strings.TrimSpace(v))
			}
		}
	}
}

func read[T any](t *testing.T, raw json.RawMessage) T {
	t.Helper()
	var v T
	require.NoError(t, json.Unmarshal(raw, &v))
	return v
}

func TestStream(t *testing.T) {
	s := open(t)
	next := s.listen(mei)
	first := read[snapshot](t, next("snapshot"))
	require.Equal(t, mei, first.Me)
	require.Equal(t, "/mod", first.Command)
	require.Len(t, first.Rooms, len(sandbox.Rooms()))
	require.Equal(t, "gala", first.RoomNames["live:show1"])
	require.Equal(t, "Mei Lin", first.People[mei].Name)

	const hostile = `<img src=x onerror=alert(1)>` + "\u2028" + "event: snapshot"
	require.True(t, s.act("say", request{User: mei, Channel: live, Text: hostile}).OK)
	m := read[messageJSON](t, next("message"))
	require.Equal(t, "&lt;img src=x onerror=alert(1)&gt;\u2028event: snapshot", m.Text, "as Slack stores it; the page decodes it into a text node")

	require.True(t, s.act("room/join", request{Room: "room:10006", Who: "<b>x</b>"}).OK)
	raw := next("room")
	require.NotContains(t, string(raw), "<b>", "no markup even on the wire")
	r := read[roomJSON](t, raw)
	require.Equal(t, []string{"<b>x</b>"}, r.Users)
	require.Equal(t, "joined", r.What)
	require.Contains(t, []string{"<b>x</b>"}, r.Members[len(r.Members)-1].User)
	require.True(t, s.act("room/leave", request{Room: "room:10006", Who: "<b>x</b>"}).OK)
	require.Equal(t, "left", read[roomJSON](t, next("room")).What)
	out := s.act("room/leave", request{Room: "room:10006", Who: "ghost"})
	require.False(t, out.OK)
	require.Equal(t, "the user is not in the room: ghost", out.Error)
}

// A room that is empty or closed is still a room with lists in it.
func TestRoomWithNobody(t *testing.T) {
	s := open(t)
	r, ok := s.world.Tencent.Room(tencentd.KindRoom, "1234")
	require.True(t, ok)
	require.NoError(t, s.world.Tencent.Leave(tencentd.KindRoom, "1234", r.Users()...))
	for _, id := range []string{"1234", "999"} {
		body, err := json.Marshal(s.room(tencentd.KindRoom, id, "", nil))
		require.NoError(t, err)
		require.Contains(t, string(body), `"members":[]`)
		require.NotContains(t, string(body), "null")
	}
}

// What a person may not read is not in their stream.
func TestWhoSeesWhat(t *testing.T) {
	s := open(t)
	_, err := s.world.Slack.Say(mei, live, "", "inside only")
	require.NoError(t, err)
	_, err = s.world.Slack.Say(mei, "C0PARTNER", "", "for partners")
	require.NoError(t, err)
	d, err := s.world.Slack.Command(t.Context(), mei, "C0PARTNER", "help") // no bot: Slack answers her privately
	require.NoError(t, err)
	require.NotEmpty(t, d.Failure)

	hers := read[snapshot](t, s.listen(mei)("snapshot"))
	require.Len(t, hers.Messages, 3)
	next := s.listen(eve)
	his := read[snapshot](t, next("snapshot"))
	require.Len(t, his.Channels, 1)
	require.Len(t, his.Messages, 1)
	require.Equal(t, "for partners", his.Messages[0].Text)
	require.NotContains(t, his.Names, sandbox.ChannelAudit, "the name of a private channel")

	_, err = s.world.Slack.Say(mei, live, "", "still inside only")
	require.NoError(t, err)
	_, err = s.world.Slack.Say(mei, "C0PARTNER", "", "second")
	require.NoError(t, err)
	require.Equal(t, "second", read[messageJSON](t, next("message")).Text, "the first that reaches her")
}

func TestSay(t *testing.T) {
	s := open(t)
	top, err := s.world.Slack.Say(mei, live, "", "top")
	require.NoError(t, err)
	for _, c := range []struct {
		name string
		in   request
		want string
	}{
		{"nothing", request{User: mei, Channel: live, Text: "  "}, "message is empty"},
		{"no command", request{User: mei, Channel: live, Text: "/kick x"}, "/kick is not a valid command"},
		{"a command in a thread", request{User: mei, Channel: live, Thread: top.TS, Text: "/mod help"}, "threads"},
		{"an outsider's command", request{User: eve, Channel: "C0PARTNER", Text: "/mod help"}, "Slack would refuse"},
		{"not a member", request{User: eve, Channel: live, Text: "hi"}, "Slack would refuse"},
	} {
		out := s.act("say", c.in)
		require.False(t, out.OK, c.name)
		require.Contains(t, out.Error, c.want, c.name)
	}
	require.True(t, s.act("say", request{User: mei, Channel: live, Thread: top.TS, Text: "reply"}).OK)
	require.Len(t, s.world.Slack.Thread(live, top.TS), 2)
	require.True(t, s.act("say", request{User: mei, Channel: live, Text: "/mod help"}).OK)
	all := s.world.Slack.Ephemerals(mei, live)
	require.Contains(t, all[len(all)-1].Text, "dispatch_failed", "no bot runs here, and Slack says so")
	require.True(t, s.act("dismiss", request{User: mei, Channel: live, TS: all[len(all)-1].TS}).OK)
	require.False(t, s.act("dismiss", request{User: eve, Channel: live, TS: all[len(all)-1].TS}).OK)
}

func TestTroubleAndRooms(t *testing.T) {
	s := open(t)
	out := s.act("tencent/fail", request{On: "SetUserBlocked", Failure: "room-gone", Times: 2})
	require.Equal(t, []armedJSON{{"SetUserBlocked", "FailedOperation.RoomNotExist", 2}}, out.Armed)
	for _, how := range []string{"lost", "cut", "slow", "gateway", "empty"} {
		require.True(t, s.act("tencent/fail", request{On: "RemoveUser", Failure: how, Times: 1}).OK)
	}
	var how []string
	for _, a := range s.armed() {
		how = append(how, a.How)
	}
	require.Equal(t, []string{"FailedOperation.RoomNotExist", "lost", "cut", "slow", "gateway", "empty"}, how)
	require.Empty(t, s.act("tencent/heal", request{}).Armed)
	require.False(t, s.act("tencent/fail", request{On: "Nothing", Failure: "lost"}).OK)
	require.True(t, s.act("slack/fail", request{On: "chat.postMessage", Failure: "429", Times: 1}).OK)
	for _, path := range []string{"slack/heal", "slack/refresh", "slack/cut"} {
		require.True(t, s.act(path, request{}).OK, path)
	}
	require.True(t, s.act("room/rejoin", request{Room: "gala", Who: "troll7"}).OK)
	require.False(t, s.act("room/join", request{Room: "no room", Who: "x"}).OK)
	require.False(t, s.act("room/reopen", request{Room: "gala"}).OK, "it is open")
}

// upload adds a file to a channel as the bot does.
func (s *site) upload(channel, name, content string) string {
	s.t.Helper()
	api := func(method string, form url.Values) map[string]any {
		form.Set("token", s.world.Slack.BotToken())
		req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.world.Slack.URL()+method, strings.NewReader(form.Encode()))
		require.NoError(s.t, err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := http.DefaultClient.Do(req)
		require.NoError(s.t, err)
		defer res.Body.Close() //nolint:errcheck // read to its end
		var out map[string]any
		require.NoError(s.t, json.NewDecoder(res.Body).Decode(&out))
		require.Equal(s.t, true, out["ok"], out)
		return out
	}
	got := api("files.getUploadURLExternal", url.Values{"filename": {name}, "length": {strconv.Itoa(len(content))}})
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, got["upload_url"].(string), bytes.NewReader([]byte(content)))
	require.NoError(s.t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(s.t, err)
	require.NoError(s.t, res.Body.Close())
	id := got["file_id"].(string)
	api("files.completeUploadExternal", url.Values{"files": {`[{"id":"` + id + `"}]`}, "channel_id": {channel}})
	return id
}

func TestFile(t *testing.T) {
	s := open(t)
	id := s.upload(live, "<i>.html", "<b>1<")
	res, body := s.do("GET", "api/file/"+id+"?user="+mei, "", nil)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, "<b>1<", body)
	require.Equal(t, "application/octet-stream", res.Header.Get("Content-Type"), "it never runs as one of our pages")
	require.True(t, strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment"))
	res, _ = s.do("GET", "api/file/"+id+"?user="+eve, "", nil)
	require.Equal(t, http.StatusNotFound, res.StatusCode)
}

// A picture is shown, recognized by its content and not its name, to people
// who can see it.
func TestPictures(t *testing.T) {
	s := open(t)
	drawn := s.upload(sandbox.ChannelAudit, "digest.txt", string(drawing(t)))
	res, body := s.do("GET", "api/file/"+drawn+"?user="+mei, "", nil)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, string(drawing(t)), body)
	require.Equal(t, "image/png", res.Header.Get("Content-Type"))
	require.Empty(t, res.Header.Get("Content-Disposition"))
	require.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"))
	named := s.upload(live, "page.png", "<script>alert(1)</script>")
	res, _ = s.do("GET", "api/file/"+named+"?user="+mei, "", nil)
	require.Equal(t, "application/octet-stream", res.Header.Get("Content-Type"))
	svg := s.upload(live, "page.svg", `<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>`)
	res, _ = s.do("GET", "api/file/"+svg+"?user="+mei, "", nil)
	require.Equal(t, "application/octet-stream", res.Header.Get("Content-Type"))
	res, _ = s.do("GET", "api/file/"+drawn+"?user=U07ANA", "", nil)
	require.Equal(t, http.StatusNotFound, res.StatusCode, "she is not in #audit")
}

// Everyone learns for whom something waits; the menu of a message exists only
// for members of the workspace.
func TestNotifiedAndShortcuts(t *testing.T) {
	s := open(t)
	next := s.listen(mei)
	first := read[snapshot](t, next("snapshot"))
	require.Equal(t, []shortcutJSON{{"Add to case", "evidence"}, {"Moderate…", "moderate"}}, first.Shortcuts)
	require.Equal(t, []shortcutJSON{{"Moderate", "form"}}, first.Global)
	require.Equal(t, []string{"S1MODS"}, first.Mine)
	require.Empty(t, first.Notified)
	require.Empty(t, s.snapshot(eve).Shortcuts)
	require.Empty(t, s.snapshot(eve).Global)
	said, err := s.world.Slack.Say(mei, live, "", "@leads please")
	require.NoError(t, err)
	for _, who := range []string{"U07RAJ", "U07LIN"} {
		require.Equal(t, notifiedJSON{User: who, Channel: live, TS: said.TS}, read[notifiedJSON](t, next("notified")))
	}
	require.Len(t, s.snapshot(eve).Notified, 2)

	out := s.act("shortcut", request{User: mei, Channel: live, TS: said.TS, Callback: "evidence"})
	require.True(t, out.OK, out.Error)
	d := s.world.Slack.Deliveries()
	require.Equal(t, "message_action", d[len(d)-1].Kind)
	require.Contains(t, s.act("shortcut", request{User: mei, Channel: live, TS: said.TS, Callback: "other"}).Error, "no such shortcut")
}

func TestHints(t *testing.T) {
	s := open(t)
	for _, c := range []struct{ text, channel, word, whole string }{
		{"/m", live, "/mod", "/mod "},
		{"/mod mu", live, "mute", "/mod mute "},
		{"/mod mute l", live, "lobby", "/mod mute lobby "},
		{"/mod mute room:10006 2", live, "29376", "/mod mute room:10006 29376 "},
		{"/mod ban gala troll7,us", live, "user1", "/mod ban gala troll7,user1 "},
		{"/mod silence tr", sandbox.ChannelGala, "troll7", "/mod silence troll7 "},
		{"/mod mute room:10006 29376 3", live, "30m", "/mod mute room:10006 29376 30m "},
	} {
		res, body := s.do("GET", "api/hints?channel="+c.channel+"&text="+url.QueryEscape(c.text), "", nil)
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Contains(t, read[[]hint](t, json.RawMessage(body)), hintLike(t, body, c.word, c.whole), c.text)
	}
	for _, text := range []string{"", "hello", "/kick", "/mod nonsense x", "/mod mute room:77 "} {
		require.Empty(t, s.complete(text, live), text)
	}
	for _, h := range s.complete("/mod ban gala troll7,t", live) {
		require.NotEqual(t, "troll7", h.Word, "nobody twice")
	}
}

// hintLike is the hint of the word, whatever its detail.
func hintLike(t *testing.T, body, word, whole string) hint {
	t.Helper()
	for _, h := range read[[]hint](t, json.RawMessage(body)) {
		if h.Word == word && h.Text == whole {
			return h
		}
	}
	t.Fatalf("no hint %q -> %q in %s", word, whole, body)
	return hint{}
}
