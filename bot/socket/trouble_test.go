package socket

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

func TestFailedOpensBackOffWithJitter(t *testing.T) {
	for name, set := range map[string]func(c *Config, s *slack){
		"open refused":   func(_ *Config, s *slack) { s.refuse = func(int) error { return &OpenError{Code: "internal_error"} } },
		"no answer":      func(_ *Config, s *slack) { s.refuse = func(int) error { return errors.New("connection refused") } },
		"no handshake":   func(_ *Config, s *slack) { s.noDial = true },
		"unknown code":   func(_ *Config, s *slack) { s.refuse = func(int) error { return &OpenError{Code: "brand_new"} } },
		"link to nobody": func(c *Config, s *slack) { c.Opener = &badURL{s} },
	} {
		t.Run(name, func(t *testing.T) {
			onClock(t, func(c *Config, s *slack) {
				c.Connections = 1
				c.BackoffMax = 16 * time.Second
				c.Rand = rand.New(rand.NewPCG(1, 2)).Float64
				set(c, s)
			}, func(b *bench) {
				sleeps(5 * time.Minute)
				gaps := b.gaps()
				require.Greater(t, len(gaps), 15)
				seen := map[time.Duration]bool{}
				for i, gap := range gaps {
					top := min(time.Second<<i, 16*time.Second)
					require.GreaterOrEqual(t, gap, top/2)
					require.LessOrEqual(t, gap, max(top, time.Second))
					seen[gap] = true
				}
				require.Greater(t, len(seen), len(gaps)/2, "the waits are drawn, not fixed")
				require.Zero(t, b.client.Live())
			})
		})
	}
}

// badURL leads to another machine without TLS.
type badURL struct{ *slack }

func (b *badURL) Open(ctx context.Context) (string, error) {
	_, err := b.slack.Open(ctx)
	return "ws://slack.example/link/?ticket=secret-ticket", err
}

func TestSilentServerBacksOff(t *testing.T) {
	onClock(t, func(c *Config, s *slack) {
		c.Connections = 1
		s.hello = func(n int) string {
			if n < 3 {
				return ""
			}
			return helloFrame(1, 3600)
		}
	}, func(b *bench) {
		b.next()
		b.next()
		b.next()
		<-b.client.Ready()
		require.Equal(t, []string{endNoHello, endNoHello}, b.events().ended)
		synctest.Wait()
		require.Equal(t, []string{"no_hello", "no_hello", "ok"}, b.events().opened)
		for _, gap := range b.gaps() {
			require.GreaterOrEqual(t, gap, 10*time.Second)
		}
	})
}

func TestTooManyWebSocketsBacksOffSlowly(t *testing.T) {
	for name, when := range map[string]time.Duration{"at once": 0, "when old": time.Hour / 3} {
		t.Run(name, func(t *testing.T) {
			onClock(t, func(c *Config, s *slack) {
				c.Connections = 1
			}, func(b *bench) {
				p := b.next()
				sleeps(when)
				p.send(`{"type":"disconnect","reason":"too_many_websockets"}`)
				start := time.Now()
				<-p.gone
				require.Equal(t, 1000, p.code, "one socket fewer at once, with a close frame")
				b.next()
				require.GreaterOrEqual(t, time.Since(start), 10*time.Second)
			})
		})
	}
	t.Run("instead of hello, again and again", func(t *testing.T) {
		onClock(t, func(_ *Config, s *slack) {
			s.hello = func(int) string { return `{"type":"disconnect","reason":"too_many_websockets"}` }
		}, func(b *bench) {
			sleeps(10 * time.Minute)
			require.Less(t, len(b.gaps()), 40)
			require.LessOrEqual(t, b.standing(), 2)
		})
	})
}

func TestEarlyClosesBackOff(t *testing.T) {
	onClock(t, func(c *Config, _ *slack) { c.Connections = 1 }, func(b *bench) {
		for range 8 {
			p := b.next()
			synctest.Wait()
			p.cut()
		}
		gaps := b.gaps()
		for i, gap := range gaps {
			require.GreaterOrEqual(t, gap, min(time.Second<<i, time.Minute)*3/4)
		}
		old := b.next()
		sleeps(time.Minute)
		cut := time.Now()
		old.cut()
		b.next()
		require.Zero(t, time.Since(cut), "a connection that lived is replaced at once")
		fresh := time.Now()
		b.peers[len(b.peers)-1].cut()
		b.next()
		require.LessOrEqual(t, time.Since(fresh), 2*time.Second, "and the failures before it are forgotten")
	})
}

func TestFourConnectionsDieAtOnce(t *testing.T) {
	onClock(t, func(c *Config, _ *slack) { c.Connections = 4 }, func(b *bench) {
		for range 4 {
			b.next()
		}
		sleeps(time.Minute)
		cut := time.Now()
		for _, p := range b.peers[:4] {
			p.cut()
		}
		for range 4 {
			b.next()
		}
		synctest.Wait()
		require.Equal(t, 3*time.Second, time.Since(cut))
		require.Equal(t, 4, b.client.Live())
	})
}

func TestRetryAfterDelaysAllCallers(t *testing.T) {
	onClock(t, func(c *Config, s *slack) {
		c.Connections = 4
		s.refuse = func(n int) error {
			if n == 2 {
				return &OpenError{Code: "ratelimited", RetryAfter: 45 * time.Second}
			}
			return nil
		}
	}, func(b *bench) {
		sleeps(2 * time.Minute)
		gaps := b.gaps()
		require.Equal(t, []time.Duration{time.Second, 45 * time.Second, time.Second, time.Second}, gaps)
		require.Equal(t, 4, b.client.Live())
	})
}

func TestGapCountsFromTheAnswer(t *testing.T) {
	onClock(t, func(c *Config, s *slack) {
		s.refuse = func(int) error { <-time.After(700 * time.Millisecond); return nil }
	}, func(b *bench) {
		b.next()
		b.next()
		require.Equal(t, []time.Duration{1700 * time.Millisecond}, b.gaps())
	})
}

func TestFatalReasonsEndRun(t *testing.T) {
	for code, subject := range map[string]string{
		"invalid_auth": SubjectAppToken, "not_authed": SubjectAppToken, "token_revoked": SubjectAppToken,
		"token_expired": SubjectAppToken, "account_inactive": SubjectAppToken, "missing_scope": SubjectAppToken,
		"not_allowed_token_type": SubjectAppToken, "forbidden_team": SubjectWorkspace,
		"team_access_not_granted": SubjectWorkspace, "insecure_request": SubjectAPIURL, "http_404": SubjectAPIURL,
	} {
		t.Run(code, func(t *testing.T) {
			onClock(t, func(c *Config, s *slack) {
				s.refuse = func(int) error {
					return &OpenError{Code: code, Needed: "connections:write", Provided: "authorizations:read"}
				}
			}, func(b *bench) {
				err := b.wait()
				var f *FatalError
				require.ErrorAs(t, err, &f)
				require.Equal(t, code, f.Code)
				require.Equal(t, subject, f.Subject)
				require.Contains(t, err.Error(), "needed scope: connections:write, provided: authorizations:read")
				require.Empty(t, b.gaps(), "one try was enough")
			})
		})
	}
	t.Run("on a later open, the standing connection drains", func(t *testing.T) {
		onClock(t, func(_ *Config, s *slack) {
			s.refuse = func(n int) error {
				if n > 2 {
					return &OpenError{Code: "token_revoked"}
				}
				return nil
			}
		}, func(b *bench) {
			first, second := b.next(), b.next()
			sleeps(time.Minute)
			first.cut()
			var f *FatalError
			require.ErrorAs(t, b.wait(), &f)
			<-second.gone
			require.Equal(t, 1000, second.code)
		})
	})
	t.Run("404 after a hello is a hiccup", func(t *testing.T) {
		onClock(t, func(c *Config, s *slack) {
			c.Connections = 1
			s.refuse = func(n int) error {
				if n == 2 {
					return &OpenError{Code: "http_404"}
				}
				return nil
			}
		}, func(b *bench) {
			b.next().cut()
			b.next()
		})
	})
}

func TestLinkDisabledEndsRun(t *testing.T) {
	onClock(t, nil, func(b *bench) {
		first, second := b.next(), b.next()
		first.send(`{"type":"disconnect","reason":"link_disabled"}`)
		var f *FatalError
		require.ErrorAs(t, b.wait(), &f)
		require.Equal(t, "link_disabled", f.Code)
		require.Equal(t, SubjectSocketMode, f.Subject)
		<-first.gone
		<-second.gone
		require.Equal(t, 1000, first.code)
		require.Equal(t, 1000, second.code)
		require.Len(t, b.gaps(), 1, "no new connection")
	})
}

func TestLinkDisabledAfterAWarningEndsRun(t *testing.T) {
	onClock(t, func(c *Config, _ *slack) { c.Connections = 1 }, func(b *bench) {
		first := b.next()
		sleeps(time.Minute)
		first.send(`{"type":"disconnect","reason":"warning"}`)
		b.next()
		first.send(`{"type":"disconnect","reason":"link_disabled"}`)
		var f *FatalError
		require.ErrorAs(t, b.wait(), &f)
		require.Equal(t, "link_disabled", f.Code)
	})
}

func TestUndecodableIsAckedAndReported(t *testing.T) {
	big := `{"envelope_id":"big","payload":{"x":"` + strings.Repeat("29376", 300_000) + `"},"type":"interactive"}`
	bigLast := `{"payload":{"x":"` + strings.Repeat("29376", 300_000) + `"},"type":"interactive","envelope_id":"big last"}`
	for name, c := range map[string]struct {
		kind int
		text string
		id   string
		err  error
	}{
		"malformed":         {websocket.TextMessage, `{"envelope_id":"e1","payload":{29376},"type":"slash_commands"}`, "e1", errJSON},
		"cut off":           {websocket.TextMessage, `{"envelope_id":"e2","payload":{"text":"29376`, "e2", errJSON},
		"no payload":        {websocket.TextMessage, `{"envelope_id":"e3","type":"slash_commands"}`, "e3", errNoPayload},
		"payload no object": {websocket.TextMessage, `{"envelope_id":"e4","type":"interactive","payload":"29376"}`, "e4", errNoPayload},
		"unknown type":      {websocket.TextMessage, `{"envelope_id":"e5","type":"telepathy","payload":{}}`, "e5", errUnknownType},
		"binary":            {websocket.BinaryMessage, command("e6"), "e6", errBinary},
		"not utf-8":         {websocket.TextMessage, "{\"envelope_id\":\"e7\",\"type\":\"interactive\",\"payload\":{\"a\":\"\xff29376\"}}", "e7", errUTF8},
		"over the limit":    {websocket.TextMessage, big, "big", errTooLarge},
		"over, id last":     {websocket.TextMessage, bigLast, "big last", errTooLarge},
		"no id":             {websocket.TextMessage, `{"type":"slash_commands","payload":{"text":"29376"}}`, "", errNoID},
		"not json":          {websocket.TextMessage, `29376`, "", errJSON},
		"empty":             {websocket.TextMessage, ``, "", errJSON},
	} {
		t.Run(name, func(t *testing.T) {
			onClock(t, func(c *Config, _ *slack) { c.Connections = 1 }, func(b *bench) {
				p := b.next()
				p.message(c.kind, []byte(c.text))
				if c.id != "" {
					require.Equal(t, ackSeen{EnvelopeID: c.id}, p.ack())
				}
				p.send(command("next"))
				require.Equal(t, "next", p.ack().EnvelopeID, "the connection goes on")
				synctest.Wait()
				require.Equal(t, map[string]error{c.id: c.err}, b.events().undecodable)
				require.Equal(t, []int{len(c.text)}, b.events().sizes)
			})
		})
	}
}

func TestGiantFrameEndsOnlyItsConnection(t *testing.T) {
	onClock(t, func(c *Config, _ *slack) { c.Connections = 1; c.ReadLimit = 1024 }, func(b *bench) {
		p := b.next()
		sleeps(time.Minute)
		p.send(strings.Repeat("x", 20<<10))
		<-p.gone
		require.Equal(t, websocket.CloseMessageTooBig, p.code)
		q := b.next()
		q.send(command("next"))
		require.Equal(t, "next", q.ack().EnvelopeID)
		require.Equal(t, []string{endTooBig}, b.events().ended)
	})
}

func TestContinuationFramesAreJoined(t *testing.T) {
	onClock(t, func(c *Config, _ *slack) { c.Connections = 1 }, func(b *bench) {
		p := b.next()
		whole := realEnvelopes(t)[4] // 67 KB: the fake's buffer is smaller, so it goes out in pieces
		var want frame
		require.NoError(t, json.Unmarshal([]byte(whole), &want))
		w, err := p.ws.NextWriter(websocket.TextMessage)
		require.NoError(t, err)
		for rest := whole; rest != ""; {
			n := min(len(rest), 10_000)
			_, err := w.Write([]byte(rest[:n]))
			require.NoError(t, err)
			rest = rest[n:]
		}
		require.NoError(t, w.Close())
		require.Equal(t, want.EnvelopeID, p.ack().EnvelopeID)
	})
}

func TestBrokenProtocolEndsOnlyItsConnection(t *testing.T) {
	for name, raw := range map[string][]byte{
		"continuation of nothing": {0x80, 0x01, 'x'},
		"masked by a server":      {0x81, 0x81, 1, 2, 3, 4, 5},
		"unknown opcode":          {0x83, 0x00},
		"fragmented ping":         {0x09, 0x00},
		"rsv1":                    {0xc1, 0x00},
	} {
		t.Run(name, func(t *testing.T) {
			onClock(t, func(c *Config, _ *slack) { c.Connections = 1 }, func(b *bench) {
				p := b.next()
				sleeps(time.Minute)
				_, err := p.ws.NetConn().Write(raw)
				require.NoError(t, err)
				<-p.gone
				require.Equal(t, websocket.CloseProtocolError, p.code)
				b.next()
			})
		})
	}
}
