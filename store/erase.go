package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"bouncer/moderation"
)

// eraseBatch is how many rewritten bodies one entry names, and how many rows are read at once.
const eraseBatch = 500

// eraser is one erasure in progress.
type eraser struct {
	*tx
	scrub
	who moderation.ErasureRequest
	did moderation.ErasureResult
	// onlyCases are the cases that concern only this person.
	onlyCases map[int64]bool
	cases     map[int64]bool
	// gone are the entries whose text is removed completely.
	gone   map[int64]bool
	bodies []moderation.ErasedBody
}

// Erase removes a person's data from everything stored. Chained entries keep their place and hash:
// their body is rewritten without the person, and the erasure's entry names them with the hash of
// the new body. It is refused (CodeEraseRestricted, CodeEraseActive) while something restricts,
// runs or waits for that person. It returns what was erased.
func (s *Store) Erase(ctx context.Context, who moderation.ErasureRequest) (did moderation.ErasureResult, err error) {
	if (who.Target == "") == (who.User == "") {
		return did, errors.New("store: an erasure needs either a target or a Slack user")
	}
	err = s.write(ctx, func(t *tx) error {
		e := newEraser(t, who)
		for _, step := range []func() error{e.checkTarget, e.remarks, e.rows, e.entries, e.writeEntries, e.sealEntries} {
			if err := step(); err != nil {
				return err
			}
		}
		did = e.did
		return nil
	})
	if err != nil {
		return moderation.ErasureResult{}, err
	}
	_, err = s.checkpoint(ctx)
	return did, err
}

// newEraser makes the marker with a key that is not kept, so ids cannot be found by trying.
func newEraser(t *tx, who moderation.ErasureRequest) *eraser {
	id := who.Target + who.User
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails: crypto/rand ends the process instead
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte(id))
	marker := "erased:" + hex.EncodeToString(mac.Sum(nil)[:4])
	return &eraser{
		tx: t, scrub: scrub{id: id, marker: marker, slack: who.User != ""}, who: who, did: moderation.ErasureResult{Marker: marker},
		onlyCases: make(map[int64]bool), cases: make(map[int64]bool), gone: make(map[int64]bool),
	}
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
	var err error
	if e.also, err = column[string](e, `SELECT DISTINCT actor_key FROM cases WHERE actor_user = ? AND actor_key <> ?`, e.id, e.id); err != nil {
		return err
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

// remarks erases notes about the person, and evidence that the person wrote, that names the
// person, or that belongs to a case about nobody else.
func (e *eraser) remarks() error {
	type remark struct {
		id, no, entry      int64
		author, text, link string
	}
	var evidence []int64
	if !e.slack {
		notes, err := rows(e, `SELECT id, entry_id FROM notes WHERE app = ? AND target = ?`, []any{e.s.app, e.id}, func(r *remark) []any {
			return []any{&r.id, &r.entry}
		})
		if err != nil {
			return err
		}
		for _, n := range notes {
			e.gone[n.entry] = true
			if _, err := e.exec(`UPDATE notes SET text = ?, erased = 1 WHERE id = ?`, moderation.ErasedPlaceholder, n.id); err != nil {
				return err
			}
		}
		e.did.Notes = len(notes)
	}
	for last, n := int64(0), eraseBatch; n == eraseBatch; {
		page, err := rows(e, `SELECT id, case_no, author, text || ' ' || note, link, entry_id FROM evidence WHERE id > ? ORDER BY id`+limited,
			[]any{last, eraseBatch}, func(r *remark) []any {
				return []any{&r.id, &r.no, &r.author, &r.text, &r.link, &r.entry}
			})
		if err != nil {
			return err
		}
		n = len(page)
		for _, r := range page {
			if last = r.id; e.onlyCases[r.no] || r.author == e.id || e.text(r.text) != r.text || e.text(r.link) != r.link {
				evidence, e.gone[r.entry] = append(evidence, r.id), true
			}
		}
	}
	for _, id := range evidence {
		if _, err := e.exec(`UPDATE evidence SET author = '', text = '', link = '', note = '', erased = 1 WHERE id = ?`, id); err != nil {
			return err
		}
	}
	e.did.OtherRows += len(evidence)
	return nil
}

// entries rewrites the bodies in the log that name the person. A rewritten body has no salt: the
// erasure's entry proves it.
func (e *eraser) entries() error {
	type kept struct {
		id, no int64
		kind   moderation.EntryKind
		body   string
	}
	for last, n := int64(0), eraseBatch; n == eraseBatch; {
		page, err := rows(e, `SELECT b.entry_id, e.case_no, e.kind, b.body FROM bodies b JOIN entries e ON e.id = b.entry_id
			WHERE b.entry_id > ? ORDER BY b.entry_id`+limited, []any{last, eraseBatch}, func(k *kept) []any {
			return []any{&k.id, &k.no, &k.kind, &k.body}
		})
		if err != nil {
			return err
		}
		n = len(page)
		for _, k := range page {
			if last = k.id; k.kind == moderation.EntryErased {
				continue
			}
			clean, err := e.json(k.body, e.concernsOnly(k.id, k.no, k.body))
			if err != nil {
				return fmt.Errorf("entry with id %d: %w", k.id, err)
			}
			if clean == k.body {
				continue
			}
			if _, err := e.exec(`UPDATE bodies SET salt = '', body = ? WHERE entry_id = ?`, clean, k.id); err != nil {
				return err
			}
			e.bodies = append(e.bodies, moderation.ErasedBody{Entry: k.id, Hash: innerHash("", clean)})
		}
	}
	e.did.Entries = len(e.bodies)
	return nil
}

// concernsOnly reports whether a body concerns only this person. A body of another version may not
// say so: then only the name is removed from its text.
func (e *eraser) concernsOnly(id, no int64, body string) bool {
	if e.gone[id] || e.onlyCases[no] {
		return true
	}
	var b moderation.Body
	if e.slack || !e.isIn(body) || json.Unmarshal([]byte(body), &b) != nil {
		return false
	}
	only := func(ids []string) bool { return len(ids) == 1 && ids[0] == e.id }
	return only(b.Targets) || b.Action != nil && (only(b.Action.Targets) || b.Action.Search.Target == e.id)
}

// sealEntries chains this erasure in its own transaction: an unsealed erasure that is found later
// is forged.
func (e *eraser) sealEntries() error {
	for n := sealBatch; n == sealBatch; {
		var err error
		if n, _, err = e.seal(true); err != nil {
			return err
		}
	}
	return nil
}

// writeEntries records the erasure, unless there was nothing to erase.
func (e *eraser) writeEntries() error {
	e.did.Cases = len(e.cases)
	if e.did.Entries+e.did.Cases+e.did.Notes+e.did.OtherRows == 0 {
		return nil
	}
	for left := e.bodies; ; left = left[min(len(left), eraseBatch):] {
		part := left[:min(len(left), eraseBatch)]
		if _, err := e.entry(0, moderation.EntryErased, moderation.Body{
			Actor: &e.who.By, Person: e.marker, Count: e.did.Entries, Erased: part,
		}, ""); err != nil {
			return err
		}
		if len(left) <= eraseBatch {
			return nil
		}
	}
}
