package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"bouncer/moderation"
)

// loggedBody is a body with what its entry says about it.
type loggedBody struct {
	id, no int64
	kind   moderation.EntryKind
	body   string
}

const loggedBodies = `SELECT b.entry_id, e.case_no, e.kind, b.body FROM bodies b JOIN entries e ON e.id = b.entry_id WHERE `

func (k *loggedBody) fields() []any { return []any{&k.id, &k.no, &k.kind, &k.body} }

// clean returns a body without the person.
func (e *eraser) clean(k loggedBody) (string, error) {
	if k.kind == moderation.EntryErased || k.kind == moderation.EntryPruned {
		return k.body, nil
	}
	clean, err := e.json(k.body, e.concernsOnly(k.id, k.no, k.body))
	if err != nil {
		return "", fmt.Errorf("entry with id %d: %w", k.id, err)
	}
	return clean, nil
}

// findEntries returns the entries since the last search whose bodies name the person. The database
// searches the bodies; only what may be changed is decoded.
func (e *eraser) findEntries(ctx context.Context) (found []int64, err error) {
	q := e.store.read(ctx)
	var upTo int64
	if err := q.one(`SELECT COALESCE(MAX(entry_id), 0) FROM bodies`)(&upTo); err != nil {
		return nil, err
	}
	after := e.scanned
	check := func(found []int64, page []loggedBody) ([]int64, error) {
		for _, k := range page {
			clean, err := e.clean(k)
			if err != nil {
				return nil, err
			}
			if clean != k.body {
				found = append(found, k.id)
			}
		}
		return found, nil
	}
	cond, named := e.names(e.store.dialect, `b.body`)
	if found, err = inParts(ctx, after, upTo, func(ctx context.Context, last, upTo int64) (found []int64, err error) {
		for n := erasePage; n == erasePage; {
			page, err := rows(e.store.read(ctx), loggedBodies+`b.entry_id > ? AND b.entry_id <= ? AND (`+cond+`) ORDER BY b.entry_id`+limited,
				slices.Concat([]any{last, upTo}, named, []any{erasePage}), (*loggedBody).fields)
			if err == nil {
				found, err = check(found, page)
			}
			if err != nil {
				return nil, err
			}
			if n = len(page); n > 0 {
				last = page[n-1].id
			}
		}
		return found, nil
	}); err != nil {
		return nil, err
	}
	// What concerns only the person need not name the person.
	for column, of := range map[string]map[int64]bool{`e.case_no`: e.onlyCases, `e.id`: e.gone} {
		for part := range slices.Chunk(trueKeys(of), eraseBatch) {
			page, err := rows(q, loggedBodies+column+` IN (`+numbers(part)+`) AND e.id > ? AND e.id <= ?`, []any{after, upTo}, (*loggedBody).fields)
			if err == nil {
				found, err = check(found, page)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	e.scanned = upTo
	slices.Sort(found)
	return slices.Compact(found), nil
}

// entries rewrites the bodies in the log that name the person. A rewritten body has no salt: the
// entry of the same transaction proves it.
func (e *eraser) entries(ctx context.Context) error {
	e.scanned = 0
	found, err := e.findEntries(ctx)
	if err != nil {
		return err
	}
	return inBatches(ctx, e, found, func(part []int64) error {
		var erased []moderation.ErasedBody
		for _, id := range part {
			all, err := rows(e, loggedBodies+`b.entry_id = ?`, []any{id}, (*loggedBody).fields)
			if err != nil || len(all) == 0 {
				return err
			}
			clean, err := e.clean(all[0])
			if err != nil {
				return err
			}
			if clean == all[0].body {
				continue
			}
			if _, err := e.exec(`UPDATE bodies SET salt = '', body = ? WHERE entry_id = ?`, clean, id); err != nil {
				return err
			}
			erased = append(erased, moderation.ErasedBody{Entry: id, Hash: innerHash("", clean)})
		}
		e.did.Entries += len(erased)
		if len(erased) == 0 {
			return nil
		}
		return e.writeEntry(erased)
	})
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

// writeEntry records that bodies were rewritten, and chains the entry in its own transaction: an
// unsealed erasure that is found later is forged.
func (e *eraser) writeEntry(erased []moderation.ErasedBody) error {
	if _, err := e.entry(0, moderation.EntryErased, moderation.Body{
		Actor: &e.who.By, Person: e.marker, Count: len(erased), Erased: erased,
	}, ""); err != nil {
		return err
	}
	if err := e.sealAll(true); err != nil {
		return err
	}
	e.recorded = true
	return nil
}
