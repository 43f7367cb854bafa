//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"bouncer/faults/check"
	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/store"
)

// index follows the cases as people do who look at them: it knows which can be undone, and presses
// the buttons of those that wait.
type index struct {
	s     *setup
	since time.Time

	mu      sync.Mutex
	seen    map[int64]bool
	undo    []int64        // the numbers of cases that can be undone, in order
	shown   map[int64]bool // asked for with "case N"
	pressed map[int64]bool // approved by the button
}

func newIndex(s *setup) *index {
	return &index{s: s, since: time.Now(), seen: map[int64]bool{}, shown: map[int64]bool{}, pressed: map[int64]bool{}}
}

// recent returns the number of one of the newest cases that can be undone; 0 for none.
func (x *index) recent(back int) int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.undo) == 0 {
		return 0
	}
	return x.undo[max(0, len(x.undo)-1-back)]
}

// run looks at the database each second until ctx ends. A database that is away is looked at later.
func (x *index) run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var st *store.Store
	defer func() {
		if st != nil {
			_ = st.Close() // it was only read
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		looking, cancel := context.WithTimeout(ctx, 10*time.Second)
		var err error
		if st == nil {
			st, err = store.OpenReadOnly(looking, store.Config{URL: x.s.database, App: app})
		}
		if err == nil {
			err = x.look(looking, st)
		}
		cancel()
		if err != nil && st != nil {
			_ = st.Close()
			st = nil
		}
	}
}

func (x *index) look(ctx context.Context, st *store.Store) error {
	now := time.Now()
	err := st.EachCaseSince(ctx, x.since.Add(-5*time.Minute), func(c moderation.Case) error { // one may be opened long after it was asked
		if !x.seen[c.No] && c.Action.Effect() == moderation.EffectRestrict && c.Action.Relation == "" {
			x.mu.Lock()
			x.undo = append(x.undo, c.No)
			x.mu.Unlock()
		}
		x.seen[c.No] = true
		return nil
	})
	if err != nil {
		return err
	}
	x.since = now
	for state, do := range map[moderation.State]func(context.Context, moderation.Case){
		moderation.AwaitingApproval: x.decide, moderation.AwaitingConfirmation: x.confirm,
	} {
		cases, _, err := st.UnfinishedCases(ctx, state, confirmAtOnce)
		if err != nil {
			return err
		}
		for _, c := range cases {
			if c.Card.TS != "" {
				do(ctx, c)
			}
		}
	}
	return nil
}

// confirmAtOnce is how many cases that wait are looked at in a second.
const confirmAtOnce = 50

// press presses a button of a case's card, and reports whether it has it.
func (x *index) press(ctx context.Context, c moderation.Case, person, label string) bool {
	m, ok := x.s.slack.Message(c.Card.Channel, c.Card.TS)
	action := button(m, label)
	if !ok || action == "" {
		return false
	}
	_, _ = x.s.slack.Press(ctx, person, slackd.Ref{Channel: m.Channel, TS: m.TS}, "", action) // pressed again while the case waits
	return true
}

// confirm confirms a case that started too late: on its card, or when a list shows it, in the answer
// to "case N".
func (x *index) confirm(ctx context.Context, c moderation.Case) {
	const label = "Run it now"
	if x.press(ctx, c, c.Actor.User, label) {
		return
	}
	if !x.shown[c.No] {
		d, err := x.s.slack.Command(ctx, c.Actor.User, c.Origin.Channel, fmt.Sprintf("case %d", c.No))
		x.shown[c.No] = err == nil && d.Acked
		return
	}
	for _, m := range x.s.slack.Ephemerals(c.Actor.User, c.Origin.Channel) {
		if action := button(m, label); action != "" && !m.Replaced && !m.Deleted && strings.Contains(string(m.Blocks), c.Token) {
			_, _ = x.s.slack.Press(ctx, c.Actor.User, slackd.Ref{Channel: m.Channel, TS: m.TS}, "", action)
			return
		}
	}
}

// decide presses a button of a waiting case, as its marker and the seed say: most are approved, some
// denied or withdrawn, some left alone until they expire.
func (x *index) decide(ctx context.Context, c moderation.Case) {
	dice := x.s.dice(1000)
	if m := check.Marker(c.Typed); m != "" {
		var sum uint64
		for _, b := range []byte(m) {
			sum = sum*31 + uint64(b)
		}
		dice = rand.New(rand.NewPCG(x.s.seed, sum)) //nolint:gosec // a run can be repeated
	}
	lead := leads[dice.IntN(len(leads))]
	if lead == c.Actor.User {
		lead = leads[0]
		if lead == c.Actor.User {
			lead = leads[1]
		}
	}
	m, ok := x.s.slack.Message(c.Card.Channel, c.Card.TS)
	if !ok {
		return
	}
	at := slackd.Ref{Channel: m.Channel, TS: m.TS}
	switch chance := dice.IntN(100); {
	case chance < 70:
		if action := button(m, "Approve"); action != "" {
			x.mu.Lock()
			x.pressed[c.No] = true
			x.mu.Unlock()
			x.press(ctx, c, lead, "Approve")
		}
	case chance < 80:
		x.press(ctx, c, c.Actor.User, "Withdraw")
	case chance < 90:
		if action := button(m, "Deny…"); action != "" {
			x.deny(ctx, lead, at, action)
		}
	}
}

// deny denies a case with the form that its button opens.
func (x *index) deny(ctx context.Context, lead string, at slackd.Ref, action string) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if d, err := x.s.slack.Press(ctx, lead, at, "", action); err != nil || !d.Acked {
		return
	}
	for ctx.Err() == nil {
		for _, v := range x.s.slack.Views(lead) {
			if !v.Top {
				continue
			}
			if d, err := x.s.slack.SubmitView(ctx, lead, v.ID, slackd.Input{Block: "reason", Action: "value", Values: []string{"no"}}); err == nil && d.Acked {
				return
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// button returns the action of a button by its label; empty when the message has none.
func button(m slackd.Message, label string) string {
	var blocks []struct {
		Elements []struct {
			Action string          `json:"action_id"`
			Text   json.RawMessage `json:"text"`
		} `json:"elements"`
	}
	if json.Unmarshal(m.Blocks, &blocks) != nil {
		return ""
	}
	for _, b := range blocks {
		for _, e := range b.Elements {
			var text struct {
				Text string `json:"text"`
			}
			if e.Action != "" && json.Unmarshal(e.Text, &text) == nil && text.Text == label {
				return e.Action
			}
		}
	}
	return ""
}

// approved returns the cases whose Approve was pressed.
func (x *index) approved() map[int64]bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	out := make(map[int64]bool, len(x.pressed))
	for no := range x.pressed {
		out[no] = true
	}
	return out
}
