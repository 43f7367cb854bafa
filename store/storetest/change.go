package storetest

import (
	"encoding/json"
	"slices"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

// change describes an undo or an extension of a case.
func (b *bench) change(c moderation.Case, rel moderation.Relation, last time.Duration, on ...string) moderation.NewCase {
	a := asks{verb: c.Action.Verb, room: c.Action.Room, media: c.Action.Media, on: on, last: last, chunk: 20}
	if rel == moderation.RelUndo {
		a.verb = moderation.LiftingVerb(c.Action.Verb)
	}
	if c.Action.Verb == moderation.Mute {
		a.chunk = 1
	}
	o := b.deciding(a, moderation.Decision{Allowed: true, Rule: "mods"})
	o.Case.Action.RelatedCase, o.Case.Action.Relation, o.ChunkSize = c.No, rel, a.chunk
	return o
}

func (b *bench) opened(o moderation.NewCase) moderation.Case {
	b.t.Helper()
	c, err := b.s.OpenCase(b.ctx, b.command(), o)
	b.ok(err)
	return c
}

// undoes opens an undo of a case, and claims its chunks.
func (b *bench) undoes(c moderation.Case, on ...string) (moderation.Case, []moderation.Job) {
	b.t.Helper()
	u := b.opened(b.change(c, moderation.RelUndo, 0, on...))
	return u, b.chunks(u)
}

func (b *bench) extends(c moderation.Case, last time.Duration, on ...string) (moderation.Case, []moderation.Job) {
	b.t.Helper()
	e := b.opened(b.change(c, moderation.RelExtend, last, on...))
	return e, b.chunks(e)
}

// chunks claims the chunks of a case.
func (b *bench) chunks(c moderation.Case) []moderation.Job {
	b.t.Helper()
	jobs, err := b.s.Claim(b.ctx, moderation.QueueCall, 1000)
	b.ok(err)
	bulk, err := b.s.Claim(b.ctx, moderation.QueueBulk, 1000)
	b.ok(err)
	jobs = append(jobs, bulk...)
	for _, j := range jobs {
		require.Equal(b.t, c.No, j.Case)
	}
	return jobs
}

// sendsAccepted announces a chunk, records it as accepted, and returns the request.
func (b *bench) sendsAccepted(j moderation.Job) moderation.Request {
	b.t.Helper()
	began := b.sends(j, chunkOf(b.t, j))
	b.answers(j, began.Call, yes, accepted)
	return began.Request
}

// allDone lets hours pass and accepts all lifts that come due; it returns their requests.
func (b *bench) allDone(d time.Duration) (said []moderation.Request) {
	b.t.Helper()
	b.clock.Add(d)
	for range 50 {
		jobs, err := b.s.Claim(b.ctx, moderation.QueueLift, 10)
		b.ok(err)
		if len(jobs) == 0 {
			return said
		}
		for _, j := range jobs {
			began := b.works(j)
			switch {
			case began.Done:
			case began.Wait > 0:
				b.ok(b.s.Retry(b.ctx, j, began.Wait))
			default:
				said = append(said, began.Request)
				b.answers(j, began.Call, yes, accepted)
			}
		}
	}
	b.t.Fatal("lifts never come to an end")
	return nil
}

func (b *bench) undoable(no int64) (still []string, newer int64) {
	b.t.Helper()
	found, newer, err := b.s.UndoableTargets(b.ctx, no)
	b.ok(err)
	require.Equal(b.t, len(found), b.view(no).Undoable)
	return idsOf(found), newer
}

// idsOf returns the ids of targets, each once.
func idsOf(of []moderation.Target) (ids []string) {
	for _, t := range of {
		if !slices.Contains(ids, t.ID) {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// chunkOf returns the chunk that a job sends.
func chunkOf(t require.TestingT, j moderation.Job) int {
	var w moderation.SyncWork
	require.NoError(t, json.Unmarshal(j.Payload, &w))
	return w.Chunk
}
