package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"bouncer/sandbox/slackd"
)

const (
	moderator = "U07SAM"
	channel   = "C0LIVE"
)

// grown is the age from which the end of a connection is an ordinary event. Bouncer waits before it
// replaces a younger one, because something may end each at once.
const grown = 31 * time.Second

// result is what one program did.
type result struct {
	start         time.Duration
	idle, peak    float64                  // MB
	p50, p99      map[int]time.Duration    // acks, by commands a second
	burst         float64                  // acks a second
	cpu           time.Duration            // per command, to its call at Tencent or its ack
	without       map[string]time.Duration // the longest time without an ack, by what happened to the connections
	lost, refused map[string]int           // commands delivered and not acked; commands that Slack could not deliver
	unacked       int                      // commands without an ack outside the faults
}

// faults are what happens to all connections at once.
var faults = []struct {
	name string
	do   func(*slackd.Server)
}{
	{"planned refresh", func(s *slackd.Server) { s.RefreshConnections("warning") }},
	{"closed", func(s *slackd.Server) { s.DropConnections() }},
	{"silent", func(s *slackd.Server) {
		for _, c := range s.Connections() {
			if c.State == "open" {
				s.Freeze(c.ID)
			}
		}
	}},
}

// measure runs a program through everything. The error says what did not happen.
func measure(ctx context.Context, p program, s settings) (r result, err error) {
	r = result{
		p50: map[int]time.Duration{}, p99: map[int]time.Duration{},
		without: map[string]time.Duration{}, lost: map[string]int{}, refused: map[string]int{},
	}
	err = onScene(ctx, p, func(sc *scene) error {
		r.start = sc.started
		time.Sleep(3 * time.Second) // further connections, and what a start leaves behind
		if r.idle, err = sc.memory("VmRSS"); err != nil {
			return err
		}
		before, err := sc.cpu()
		if err != nil {
			return err
		}
		sent := 0
		for _, rate := range rates {
			acks, missing, err := atRate(ctx, sc, rate, s.seconds*rate)
			if err != nil {
				return err
			}
			sent += s.seconds * rate
			r.p50[rate], r.p99[rate] = percentile(acks, 0.5), percentile(acks, 0.99)
			r.unacked += missing
		}
		if p.acts() {
			if err := await(ctx, time.Minute, func() bool { return sc.tencent.Counters().Total >= sent }); err != nil {
				return fmt.Errorf("%d of %d calls at Tencent: %w", sc.tencent.Counters().Total, sent, err)
			}
		}
		after, err := sc.cpu()
		r.cpu = (after - before) / time.Duration(sent)
		return err
	})
	if err != nil {
		return r, err
	}
	err = onScene(ctx, p, func(sc *scene) error {
		missing := 0
		if r.burst, missing, err = burst(ctx, sc, s.burst); err != nil {
			return err
		}
		r.unacked += missing
		r.peak, err = sc.memory("VmHWM")
		return err
	})
	if err != nil {
		return r, err
	}
	for _, f := range faults {
		if s.outage == 0 {
			break
		}
		err := onScene(ctx, p, func(sc *scene) (err error) {
			time.Sleep(grown)
			r.without[f.name], r.lost[f.name], r.refused[f.name], err = outage(ctx, sc, f.do, s.outage)
			return err
		})
		if err != nil {
			return r, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return r, nil
}

func onScene(ctx context.Context, p program, do func(*scene) error) error {
	sc, err := newScene(ctx, p)
	if err != nil {
		return err
	}
	return errors.Join(do(sc), sc.close())
}

// atRate sends commands at a rate and returns how long their acks took, and how many got none.
func atRate(ctx context.Context, sc *scene, rate, n int) (acks []time.Duration, missing int, err error) {
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range n {
		<-tick.C
		pending, err := sc.slack.CommandAsync(moderator, channel, command(rate, i))
		if err != nil {
			return nil, 0, err
		}
		wg.Go(func() {
			d, err := pending.Wait(ctx)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || !d.Acked {
				missing++
				return
			}
			acks = append(acks, d.AckedAfter)
		})
	}
	wg.Wait()
	return acks, missing, ctx.Err()
}

// burst sends commands at once and returns how many were acked a second, from the first command to
// the last ack, and how many got none.
func burst(ctx context.Context, sc *scene, n int) (perSecond float64, missing int, err error) {
	began := time.Now()
	last := began
	pending := make([]*slackd.Pending, n)
	for i := range pending {
		if pending[i], err = sc.slack.CommandAsync(moderator, channel, command(0, i)); err != nil {
			return 0, 0, err
		}
	}
	for _, p := range pending {
		d, err := p.Wait(ctx)
		if err != nil {
			return 0, 0, err
		}
		if !d.Acked {
			missing++
			continue
		}
		if at := d.SentAt.Add(d.AckedAfter); at.After(last) {
			last = at
		}
	}
	return float64(n-missing) / last.Sub(began).Seconds(), missing, nil
}

// outage sends 50 commands a second, breaks all connections after two seconds, and ends when 150
// commands in a row were acked since. It returns the longest time without an ack beyond the
// commands' own pace, how many delivered commands were lost, and how many Slack could not deliver.
func outage(ctx context.Context, sc *scene, breaks func(*slackd.Server), atMost time.Duration) (without time.Duration, lost, refused int, err error) {
	const pace = 20 * time.Millisecond
	var mu sync.Mutex
	var acked []time.Time
	var wg sync.WaitGroup
	inRow := 0 // since the break
	tick := time.NewTicker(pace)
	defer tick.Stop()
	began := time.Now()
	var broken time.Time
	for i := 0; ; i++ {
		now := <-tick.C
		if broken.IsZero() && now.Sub(began) > 2*time.Second {
			mu.Lock()
			broken, inRow = time.Now(), 0
			mu.Unlock()
			breaks(sc.slack)
		}
		mu.Lock()
		steady := inRow >= 150
		mu.Unlock()
		if !broken.IsZero() && steady && now.Sub(broken) > 5*time.Second { // a silent connection's commands fail after 3 s
			break
		}
		if !broken.IsZero() && now.Sub(broken) > atMost {
			return 0, 0, 0, fmt.Errorf("no steady acks within %s", atMost)
		}
		pending, err := sc.slack.CommandAsync(moderator, channel, command(1, i))
		if err != nil {
			return 0, 0, 0, err
		}
		wg.Go(func() {
			d, err := pending.Wait(ctx)
			mu.Lock()
			defer mu.Unlock()
			inRow++
			switch {
			case err != nil:
			case d.Acked:
				acked = append(acked, d.SentAt.Add(d.AckedAfter))
				return
			case d.Failure == slackd.FailDispatch:
				refused++
			default:
				lost++
			}
			inRow = 0
		})
	}
	wg.Wait()
	slices.SortFunc(acked, time.Time.Compare)
	for i := 1; i < len(acked); i++ {
		if acked[i].After(broken) {
			without = max(without, acked[i].Sub(acked[i-1])-pace)
		}
	}
	return without, lost, refused, ctx.Err()
}

// command is a command about another person each time.
func command(series, i int) string {
	return fmt.Sprintf("silence live:show1 user%d_%d 1h spam", series, i)
}

func percentile(d []time.Duration, p float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[min(len(d)-1, int(p*float64(len(d))))]
}

// await polls a condition. The error says that it did not come true in time.
func await(ctx context.Context, within time.Duration, done func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("not within %s", within)
		}
	}
	return nil
}
