package slackd

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFaults(t *testing.T) {
	s := start(t, Config{Limits: free})
	post := func() (answer, error) {
		return send(t, http.MethodPost, s.URL()+"chat.postMessage", s.BotToken(), "application/json; charset=utf-8", []byte(j(m{"channel": "C0LIVE", "text": "x"})))
	}
	released := make(chan struct{})
	close(released)
	for _, tc := range []struct {
		name   string
		fault  Fault
		status int // 0: the connection is cut
		code   string
		posted int
	}{
		{"error", Fault{Error: "internal_error"}, 200, "internal_error", 0},
		{"500", Fault{Status: 500}, 500, "", 0},
		{"502 with a body", Fault{Status: 502, Body: "<html>"}, 502, "", 0},
		{"429", Fault{Status: 429, RetryAfter: 7 * time.Second}, 429, "ratelimited", 0},
		{"slow", Fault{Delay: 5 * time.Millisecond, Hold: released}, 200, "", 1},
		{"request lost", Fault{DropRequest: true}, 0, "", 0},
		{"answer lost", Fault{DropAnswer: true}, 0, "", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := len(s.Messages("C0LIVE"))
			tc.fault.Times = 1
			s.Fail("chat.postMessage", tc.fault)
			a, err := post()
			if tc.status == 0 {
				require.Error(t, err)
			} else {
				require.NoError(t, err)
				require.Equal(t, tc.status, a.Status)
				require.Equal(t, tc.code, a.err())
			}
			if tc.fault.RetryAfter > 0 {
				require.Equal(t, "7", a.Header.Get("Retry-After"))
			}
			require.Len(t, s.Messages("C0LIVE"), before+tc.posted)
			calls := s.Calls("chat.postMessage")
			require.Equal(t, tc.status, calls[len(calls)-1].Status)
			a, err = post()
			require.NoError(t, err)
			require.Empty(t, a.err(), "it was hit once")
		})
	}
	s.Fail("*", Fault{Status: 503})
	for range 3 {
		require.Equal(t, 503, form(t, s, "auth.test").Status)
	}
	s.Fail("auth.test", Fault{Times: 2, Error: "fatal_error"})
	require.Equal(t, "fatal_error", form(t, s, "auth.test").err(), "a method's own fault goes first")
	s.Heal("*")
	require.Equal(t, "fatal_error", form(t, s, "auth.test").err())
	require.Empty(t, form(t, s, "auth.test").err())
	s.Fail("auth.test", Fault{Error: "fatal_error"})
	s.Heal("")
	require.Empty(t, form(t, s, "auth.test").err())
}

func TestFaultsOfResponseURLAndUpload(t *testing.T) {
	s := start(t, Config{Limits: free})
	d, err := s.ForgeCommand(within(t), "U07MEI", "C0LIVE", "x", nil)
	require.NoError(t, err)
	use := func(f Fault) (answer, error) {
		f.Times = 1
		s.Fail("response_url", f)
		return send(t, http.MethodPost, d.ResponseURL, "", "application/json", []byte(`{"text":"x"}`))
	}
	a, err := use(Fault{Status: 500})
	require.NoError(t, err)
	require.Equal(t, 500, a.Status)
	_, err = use(Fault{DropRequest: true})
	require.Error(t, err)
	a, err = use(Fault{Error: "no_service"})
	require.NoError(t, err)
	require.Equal(t, "no_service", a.err())
	uses, _ := s.ResponseURLUses(d.ResponseURL)
	require.Zero(t, uses)
	_, err = use(Fault{DropAnswer: true})
	require.Error(t, err)
	uses, _ = s.ResponseURLUses(d.ResponseURL)
	require.Equal(t, 1, uses)

	up := form(t, s, "files.getUploadURLExternal", "filename", "x", "length", "1").str("upload_url")
	s.Fail("upload", Fault{Times: 1, Status: 503})
	a, err = send(t, http.MethodPost, up, "", "", []byte("x"))
	require.NoError(t, err)
	require.Equal(t, 503, a.Status)
	s.Fail("upload", Fault{Times: 1, DropRequest: true})
	_, err = send(t, http.MethodPost, up, "", "", []byte("x"))
	require.Error(t, err)
	a, err = send(t, http.MethodPost, up, "", "", []byte("x"))
	require.NoError(t, err)
	require.Equal(t, 200, a.Status)
}

func TestWaiters(t *testing.T) {
	s := start(t, Config{Limits: free})
	got := make(chan Call, 1)
	go func() {
		c, err := s.WaitCall(within(t), "chat.postMessage", func(c Call) bool { return c.Args["text"] == "second" })
		if err == nil {
			got <- c
		}
	}()
	post1(t, s, "channel", "C0LIVE", "text", "first")
	ts := post1(t, s, "channel", "C0LIVE", "text", "second")
	require.Contains(t, string((<-got).Answer), ts)
	msg, err := s.WaitMessage(within(t), "C0LIVE", func(m Message) bool { return m.Text == "second" })
	require.NoError(t, err)
	require.Equal(t, ts, msg.TS)
	open(t, s, modal(nil))
	v, err := s.WaitView(within(t), "U07MEI", nil)
	require.NoError(t, err)
	require.True(t, v.Top)
}
