//go:build linux

package main

import (
	"context"
	"fmt"
	"log"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// fault is something that goes wrong for a while. Its function returns when it is over.
type fault struct {
	name  string
	setup string // the only one that has it; empty for both
	do    func(context.Context, *setup, *rand.Rand) error
}

// schedule is every fault that can be drawn.
var schedule = []fault{
	{"kill -9", "", func(ctx context.Context, s *setup, dice *rand.Rand) error {
		b := s.any(dice)
		b.kill()
		pause(ctx, between(dice, 0, 3*time.Second))
		return b.start()
	}},
	{"kill -9 of all", "", func(ctx context.Context, s *setup, dice *rand.Rand) error {
		for _, b := range s.bots {
			b.kill()
		}
		pause(ctx, between(dice, 0, 3*time.Second))
		for _, b := range s.bots {
			if err := b.start(); err != nil {
				return err
			}
		}
		return nil
	}},
	{"SIGSTOP", "", func(ctx context.Context, s *setup, dice *rand.Rand) error {
		b := s.any(dice)
		b.signal(syscall.SIGSTOP)
		pause(ctx, between(dice, 3*time.Second, s.stopped))
		b.signal(syscall.SIGCONT)
		return nil
	}},
	{"SIGTERM and start", "", func(_ context.Context, s *setup, dice *rand.Rand) error {
		b := s.any(dice)
		_ = b.stop() // one that does not end is killed, which its log says
		return b.start()
	}},
	{"PostgreSQL restarted", postgres, func(_ context.Context, s *setup, _ *rand.Rand) error { return s.withoutServer(0) }},
	{"PostgreSQL away", postgres, func(_ context.Context, s *setup, _ *rand.Rand) error { return s.withoutServer(s.away) }},
	{"PostgreSQL's connections silent, then cut", postgres, func(ctx context.Context, s *setup, dice *rand.Rand) error {
		p := s.proxies[dice.IntN(len(s.proxies))]
		p.Silence()
		pause(ctx, between(dice, 3*time.Second, s.stopped))
		if dice.IntN(2) == 0 {
			p.Away()
		}
		p.Back()
		return nil
	}},
	{"PostgreSQL's connections cut", postgres, func(ctx context.Context, s *setup, dice *rand.Rand) error {
		for _, p := range s.proxies {
			p.Away()
		}
		pause(ctx, between(dice, 0, 5*time.Second))
		for _, p := range s.proxies {
			p.Back()
		}
		return nil
	}},
	{"disk full", sqlite, func(ctx context.Context, s *setup, dice *rand.Rand) error {
		if err := s.bots[0].full(true); err != nil {
			return err
		}
		pause(ctx, between(dice, 3*time.Second, s.stopped))
		return s.bots[0].full(false)
	}},
	{"clocks ten minutes apart", "", func(ctx context.Context, s *setup, dice *rand.Rand) error {
		off := 10 * time.Minute
		if dice.IntN(2) == 0 {
			off = -off
		}
		s.tencent.SetSkew(off)
		s.skew.Store(int64(off))
		pause(ctx, between(dice, 3*time.Second, s.stopped))
		s.tencent.SetSkew(0)
		s.skew.Store(0)
		return nil
	}},
	{"Slack answers 429", "", slackFault("chat.postMessage", slackd.Fault{Status: 429, RetryAfter: 3 * time.Second})},
	{"Slack answers 500", "", slackFault("*", slackd.Fault{Status: 500})},
	{"Slack is silent", "", slackFault("*", slackd.Fault{Delay: time.Minute})},
	{"Slack's answers are lost", "", slackFault("*", slackd.Fault{DropAnswer: true})},
	{"Slack answers late", "", func(ctx context.Context, s *setup, dice *rand.Rand) error {
		for _, method := range []string{"chat.postMessage", "chat.update"} {
			s.slack.Fail(method, slackd.Fault{Delay: s.stopped, Times: 3})
		}
		pause(ctx, between(dice, 3*time.Second, s.stopped))
		return nil
	}},
	{"Slack refreshes all connections", "", func(ctx context.Context, s *setup, dice *rand.Rand) error {
		for range 3 {
			s.slack.RefreshConnections([]string{"warning", "refresh_requested"}[dice.IntN(2)])
			pause(ctx, between(dice, time.Second, 4*time.Second))
		}
		return nil
	}},
	{"Slack's connections cut, too_many_websockets", "", func(ctx context.Context, s *setup, dice *rand.Rand) error {
		s.slack.SetMaxConnections(1)
		s.slack.DropConnections()
		pause(ctx, between(dice, 3*time.Second, 15*time.Second))
		s.slack.SetMaxConnections(10)
		return nil
	}},
	{"Slack's connections silent", "", func(ctx context.Context, s *setup, dice *rand.Rand) error {
		s.slack.Freeze(0)
		pause(ctx, between(dice, 3*time.Second, s.stopped))
		s.slack.Thaw(0)
		return nil
	}},
	{"Tencent's limit is reached", "", func(ctx context.Context, s *setup, dice *rand.Rand) error {
		if err := s.tencent.Fail("live_engine_http_srv/*", tencentd.Fault{Code: "60007"}); err != nil {
			return err
		}
		return tencentFault("SetUserBlocked*", tencentd.Fault{Code: "RequestLimitExceeded"})(ctx, s, dice)
	}},
	{"Tencent answers 502 with a page", "", tencentFault("*", tencentd.Fault{HTTPStatus: 502, Body: "<html><body>502 Bad Gateway</body></html>"})},
	{"Tencent answers 502 with a page, and does it", "", tencentFault("*", tencentd.Fault{HTTPStatus: 502, Body: "<html></html>", Done: true})},
	{"Tencent's answers are lost", "", tencentFault("*", tencentd.Fault{DropAnswer: true})},
	{"Tencent cuts connections", "", tencentFault("*", tencentd.Fault{DropRequest: true})},
	{"Tencent answers late", "", func(ctx context.Context, s *setup, dice *rand.Rand) error {
		return tencentTimes(ctx, s, dice, tencentd.Fault{DelayAnswer: s.stopped, Times: 10})
	}},
	{"Tencent does it late", "", func(ctx context.Context, s *setup, dice *rand.Rand) error {
		return tencentTimes(ctx, s, dice, tencentd.Fault{DelayBefore: s.stopped, Times: 10})
	}},
}

// slackFault is a fault of a method of Slack for 3 to 15 seconds.
func slackFault(method string, f slackd.Fault) func(context.Context, *setup, *rand.Rand) error {
	return func(ctx context.Context, s *setup, dice *rand.Rand) error {
		s.slack.Fail(method, f)
		pause(ctx, between(dice, 3*time.Second, 15*time.Second))
		s.slack.Heal("")
		return nil
	}
}

// tencentFault is a fault of some of Tencent's APIs for 3 to 15 seconds.
func tencentFault(apis string, f tencentd.Fault) func(context.Context, *setup, *rand.Rand) error {
	return func(ctx context.Context, s *setup, dice *rand.Rand) error {
		if err := s.tencent.Fail(apis, f); err != nil {
			return err
		}
		pause(ctx, between(dice, 3*time.Second, 15*time.Second))
		s.tencent.ClearFaults()
		return nil
	}
}

// tencentTimes is a fault that meets some requests of each kind.
func tencentTimes(ctx context.Context, s *setup, dice *rand.Rand, f tencentd.Fault) error {
	for _, apis := range []string{"SetUserBlocked*", "RemoveUser", "live_engine_http_srv/*"} {
		if err := s.tencent.Fail(apis, f); err != nil {
			return err
		}
	}
	pause(ctx, between(dice, 3*time.Second, 15*time.Second))
	s.tencent.ClearFaults()
	return nil
}

// faults draws faults from the seed and lets them happen one after another, until ctx ends. Each is
// drawn once before one is drawn again.
func (s *setup) faults(ctx context.Context) {
	dice := s.dice(2)
	var own []fault
	for _, f := range schedule {
		if f.setup == "" || f.setup == s.name {
			own = append(own, f)
		}
	}
	for ctx.Err() == nil {
		dice.Shuffle(len(own), func(i, j int) { own[i], own[j] = own[j], own[i] })
		for _, f := range own {
			pause(ctx, between(dice, time.Second, 6*time.Second))
			if ctx.Err() != nil {
				return
			}
			s.journal.begin(f.name)
			if err := f.do(ctx, s, dice); err != nil {
				s.journal.say("%s: %v", f.name, err)
			}
			s.revive()
		}
	}
}

// revive starts processes that ended by themselves, as a supervisor does.
func (s *setup) revive() {
	for _, b := range s.bots {
		if !b.running() {
			s.journal.say("%s ended, started again", b.log)
			if err := b.start(); err != nil {
				s.journal.say("%s: %v", b.log, err)
			}
		}
	}
}

// recover ends what a fault that was interrupted left behind.
func (s *setup) recover(ctx context.Context) error {
	s.slack.Heal("")
	s.slack.SetMaxConnections(10)
	s.slack.Thaw(0)
	s.tencent.ClearFaults()
	s.revive()
	return s.ready(ctx, 2*time.Minute)
}

// withoutServer stops PostgreSQL for a time, also when the run is interrupted meanwhile.
func (s *setup) withoutServer(away time.Duration) error {
	if err := s.server.Stop(); err != nil {
		return err
	}
	time.Sleep(away)
	return s.server.Start()
}

func (s *setup) any(dice *rand.Rand) *process { return s.bots[dice.IntN(len(s.bots))] }

func between(dice *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(dice.Int64N(int64(max(high-low, 1))))
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// journal logs what happens in a setup and counts the faults.
type journal struct {
	name string

	mu     sync.Mutex
	faults map[string]int
}

func (j *journal) say(format string, args ...any) { log.Printf(j.name+": "+format, args...) }

func (j *journal) begin(name string) {
	j.say("%s", name)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.faults == nil {
		j.faults = map[string]int{}
	}
	j.faults[name]++
}

// counts returns the faults that happened, and how often.
func (j *journal) counts() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []string
	for _, name := range slices.Sorted(maps.Keys(j.faults)) {
		out = append(out, fmt.Sprintf("%s %d", name, j.faults[name]))
	}
	return strings.Join(out, "; ")
}
