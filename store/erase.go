package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"

	"bouncer/moderation"
)

// Bounds of one step of an erasure: how many rows are read at once, and how many of them, or of
// entries, are rewritten in one transaction. Other work waits for it.
const (
	erasePage  = 500
	eraseBatch = 100
)

// erasePasses is how often an erasure starts again because something about the person was written
// meanwhile.
const erasePasses = 5

// eraser is one erasure in progress.
type eraser struct {
	*tx // of the current step
	scrub
	store *Store
	who   moderation.ErasureRequest
	did   moderation.ErasureResult
	// onlyCases are the cases that concern only this person.
	onlyCases map[int64]bool
	cases     map[int64]bool
	// notes and evidence are the rows, and gone the entries, whose text is removed completely.
	notes, evidence []int64
	gone            map[int64]bool
	scanned         int64 // entries up to this id were searched
	recorded        bool  // an entry says that there was an erasure
}

// Erase removes a person's data from everything stored. Chained entries keep their place and hash:
// their body is rewritten without the person, and the erasure's entries name them with the hash of
// the new body. It is refused (CodeEraseRestricted, CodeEraseActive) while something restricts,
// runs or waits for that person.
//
// It searches without a transaction and rewrites in small ones, so that a bot can work beside it.
// After an error, part of the data may be erased: run it again.
func (s *Store) Erase(ctx context.Context, who moderation.ErasureRequest) (did moderation.ErasureResult, err error) {
	if (who.Target == "") == (who.User == "") {
		return did, errors.New("store: an erasure needs either a target or a Slack user")
	}
	e := newEraser(s, who)
	for pass, more := 0, true; more; pass++ {
		if pass == erasePasses {
			return did, moderation.NewError(moderation.CodeEraseActive)
		}
		// What shows which rows concern the person goes last, so that another run finds them.
		for _, step := range []func(context.Context) error{e.check, e.findRemarks, e.entries, e.remarks, e.rows} {
			if err := step(ctx); err != nil {
				return did, err
			}
		}
		found, err := e.findEntries(ctx)
		if err != nil {
			return did, err
		}
		more = len(found) > 0
	}
	if err := e.record(ctx); err != nil {
		return did, err
	}
	_, err = s.checkpoint(ctx)
	return e.did, err
}

// step runs one transaction, unless the person has a running, waiting or active case now.
func (e *eraser) step(ctx context.Context, run func() error) error {
	before := e.did
	return e.store.write(ctx, func(t *tx) error {
		e.tx, e.did = t, before // it may be run again
		if err := e.checkTarget(); err != nil {
			return err
		}
		return run()
	})
}

// inBatches runs steps over a list, each for a part of it.
func inBatches[T any](ctx context.Context, e *eraser, list []T, run func(part []T) error) error {
	for part := range slices.Chunk(list, eraseBatch) {
		if err := e.step(ctx, func() error { return run(part) }); err != nil {
			return err
		}
	}
	return nil
}

// newEraser makes the marker with a key that is not kept, so ids cannot be found by trying.
func newEraser(s *Store, who moderation.ErasureRequest) *eraser {
	id := who.Target + who.User
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails: crypto/rand ends the process instead
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte(id))
	marker := "erased:" + hex.EncodeToString(mac.Sum(nil)[:4])
	return &eraser{
		store: s, scrub: scrub{id: id, marker: marker, slack: who.User != ""}, who: who, did: moderation.ErasureResult{Marker: marker},
		onlyCases: make(map[int64]bool), cases: make(map[int64]bool), gone: make(map[int64]bool),
	}
}

// check refuses before anything is changed.
func (e *eraser) check(ctx context.Context) error {
	if err := e.step(ctx, func() error { return nil }); err != nil {
		return err
	}
	found, err := e.find(ctx, personalTable("jobs"))
	for _, r := range found {
		if !r.done {
			return moderation.NewError(moderation.CodeEraseActive, "case", itoa(r.no))
		}
	}
	return err
}

// checkTarget refuses while the person has a running, waiting or active case, and finds their
// cases.
func (e *eraser) checkTarget() error {
	if e.slack {
		return e.checkUser()
	}
	places, err := e.s.recordsInForce(e, `a.app = ? AND a.target = ?`, e.s.app, e.id)
	if err != nil {
		return err
	}
	for _, p := range places {
		for _, m := range p.media() {
			if st := p.timeline(m).InForce(e.clock); st.Restricts {
				return moderation.NewError(moderation.CodeEraseRestricted, "case", itoa(st.Case))
			}
		}
	}
	type about struct {
		no, people int64
		state      moderation.State
	}
	cases, err := rows(e, `SELECT g.case_no, c.state, (SELECT COUNT(*) FROM targets o WHERE o.case_no = g.case_no)
		FROM targets g JOIN cases c ON c.no = g.case_no WHERE g.app = ? AND g.target = ?`, []any{e.s.app, e.id}, func(c *about) []any {
		return []any{&c.no, &c.state, &c.people}
	})
	for _, c := range cases {
		if c.state != moderation.Done {
			return moderation.NewError(moderation.CodeEraseActive, "case", itoa(c.no))
		}
		e.cases[c.no], e.onlyCases[c.no] = true, c.people == 1
	}
	return err
}

// checkUser finds the other ids of a Slack user, and refuses while one of the user's cases has not
// ended, or the user is suspended.
func (e *eraser) checkUser() error {
	also, err := column[string](e, `SELECT DISTINCT actor_key FROM cases WHERE actor_user = ? AND actor_key <> ?`, e.id, e.id)
	if err != nil {
		return err
	}
	for _, id := range also {
		if !slices.Contains(e.also, id) && id != e.marker {
			e.also = append(e.also, id)
		}
	}
	for _, id := range e.ids() {
		var no int64
		err := e.one(`SELECT no FROM cases WHERE (actor_user = ? OR actor_key = ?) AND state <> 'done' LIMIT 1`, id, id)(&no)
		if err == nil {
			return moderation.NewError(moderation.CodeEraseActive, "case", itoa(no))
		}
		if !errors.Is(err, moderation.ErrNotFound) {
			return err
		}
	}
	for _, id := range e.ids() { // approvers must stay known until the case is decided
		var no int64
		err := e.one(`SELECT c.no FROM cases c JOIN votes v ON v.case_no = c.no AND v.person = ? WHERE c.state = 'waiting' AND c.state <> 'done' LIMIT 1`, id)(&no)
		if err == nil {
			return moderation.NewError(moderation.CodeEraseActive, "case", itoa(no))
		}
		if !errors.Is(err, moderation.ErrNotFound) {
			return err
		}
	}
	actors, err := column[string](e, `SELECT actor FROM suspensions WHERE app = ? AND ended_at = 0 AND (until_at = 0 OR until_at > ?)`, e.s.app, e.now)
	if slices.ContainsFunc(actors, e.isIn) {
		return moderation.NewError(moderation.CodeEraseActive)
	}
	return err
}

// findRemarks finds notes about the person, and evidence that the person wrote, that names the
// person, or that belongs to a case about nobody else.
func (e *eraser) findRemarks(ctx context.Context) error {
	type remark struct {
		id, no, entry      int64
		author, text, link string
	}
	e.notes, e.evidence = nil, nil
	r := e.store.read(ctx)
	if !e.slack {
		notes, err := rows(r, `SELECT id, entry_id FROM notes WHERE app = ? AND target = ? AND erased = 0`, []any{e.store.app, e.id}, func(r *remark) []any {
			return []any{&r.id, &r.entry}
		})
		if err != nil {
			return err
		}
		for _, n := range notes {
			e.notes, e.gone[n.entry] = append(e.notes, n.id), true
		}
	}
	for last, n := int64(0), erasePage; n == erasePage; {
		page, err := rows(r, `SELECT id, case_no, author, text || ' ' || note, link, entry_id FROM evidence WHERE id > ? AND erased = 0 ORDER BY id`+limited,
			[]any{last, erasePage}, func(r *remark) []any {
				return []any{&r.id, &r.no, &r.author, &r.text, &r.link, &r.entry}
			})
		if err != nil {
			return err
		}
		n = len(page)
		for _, r := range page {
			if last = r.id; e.onlyCases[r.no] || r.author == e.id || e.text(r.text) != r.text || e.text(r.link) != r.link {
				e.evidence, e.gone[r.entry] = append(e.evidence, r.id), true
			}
		}
	}
	return nil
}

// remarks removes the texts that findRemarks found.
func (e *eraser) remarks(ctx context.Context) error {
	err := inBatches(ctx, e, e.notes, func(part []int64) error {
		for _, id := range part {
			if _, err := e.exec(`UPDATE notes SET text = ?, erased = 1 WHERE id = ?`, moderation.ErasedPlaceholder, id); err != nil {
				return err
			}
		}
		e.did.Notes += len(part)
		return nil
	})
	if err != nil {
		return err
	}
	return inBatches(ctx, e, e.evidence, func(part []int64) error {
		for _, id := range part {
			if _, err := e.exec(`UPDATE evidence SET author = '', text = '', link = '', note = '', erased = 1 WHERE id = ?`, id); err != nil {
				return err
			}
		}
		e.did.OtherRows += len(part)
		return nil
	})
}

// record records an erasure that rewrote no entry, unless there was nothing to erase.
func (e *eraser) record(ctx context.Context) error {
	e.did.Cases = len(e.cases)
	if e.recorded || e.did.Cases+e.did.Notes+e.did.OtherRows == 0 {
		return nil
	}
	return e.step(ctx, func() error { return e.writeEntry(nil) })
}
