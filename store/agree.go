package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"bouncer/moderation"
)

// The chain proves entries. People read cases, votes, calls, notes, evidence and
// reviews, which stand in tables of their own: so those are held against the
// entries that tell of them.

// agreement holds the rows of one moment against its entries.
type agreement struct {
	ctx    context.Context //nolint:containedctx // lives for one walk
	conn   *sql.Tx
	erased map[int64]string
}

// agreeAtOnce is how many cases are looked at together.
const agreeAtOnce = 200

// rows is the first row that its entries do not bear out, or nil.
func (a agreement) rows() error {
	for _, check := range []func() error{a.cases, a.missing, a.calls, a.notes, a.evidence, a.taken, a.policies} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (a agreement) each(query string, args []any, row func(scan func(...any) error) error) error {
	rows, err := a.conn.QueryContext(a.ctx, query, args...)
	return walk(rows, err, row)
}

// told is one entry of a case as it is held against rows.
type told struct {
	kind moderation.EntryKind
	at   int64
	body moderation.Body
}

// keptCase is a row of cases as people see it.
type keptCase struct {
	no                                                            int64
	verb, room, actor, action, typed, reason, approval, user, key string
	state, decision, rel, glass                                   string
	of, until, done                                               int64
	counts                                                        [6]int
}

func differs(what string, no int64, column string) error {
	return fmt.Errorf("%s %d does not agree with the log: its %s is not what the entries tell", what, no, column)
}

// same compares what a row and an entry say. Where an erasure was, the marker
// and the words for what is gone may stand differently in both.
func same(row, entry string) bool {
	return row == entry || wiped(row) || wiped(entry)
}

func wiped(s string) bool {
	return strings.Contains(s, "erased:") || s == moderation.ErasedText
}

func (a agreement) cases() error {
	for last, n := int64(0), agreeAtOnce; n == agreeAtOnce; {
		var page []keptCase
		if err := a.each(`SELECT no, verb, room, actor, action, typed, reason, approval, actor_user, actor_key, state, decision, rel, glass, of_no, until_at, done_at, pending, accepted, failed, unknown, superseded, dropped
			FROM cases WHERE no > ? ORDER BY no`+limited, []any{last, agreeAtOnce}, func(scan func(...any) error) error {
			var c keptCase
			err := scan(&c.no, &c.verb, &c.room, &c.actor, &c.action, &c.typed, &c.reason, &c.approval, &c.user, &c.key, &c.state, &c.decision, &c.rel, &c.glass, &c.of, &c.until, &c.done,
				&c.counts[0], &c.counts[1], &c.counts[2], &c.counts[3], &c.counts[4], &c.counts[5])
			page = append(page, c)
			return err
		}); err != nil {
			return err
		}
		if n = len(page); n == 0 {
			return nil
		}
		for _, c := range page {
			if err := a.one(c); err != nil {
				return err
			}
		}
		last = page[n-1].no
	}
	return nil
}

func (a agreement) one(c keptCase) error {
	entries, err := a.entriesOf(c.no)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(entries, func(t told) bool { return t.kind == moderation.EntryAsked })
	if at < 0 {
		return fmt.Errorf("case %d does not agree with the log: no entry tells that it was asked", c.no)
	}
	asked := entries[at].body
	if asked.Actor == nil || asked.Action == nil {
		return differs("case", c.no, "request")
	}
	var actor moderation.Actor
	var action moderation.Action
	if err := errors.Join(json.Unmarshal([]byte(c.actor), &actor), json.Unmarshal([]byte(c.action), &action)); err != nil {
		return fmt.Errorf("case %d cannot be read: %w", c.no, err)
	}
	reason := asked.Action.Reason
	for _, t := range entries {
		if t.kind == moderation.EntryReason {
			reason = t.body.Detail
		}
	}
	was := asked.Action
	for _, p := range []struct{ column, row, entry string }{
		{"text", c.typed, asked.Typed}, {"verb", c.verb, string(was.Verb)}, {"verb", string(action.Verb), string(was.Verb)},
		{"room", c.room, was.Room.String()}, {"room", action.Room.String(), was.Room.String()},
		{"author", actor.User, asked.Actor.User}, {"author", actor.Key(), asked.Actor.Key()},
		{"duration", fmt.Sprint(action.Duration, action.Perm), fmt.Sprint(was.Duration, was.Perm)},
		{"reason", action.Reason, reason},
		{"relation", fmt.Sprint(action.Of, action.Rel), fmt.Sprint(was.Of, was.Rel)},
		// Columns of the second migration, which left them empty in older cases.
		{"author", cmp.Or(c.user, asked.Actor.User), asked.Actor.User}, {"author", cmp.Or(c.key, asked.Actor.Key()), asked.Actor.Key()},
		{"relation", cmp.Or(c.rel, string(was.Rel)), string(was.Rel)}, {"relation", fmt.Sprint(cmp.Or(c.of, was.Of)), fmt.Sprint(was.Of)},
		{"reason", cmp.Or(c.reason, reason), reason},
	} {
		if !same(p.row, p.entry) {
			return differs("case", c.no, p.column)
		}
	}
	for _, check := range []func(keptCase, []told, moderation.Body) error{a.people, a.needed, a.decided, a.counted, a.ended, a.reviewed} {
		if err := check(c, entries, asked); err != nil {
			return err
		}
	}
	return nil
}

func (a agreement) entriesOf(no int64) (entries []told, err error) {
	err = a.each(`SELECT e.kind, e.at, b.body FROM entries e JOIN bodies b ON b.entry_id = e.id WHERE e.case_no = ? ORDER BY e.id`, []any{no},
		func(scan func(...any) error) error {
			var t told
			var body string
			if err := scan(&t.kind, &t.at, &body); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(body), &t.body); err != nil {
				return fmt.Errorf("an entry of case %d cannot be read: %w", no, err)
			}
			entries = append(entries, t)
			return nil
		})
	return entries, err
}

// people holds the targets against those that were asked for.
func (a agreement) people(c keptCase, _ []told, asked moderation.Body) error {
	var are []string
	if err := a.each(`SELECT target FROM targets WHERE case_no = ?`, []any{c.no}, func(scan func(...any) error) error {
		var target string
		err := scan(&target)
		are = append(are, target)
		return err
	}); err != nil {
		return err
	}
	were := slices.Clone(asked.Action.Targets)
	if len(were) == 0 { // the whole room, or what another case binds
		return nil
	}
	slices.Sort(are)
	slices.Sort(were)
	if !slices.Equal(are, were) && !slices.ContainsFunc(slices.Concat(are, were), wiped) {
		return differs("case", c.no, "list of people")
	}
	return nil
}

// decisions are the entries without which an approval has not come to a state.
var decisions = map[moderation.ApprovalState]moderation.EntryKind{
	moderation.ApprovalApproved: moderation.EntryApproved, moderation.ApprovalGlass: moderation.EntryGlass,
	moderation.ApprovalDenied: moderation.EntryDenied, moderation.ApprovalWithdrawn: moderation.EntryWithdrawn,
	moderation.ApprovalExpired: moderation.EntryExpired,
}

// decided holds the votes and what came of them against the entries.
func (a agreement) decided(c keptCase, entries []told, _ moderation.Body) error {
	if kind := decisions[moderation.ApprovalState(c.approval)]; kind != "" &&
		!slices.ContainsFunc(entries, func(t told) bool { return t.kind == kind }) {
		return differs("case", c.no, "approval")
	}
	voted, when := make(map[string]bool), make(map[string]int64)
	for _, t := range entries {
		switch {
		case t.kind != moderation.EntryVoted && t.kind != moderation.EntryApproved:
		case t.body.Code == moderation.CodeVoteLost:
			delete(voted, t.body.Person)
		case t.body.Actor != nil && t.body.Actor.User != "":
			voted[t.body.Actor.User], when[t.body.Actor.User] = true, t.at
		}
	}
	stand := make(map[string]bool)
	if err := a.each(`SELECT person, actor, at FROM votes WHERE case_no = ?`, []any{c.no}, func(scan func(...any) error) error {
		var person, raw string
		var at int64
		var actor moderation.Actor
		if err := scan(&person, &raw, &at); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(raw), &actor); err != nil {
			return fmt.Errorf("a vote on case %d cannot be read: %w", c.no, err)
		}
		if !same(person, actor.Key()) {
			return differs("a vote on case", c.no, "person")
		}
		if told, ok := when[actor.User]; ok && told != at {
			return differs("a vote on case", c.no, "time")
		}
		stand[actor.User] = true
		return nil
	}); err != nil {
		return err
	}
	if maps.Equal(voted, stand) {
		return nil
	}
	for _, people := range []map[string]bool{voted, stand} {
		for p := range people {
			if wiped(p) {
				return nil
			}
		}
	}
	return differs("case", c.no, "list of votes")
}

// reviewed holds who looked at a case against the entries.
func (a agreement) reviewed(c keptCase, entries []told, _ moderation.Body) error {
	kinds := map[moderation.ReviewState]moderation.EntryKind{
		moderation.ReviewReviewed: moderation.EntryReviewed, moderation.ReviewFlagged: moderation.EntryFlagged,
	}
	return a.each(`SELECT state, person, note FROM reviews WHERE case_no = ?`, []any{c.no}, func(scan func(...any) error) error {
		var state, raw, note string
		var by moderation.Actor
		if err := scan(&state, &raw, &note); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(raw), &by); err != nil {
			return fmt.Errorf("the review of case %d cannot be read: %w", c.no, err)
		}
		kind := kinds[moderation.ReviewState(state)]
		if kind == "" {
			return nil
		}
		for _, t := range slices.Backward(entries) {
			if t.kind == kind && t.body.Actor != nil && same(by.User, t.body.Actor.User) && same(note, t.body.Detail) {
				return nil
			}
		}
		return differs("case", c.no, "review")
	})
}

// missing looks for cases that the log tells of and that are no more.
func (a agreement) missing() error {
	return a.each(`SELECT e.case_no FROM entries e LEFT JOIN cases c ON c.no = e.case_no WHERE e.case_no > 0 AND c.no IS NULL LIMIT 1`, nil,
		func(scan func(...any) error) error {
			var no int64
			if err := scan(&no); err != nil {
				return err
			}
			return fmt.Errorf("case %d does not agree with the log: entries tell of it, and it is missing", no)
		})
}

// calls holds each call against the entry that announced it, and its answer
// against one that was told of that case.
func (a agreement) calls() error {
	answers := make(map[string]bool)
	of, open := int64(-1), 0
	answer := func(api string, class string, at int64, v moderation.VendorWords) string {
		return api + "\x00" + class + "\x00" + itoa(at) + "\x00" + v.Code + "\x00" + v.Message + "\x00" + v.RequestID
	}
	type call struct {
		id, no                   int64
		api, request, kind, body string
		purpose, class           string
		code, message, requestID string
		at, answered             int64
		entryCase, entryAt       int64
	}
	for last, n := int64(0), agreeAtOnce; n == agreeAtOnce; {
		var page []call
		if err := a.each(`SELECT c.id, c.case_no, c.api, c.request, c.purpose, c.class, c.code, c.message, c.request_id, c.at, c.answered_at,
				COALESCE(e.case_no, -1), COALESCE(e.at, 0), COALESCE(e.kind, ''), COALESCE(b.body, '')
			FROM calls c LEFT JOIN entries e ON e.id = c.entry_id LEFT JOIN bodies b ON b.entry_id = e.id WHERE c.id > ? ORDER BY c.id`+limited,
			[]any{last, agreeAtOnce}, func(scan func(...any) error) error {
				var c call
				err := scan(&c.id, &c.no, &c.api, &c.request, &c.purpose, &c.class, &c.code, &c.message, &c.requestID, &c.at, &c.answered, &c.entryCase, &c.entryAt, &c.kind, &c.body)
				page = append(page, c)
				return err
			}); err != nil {
			return err
		}
		if n = len(page); n == 0 {
			return nil
		}
		last = page[n-1].id
		for _, c := range page {
			if c.entryCase != c.no || moderation.EntryKind(c.kind) != moderation.EntryCall {
				return fmt.Errorf("a call of case %d does not agree with the log: no entry announced it", c.no)
			}
			var b moderation.Body
			if err := json.Unmarshal([]byte(c.body), &b); err != nil {
				return fmt.Errorf("an entry of case %d cannot be read: %w", c.no, err)
			}
			if b.API != c.api || !same(c.request, string(b.Request)) && !sameJSON(c.request, b.Request) {
				return differs("a call of case", c.no, "request")
			}
			if string(b.Purpose) != c.purpose || c.at != c.entryAt {
				return differs("a call of case", c.no, "purpose or time")
			}
			if of != c.no {
				entries, err := a.entriesOf(c.no)
				if err != nil {
					return err
				}
				clear(answers)
				open = 0
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
						answers[answer(t.body.API, t.body.Outcome, t.at, moderation.VendorWords{})] = true
					}
				}
			}
			if c.answered == 0 {
				if open--; open < 0 { // more calls without an answer than entries tell of
					return differs("a call of case", c.no, "answer")
				}
				continue
			}
			if !answers[answer(c.api, c.class, c.answered, moderation.VendorWords{Code: c.code, Message: c.message, RequestID: c.requestID})] && !wiped(c.message) {
				return differs("a call of case", c.no, "answer")
			}
		}
	}
	return nil
}

// sameJSON compares a request with the one in an entry, which is compact JSON or,
// of what is none, a string.
func sameJSON(row string, entry json.RawMessage) bool {
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(row)); err == nil {
		raw, err := json.Marshal(json.RawMessage(compact.Bytes())) // as a body escapes it
		return err == nil && bytes.Equal(raw, entry)
	}
	var text string
	return json.Unmarshal(entry, &text) == nil && text == row || row == "" && len(entry) == 0
}

// notes holds each remark against its entry.
func (a agreement) notes() error {
	return a.remarks(`SELECT n.id, n.target, n.actor, n.text, '', n.erased, n.entry_id, COALESCE(e.kind, ''), COALESCE(b.body, '')
		FROM notes n LEFT JOIN entries e ON e.id = n.entry_id LEFT JOIN bodies b ON b.entry_id = e.id ORDER BY n.id`, "note", moderation.EntryNote,
		func(b moderation.Body) string { return strings.Join(b.Targets, "") })
}

// evidence holds what was put to a case against its entry.
func (a agreement) evidence() error {
	return a.remarks(`SELECT n.id, n.author, n.actor, n.text, n.link, n.erased, n.entry_id, COALESCE(e.kind, ''), COALESCE(b.body, '')
		FROM evidence n LEFT JOIN entries e ON e.id = n.entry_id LEFT JOIN bodies b ON b.entry_id = e.id ORDER BY n.id`, "evidence", moderation.EntryEvidence,
		func(b moderation.Body) string { return b.Person })
}

func (a agreement) remarks(query, what string, kind moderation.EntryKind, about func(moderation.Body) string) error {
	return a.each(query, nil, func(scan func(...any) error) error {
		var id, erased, entry int64
		var who, actor, text, link, is, raw string
		if err := scan(&id, &who, &actor, &text, &link, &erased, &entry, &is, &raw); err != nil {
			return err
		}
		if moderation.EntryKind(is) != kind {
			return fmt.Errorf("%s %d does not agree with the log: no entry tells of it", what, id)
		}
		if _, rewritten := a.erased[entry]; erased != 0 {
			if !rewritten {
				return fmt.Errorf("%s %d does not agree with the log: it counts as erased, and no erasure tells of it", what, id)
			}
			return nil
		}
		var b moderation.Body
		if err := json.Unmarshal([]byte(raw), &b); err != nil {
			return fmt.Errorf("the entry of %s %d cannot be read: %w", what, id, err)
		}
		var by moderation.Actor
		if err := json.Unmarshal([]byte(actor), &by); err != nil {
			return fmt.Errorf("the author of %s %d cannot be read: %w", what, id, err)
		}
		if b.Actor != nil && !same(by.User, b.Actor.User) {
			return differs(what, id, "author")
		}
		if !same(who, about(b)) || !same(text, b.Detail) || !same(link, b.Link) {
			return differs(what, id, "text")
		}
		return nil
	})
}
