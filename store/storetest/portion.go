package storetest

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// many is the number of people of a case that begins in six portions.
const many = 6 * moderation.PortionSize

// raiders returns UserIDs.
func raiders(n int) (ids []string) {
	for i := range n {
		ids = append(ids, "raider"+strconv.Itoa(i+1))
	}
	return ids
}

// opensMany opens a silence of many people in chunks of a portion.
func (b *bench) opensMany(draft string) moderation.Case {
	b.t.Helper()
	o := b.opening(asks{verb: moderation.Silence, room: live, on: raiders(many), chunk: moderation.PortionSize, last: time.Hour, draft: draft})
	o.Jobs, o.SendPlan = nil, moderation.SendPlan{ChunkSize: moderation.PortionSize, Kind: moderation.JobSync, At: b.clock.Now()}
	c, err := b.s.OpenCase(b.ctx, b.command(), o)
	b.ok(err)
	return c
}

// portion claims the job that begins the next people.
func (b *bench) portion() (moderation.Job, moderation.PortionWork) {
	b.t.Helper()
	j := b.claim(moderation.QueueCall)
	require.Equal(b.t, moderation.JobPortion, j.Kind)
	var w moderation.PortionWork
	b.ok(json.Unmarshal(j.Payload, &w))
	return j, w
}

// sendsChunks makes the calls of all chunks that have begun, and returns how many.
func (b *bench) sendsChunks() int {
	b.t.Helper()
	jobs, err := b.s.Claim(b.ctx, moderation.QueueBulk, 100)
	b.ok(err)
	for _, j := range jobs {
		var w moderation.SyncWork
		b.ok(json.Unmarshal(j.Payload, &w))
		require.True(b.t, w.Bulk)
		began, err := b.s.AnnounceCall(b.ctx, j, moderation.CallInput{Case: j.Case, Work: w, Timeout: flight})
		b.ok(err)
		if began.Done {
			continue
		}
		b.ok(b.s.RecordAnswer(b.ctx, j, began.Call, moderation.Answer{Class: moderation.VendorAccepted, RequestID: "r"}, moderation.Verdict{Outcome: moderation.Accepted}))
	}
	return len(jobs)
}

var portionTests = map[string]func(*bench){
	"a case of many people begins in portions, and all get their outcome": func(b *bench) {
		c := b.opensMany("")
		require.Equal(b.t, many, c.Counts[moderation.Pending])
		require.Len(b.t, c.Action.Targets, many, "it is about all of them from the beginning")
		inForce, err := b.s.RestrictionsInForce(b.ctx, live)
		b.ok(err)
		require.Len(b.t, inForce, moderation.PortionSize, "the others have not begun")
		j, w := b.portion()
		b.ok(b.s.BeginPortion(b.ctx, j, w))
		b.restart()
		for range 3 {
			j, w = b.portion()
			b.ok(b.s.BeginPortion(b.ctx, j, w))
		}
		b.none(moderation.QueueCall)
		b.clock.Add(moderation.PortionWait)
		require.Equal(b.t, 4, b.sendsChunks(), "those after the fourth portion wait")
		for range 2 {
			j, w = b.portion()
			b.ok(b.s.BeginPortion(b.ctx, j, w))
			require.Equal(b.t, 1, b.sendsChunks())
		}
		b.none(moderation.QueueCall)
		v, err := b.s.CaseView(b.ctx, c.No)
		b.ok(err)
		require.Equal(b.t, moderation.Done, v.Case.State)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Accepted: many}, v.Case.Counts)
		chunks := map[int]int{}
		for _, g := range v.Targets {
			chunks[g.Chunk]++
		}
		require.Len(b.t, chunks, 6)
		require.NotContains(b.t, chunks, 0)
	},
	"a running case of many people is stopped whole": func(b *bench) {
		c := b.opensMany("")
		b.sendsChunks()
		c, err := b.s.Stop(b.ctx, b.command(), c.No, moderation.Body{Code: moderation.CodeStopped, Actor: &c.Actor}, nil)
		b.ok(err)
		require.Equal(b.t, moderation.Done, c.State)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Accepted: moderation.PortionSize, moderation.Dropped: many - moderation.PortionSize}, c.Counts)
		j, w := b.portion()
		b.ok(b.s.BeginPortion(b.ctx, j, w))
		b.none(moderation.QueueBulk)
		inForce, err := b.s.RestrictionsInForce(b.ctx, live)
		b.ok(err)
		require.Len(b.t, inForce, moderation.PortionSize)
	},
	"a case is not undone before all its people have begun": func(b *bench) {
		c := b.opensMany("")
		undo := b.opening(asks{verb: moderation.Unsilence, room: live, on: raiders(1)})
		undo.Case.Action.Relation, undo.Case.Action.RelatedCase = moderation.RelUndo, c.No
		_, err := b.s.OpenCase(b.ctx, b.command(), undo)
		require.Equal(b.t, moderation.RefuseStillBegins, moderation.CodeOf(err))
	},
	"what a newer command decides about people who have not begun counts": func(b *bench) {
		c := b.opensMany("")
		late := raiders(many)[many-1]
		facts, err := b.s.Facts(b.ctx, c.Actor, moderation.Action{Verb: moderation.Unsilence, Room: live, Targets: []string{late}}, 0)
		b.ok(err)
		require.Len(b.t, facts.Existing, 1, "lifting it needs what imposing it needs")
		require.Equal(b.t, c.No, facts.Existing[0].Case)
		newer, err := b.s.OpenCase(b.ctx, b.command(), b.opening(asks{verb: moderation.Unsilence, room: live, on: []string{late}}))
		b.ok(err)
		for range 10 {
			jobs, err := b.s.Claim(b.ctx, moderation.QueueCall, 10)
			b.ok(err)
			for _, j := range jobs {
				if j.Case == newer.No {
					b.sendsAccepted(j)
					continue
				}
				var w moderation.PortionWork
				b.ok(json.Unmarshal(j.Payload, &w))
				b.ok(b.s.BeginPortion(b.ctx, j, w))
			}
			b.clock.Add(time.Second)
			b.sendsChunks()
		}
		got, err := b.s.Case(b.ctx, c.No)
		b.ok(err)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Accepted: many - 1, moderation.Superseded: 1}, got.Counts)
	},
	"the people of a file are kept in a draft until it is used": func(b *bench) {
		filed := &moderation.FiledPeople{Action: moderation.Action{Verb: moderation.Silence, Room: live, Targets: raiders(3)}, File: "raid.csv", Digest: "ab"}
		d := moderation.Draft{Token: "d", Team: team, User: "U1", Channel: here, Text: "silence live:show1", Filed: filed, Expires: b.clock.Now().Add(time.Minute)}
		other := d
		other.Token = "e"
		b.ok(b.s.Finish(b.ctx, b.command(), moderation.Change{Draft: &d}))
		b.ok(b.s.Finish(b.ctx, b.command(), moderation.Change{Draft: &other}))
		got, err := b.s.Draft(b.ctx, "d", b.clock.Now())
		b.ok(err)
		require.Equal(b.t, filed, got.Filed)
		c := b.opensMany("d")
		b.ok(b.s.Finish(b.ctx, b.command(), moderation.Change{DropDraft: "d"}))
		got, err = b.s.Draft(b.ctx, "d", b.clock.Now())
		b.ok(err)
		require.Equal(b.t, c.No, got.Case, "a used draft is kept, so that a second press finds its case")
		require.Nil(b.t, got.Filed)
		b.ok(b.s.Finish(b.ctx, b.command(), moderation.Change{DropDraft: "e"}))
		_, err = b.s.Draft(b.ctx, "e", b.clock.Now())
		require.ErrorIs(b.t, err, moderation.ErrNotFound)
	},
	"people of earlier cases are known": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Silence, room: live, on: []string{"a", "b"}, last: time.Hour})
		for _, j := range jobs {
			b.sendsAccepted(j)
		}
		require.NotZero(b.t, c.No)
		for _, more := range []int{0, 700} {
			n, err := b.s.KnownTargets(b.ctx, append(raiders(more), "a", "b", "c"))
			b.ok(err)
			require.Equal(b.t, 2, n)
		}
	},
}
