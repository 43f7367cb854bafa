package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
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
	app    int64 // to which all rows belong
	erased map[int64]string
	// anchor is what the chain begins after, and bodiesUpTo the entry up to which bodies were erased
	// because of their age. What they recorded is not compared.
	anchor     moderation.PrunedLog
	bodiesUpTo int64
	bad        *badBody
	rebind     func(string) string // turns ? into the placeholders of the database
	prepared   map[string]*sql.Stmt
}

// checkBodies checks all bodies, and returns an error for the first case that differs from its
// entries. Cases are not compared any more once a body is bad.
func (a *rowVerifier) checkBodies() error {
	differs := a.checkCases()
	return cmp.Or(differs, a.checkOtherBodies())
}

// checkOtherRows returns an error for the first row outside of cases that differs from the log, or is
// missing.
func (a *rowVerifier) checkOtherRows() error {
	for _, check := range []func() error{a.checkApps, a.checkMissingCases, a.checkCallsWithoutCase, a.checkNotes, a.checkEvidence, a.checkMissingRows, a.checkPolicies, a.checkSuspensions, a.checkReports} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (a *rowVerifier) each(query string, args []any, row func(scan func(...any) error) error) error {
	st := a.prepared[query]
	if st == nil { // it ends with the transaction
		var err error
		if st, err = a.conn.PrepareContext(a.ctx, a.rebind(query)); err != nil {
			return err
		}
		a.prepared[query] = st
	}
	rows, err := st.QueryContext(a.ctx, args...)
	return walk(rows, err, row)
}

func differs(what string, no int64, column string) error {
	return fmt.Errorf("%s %d differs from the log: its %s is not the one in the entries", what, no, column)
}

// sameText compares a text of a row and an entry. After an erasure the marker and the placeholders
// may differ in both.
func sameText(row, entry string) bool {
	return row == entry || isErased(row) || isErased(entry)
}

// sameRoles compares the roles that a person had in a row and in an entry.
func sameRoles(row, entry moderation.Actor) bool {
	return slices.EqualFunc(row.Roles, entry.Roles, sameText)
}

func emptyOrSame(row, entry string) bool { return row == "" || sameText(row, entry) }

func isErased(s string) bool {
	return strings.Contains(s, "erased:") || s == moderation.ErasedPlaceholder
}

// checkCases checks the bodies of all cases and compares their rows, a page at a time: one goroutine
// reads pages, another compares. It returns the first difference after it has checked all bodies.
func (a *rowVerifier) checkCases() (differs error) {
	d := &decoder{known: make(map[string]any)}
	if err := pipelined(a.ctx, 1, func(emit func(*casePage) error) error {
		for last := int64(math.MinInt64); ; {
			page, err := a.readPage(last)
			if err != nil {
				return fmt.Errorf("a case after %d cannot be read: %w", max(last, 0), err)
			}
			if len(page.cases) == 0 {
				return nil
			}
			if err := emit(page); err != nil {
				return err
			}
			last = page.cases[len(page.cases)-1].No
		}
	}, func(page *casePage) error {
		for _, entries := range page.entries {
			for _, t := range entries {
				a.checkBody(&t.storedBody)
			}
		}
		if a.bad.err == nil && differs == nil {
			differs = a.checkPage(page, d)
		}
		return nil
	}); err != nil {
		return err
	}
	return differs
}

func (a *rowVerifier) checkPage(page *casePage, d *decoder) error {
	if err := page.decode(d); err != nil {
		return fmt.Errorf("a case after %d cannot be read: %w", page.cases[0].No-1, err)
	}
	for _, c := range page.cases {
		if err := a.checkCase(page, c); err != nil {
			return err
		}
		if err := a.checkCalls(page, c.No); err != nil {
			return err
		}
	}
	return nil
}

func (a *rowVerifier) checkCase(page *casePage, c *foundCase) error {
	entries := page.entries[c.No]
	at := slices.IndexFunc(entries, func(t *loggedEntry) bool { return t.kind == moderation.EntryOpened })
	if at < 0 && c.No <= a.anchor.Cases {
		return a.checkCounts(page, &c.storedCase, nil, nil)
	}
	if at < 0 {
		return fmt.Errorf("case %d differs from the log: no entry records its request", c.No)
	}
	asked := &entries[at].body
	if asked.ContentErased { // the chain proves that it was erased
		return a.checkCounts(page, &c.storedCase, nil, asked)
	}
	if asked.Actor == nil || asked.Action == nil {
		return differs("case", c.No, "request")
	}
	reason, code := asked.Action.Reason, asked.Action.ReasonCode
	reasons := []string{reason}
	for _, t := range entries {
		if t.kind == moderation.EntryReason {
			reason, code = t.body.Detail, c.Action.ReasonCode // which the entry does not have
			reasons = append(reasons, reason)
		}
	}
	is, was := c.Action, asked.Action
	for _, p := range []struct {
		column string
		same   bool
	}{
		{"text", sameText(c.Typed, asked.Typed)},
		{"verb", c.verb == was.Verb && is.Verb == was.Verb},
		{"room", sameText(c.inRoom, was.Room.String()) && sameText(roomList(is), roomList(*was))},
		{"author", sameText(c.Actor.User, asked.Actor.User) && sameText(c.Actor.Key(), asked.Actor.Key())},
		{"author's list of roles", sameRoles(c.Actor, *asked.Actor)},
		{"duration", is.Duration == was.Duration && is.Permanent == was.Permanent},
		{"reason", sameText(is.Reason, reason) && sameText(is.ReasonCode, code)},
		{"relation", is.RelatedCase == was.RelatedCase && is.Relation == was.Relation},
		{"action", reflect.DeepEqual(otherFields(is), otherFields(*was)) && (is.ReasonSent == nil || slices.ContainsFunc(reasons, func(r string) bool { return sameText(*is.ReasonSent, r) }))},
		// Columns of the second migration, which left them empty in older cases.
		{"author", emptyOrSame(c.actorUser, asked.Actor.User) && emptyOrSame(c.actorKey, asked.Actor.Key())},
		{"relation", (c.rel == "" || c.rel == was.Relation) && (c.of == 0 || c.of == was.RelatedCase)},
		{"reason", emptyOrSame(c.reason, reason)},
	} {
		if !p.same {
			return differs("case", c.No, p.column)
		}
	}
	for _, check := range []func(*casePage, *storedCase, []*loggedEntry, *comparedBody) error{a.checkTargets, a.checkRequirement, a.checkApproval, a.checkCounts, a.checkEnd, a.checkReview, a.checkStop} {
		if err := check(page, &c.storedCase, entries, asked); err != nil {
			return err
		}
	}
	return nil
}

// otherFields returns an action without the fields that checkCase compares by themselves, or that a
// case has elsewhere.
func otherFields(a moderation.Action) moderation.Action {
	a.Room, a.MoreRooms, a.Targets, a.Reason, a.ReasonCode, a.ReasonSent = moderation.Room{}, nil, nil, "", "", nil
	return a
}

// roomList returns the rooms of an action as a text.
func roomList(a moderation.Action) string { return strings.Join(roomKeys(a), " ") }

// checkTargets compares the targets with the requested ones.
func (a *rowVerifier) checkTargets(page *casePage, c *storedCase, _ []*loggedEntry, asked *comparedBody) error {
	if len(asked.Action.Targets) == 0 && len(asked.Action.MoreRooms) == 0 { // the whole room, or what another case restricts
		return nil
	}
	type place struct{ room, id string }
	var are, were []place
	for _, g := range page.targets[c.No] {
		are = append(are, place{g.room, g.id})
	}
	for _, r := range asked.Action.Rooms() {
		for _, id := range asked.Action.TargetRows() {
			were = append(were, place{c.storedRoom(r.String()), id})
		}
	}
	order := func(a, b place) int { return cmp.Or(cmp.Compare(a.room, b.room), cmp.Compare(a.id, b.id)) }
	slices.SortFunc(are, order)
	slices.SortFunc(were, order)
	if !slices.Equal(are, were) && !slices.ContainsFunc(slices.Concat(are, were), func(p place) bool { return isErased(p.id) }) {
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
func (a *rowVerifier) checkApproval(page *casePage, c *storedCase, entries []*loggedEntry, _ *comparedBody) error {
	if kind := decisions[c.Approval.State]; kind != "" &&
		!slices.ContainsFunc(entries, func(t *loggedEntry) bool { return t.kind == kind }) {
		return differs("case", c.No, "approval")
	}
	approved, given := make(map[string]bool), make(map[string]*loggedEntry)
	for _, t := range entries {
		switch {
		case t.kind != moderation.EntryApprovalGiven && t.kind != moderation.EntryApproved:
		case t.body.Code == moderation.CodeApproverLostRight:
			delete(approved, t.body.Person)
		case t.body.Actor != nil && t.body.Actor.User != "":
			approved[t.body.Actor.User], given[t.body.Actor.User] = true, t
		}
	}
	stored := make(map[string]bool)
	for _, v := range page.votes[c.No] {
		if !sameText(v.person, v.actor.Key()) {
			return differs("an approval of case", c.No, "person")
		}
		if t := given[v.actor.User]; t != nil && t.at != v.at {
			return differs("an approval of case", c.No, "time")
		} else if t != nil && !sameRoles(v.actor, *t.body.Actor) {
			return differs("an approval of case", c.No, "list of roles")
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

// reviewKinds are the entries that record what a review came to.
var reviewKinds = map[moderation.EntryKind]moderation.ReviewState{
	moderation.EntryReviewed: moderation.ReviewReviewed, moderation.EntryFlagged: moderation.ReviewFlagged,
}

// checkReview compares a case's review with its newest entry. A case that ran without its approvals
// has one. That of a sampled case may have been removed.
func (a *rowVerifier) checkReview(page *casePage, c *storedCase, entries []*loggedEntry, _ *comparedBody) error {
	must, state, newest := false, moderation.ReviewPending, (*loggedEntry)(nil)
	for _, t := range entries {
		must = must || t.kind == moderation.EntryOverride
		if to, ok := reviewKinds[t.kind]; ok {
			must, state, newest = true, to, t
		}
	}
	if must && len(page.reviews[c.No]) == 0 {
		return differs("case", c.No, "review")
	}
	for _, r := range page.reviews[c.No] {
		if r.State != state || newest != nil && newest.body.Actor != nil && (!sameText(r.By.User, newest.body.Actor.User) || !sameText(r.Note, newest.body.Detail)) {
			return differs("case", c.No, "review")
		}
	}
	return nil
}

// checkMissingCases finds cases that the log has and the table does not.
func (a *rowVerifier) checkMissingCases() error {
	nos, err := column[int64](a, `SELECT e.case_no FROM entries e LEFT JOIN cases c ON c.no = e.case_no WHERE e.case_no > 0 AND c.no IS NULL LIMIT 1`)
	if len(nos) > 0 {
		return fmt.Errorf("case %d differs from the log: it has entries, but is missing", nos[0])
	}
	return err
}

// checkCalls compares each call of a case with the entry that announced it, and its answer with an
// answer entry.
func (a *rowVerifier) checkCalls(page *casePage, no int64) error {
	calls, entries := page.calls[no], page.entries[no]
	if len(calls) == 0 || !a.proves(entries, no) {
		return nil
	}
	answer := func(api string, class string, at int64, v moderation.VendorResponse) string {
		return api + "\x00" + class + "\x00" + itoa(at) + "\x00" + v.Code + "\x00" + v.Message + "\x00" + v.RequestID
	}
	answers, announced, open := make(map[string]bool), make(map[int64]*loggedEntry), 0
	for _, t := range entries {
		switch t.kind {
		case moderation.EntryCall:
			open++
			announced[t.id] = t
		case moderation.EntryAnswer:
			open--
			answers[answer(t.body.API, t.body.Outcome, t.at, t.body.Vendor)] = true
		}
	}
	for _, c := range calls {
		by := announced[c.entry]
		if by == nil {
			return fmt.Errorf("a call of case %d differs from the log: no entry announced it", no)
		}
		if b := by.body; b.API != c.api || !sameText(c.request, string(b.Request)) && !sameJSON(c.request, b.Request) {
			return differs("a call of case", no, "request")
		}
		if by.body.Purpose != c.purpose || c.at != by.at {
			return differs("a call of case", no, "purpose or time")
		}
		if c.answered == 0 {
			if open--; open < 0 { // more calls without an answer than in the log
				return differs("a call of case", no, "answer")
			}
			continue
		}
		if !answers[answer(c.api, c.class, c.answered, c.words)] && !isErased(c.words.Message) {
			return differs("a call of case", no, "answer")
		}
	}
	return nil
}

// checkCallsWithoutCase finds calls of no case.
func (a *rowVerifier) checkCallsWithoutCase() error {
	nos, err := column[int64](a, `SELECT k.case_no FROM calls k LEFT JOIN cases c ON c.no = k.case_no WHERE c.no IS NULL LIMIT 1`)
	if len(nos) > 0 {
		return fmt.Errorf("a call of case %d differs from the log: no entry announced it", nos[0])
	}
	return err
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
