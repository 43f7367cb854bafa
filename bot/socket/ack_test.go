package socket

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// onHold runs a client whose acks are called by the test.
func onHold(t *testing.T, set func(*Config, *slack), test func(b *bench, held chan Ack)) {
	t.Helper()
	var held chan Ack
	onClock(t, func(c *Config, s *slack) {
		held = make(chan Ack, 20000)
		c.Handler = func(_ context.Context, _ Envelope, ack Ack) { held <- ack }
		if set != nil {
			set(c, s)
		}
	}, func(b *bench) { test(b, held) })
}

// heldOnFirst opens both connections and returns an unacknowledged envelope
// of the first one.
func heldOnFirst(b *bench, held chan Ack) (first, second *peer, ack Ack) {
	first, second = b.next(), b.next()
	synctest.Wait()
	first.send(command("e"))
	return first, second, <-held
}

func TestAckPayload(t *testing.T) {
	// The frame around the payload {"text":"…"} of envelope id "e".
	around := len(`{"envelope_id":"e","payload":{"text":""}}`)
	text := func(frame int) map[string]string {
		return map[string]string{"text": strings.Repeat("x", frame-around)}
	}
	for name, c := range map[string]struct {
		frame   string
		payload any
		want    string
		err     error
	}{
		"nil":                {command("e"), nil, "", nil},
		"typed nil":          {command("e"), (*ackSeen)(nil), "", nil},
		"object":             {command("e"), map[string]string{"text": "<@U1> & so"}, `{"text":"<@U1> & so"}`, nil},
		"raw":                {command("e"), json.RawMessage(`{ "text" : "a" }`), `{"text":"a"}`, nil},
		"not accepted":       {event("e"), map[string]string{"text": "a"}, "", ErrPayloadNotAccepted},
		"nil, not accepted":  {event("e"), nil, "", nil},
		"19,999 bytes":       {command("e"), text(19_999), `{"text":"` + text(19_999)["text"] + `"}`, nil},
		"20,000 bytes":       {command("e"), text(20_000), "", ErrPayloadTooLarge},
		"no object":          {command("e"), "text", "", ErrPayloadInvalid},
		"raw that is broken": {command("e"), json.RawMessage(`{"text":`), "", ErrPayloadInvalid},
		"not marshallable":   {command("e"), func() {}, "", ErrPayloadInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			onHold(t, func(c *Config, _ *slack) { c.Connections = 1 }, func(b *bench, held chan Ack) {
				p := b.next()
				p.send(c.frame)
				ack := <-held
				err := ack(c.payload)
				if c.err != nil {
					require.ErrorIs(t, err, c.err)
				} else {
					require.NoError(t, err)
				}
				got := p.ack()
				require.Equal(t, "e", got.EnvelopeID)
				require.Equal(t, c.want, string(got.Payload))
				require.ErrorIs(t, ack(nil), ErrAckedTwice)
				synctest.Wait()
				require.Empty(t, p.acks, "acked once")
			})
		})
	}
}

func TestAckIsSentOnceHoweverManyCallIt(t *testing.T) {
	onHold(t, func(c *Config, _ *slack) { c.Connections = 1 }, func(b *bench, held chan Ack) {
		p := b.next()
		p.send(command("e"))
		ack := <-held
		var group sync.WaitGroup
		var well counter
		for range 50 {
			group.Go(func() {
				if ack(nil) == nil {
					well.add(1)
				}
			})
		}
		group.Wait()
		p.ack()
		synctest.Wait()
		require.Equal(t, 1, well.get())
		require.Empty(t, p.acks)
	})
}

// Slack documents no ack on another connection than the envelope's: the
// author sees that the command failed, and the loss is reported.
func TestAckOfABrokenConnectionIsReportedAsLost(t *testing.T) {
	onHold(t, nil, func(b *bench, held chan Ack) {
		first, second, ack := heldOnFirst(b, held)
		first.cut()
		synctest.Wait()
		require.ErrorIs(t, ack(nil), ErrConnectionLost)
		sleeps(time.Minute)
		require.Empty(t, second.acks)
		require.ErrorIs(t, b.events().lost["e"], ErrConnectionLost)
	})
}

// Envelopes read before Slack's close frame are acknowledged on their
// connection before the close is answered.
func TestAckGoesOutBeforeTheCloseIsAnswered(t *testing.T) {
	onHold(t, nil, func(b *bench, held chan Ack) {
		first, second, ack := heldOnFirst(b, held)
		first.close()
		sleeps(closeGrace / 2)
		require.False(t, first.isGone())
		require.NoError(t, ack(nil))
		require.Equal(t, "e", first.ack().EnvelopeID)
		<-first.gone
		require.Equal(t, 1000, first.code)
		require.Empty(t, second.acks)
	})
}

func TestTheCloseIsNotAnsweredMuchLater(t *testing.T) {
	onHold(t, nil, func(b *bench, held chan Ack) {
		first, second, ack := heldOnFirst(b, held)
		first.close()
		sleeps(closeGrace)
		require.True(t, first.isGone())
		require.ErrorIs(t, ack(nil), ErrConnectionLost)
		synctest.Wait()
		require.Empty(t, second.acks)
	})
}

func TestQueuedAcksOfADyingConnectionAreReportedAsLost(t *testing.T) {
	onHold(t, nil, func(b *bench, held chan Ack) {
		first, second := b.next(), b.next()
		synctest.Wait()
		const n = 200
		for i := range n {
			first.send(command(strconv.Itoa(i)))
		}
		synctest.Wait()
		// The peer reads one more ack, and the others queue behind the next.
		first.deaf.Store(true)
		for i := range n {
			require.NoError(t, (<-held)(nil))
			if i < 2 { // written, and being written
				synctest.Wait()
			}
		}
		synctest.Wait()
		first.cut()
		synctest.Wait()
		require.Len(t, first.acks, 1)
		require.Len(t, b.events().lost, n-1, "what was not written is reported")
		require.Empty(t, second.acks)
	})
}

func TestWithheldSendsNoAck(t *testing.T) {
	onHold(t, func(c *Config, _ *slack) { c.Connections = 1 }, func(b *bench, held chan Ack) {
		p := b.next()
		p.send(command("e"))
		ack := <-held
		require.NoError(t, ack(NoAck{}))
		require.ErrorIs(t, ack(nil), ErrAckedTwice)
		took, err := b.stop()
		require.NoError(t, err)
		require.Zero(t, took, "the drain does not wait for it")
		require.Empty(t, p.acks)
	})
}

func TestDrainWaitsForAcksAndClosesProperly(t *testing.T) {
	onHold(t, nil, func(b *bench, held chan Ack) {
		first, second := b.next(), b.next()
		synctest.Wait()
		first.send(command("open"))
		ack := <-held
		b.cancel()
		sleeps(2 * time.Second)
		require.False(t, first.isGone())
		require.True(t, second.isGone(), "it has nothing open")
		first.send(command("meanwhile"))
		other := <-held
		require.NoError(t, ack(nil))
		require.NoError(t, other(nil), "what comes before a quiet moment is taken")
		require.NoError(t, b.wait())
		require.Empty(t, b.events().lost)
		require.Equal(t, "open", first.ack().EnvelopeID, "the ack went out before the close frame")
		require.Equal(t, "meanwhile", first.ack().EnvelopeID)
		<-first.gone
		<-second.gone
		require.Equal(t, 1000, first.code)
		require.Equal(t, 1000, second.code)
		require.Zero(t, b.client.Live())
		require.Equal(t, []string{endShutdown, endShutdown}, b.events().ended)
		require.Error(t, b.client.Run(t.Context()), "a client runs once")
	})
}

// With a quiet moment between two envelopes none is lost.
func TestDrainAtAQuietMoment(t *testing.T) {
	onHold(t, func(c *Config, _ *slack) {
		c.Connections = 1
		c.Handler = func(_ context.Context, _ Envelope, ack Ack) {
			time.AfterFunc(60*time.Millisecond, func() { _ = ack(nil) })
		}
	}, func(b *bench, _ chan Ack) {
		p := b.next()
		sent := 0
		done := make(chan struct{})
		go func() {
			defer close(done)
			for !p.isGone() {
				p.send(command("e"))
				sent++
				<-time.After(80*time.Millisecond + 500*time.Microsecond)
			}
		}()
		sleeps(time.Second)
		_, err := b.stop()
		require.NoError(t, err)
		<-done
		require.Len(t, p.acks, sent)
		require.Empty(t, b.events().lost)
	})
}

func TestDrainEndsInTime(t *testing.T) {
	for name, set := range map[string]func(c *Config, s *slack){
		"no acks": func(*Config, *slack) {},
		"a handler hangs": func(c *Config, _ *slack) {
			c.Handler = func(ctx context.Context, _ Envelope, _ Ack) { <-ctx.Done() }
		},
		"handlers hang and reading is stalled": func(c *Config, _ *slack) {
			c.OpenEnvelopes = 1
			c.Handler = func(ctx context.Context, _ Envelope, _ Ack) { <-ctx.Done() }
		},
	} {
		t.Run(name, func(t *testing.T) {
			onHold(t, set, func(b *bench, held chan Ack) {
				p := b.next()
				go func() {
					for range 5 {
						p.send(command("open"))
					}
				}()
				synctest.Wait()
				began := time.Now()
				b.cancel()
				sleeps(6 * time.Second)
				require.False(t, p.isGone(), "still waiting")
				require.NoError(t, b.wait())
				require.LessOrEqual(t, time.Since(began), 10*time.Second)
				for len(held) > 0 {
					require.ErrorIs(t, (<-held)(nil), ErrConnectionLost)
				}
			})
		})
	}
}

func TestDrainWithAPeerThatDoesNotAnswer(t *testing.T) {
	onClock(t, nil, func(b *bench) {
		p := b.next()
		p.mute.Store(true)
		took, err := b.stop()
		require.NoError(t, err)
		require.LessOrEqual(t, took, 2*time.Second, "the wait for Slack's close is bounded")
		<-p.gone
		require.Equal(t, 1000, p.code)
	})
}

func TestDrainUnderTraffic(t *testing.T) {
	var handled counter
	onHold(t, func(c *Config, _ *slack) {
		c.Connections = 1
		c.Handler = func(_ context.Context, _ Envelope, ack Ack) {
			handled.add(1)
			time.AfterFunc(500*time.Millisecond, func() { _ = ack(nil) })
		}
	}, func(b *bench, _ chan Ack) {
		p := b.next()
		sent := 0
		done := make(chan struct{})
		go func() {
			defer close(done)
			for !p.isGone() {
				p.send(command("e"))
				sent++
				<-time.After(100 * time.Millisecond)
			}
		}()
		sleeps(time.Second)
		took, err := b.stop()
		require.NoError(t, err)
		require.LessOrEqual(t, took, 5*time.Second, "the wait for a quiet moment is bounded")
		<-done
		require.Len(t, p.acks, handled.get(), "whatever was handled was acked")
		require.Contains(t, b.events().lost, "e", "whatever was not is reported")
		require.Less(t, handled.get(), sent)
	})
}

func TestRunReturnsThoughHandlersHang(t *testing.T) {
	var release chan struct{}
	onClock(t, func(c *Config, _ *slack) {
		release = make(chan struct{})
		c.Connections = 1
		c.OpenEnvelopes = 1
		c.Handler = func(_ context.Context, _ Envelope, ack Ack) {
			<-release // whatever its context says
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
		took, err := b.stop()
		require.NoError(t, err)
		require.LessOrEqual(t, took, 10*time.Second)
		require.Contains(t, b.log.String(), "handlers still run after the drain")
		require.Contains(t, b.events().lost, "1", "the one that waited for a place")
		close(release)
		synctest.Wait()
		require.Contains(t, b.events().lost, "0", "acks that come now are reported as lost")
	})
}

func TestStopWhileOpening(t *testing.T) {
	for name, set := range map[string]func(c *Config, s *slack){
		"in back-off":  func(_ *Config, s *slack) { s.refuse = func(int) error { return &OpenError{Code: "internal_error"} } },
		"before hello": func(_ *Config, s *slack) { s.hello = func(int) string { return "" } },
		"in line":      func(c *Config, _ *slack) { c.Connections = 4 },
		"in retry wait": func(_ *Config, s *slack) {
			s.refuse = func(int) error { return &OpenError{Code: "ratelimited", RetryAfter: time.Hour} }
		},
	} {
		t.Run(name, func(t *testing.T) {
			onClock(t, set, func(b *bench) {
				sleeps(1500 * time.Millisecond)
				took, err := b.stop()
				require.NoError(t, err)
				require.LessOrEqual(t, took, 2*time.Second)
			})
		})
	}
}
