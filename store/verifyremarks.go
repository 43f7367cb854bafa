package store

import (
	"fmt"
	"strings"

	"bouncer/moderation"
)

// checkNotes compares each note with its entry.
func (a *rowVerifier) checkNotes() error {
	return a.checkRemarks(`SELECT n.id, n.target, n.actor, n.text, '', n.erased, n.entry_id, COALESCE(e.kind, ''), b.body
		FROM notes n LEFT JOIN entries e ON e.id = n.entry_id LEFT JOIN bodies b ON b.entry_id = e.id ORDER BY n.id`, "note", moderation.EntryNote,
		func(b moderation.Body) string { return strings.Join(b.Targets, "") })
}

// checkEvidence compares each piece of evidence with its entry.
func (a *rowVerifier) checkEvidence() error {
	return a.checkRemarks(`SELECT n.id, n.author, n.actor, n.text, n.link, n.erased, n.entry_id, COALESCE(e.kind, ''), b.body
		FROM evidence n LEFT JOIN entries e ON e.id = n.entry_id LEFT JOIN bodies b ON b.entry_id = e.id ORDER BY n.id`, "evidence", moderation.EntryEvidence,
		func(b moderation.Body) string { return b.Person })
}

func (a *rowVerifier) checkRemarks(query, what string, kind moderation.EntryKind, about func(moderation.Body) string) error {
	type remark struct {
		id, entry       int64
		erased          bool
		who, text, link string
		actor           moderation.Actor
		kind            moderation.EntryKind
		body            moderation.Body
	}
	return forEach(a, query, nil, func(r *remark) []any {
		return []any{&r.id, &r.who, asJSON(&r.actor), &r.text, &r.link, &r.erased, &r.entry, &r.kind, asJSON(&r.body)}
	}, func(r *remark) error {
		_, rewritten := a.erased[r.entry]
		switch b := r.body; {
		case r.kind == "" && r.entry > 0 && r.entry <= a.anchor.Entry, b.ContentErased:
		case r.kind != kind:
			return fmt.Errorf("%s %d differs from the log: it has no entry", what, r.id)
		case r.erased && !rewritten:
			return fmt.Errorf("%s %d differs from the log: it is marked as erased, but no erasure names it", what, r.id)
		case r.erased:
		case b.Actor != nil && !sameText(r.actor.User, b.Actor.User):
			return differs(what, r.id, "author")
		case !sameText(r.who, about(b)) || !sameText(r.text, b.Detail) || !sameText(r.link, b.Link):
			return differs(what, r.id, "text")
		}
		return nil
	})
}
