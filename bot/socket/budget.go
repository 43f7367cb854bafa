package socket

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Budget is the share of an app's connections that this process may keep open.
// Slack allows ten for an app, whatever number of processes open them.
type Budget interface {
	// Share records how many connections this process keeps and how many it has
	// open, replacements included. It returns how many it may keep, and how many
	// all other processes have open. A process that keeps more than its share
	// closes the rest. After an error the last share stays in force.
	Share(ctx context.Context, kept, open int) (mine, others int, err error)
	// Leave returns this process's share, because it keeps no connection any more.
	Leave(ctx context.Context) error
}

// shareTimeout bounds one call of a Budget.
const shareTimeout = 5 * time.Second

// ghostChecks is how many times the others' connections are read before an
// excess is reported: their replacements may be missing in the first.
const ghostChecks = 3

// rememberedShares is for how many questions to the budget a connection that
// another process closed is still counted: Slack may not have noticed.
const rememberedShares = 10

// allowance is how many slots may have a connection.
type allowance struct {
	mu      sync.Mutex
	n       int
	changed chan struct{} // closed at the next change
}

func newAllowance(n int) *allowance { return &allowance{n: n, changed: make(chan struct{})} }

func (a *allowance) set(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n == a.n {
		return
	}
	a.n = n
	close(a.changed)
	a.changed = make(chan struct{})
}

func (a *allowance) get() (n int, changed <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.n, a.changed
}

// await waits until slot i may have a connection; false when ctx ends before.
func (a *allowance) await(ctx context.Context, i int) bool {
	for {
		n, changed := a.get()
		if i < n {
			return ctx.Err() == nil
		}
		select {
		case <-ctx.Done():
			return false
		case <-changed:
		}
	}
}

// suspicion is a count of Slack's that exceeds what was known to be open.
type suspicion struct{ counted, known, checks int }

// follow keeps the client within its budget until ctx ends.
func (c *Client) follow(ctx context.Context) {
	tick := time.NewTicker(c.cfg.BudgetEvery)
	defer tick.Stop()
	for {
		c.share(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-c.yielded:
		}
	}
}

// share asks for this process's share once.
func (c *Client) share(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, shareTimeout)
	defer cancel()
	c.mu.Lock()
	kept, open := c.kept, len(c.conns)+c.dialling
	c.mu.Unlock()
	mine, others, err := c.cfg.Budget.Share(ctx, kept, open)
	if err != nil {
		if ctx.Err() == nil {
			c.log.Warn("the share of socket mode connections cannot be read, the last one stays in force", "err", err)
		}
		return
	}
	if before, _ := c.allowed.get(); before != mine {
		c.log.Info("share of socket mode connections", "mine", mine, "before", before, "others_open", others)
	}
	c.allowed.set(min(mine, c.cfg.Connections))
	c.standby.Store(mine == 0)
	c.reportGhosts(others)
}

// keep counts a slot that has a connection, or opens one.
func (c *Client) keep(n int) {
	c.mu.Lock()
	c.kept += n
	c.mu.Unlock()
	if n < 0 {
		poke(c.yielded)
	}
}

// reportGhosts compares earlier counts of Slack's with what all processes had
// open at any time since.
func (c *Client) reportGhosts(others int) {
	c.mu.Lock()
	if c.recent = append(c.recent, others); len(c.recent) > rememberedShares {
		c.recent = c.recent[1:]
	}
	known := len(c.conns) + c.dialling + slices.Max(c.recent)
	kept, ghosts := c.suspicions[:0], 0
	for _, s := range c.suspicions {
		s.known = max(s.known, known)
		if s.checks++; s.checks < ghostChecks {
			kept = append(kept, s)
		} else {
			ghosts = max(ghosts, s.counted-s.known)
		}
	}
	c.suspicions = kept
	c.mu.Unlock()
	if ghosts > 0 {
		c.warnGhosts(ghosts)
	}
}

func (c *Client) warnGhosts(excess int) {
	who := "this process has"
	if c.cfg.Budget != nil {
		who = "all replicas have"
	}
	c.log.Warn("Slack counts more connections than "+who+" open: another process uses the app, or dead connections receive envelopes", "excess", excess)
	c.cfg.Hooks.OnGhosts(excess)
}
