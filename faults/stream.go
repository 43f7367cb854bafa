//go:build linux

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"bouncer/faults/check"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// send types the commands of the seed at the rate and waits for their acks.
func (s *setup) send(ctx context.Context) error {
	dice := s.dice(1)
	tick := time.NewTicker(time.Second / time.Duration(s.rate))
	defer tick.Stop()
	var group sync.WaitGroup
	defer group.Wait()
	for n := range s.options.commands {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		c, err := s.next(dice, n)
		if err != nil {
			return err
		}
		twice := dice.IntN(50) == 0
		pending, err := s.slack.CommandAsync(c.User, c.Channel, c.Text)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Text, err)
		}
		if n%5000 == 4999 {
			s.journal.say("%d commands sent", n+1)
		}
		group.Go(func() {
			d, err := pending.Wait(ctx)
			if err != nil {
				return
			}
			c.Deliveries = append(c.Deliveries, delivery(d))
			if twice && d.Payload != nil {
				if again, err := s.slack.Again(ctx, d); err == nil {
					c.Deliveries = append(c.Deliveries, delivery(again))
				}
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			s.commands = append(s.commands, c)
		})
	}
	return nil
}

func delivery(d slackd.Delivery) check.Delivery {
	return check.Delivery{At: d.SentAt, Acked: d.Acked, Answer: string(d.AckPayload)}
}

// next returns the command with a number. Each reason has the command's marker, so that a command
// is like no other.
func (s *setup) next(dice *rand.Rand, n int) (check.Command, error) {
	everybody := append(append([]string(nil), moderators...), leads...)
	c := check.Command{
		Marker: fmt.Sprintf("n%07d", n), User: everybody[dice.IntN(len(everybody))], Channel: channels[dice.IntN(len(channels))],
	}
	who := user(dice.IntN(people))
	short := fmt.Sprintf("%ds", 30+dice.IntN(60)) // 30s is the shortest
	room := []string{"room:10006", "strroom:lobby"}[dice.IntN(2)]
	kind, back, long := dice.IntN(100), dice.IntN(40), dice.IntN(20) == 0
	if long {
		short = "6h"
	}
	switch {
	case kind < 40:
		c.Text = fmt.Sprintf("silence live:show1 %s %s spam %s", who, short, c.Marker)
	case kind < 45:
		c.Text = fmt.Sprintf("silence live:show1 %s,%s,%s %s raid %s", who, user(dice.IntN(people)), user(dice.IntN(people)), short, c.Marker)
	case kind < 57:
		c.Text = fmt.Sprintf("unsilence live:show1 %s sorry %s", who, c.Marker)
	case kind < 66:
		c.Text = fmt.Sprintf("mute %s %s %s noise %s", room, who, short, c.Marker)
	case kind < 68:
		c.Text = fmt.Sprintf("mute %s %s audio %s noise %s", room, who, short, c.Marker)
	case kind < 72:
		c.Text = fmt.Sprintf("unmute %s %s sorry %s", room, who, c.Marker)
	case kind < 79:
		c.Text = fmt.Sprintf("ban live:show1 %s %s raid %s", who, short, c.Marker)
	case kind < 83:
		c.Text = fmt.Sprintf("unban live:show1 %s sorry %s", who, c.Marker)
	case kind < 91:
		who = fmt.Sprintf("k%06d", n)
		if err := s.tencent.Join(tencentd.KindRoom, "1234", who); err != nil {
			return c, err
		}
		c.Text = fmt.Sprintf("kick room:1234 %s flooding %s", who, c.Marker)
	case kind < 98:
		if no := s.index.recent(back); no > 0 {
			c.Text = fmt.Sprintf("undo %d all mistake %s", no, c.Marker)
			break
		}
		c.Text = fmt.Sprintf("unsilence live:show1 %s sorry %s", who, c.Marker)
	default:
		c.Channel, c.NeedsApproval = approvals, true
		c.Text = fmt.Sprintf("ban live:show1 %s %s raid %s", who, short, c.Marker)
	}
	return c, nil
}
