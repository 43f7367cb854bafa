package store

import (
	"encoding/json"
	"fmt"
	"time"

	"bouncer/moderation"
)

// target is a target of a case as transactions use it, without what is only for display.
type target struct {
	moderation.Target
	overdue  bool
	callEnds time.Time // of its newest call
}

// targetsWhere reads targets of a case. cond is our own SQL, never user-supplied text.
func (t *tx) targetsWhere(c *storedCase, cond string, args ...any) ([]target, error) {
	return rows(t, `SELECT seq, chunk, room, target, outcome, lift, overdue, call_ends FROM targets WHERE case_no = ? AND `+cond+` ORDER BY seq`,
		append([]any{c.No}, args...), func(g *target) []any {
			return []any{&g.Seq, &g.Chunk, roomOfCase{c, &g.Room}, &g.ID, &g.Outcome, &g.Lift, &g.overdue, asTime(&g.callEnds)}
		})
}

// key returns the target's key in other tables.
func (g target) key() targetKey { return targetKey{g.Room.String(), g.ID} }

// roomPart is up to idsAtOnce targets in one room.
type roomPart struct {
	room    string
	targets []target
}

// byRoom splits targets by room into parts that one statement names, in their order.
func byRoom(targets []target) (parts []roomPart) {
	last := make(map[string]int, 1) // the newest part of a room
	for _, g := range targets {
		key := g.Room.String()
		i, known := last[key]
		if !known || len(parts[i].targets) == idsAtOnce {
			i = len(parts)
			parts, last[key] = append(parts, roomPart{room: key}), i
		}
		parts[i].targets = append(parts[i].targets, g)
	}
	return parts
}

func (p roomPart) ids() []string {
	ids := make([]string, len(p.targets))
	for i, g := range p.targets {
		ids[i] = g.ID
	}
	return ids
}

func seqsOf(targets []target) []int {
	seqs := make([]int, len(targets))
	for i, g := range targets {
		seqs[i] = g.Seq
	}
	return seqs
}

// pendingIn reads the pending targets of a part of a case.
func (t *tx) pendingIn(c *storedCase, in span) ([]target, error) {
	return t.targetsWhere(c, `outcome = 'pending' AND seq BETWEEN ? AND ?`, in.from, in.to)
}

// updateTargets sets columns of up to idsAtOnce targets of a case.
func (t *tx) updateTargets(no int64, set string, args []any, seqs []int) error {
	update := `UPDATE targets SET ` + set + ` WHERE case_no = ? AND seq `
	args = append(args, no)
	if len(seqs) == 1 {
		return t.run(update+`= ?`, append(args, seqs[0])...)
	}
	in, list := inList(seqs)
	return t.run(update+`IN `+in, append(args, list...)...)
}

// rechunk sorts targets into chunks that are in one room and get the same state.
type rechunk struct {
	size int
	last int
	open map[roomWant]int // the chunk that still has space
	n    map[int]int
}

type roomWant struct {
	room string
	want callWant
}

// newRechunk returns a rechunk whose first chunk is the one after the given.
func newRechunk(size, after int) *rechunk {
	return &rechunk{size: max(size, 1), last: after, open: make(map[roomWant]int), n: make(map[int]int)}
}

func (r *rechunk) of(w roomWant) int {
	chunk, ok := r.open[w]
	if !ok || r.n[chunk] == r.size {
		r.last++
		chunk = r.last
		r.open[w] = chunk
	}
	r.n[chunk]++
	return chunk
}

// ownChunk moves targets of a job's chunk into a new chunk, and queues it.
func (t *tx) ownChunk(c *storedCase, j moderation.Job, targets ...target) error {
	var w moderation.SyncWork
	if err := json.Unmarshal(j.Payload, &w); err != nil {
		return fmt.Errorf("job %d: %w", j.ID, err)
	}
	var chunk int
	if err := t.one(`SELECT MAX(chunk) + 1 FROM targets WHERE case_no = ?`, c.No)(&chunk); err != nil {
		return err
	}
	for _, g := range targets {
		if err := t.run(`UPDATE targets SET chunk = ? WHERE case_no = ? AND seq = ?`, chunk, c.No, g.Seq); err != nil {
			return err
		}
	}
	generation, err := t.count("generation", 1)
	if err != nil {
		return err
	}
	w.Chunk = chunk
	payload, err := json.Marshal(w)
	if err != nil {
		return fmt.Errorf("encode the job: %w", err)
	}
	return t.queue(c.No, moderation.NewJob{
		Key: "chunk:" + itoa(chunk) + ":apart:" + itoa(generation), Queue: j.Queue, Kind: j.Kind, Payload: payload,
	})
}
