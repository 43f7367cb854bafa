package socket

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// purse is a Budget whose answers a test sets.
type purse struct {
	mu           sync.Mutex
	mine, others int
	err          error
	kept, open   int // as reported last
	most         int // that was ever open
	left         bool
}

func (p *purse) Share(_ context.Context, kept, open int) (mine, others int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept, p.open, p.most = kept, open, max(p.most, open)
	return p.mine, p.others, p.err
}

func (p *purse) Leave(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = true
	return nil
}

func (p *purse) set(f func(*purse)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(p)
}

func (p *purse) get() purse {
	p.mu.Lock()
	defer p.mu.Unlock()
	return purse{mine: p.mine, kept: p.kept, open: p.open, most: p.most, left: p.left}
}

func TestConnectionsFollowTheBudget(t *testing.T) {
	p := &purse{}
	onClock(t, func(c *Config, _ *slack) { c.Budget = p }, func(b *bench) {
		sleeps(10 * time.Second)
		require.True(t, b.client.Standby(), "the others have all connections")
		require.Zero(t, p.get().most)
		p.set(func(p *purse) { p.mine = 2 })
		first, second := b.next(), b.next()
		sleeps(3 * time.Second)
		require.False(t, b.client.Standby())
		require.Equal(t, 2, b.client.Live())
		p.set(func(p *purse) { p.mine = 1 })
		sleeps(2 * time.Second)
		require.Equal(t, 1, b.client.Live())
		gone := first
		if second.isGone() {
			gone = second
		}
		require.True(t, gone.isGone(), "one is given up")
		require.Equal(t, 1000, gone.code)
		require.Equal(t, 1, p.get().kept, "and reported")
		p.set(func(p *purse) { p.err = errors.New("the database is away"); p.mine = 0 })
		sleeps(time.Minute)
		require.Equal(t, 1, b.client.Live(), "the last share stays in force")
		p.set(func(p *purse) { p.err = nil; p.mine = 4 })
		b.next()
		sleeps(5 * time.Second)
		require.Equal(t, 2, b.client.Live(), "never more than configured")
		_, err := b.stop()
		require.NoError(t, err)
		require.True(t, p.get().left)
	})
}

// What a connection that is given up has read is acknowledged first.
func TestAConnectionIsGivenUpAfterItsAcks(t *testing.T) {
	p := &purse{mine: 1}
	onHold(t, func(c *Config, _ *slack) { c.Budget = p }, func(b *bench, held chan Ack) {
		peer := b.next()
		synctest.Wait()
		peer.send(command("open"))
		ack := <-held
		p.set(func(p *purse) { p.mine = 0 })
		sleeps(2 * time.Second)
		require.False(t, peer.isGone())
		require.Equal(t, 1, p.get().kept, "it counts until it is closed")
		require.NoError(t, ack(nil))
		require.Equal(t, "open", peer.ack().EnvelopeID)
		<-peer.gone
		sleeps(2 * time.Second)
		require.Zero(t, p.get().kept)
		require.Equal(t, []string{endYielded}, b.events().ended)
	})
}

// Connections of the other processes are no ghosts, nor are replacements that
// they report a moment later.
func TestGhostsExceedTheConnectionsOfAll(t *testing.T) {
	p := &purse{mine: 1}
	onClock(t, func(c *Config, s *slack) {
		c.Budget = p
		s.hello = func(int) string { return helloFrame(4, 3600) }
	}, func(b *bench) {
		b.next()
		p.set(func(p *purse) { p.others = 3 })
		sleeps(10 * time.Second)
		require.Empty(t, b.events().ghosts)
	})
	p = &purse{mine: 1, others: 1}
	onClock(t, func(c *Config, s *slack) {
		c.Budget = p
		s.hello = func(int) string { return helloFrame(4, 3600) }
	}, func(b *bench) {
		b.next()
		sleeps(10 * time.Second)
		require.Equal(t, []int{2}, b.events().ghosts)
	})
}
