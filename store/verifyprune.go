package store

import (
	"errors"
	"slices"

	"bouncer/moderation"
)

// errAnchor means that the anchor of a pruned log is not the one that the log itself records.
var errAnchor = errors.New("the beginning of the log differs from the log: its row in meta is not what the entry of the last prune says")

// readPrunes reads from the sealed entries where the log begins and up to where bodies were erased.
// The walk along the chain verifies those entries like any other.
func (a *rowVerifier) readPrunes(q querier) error {
	bodies, err := rows(a, `SELECT b.body FROM entries e JOIN bodies b ON b.entry_id = e.id WHERE e.kind = ? AND e.number IS NOT NULL ORDER BY e.number`,
		[]any{string(moderation.EntryPruned)}, func(b *moderation.Body) []any { return []any{asJSON(b)} })
	if err != nil {
		return err
	}
	for _, b := range bodies {
		switch {
		case b.Pruned == nil:
			return errAnchor
		case b.Pruned.Bodies:
			a.bodiesUpTo = b.Pruned.Number
		default:
			a.anchor = *b.Pruned
		}
	}
	row, err := anchorOf(q)
	if err == nil && row.PrunedLog != a.anchor {
		err = errAnchor
	}
	return err
}

// proves reports whether the entries of a case can be compared with its rows: none was cut off or
// erased because of its age.
func (a *rowVerifier) proves(entries []*loggedEntry, no int64) bool {
	asked := slices.IndexFunc(entries, func(t *loggedEntry) bool { return t.kind == moderation.EntryOpened })
	if asked < 0 {
		return no > a.anchor.Cases
	}
	return !entries[asked].body.ContentErased
}
