package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"bouncer/moderation"
)

// The chain proves entries. People read cases, approvals, calls, notes, evidence and reviews,
// which are rows of other tables: so those are compared with the entries that record them.

// rowVerifier compares the rows of one snapshot with its entries.
type rowVerifier struct {
	ctx    context.Context //nolint:containedctx // lives for one walk
	conn   *sql.Tx
	erased map[int64]string
	// anchor is what the chain begins after, and bodiesUpTo the entry up to which bodies were erased
	// because of their age. What they recorded is not compared.
	anchor     moderation.PrunedLog
	bodiesUpTo int64
	rebind     func(string) string // turns ? into the placeholders of the database
}

// verifyBatch is how many cases are compared at once.
const verifyBatch = 200

// verify returns an error for the first row that differs from its entries, or nil.
func (a rowVerifier) verify() error {
	for _, check := range []func() error{a.checkCases, a.checkMissingCases, a.checkCalls, a.checkNotes, a.checkEvidence, a.checkMissingRows, a.checkPolicies} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (a rowVerifier) each(query string, args []any, row func(scan func(...any) error) error) error {
	rows, err := a.conn.QueryContext(a.ctx, a.rebind(query), args...)
	return walk(rows, err, row)
}

// loggedEntry is one entry of a case, for comparison with rows.
type loggedEntry struct {
	kind moderation.EntryKind
	at   int64
	body moderation.Body
}

func differs(what string, no int64, column string) error {
	return fmt.Errorf("%s %d differs from the log: its %s is not the one in the entries", what, no, column)
}

// sameText compares a text of a row and an entry. After an erasure the marker and the placeholders
// may differ in both.
func sameText(row, entry string) bool {
	return row == entry || isErased(row) || isErased(entry)
}

func isErased(s string) bool {
	return strings.Contains(s, "erased:") || s == moderation.ErasedPlaceholder
}

func (a rowVerifier) checkCases() error {
	for last, n := int64(0), verifyBatch; n == verifyBatch; {
		page, err := rows(a, `SELECT `+caseColumns+`, verb, room, actor_key, actor_user, reason, of_no, rel FROM cases WHERE no > ? ORDER BY no`+limited,
			[]any{last, verifyBatch}, (*foundCase).fields)
		if err != nil {
			return fmt.Errorf("a case after %d cannot be read: %w", last, err)
		}
		if n = len(page); n == 0 {
			return nil
		}
		for i := range page {
			if err := a.checkCase(&page[i]); err != nil {
				return err
			}
		}
		last = page[n-1].No
	}
	return nil
}

// foundCase is a case with its search columns, which repeat what its JSON says.
type foundCase struct {
	storedCase
	verb                                moderation.Verb
	inRoom, actorKey, actorUser, reason string
	of                                  int64
	rel                                 moderation.Relation
}

func (c *foundCase) fields() []any {
	return append(c.storedCase.fields(), &c.verb, &c.inRoom, &c.actorKey, &c.actorUser, &c.reason, &c.of, &c.rel)
}

func (a rowVerifier) checkCase(c *foundCase) error {
	entries, err := a.entriesOf(c.No)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(entries, func(t loggedEntry) bool { return t.kind == moderation.EntryOpened })
	if at < 0 && c.No <= a.anchor.Cases {
		return a.checkCounts(&c.storedCase, nil, moderation.Body{})
	}
	if at < 0 {
		return fmt.Errorf("case %d differs from the log: no entry records its request", c.No)
	}
	asked := entries[at].body
	if asked.ContentErased { // the chain proves that it was erased
		return a.checkCounts(&c.storedCase, nil, asked)
	}
	if asked.Actor == nil || asked.Action == nil {
		return differs("case", c.No, "request")
	}
	reason := asked.Action.Reason
	for _, t := range entries {
		if t.kind == moderation.EntryReason {
			reason = t.body.Detail
		}
	}
	is, was := c.Action, asked.Action
	for _, p := range []struct{ column, row, entry string }{
		{"text", c.Typed, asked.Typed}, {"verb", string(c.verb), string(was.Verb)}, {"verb", string(is.Verb), string(was.Verb)},
		{"room", c.inRoom, was.Room.String()}, {"room", is.Room.String(), was.Room.String()},
		{"author", c.Actor.User, asked.Actor.User}, {"author", c.Actor.Key(), asked.Actor.Key()},
		{"duration", fmt.Sprint(is.Duration, is.Permanent), fmt.Sprint(was.Duration, was.Permanent)},
		{"reason", is.Reason, reason},
		{"relation", fmt.Sprint(is.RelatedCase, is.Relation), fmt.Sprint(was.RelatedCase, was.Relation)},
		// Columns of the second migration, which left them empty in older cases.
		{"author", cmp.Or(c.actorUser, asked.Actor.User), asked.Actor.User}, {"author", cmp.Or(c.actorKey, asked.Actor.Key()), asked.Actor.Key()},
		{"relation", string(cmp.Or(c.rel, was.Relation)), string(was.Relation)}, {"relation", fmt.Sprint(cmp.Or(c.of, was.RelatedCase)), fmt.Sprint(was.RelatedCase)},
		{"reason", cmp.Or(c.reason, reason), reason},
	} {
		if !sameText(p.row, p.entry) {
			return differs("case", c.No, p.column)
		}
	}
	for _, check := range []func(*storedCase, []loggedEntry, moderation.Body) error{a.checkTargets, a.checkRequirement, a.checkApproval, a.checkCounts, a.checkEnd, a.checkReview} {
		if err := check(&c.storedCase, entries, asked); err != nil {
			return err
		}
	}
	return nil
}

func (a rowVerifier) entriesOf(no int64) ([]loggedEntry, error) {
	return rows(a, `SELECT e.kind, e.at, b.body FROM entries e JOIN bodies b ON b.entry_id = e.id WHERE e.case_no = ? ORDER BY e.id`, []any{no},
		func(t *loggedEntry) []any { return []any{&t.kind, &t.at, asJSON(&t.body)} })
}

// checkTargets compares the targets with the requested ones.
func (a rowVerifier) checkTargets(c *storedCase, _ []loggedEntry, asked moderation.Body) error {
	are, err := column[string](a, `SELECT target FROM targets WHERE case_no = ?`, c.No)
	if err != nil {
		return err
	}
	were := slices.Clone(asked.Action.Targets)
	if len(were) == 0 { // the whole room, or what another case restricts
		return nil
	}
	slices.Sort(are)
	slices.Sort(were)
	if !slices.Equal(are, were) && !slices.ContainsFunc(slices.Concat(are, were), isErased) {
		return differs("case", c.No, "list of targets")
	}
	return nil
}

// decisions are the entries that each decided approval state requires.
var decisions = map[moderation.ApprovalState]moderation.EntryKind{
	moderation.ApprovalApproved: moderation.EntryApproved, moderation.ApprovalOverridden: moderation.EntryOverride,
	moderation.ApprovalDenied: moderation.EntryDenied, moderation.ApprovalWithdrawn: moderation.EntryWithdrawn,
	moderation.ApprovalExpired: moderation.EntryExpired,
}

// checkApproval compares the approvals and their result with the entries.
func (a rowVerifier) checkApproval(c *storedCase, entries []loggedEntry, _ moderation.Body) error {
	if kind := decisions[c.Approval.State]; kind != "" &&
		!slices.ContainsFunc(entries, func(t loggedEntry) bool { return t.kind == kind }) {
		return differs("case", c.No, "approval")
	}
	approved, when := make(map[string]bool), make(map[string]int64)
	for _, t := range entries {
		switch {
		case t.kind != moderation.EntryApprovalGiven && t.kind != moderation.EntryApproved:
		case t.body.Code == moderation.CodeApproverLostRight:
			delete(approved, t.body.Person)
		case t.body.Actor != nil && t.body.Actor.User != "":
			approved[t.body.Actor.User], when[t.body.Actor.User] = true, t.at
		}
	}
	type approval struct {
		person string
		actor  moderation.Actor
		at     int64
	}
	approvals, err := rows(a, `SELECT person, actor, at FROM votes WHERE case_no = ?`, []any{c.No}, func(v *approval) []any {
		return []any{&v.person, asJSON(&v.actor), &v.at}
	})
	if err != nil {
		return fmt.Errorf("an approval of case %d cannot be read: %w", c.No, err)
	}
	stored := make(map[string]bool)
	for _, v := range approvals {
		if !sameText(v.person, v.actor.Key()) {
			return differs("an approval of case", c.No, "person")
		}
		if logged, ok := when[v.actor.User]; ok && logged != v.at {
			return differs("an approval of case", c.No, "time")
		}
		stored[v.actor.User] = true
	}
	if maps.Equal(approved, stored) {
		return nil
	}
	for _, people := range []map[string]bool{approved, stored} {
		for p := range people {
			if isErased(p) {
				return nil
			}
		}
	}
	return differs("case", c.No, "list of approvals")
}

// checkReview compares a case's review with the entries.
func (a rowVerifier) checkReview(c *storedCase, entries []loggedEntry, _ moderation.Body) error {
	kinds := map[moderation.ReviewState]moderation.EntryKind{
		moderation.ReviewReviewed: moderation.EntryReviewed, moderation.ReviewFlagged: moderation.EntryFlagged,
	}
	reviews, err := rows(a, `SELECT state, person, note FROM reviews WHERE case_no = ?`, []any{c.No}, func(r *moderation.Review) []any {
		return []any{&r.State, asJSON(&r.By), &r.Note}
	})
	for _, r := range reviews {
		kind := kinds[r.State]
		if kind != "" && !slices.ContainsFunc(entries, func(t loggedEntry) bool {
			return t.kind == kind && t.body.Actor != nil && sameText(r.By.User, t.body.Actor.User) && sameText(r.Note, t.body.Detail)
		}) {
			return differs("case", c.No, "review")
		}
	}
	return err
}

// checkMissingCases finds cases that the log has and the table does not.
func (a rowVerifier) checkMissingCases() error {
	nos, err := column[int64](a, `SELECT e.case_no FROM entries e LEFT JOIN cases c ON c.no = e.case_no WHERE e.case_no > 0 AND c.no IS NULL LIMIT 1`)
	if len(nos) > 0 {
		return fmt.Errorf("case %d differs from the log: it has entries, but is missing", nos[0])
	}
	return err
}

// checkCalls compares each call with the entry that announced it, and its answer with an answer
// entry of that case.
func (a rowVerifier) checkCalls() error {
	answers, proven := make(map[string]bool), false
	of, open := int64(-1), 0
	answer := func(api string, class string, at int64, v moderation.VendorResponse) string {
		return api + "\x00" + class + "\x00" + itoa(at) + "\x00" + v.Code + "\x00" + v.Message + "\x00" + v.RequestID
	}
	type call struct {
		id, no             int64
		api, request       string
		kind               moderation.EntryKind
		body               moderation.Body
		purpose            moderation.Purpose
		class              string
		words              moderation.VendorResponse
		at, answered       int64
		entryCase, entryAt int64
	}
	for last, n := int64(0), verifyBatch; n == verifyBatch; {
		page, err := rows(a, `SELECT c.id, c.case_no, c.api, c.request, c.purpose, c.class, c.code, c.message, c.request_id, c.at, c.answered_at,
				COALESCE(e.case_no, -1), COALESCE(e.at, 0), COALESCE(e.kind, ''), b.body
			FROM calls c LEFT JOIN entries e ON e.id = c.entry_id LEFT JOIN bodies b ON b.entry_id = e.id WHERE c.id > ? ORDER BY c.id`+limited,
			[]any{last, verifyBatch}, func(c *call) []any {
				return []any{&c.id, &c.no, &c.api, &c.request, &c.purpose, &c.class, &c.words.Code, &c.words.Message, &c.words.RequestID, &c.at, &c.answered,
					&c.entryCase, &c.entryAt, &c.kind, asJSON(&c.body)}
			})
		if err != nil {
			return err
		}
		if n = len(page); n == 0 {
			return nil
		}
		last = page[n-1].id
		for _, c := range page {
			if of != c.no {
				entries, err := a.entriesOf(c.no)
				if err != nil {
					return err
				}
				clear(answers)
				open, proven = 0, a.proves(entries, c.no)
				for _, t := range entries {
					switch t.kind {
					case moderation.EntryCall:
						open++
					case moderation.EntryAnswer:
						open--
					}
				}
				for of = c.no; len(entries) > 0; entries = entries[1:] {
					if t := entries[0]; t.kind == moderation.EntryAnswer && t.body.Vendor != nil {
						answers[answer(t.body.API, t.body.Outcome, t.at, *t.body.Vendor)] = true
					} else if t.kind == moderation.EntryAnswer {
						answers[answer(t.body.API, t.body.Outcome, t.at, moderation.VendorResponse{})] = true
					}
				}
			}
			if !proven {
				continue
			}
			if c.entryCase != c.no || c.kind != moderation.EntryCall {
				return fmt.Errorf("a call of case %d differs from the log: no entry announced it", c.no)
			}
			if b := c.body; b.API != c.api || !sameText(c.request, string(b.Request)) && !sameJSON(c.request, b.Request) {
				return differs("a call of case", c.no, "request")
			}
			if c.body.Purpose != c.purpose || c.at != c.entryAt {
				return differs("a call of case", c.no, "purpose or time")
			}
			if c.answered == 0 {
				if open--; open < 0 { // more calls without an answer than in the log
					return differs("a call of case", c.no, "answer")
				}
				continue
			}
			if !answers[answer(c.api, c.class, c.answered, c.words)] && !isErased(c.words.Message) {
				return differs("a call of case", c.no, "answer")
			}
		}
	}
	return nil
}

// sameJSON compares a request with the one in an entry, which is compact JSON or, if invalid, a
// string.
func sameJSON(row string, entry json.RawMessage) bool {
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(row)); err == nil {
		raw, err := json.Marshal(json.RawMessage(compact.Bytes())) // as a body escapes it
		return err == nil && bytes.Equal(raw, entry)
	}
	var text string
	return json.Unmarshal(entry, &text) == nil && text == row || row == "" && len(entry) == 0
}

// checkNotes compares each note with its entry.
func (a rowVerifier) checkNotes() error {
	return a.checkRemarks(`SELECT n.id, n.target, n.actor, n.text, '', n.erased, n.entry_id, COALESCE(e.kind, ''), b.body
		FROM notes n LEFT JOIN entries e ON e.id = n.entry_id LEFT JOIN bodies b ON b.entry_id = e.id ORDER BY n.id`, "note", moderation.EntryNote,
		func(b moderation.Body) string { return strings.Join(b.Targets, "") })
}

// checkEvidence compares each piece of evidence with its entry.
func (a rowVerifier) checkEvidence() error {
	return a.checkRemarks(`SELECT n.id, n.author, n.actor, n.text, n.link, n.erased, n.entry_id, COALESCE(e.kind, ''), b.body
		FROM evidence n LEFT JOIN entries e ON e.id = n.entry_id LEFT JOIN bodies b ON b.entry_id = e.id ORDER BY n.id`, "evidence", moderation.EntryEvidence,
		func(b moderation.Body) string { return b.Person })
}

func (a rowVerifier) checkRemarks(query, what string, kind moderation.EntryKind, about func(moderation.Body) string) error {
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
