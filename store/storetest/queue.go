package storetest

import (
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

var queueTests = map[string]func(*bench){
	"a delivery is accepted once": func(b *bench) {
		in := moderation.Delivery{Key: "slack:a", Kind: "command", Payload: []byte(`{"text":"help"}`), ReplyURL: "https://hooks.slack.com/x"}
		require.True(b.t, b.accept(in))
		require.True(b.t, token(b.s.JobsWake(moderation.QueueCommand)))
		require.False(b.t, b.accept(in))
		if b.open.EndLeases == nil { // among replicas an extra wake-up is harmless
			require.False(b.t, token(b.s.JobsWake(moderation.QueueCommand)))
		}
		j := b.claim(moderation.QueueCommand)
		require.Equal(b.t, "slack:a", j.Key)
		require.Equal(b.t, moderation.JobKind("command"), j.Kind)
		require.JSONEq(b.t, `{"text":"help"}`, string(j.Payload))
		require.Equal(b.t, "https://hooks.slack.com/x", j.ReplyURL)
		require.Equal(b.t, 1, j.Attempt)
		require.True(b.t, j.Queued.Equal(b.clock.Now()))
		require.True(b.t, j.Due.Equal(b.clock.Now()))
		b.ok(b.s.Finish(b.ctx, j, moderation.Change{}))
		require.False(b.t, b.accept(in), "known although finished")
		b.restart()
		require.False(b.t, b.accept(in), "known after a restart")
		b.clock.Add(7*24*time.Hour + time.Minute)
		_, err := b.s.Seal(b.ctx)
		b.ok(err)
		require.True(b.t, b.accept(in), "forgotten after a week")
	},
	"deliveries are answered in order of commit": func(b *bench) {
		var order []int
		done := make(chan struct{})
		for i := range 100 {
			b.s.Accept(moderation.Delivery{Key: "k" + string(rune('0'+i)), Kind: "command"}, func(bool, error) {
				if order = append(order, i); len(order) == 100 {
					close(done)
				}
			})
		}
		<-done
		for i := range order {
			require.Equal(b.t, i, order[i])
		}
		jobs, err := b.s.Claim(b.ctx, moderation.QueueCommand, 100)
		b.ok(err)
		for i, j := range jobs {
			require.Equal(b.t, "k"+string(rune('0'+i)), j.Key)
		}
	},
	"a lease fences": func(b *bench) {
		j := b.command()
		b.none(moderation.QueueCommand)
		b.clock.Add(moderation.LeaseTime - time.Millisecond)
		b.ok(b.s.Renew(b.ctx, j))
		b.clock.Add(moderation.LeaseTime - time.Millisecond)
		b.none(moderation.QueueCommand)
		b.clock.Add(time.Millisecond)
		again := b.claim(moderation.QueueCommand)
		require.Equal(b.t, j.ID, again.ID)
		require.Equal(b.t, 2, again.Attempt)
		require.ErrorIs(b.t, b.s.Renew(b.ctx, j), moderation.ErrLeaseLost)
		require.ErrorIs(b.t, b.s.Retry(b.ctx, j, 0), moderation.ErrLeaseLost)
		change := moderation.Change{
			Entries: []moderation.NewEntry{{Kind: moderation.EntryRead}},
			Jobs:    []moderation.NewJob{{Key: "x", Queue: moderation.QueueTimer, Kind: "x"}},
		}
		require.ErrorIs(b.t, b.s.Finish(b.ctx, j, change), moderation.ErrLeaseLost)
		_, err := b.s.OpenCase(b.ctx, j, b.opening(asks{verb: moderation.Mute, on: []string{"a"}}))
		require.ErrorIs(b.t, err, moderation.ErrLeaseLost)
		b.none(moderation.QueueTimer)
		h, err := b.s.Seal(b.ctx)
		b.ok(err)
		require.Zero(b.t, h.Number, "nothing was written")
		b.ok(b.s.Finish(b.ctx, again, change))
		b.claim(moderation.QueueTimer)
		require.ErrorIs(b.t, b.s.Finish(b.ctx, again, change), moderation.ErrLeaseLost, "finished once")
	},
	"a released job is no longer leased": func(b *bench) {
		j := b.command()
		b.ok(b.s.Retry(b.ctx, j, 250*time.Millisecond))
		require.ErrorIs(b.t, b.s.Renew(b.ctx, j), moderation.ErrLeaseLost, "a renewal that was on its way")
		require.ErrorIs(b.t, b.s.Retry(b.ctx, j, time.Hour), moderation.ErrLeaseLost)
		require.ErrorIs(b.t, b.s.Finish(b.ctx, j, moderation.Change{}), moderation.ErrLeaseLost)
		b.clock.Add(250 * time.Millisecond)
		require.Equal(b.t, 2, b.claim(moderation.QueueCommand).Attempt)
	},
	"a start releases all leases": func(b *bench) {
		j := b.command()
		b.restart()
		again := b.claim(moderation.QueueCommand)
		require.Equal(b.t, j.ID, again.ID)
		require.Equal(b.t, 2, again.Attempt)
	},
	"a retry keeps when it was first due": func(b *bench) {
		j := b.command()
		due := j.Due
		for token(b.s.JobsWake(moderation.QueueCommand)) {
		}
		b.ok(b.s.Retry(b.ctx, j, 1500*time.Microsecond))
		require.True(b.t, token(b.s.JobsWake(moderation.QueueCommand)), "a waiting worker reads the next due time again")
		at, ok, err := b.s.NextDue(b.ctx, moderation.QueueCommand)
		b.ok(err)
		require.True(b.t, ok)
		require.True(b.t, at.Equal(b.clock.Now().Add(2*time.Millisecond)), "never before the wait is over")
		b.none(moderation.QueueCommand)
		b.clock.Add(2 * time.Millisecond)
		require.True(b.t, b.claim(moderation.QueueCommand).Due.Equal(due))
	},
	"jobs are claimed oldest first, and a key is queued once": func(b *bench) {
		now := b.clock.Now()
		job := func(key string, in time.Duration) moderation.NewJob {
			return moderation.NewJob{Key: key, Queue: moderation.QueueTimer, Kind: "x", RunAt: now.Add(in), Payload: []byte(key)}
		}
		b.ok(b.s.Append(b.ctx, moderation.Change{Jobs: []moderation.NewJob{job("late", 3*time.Second), job("b", -time.Second), job("a", -2*time.Second), job("b", -time.Hour)}}))
		jobs, err := b.s.Claim(b.ctx, moderation.QueueTimer, 10)
		b.ok(err)
		require.Len(b.t, jobs, 2)
		require.Equal(b.t, "a", jobs[0].Key)
		require.Equal(b.t, "b", jobs[1].Key)
		_, ok, err := b.s.NextDue(b.ctx, moderation.QueueLift)
		b.ok(err)
		require.False(b.t, ok)
		backlog, err := b.s.Backlog(b.ctx)
		b.ok(err)
		require.Zero(b.t, backlog.Jobs[moderation.QueueTimer])
		b.clock.Add(5 * time.Second)
		backlog, err = b.s.Backlog(b.ctx)
		b.ok(err)
		require.Equal(b.t, 1, backlog.Jobs[moderation.QueueTimer])
		require.Equal(b.t, 2*time.Second, backlog.Oldest[moderation.QueueTimer])
	},
	"a response_url is kept no longer than it can be used": func(b *bench) {
		b.accept(moderation.Delivery{Key: "a", Kind: "command", ReplyURL: "https://hooks.slack.com/x"})
		b.clock.Add(moderation.ReplyLifetime + time.Millisecond)
		require.Empty(b.t, b.claim(moderation.QueueCommand).ReplyURL)
	},
	"a rate limit is shared": func(b *bench) {
		turn := moderation.Turn{Key: "api", PerSecond: 190, Burst: 2}
		take := func() time.Duration {
			wait, err := b.s.TakeTurn(b.ctx, turn)
			b.ok(err)
			return wait
		}
		require.Zero(b.t, take())
		require.Zero(b.t, take())
		require.Equal(b.t, 5263*time.Microsecond, take())
		require.Equal(b.t, 5263*time.Microsecond, take(), "waiting takes nothing")
		b.restart()
		require.Equal(b.t, 5263*time.Microsecond, take(), "kept over a restart")
		taken := 0
		for range 1000 { // one second
			b.clock.Add(time.Millisecond)
			if take() == 0 {
				taken++
			}
		}
		require.InDelta(b.t, 190, taken, 1)
		b.clock.Add(-time.Hour)
		require.Zero(b.t, take(), "a clock that was set back blocks no turn")
		wait, err := b.s.TakeTurn(b.ctx, moderation.Turn{Key: "other", PerSecond: 1, Burst: 1})
		b.ok(err)
		require.Zero(b.t, wait)
	},
	"a turn can be taken ahead": func(b *bench) {
		turn := moderation.Turn{Key: "api", PerSecond: 10, Burst: 1, Ahead: 120 * time.Millisecond}
		take := func() time.Duration {
			wait, err := b.s.TakeTurn(b.ctx, turn)
			b.ok(err)
			return wait
		}
		require.Zero(b.t, take())
		require.Equal(b.t, 100*time.Millisecond, take(), "the next one, to be used later")
		require.Equal(b.t, 200*time.Millisecond, take(), "too far ahead")
		require.Equal(b.t, 200*time.Millisecond, take(), "waiting takes nothing")
		b.clock.Add(95 * time.Millisecond) // woken early or late, the pace is the same
		require.Equal(b.t, 105*time.Millisecond, take())
		b.clock.Add(250 * time.Millisecond)
		require.Zero(b.t, take())
		require.Equal(b.t, 100*time.Millisecond, take(), "a pause is no burst")
	},
	"a draft runs once": func(b *bench) {
		d := moderation.Draft{Token: "d", Team: team, User: "U1", Channel: here, Text: "ban live:show1 x 10m", Quote: "q", Report: "r",
			Expires: b.clock.Now().Add(moderation.DraftLifetime)}
		b.keeps(d)
		got, err := b.s.Draft(b.ctx, "d", b.clock.Now())
		b.ok(err)
		require.Equal(b.t, d, got)
		c, err := b.s.OpenCase(b.ctx, b.command(), b.opening(asks{verb: moderation.Ban, room: live, on: []string{"x"}, last: time.Hour, draft: "d"}))
		b.ok(err)
		j := b.command()
		again, err := b.s.OpenCase(b.ctx, j, b.opening(asks{verb: moderation.Ban, room: live, on: []string{"x"}, last: time.Hour, draft: "d"}))
		require.ErrorIs(b.t, err, moderation.ErrStale)
		require.Equal(b.t, c.No, again.No)
		b.ok(b.s.Finish(b.ctx, j, moderation.Change{})) // still leased: nothing was changed
		got, err = b.s.Draft(b.ctx, "d", b.clock.Now())
		b.ok(err)
		require.Equal(b.t, c.No, got.Case)
		_, err = b.s.Draft(b.ctx, "other", b.clock.Now())
		require.ErrorIs(b.t, err, moderation.ErrNotFound)
	},
	"a draft goes by when its button was pressed, and a used one is known longer": func(b *bench) {
		begins, ends := b.clock.Now(), b.clock.Now().Add(moderation.DraftLifetime)
		b.keeps(moderation.Draft{Token: "d", Team: team, Expires: ends}, moderation.Draft{Token: "e", Team: team, Expires: ends})
		b.clock.Add(time.Hour) // no worker was there to run it
		_, err := b.s.Draft(b.ctx, "d", begins.Add(time.Minute))
		b.ok(err)
		_, err = b.s.Draft(b.ctx, "d", ends)
		require.ErrorIs(b.t, err, moderation.ErrNotFound)
		c, err := b.s.OpenCase(b.ctx, b.command(), b.opening(asks{verb: moderation.Kick, on: []string{"x"}, draft: "d"}))
		b.ok(err)
		b.clock.Add(22 * time.Hour)
		_, err = b.s.Seal(b.ctx) // which calls tidy
		b.ok(err)
		got, err := b.s.Draft(b.ctx, "d", b.clock.Now())
		b.ok(err)
		require.Equal(b.t, c.No, got.Case)
		_, err = b.s.Draft(b.ctx, "e", b.clock.Now())
		require.ErrorIs(b.t, err, moderation.ErrNotFound, "never used, and too late")
	},
	"drafts that are suggested together are kept together": func(b *bench) {
		none := make(chan error, 1)
		b.s.SaveDrafts(nil, func(err error) { none <- err })
		b.ok(<-none)
		b.keeps(moderation.Draft{Token: "d", Text: "one"}, moderation.Draft{Token: "e", Text: "two"})
		for token, text := range map[string]string{"d": "one", "e": "two"} {
			got, err := b.s.Draft(b.ctx, token, b.clock.Now())
			b.ok(err)
			require.Equal(b.t, text, got.Text)
		}
	},
	"a list is kept for its pages": func(b *bench) {
		l := moderation.List{
			Token: "l", Team: team, User: "U1", Action: moderation.Action{Verb: moderation.Bans, Room: live},
			Reading: moderation.Reading{Rows: []moderation.ReadingRow{{ID: "=cmd", Note: "x"}}, Total: 7},
			At:      b.clock.Now(), Expires: b.clock.Now().Add(moderation.ListLifetime),
		}
		b.ok(b.s.Finish(b.ctx, b.command(), moderation.Change{List: &l}))
		got, err := b.s.List(b.ctx, "l")
		b.ok(err)
		require.Equal(b.t, l, got)
		b.clock.Add(moderation.ListLifetime)
		_, err = b.s.List(b.ctx, "l")
		require.ErrorIs(b.t, err, moderation.ErrNotFound)
	},
}
