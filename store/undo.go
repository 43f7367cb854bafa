package store

import (
	"encoding/json"
	"fmt"
	"slices"

	"bouncer/moderation"
)

// An undo takes another case's moves away; what stood before them stands again,
// if it still would. So it sets free, or says again what an older case wanted:
// which of the two is known only from the standing, target by target.

// undo moves the standing of an undo's targets. Where something newer stands
// than the case that is undone, the target is superseded from its birth.
func (t *tx) undo(c *caseRow, j moderation.Job, size int) error {
	media, err := c.media()
	if err != nil {
		return err
	}
	pending, err := t.targetsWhere(c, `outcome = 'pending'`)
	if err != nil {
		return err
	}
	passed := make(map[int64][]target)
	chunks := newRechunk(size)
	for _, g := range pending {
		newer, said, err := t.undoOne(c, j, g, media)
		if err != nil {
			return err
		}
		if said == nil {
			passed[newer] = append(passed[newer], g)
			continue
		}
		if chunk := chunks.of(*said); chunk != g.chunk {
			if _, err := t.exec(`UPDATE targets SET chunk = ? WHERE case_no = ? AND seq = ?`, chunk, c.no, g.seq); err != nil {
				return err
			}
		}
	}
	if err := t.dropBehind(c, passed); err != nil {
		return err
	}
	return t.undone(c)
}

// undoOne takes the undone case's moves of one target away. said is what is to
// be sent for it; nil when something newer stands in all media.
func (t *tx) undoOne(c *caseRow, j moderation.Job, g target, media []moderation.Medium) (newer int64, said *saying, err error) {
	rows, err := t.standingOf(c.app, c.room, g.id)
	if err != nil {
		return 0, nil, err
	}
	for _, r := range rows {
		if !slices.Contains(media, r.medium) {
			continue
		}
		if mine, err := t.ofStands(c, j, g, r); err != nil || !mine {
			if err != nil {
				return 0, nil, err
			}
			newer = max(newer, r.no)
			continue
		}
		generation, err := t.count("generation", 1)
		if err != nil {
			return 0, nil, err
		}
		if err := t.replace(c, j, g, r.medium, generation, false, moderation.MoveUndo); err != nil {
			return 0, nil, err
		}
		under, err := t.inForce(c.app, c.room, g.id, string(r.medium), 0, false)
		if err != nil {
			return 0, nil, err
		}
		if !under.bound {
			under.no = c.no
		}
		if err := t.standsAgain(c, g, string(r.medium), under, generation); err != nil {
			return 0, nil, err
		}
		s := saying{bound: under.bound, until: under.until}
		if carriesMute(c.verb) {
			s = saying{} // each target is a call of its own, computed from both media
		}
		said = &s
	}
	return newer, said, nil
}

// undone notes on the case that was undone which targets it holds no more.
func (t *tx) undone(c *caseRow) error {
	was, err := loadCase(t, c.of)
	if err != nil {
		return err
	}
	mine, err := t.targetsWhere(c, `outcome = 'pending'`)
	if err != nil || len(mine) == 0 {
		return err
	}
	for _, g := range mine {
		on, err := t.targetsWhere(was, `target = ?`, g.id)
		if err != nil {
			return err
		}
		if len(on) == 0 {
			return fmt.Errorf("case %d has no target %q to be undone by case %d", was.no, g.id, c.no)
		}
		if on[0].lift != "" {
			continue
		}
		if err := t.liftedAs(was, on[0], liftUndone); err != nil {
			return err
		}
	}
	return t.changed(was)
}

// liftUndone is how a target's binding ended that was taken back.
const liftUndone = "undone"

// notUndone takes that note back: the undo came to nothing. The end of the
// binding is queued anew, since the one that came due meanwhile did nothing.
func (t *tx) notUndone(c *caseRow, g target) error {
	was, err := loadCase(t, c.of)
	if err != nil {
		return err
	}
	on, err := t.targetsWhere(was, `target = ? AND lift = ?`, g.id, liftUndone)
	if err != nil || len(on) == 0 {
		return err
	}
	// One that asks, or came to nothing, has no end to be seen to.
	if stood, err := t.stood(was, on[0]); err != nil || stood && was.until != 0 {
		if err != nil {
			return err
		}
		return t.liftAgain(was.no, on[0].seq)
	}
	if _, err := t.exec(`UPDATE targets SET lift = '' WHERE case_no = ? AND seq = ?`, was.no, on[0].seq); err != nil {
		return err
	}
	was.ended, was.endedAt = "", 0
	return t.changed(was)
}

// saying is what a call has to say for a target: that it is free, or bound
// until a time, 0 for none.
type saying struct {
	bound bool
	until int64
}

// rechunk sorts targets into chunks of those of which the same is said.
type rechunk struct {
	size int
	last int64
	open map[saying]int64 // the chunk that still has room
	n    map[int64]int
}

func newRechunk(size int) *rechunk {
	return &rechunk{size: max(size, 1), open: make(map[saying]int64), n: make(map[int64]int)}
}

func (r *rechunk) of(s saying) int64 {
	chunk, ok := r.open[s]
	if !ok || r.n[chunk] == r.size {
		r.last++
		chunk = r.last
		r.open[s] = chunk
	}
	r.n[chunk]++
	return chunk
}

// sayUndo finds what an undo's chunk has to say under the standing as it is by
// now. Targets of which another thing is to be said since go into a chunk of
// their own.
func (t *tx) sayUndo(b *beginning) (moderation.Verb, error) {
	sayOf := func(g target) saying {
		for _, r := range b.rows[g.seq] {
			if slices.Contains(b.media, r.medium) && r.holds(t.now) {
				return saying{bound: true, until: r.until}
			}
		}
		return saying{}
	}
	if carriesMute(b.c.verb) {
		return b.c.verb, nil
	}
	first := sayOf(b.targets[0])
	var same, others []target
	for _, g := range b.targets {
		if sayOf(g) == first {
			same = append(same, g)
		} else {
			others = append(others, g)
		}
	}
	b.targets = same
	if len(others) > 0 {
		if err := t.apart(b, others); err != nil {
			return "", err
		}
	}
	b.until = first.until
	if first.bound {
		return binder(b.media[0]), nil
	}
	return b.c.verb, nil
}

// apart takes targets out of a chunk: they go out by themselves. Those whose
// call may have landed end unknown: a chunk of their own would not know of it.
func (t *tx) apart(b *beginning, targets []target) error {
	if b.began.Silent {
		if err := t.drop(b.c, targets, moderation.Unknown, moderation.EntryDropped, moderation.Body{
			Code: moderation.CodeVendorSilent, Chunk: b.Chunk,
		}); err != nil {
			return err
		}
		return t.changed(b.c)
	}
	return t.ownChunk(b.c, b.job, targets...)
}

// ownChunk makes a chunk of its own of targets of a job's chunk, and queues it.
func (t *tx) ownChunk(c *caseRow, j moderation.Job, targets ...target) error {
	var w moderation.ChunkWork
	if err := json.Unmarshal(j.Payload, &w); err != nil {
		return fmt.Errorf("job %d: %w", j.ID, err)
	}
	var chunk int64
	if err := t.one(`SELECT MAX(chunk) + 1 FROM targets WHERE case_no = ?`, c.no)(&chunk); err != nil {
		return err
	}
	for _, g := range targets {
		if _, err := t.exec(`UPDATE targets SET chunk = ? WHERE case_no = ? AND seq = ?`, chunk, c.no, g.seq); err != nil {
			return err
		}
	}
	generation, err := t.count("generation", 1)
	if err != nil {
		return err
	}
	w.Chunk = int(chunk)
	payload, err := json.Marshal(w)
	if err != nil {
		return fmt.Errorf("a job that cannot be kept: %w", err)
	}
	return t.queue(c.no, moderation.NewJob{
		Key: "chunk:" + itoa(chunk) + ":apart:" + itoa(generation), Queue: j.Queue, Kind: moderation.JobChunk, Payload: payload,
	})
}
