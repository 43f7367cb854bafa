package socket

import (
	"context"
	"errors"
	"runtime"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestEnvelopesAreHandledAndAcked(t *testing.T) {
	var got chan Envelope
	onClock(t, func(c *Config, _ *slack) {
		got = make(chan Envelope, 10)
		c.Connections = 1
		c.Handler = func(_ context.Context, env Envelope, ack Ack) {
			got <- env
			_ = ack(nil)
		}
	}, func(b *bench) {
		p := b.next()
		<-b.client.Ready()
		for _, text := range realEnvelopes(t) {
			want, kind, err := decode([]byte(text))
			require.NoError(t, err)
			require.Equal(t, kindEnvelope, kind)
			p.send(text)
			env := <-got
			require.Equal(t, want.EnvelopeID, env.ID)
			require.Equal(t, want.Type, env.Type)
			require.JSONEq(t, string(want.Payload), string(env.Payload))
			require.Equal(t, want.AcceptsResponse, env.AcceptsResponse)
			require.Equal(t, time.Now(), env.Received)
			require.Equal(t, ackSeen{EnvelopeID: want.EnvelopeID}, p.ack())
		}
		p.send(event("retried"))
		require.Equal(t, "retried", (<-got).ID)
		p.ack()
		took, err := b.stop()
		require.NoError(t, err)
		require.Zero(t, took, "nothing is open")
	})
}

func TestConnectionsOpenStaggeredAndReady(t *testing.T) {
	for _, n := range []int{1, 2, 4} {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			onClock(t, func(c *Config, _ *slack) { c.Connections = n }, func(b *bench) {
				began := time.Now()
				<-b.client.Ready()
				require.Zero(t, time.Since(began), "the first connection waits for nothing")
				sleeps(time.Duration(n) * time.Second)
				require.Equal(t, n, b.client.Live())
				require.Equal(t, n, b.standing())
				for _, gap := range b.gaps() {
					require.Equal(t, time.Second, gap)
				}
			})
		})
	}
}

func TestDisconnectIsReplacedBeforeItCloses(t *testing.T) {
	for _, reason := range []string{"warning", "refresh_requested", "something_new"} {
		t.Run(reason, func(t *testing.T) {
			onClock(t, nil, func(b *bench) {
				first, second := b.next(), b.next()
				sleeps(time.Minute) // no longer young
				first.send(`{"type":"disconnect","reason":"` + reason + `","debug_info":{"host":"applink-1"}}`)
				third := b.next()
				synctest.Wait()
				require.Equal(t, 3, b.client.Live(), "the old one is read beside its replacement")

				first.send(command("late"))
				require.Equal(t, "late", first.ack().EnvelopeID, "what still comes on the old one is acked on it")
				sleeps(9 * time.Second)
				require.False(t, first.isGone(), "the old one is left open for Slack to close")
				first.send(command("later"))
				require.Equal(t, "later", first.ack().EnvelopeID)

				first.close()
				<-first.gone
				require.Equal(t, 1000, first.code, "Slack's close is answered")
				synctest.Wait()
				require.Equal(t, 2, b.client.Live())
				require.False(t, second.isGone())
				third.send(command("new"))
				require.Equal(t, "new", third.ack().EnvelopeID)

				want := reason
				if reason == "something_new" {
					want = "other"
				}
				require.Equal(t, []string{want}, b.events().ended)
				require.Len(t, b.gaps(), 2, "one replacement, not two")
			})
		})
	}
}

func TestAnnouncedConnectionIsClosedAfterLinger(t *testing.T) {
	onClock(t, func(c *Config, _ *slack) { c.Connections = 1; c.Linger = 20 * time.Second }, func(b *bench) {
		first := b.next()
		sleeps(time.Minute)
		first.send(`{"type":"disconnect","reason":"refresh_requested"}`)
		b.next()
		sleeps(19 * time.Second)
		require.False(t, first.isGone())
		sleeps(2 * time.Second)
		require.True(t, first.isGone())
		require.Equal(t, 1000, first.code)
	})
}

// However long no replacement can be had, the old connection is not closed for it.
func TestReplacementFailsOldOneServes(t *testing.T) {
	var until time.Time
	onClock(t, func(c *Config, s *slack) {
		c.Connections = 1
		s.refuse = func(int) error {
			if time.Now().Before(until) {
				return &OpenError{Code: "internal_error"}
			}
			return nil
		}
	}, func(b *bench) {
		first := b.next()
		sleeps(time.Minute)
		until = time.Now().Add(5 * defaultLinger)
		first.send(`{"type":"disconnect","reason":"warning"}`)
		for time.Now().Before(until) {
			require.False(t, first.isGone())
			first.send(command("meanwhile"))
			require.Equal(t, "meanwhile", first.ack().EnvelopeID)
			sleeps(8 * time.Second)
		}
		second := b.next()
		second.send(command("then"))
		require.Equal(t, "then", second.ack().EnvelopeID)
	})
}

func TestSilentLinkIsNoticed(t *testing.T) {
	onClock(t, nil, func(b *bench) {
		first := b.next()
		b.next()
		sleeps(time.Minute)
		require.Greater(t, first.pings.Load(), int32(20), "we ping")
		first.mute.Store(true)
		muted := time.Now()
		<-first.gone
		require.LessOrEqual(t, time.Since(muted), 8*time.Second)
		b.next()
		require.LessOrEqual(t, time.Since(muted), 8*time.Second, "replaced at once, it was not young")
		require.Equal(t, []string{endSilent}, b.events().ended)
	})
}

func TestPingsAreAnswered(t *testing.T) {
	onClock(t, func(c *Config, _ *slack) { c.Connections = 1 }, func(b *bench) {
		p := b.next()
		require.NoError(t, p.control(9, []byte("Ping from applink-1")))
		require.Equal(t, "Ping from applink-1", <-p.pongs)
	})
}

func TestSlowHandlersCloseNoConnection(t *testing.T) {
	var running counter
	var release chan struct{}
	onClock(t, func(c *Config, _ *slack) {
		release = make(chan struct{}) // of the bubble
		c.Connections = 1
		c.OpenEnvelopes = 2
		c.Handler = func(_ context.Context, _ Envelope, ack Ack) {
			running.add(1)
			<-release
			_ = ack(nil)
		}
	}, func(b *bench) {
		p := b.next()
		require.NoError(t, p.control(9, []byte("are you there")))
		<-p.pongs
		const n = 20
		go func() {
			for i := range n {
				p.send(command(strconv.Itoa(i)))
			}
		}()
		sleeps(5 * time.Minute)
		require.False(t, p.isGone(), "we were slow, the link was well")
		require.Equal(t, 2, running.get(), "what is open is bounded")
		require.NotEmpty(t, p.pongs, "we show that we are there while we cannot read")
		close(release)
		for range n {
			p.ack()
		}
		synctest.Wait()
		require.Empty(t, b.events().ended)
	})
}

func TestOpenEnvelopesAreBounded(t *testing.T) {
	var running, most counter
	var release chan struct{}
	onClock(t, func(c *Config, _ *slack) {
		release = make(chan struct{}) // of the bubble
		c.Connections = 1
		c.OpenEnvelopes = 3
		c.Handler = func(_ context.Context, _ Envelope, ack Ack) {
			most.max(running.add(1))
			<-release
			running.add(-1)
			_ = ack(nil)
		}
	}, func(b *bench) {
		p := b.next()
		go func() {
			for i := range 6 {
				p.send(command(strconv.Itoa(i)))
			}
		}()
		synctest.Wait()
		require.Equal(t, 3, most.get())
		close(release)
		for range 6 {
			p.ack()
		}
		require.Equal(t, 3, most.get())
	})
}

func TestGhostsAreReported(t *testing.T) {
	onClock(t, func(_ *Config, s *slack) {
		s.hello = func(n int) string { return helloFrame([]int{1, 5}[n-1], 3600) }
	}, func(b *bench) {
		b.next()
		b.next()
		synctest.Wait()
		require.Equal(t, []int{3}, b.events().ghosts)
		require.Contains(t, b.log.String(), `"num_connections":5,"held":2`)
	})
}

func TestHandlerPanicIsRecoveredAndNotAcked(t *testing.T) {
	var acks chan Ack
	onClock(t, func(c *Config, _ *slack) {
		acks = make(chan Ack, 10)
		c.Connections = 1
		c.OpenEnvelopes = 1
		c.Handler = func(_ context.Context, env Envelope, ack Ack) {
			switch env.ID {
			case "panics":
				panic("response_url of 29376")
			case "index":
				_ = []int{}[len(env.ID)]
			case "handed over":
				acks <- ack
				panic(errors.New("after the commit was queued"))
			default:
				_ = ack(nil)
			}
		}
	}, func(b *bench) {
		p := b.next()
		for _, id := range []string{"panics", "index", "handed over", "fine"} {
			p.send(command(id))
		}
		require.Equal(t, "fine", p.ack().EnvelopeID, "only the one that was handled")
		require.Equal(t, []string{"panics", "index", "handed over"}, b.events().panics)
		require.Contains(t, b.log.String(), "index out of range")
		require.Contains(t, b.log.String(), "client_test.go", "the stack is logged")
		require.NotContains(t, b.log.String(), "response_url", "a panic's text may contain content")
		require.NoError(t, (<-acks)(nil))
		require.Equal(t, "handed over", p.ack().EnvelopeID, "what was committed elsewhere is acked")
		took, err := b.stop()
		require.NoError(t, err)
		require.Zero(t, took, "the drain does not wait for handlers that panicked")
	})
}

func TestHandlersThatBlockOrEndTheirGoroutineDelayNoOthers(t *testing.T) {
	var release chan struct{}
	onClock(t, func(c *Config, _ *slack) {
		release = make(chan struct{}) // of the bubble
		c.Connections = 1
		c.Handler = func(_ context.Context, env Envelope, ack Ack) {
			switch n, _ := strconv.Atoi(env.ID); n % 3 {
			case 0:
				<-release
			case 1:
				runtime.Goexit()
			default:
				_ = ack(nil)
			}
		}
	}, func(b *bench) {
		defer close(release)
		p := b.next()
		go func() {
			for i := range 30 {
				p.send(command(strconv.Itoa(i)))
			}
		}()
		for range 10 {
			p.ack()
		}
	})
}
