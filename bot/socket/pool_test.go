package socket

import (
	"context"
	"runtime"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPoolGoesOnAfterAHandlerEndedItsGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running ledger
		ran, queued := make(chan string, 2), make(chan struct{})
		p := newPool(1, &running, func(d *delivery) {
			ran <- d.env.ID
			if d.env.ID == "first" {
				<-queued
				runtime.Goexit()
			}
		})
		require.True(t, p.submit(&delivery{env: Envelope{ID: "first"}}, nil))
		synctest.Wait()
		require.True(t, p.submit(&delivery{env: Envelope{ID: "second"}}, nil))
		close(queued)
		synctest.Wait()
		require.Equal(t, "first", <-ran)
		require.Len(t, ran, 1, "nothing more comes that would start a worker for the second")
		require.Zero(t, running.count(), "workers leave when there is no work")
	})
}

func TestRunReturnsThoughHandlersHang(t *testing.T) {
	var release chan struct{}
	onClock(t, func(c *Config, _ *slack) {
		release = make(chan struct{})
		c.Connections = 1
		c.HandlerLimit = 1
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
		require.Contains(t, b.told().lost, "2", "the one that waited for a place")
		close(release)
		synctest.Wait()
		require.Contains(t, b.told().lost, "0", "acks that come now are told to be lost")
		require.Zero(t, b.client.open.count())
	})
}

func TestRenewedConnectionCarriesItsOwnAcks(t *testing.T) {
	onHold(t, func(c *Config, s *slack) {
		c.Connections = 1
		s.hello = func(int) string { return helloFrame(1, 1000) }
	}, func(b *bench, held chan Ack) {
		old := b.next()
		sleeps(899 * time.Second)
		old.send(command("e"))
		ack := <-held
		b.next()
		sleeps(time.Second)
		require.False(t, old.isGone(), "it has an envelope open")
		require.NoError(t, ack(nil))
		require.Equal(t, "e", old.ack().EnvelopeID)
		<-old.gone
		require.Equal(t, 1000, old.code)
		require.Equal(t, []string{endRenewed}, b.told().ended)
	})
}

func TestAckWaitsForTheHelloOfTheNextConnection(t *testing.T) {
	onHold(t, func(c *Config, s *slack) {
		c.Connections = 1
		s.hello = func(n int) string {
			if n == 2 {
				return "" // it comes late
			}
			return helloFrame(1, 3600)
		}
	}, func(b *bench, held chan Ack) {
		first := b.next()
		first.send(command("e"))
		ack := <-held
		sleeps(time.Minute)
		first.cut()
		second := b.next()
		synctest.Wait()
		require.NoError(t, ack(nil))
		synctest.Wait()
		require.Empty(t, second.acks, "Slack has not taken this connection into service")
		second.send(helloFrame(1, 3600))
		require.Equal(t, "e", second.ack().EnvelopeID)
	})
}
