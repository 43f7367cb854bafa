package store

import (
	"fmt"
	"slices"
	"time"

	"bouncer/moderation"
)

// loggedSuspension is an entry by which a suspension began or ended.
type loggedSuspension struct {
	kind moderation.EntryKind
	at   int64
	body moderation.Body
}

// storedSuspension is a row of suspensions.
type storedSuspension struct {
	moderation.Suspension
	at, until, ended int64
}

type storedSuspensions []storedSuspension

// checkSuspensions returns an error for the first suspension that is not what the log says, or that
// is missing: without it, a moderator has the rights back.
func (a *rowVerifier) checkSuspensions() error {
	entries, err := rows(a, `SELECT e.kind, e.at, b.body FROM entries e JOIN bodies b ON b.entry_id = e.id
		WHERE e.case_no = 0 AND e.kind IN (?, ?) ORDER BY e.id`,
		[]any{string(moderation.EntrySuspended), string(moderation.EntrySuspensionEnded)}, func(e *loggedSuspension) []any {
			return []any{&e.kind, &e.at, asJSON(&e.body)}
		})
	if err != nil {
		return err
	}
	found, err := rows(a, `SELECT id, actor, by_actor, reason, at, until_at, ended_at FROM suspensions ORDER BY id`, nil, func(s *storedSuspension) []any {
		return []any{&s.ID, asJSON(&s.Who), asJSON(&s.By), &s.Reason, &s.at, &s.until, &s.ended}
	})
	if err != nil {
		return err
	}
	all := storedSuspensions(found)
	var began []int
	for i, e := range entries {
		if e.kind == moderation.EntrySuspended {
			began = append(began, i)
		}
	}
	unlogged := max(0, len(all)-len(began)) // their entries were cut off the log
	for i, s := range all[:unlogged] {
		switch {
		case a.anchor.Entry == 0:
			return fmt.Errorf("suspension %d differs from the log: no entry records it", s.ID)
		case s.ended == 0 && !all.endedAsLogged(i, entries): // another end may have been cut off with its beginning
			return differs("suspension", s.ID, "end")
		}
	}
	for i, at := range began {
		e, row := entries[at], i+unlogged
		if row == len(all) || len(all) < len(began) && all[row].at != e.at {
			return fmt.Errorf("a suspension differs from the log: the one of %s from %s is missing", e.body.Person, utc(e.at))
		}
		if column := all[row].differsFrom(e); column != "" {
			return differs("suspension", all[row].ID, column)
		}
		if !all.endedAsLogged(row, entries[at+1:]) {
			return differs("suspension", all[row].ID, "end")
		}
	}
	for _, e := range entries {
		if e.kind == moderation.EntrySuspensionEnded && !slices.ContainsFunc(all, func(s storedSuspension) bool { return s.ended == e.at }) {
			return fmt.Errorf("a suspension differs from the log: the one of %s ended at %s, and its row says otherwise", e.body.Person, utc(e.at))
		}
	}
	return nil
}

// differsFrom returns what differs from the entry that began the suspension, or nothing.
func (s storedSuspension) differsFrom(e loggedSuspension) string {
	b := e.body
	switch {
	case s.at != e.at:
		return "time"
	case b.ContentErased:
		return ""
	case !sameText(s.Who.User, b.Person), s.ended == 0 && isErased(s.Who.User) && !isErased(b.Person): // nobody who is suspended is erased
		return "person"
	case b.Actor != nil && !sameText(s.By.User, b.Actor.User):
		return "author"
	case !sameText(s.Reason, b.Detail):
		return "reason"
	case s.until != millis(b.Until):
		return "duration"
	}
	return ""
}

// endedAsLogged reports whether a suspension ended, or did not, as the entries after its beginning say.
func (all storedSuspensions) endedAsLogged(row int, later []loggedSuspension) bool {
	s := all[row]
	for _, e := range later {
		if s.ended == 0 && e.kind == moderation.EntrySuspended && e.body.Person == s.Who.User && (s.until == 0 || s.until > e.at) {
			return false // it was replaced
		}
		if s.ended == e.at && all.ends(e, s) {
			return true
		}
	}
	return s.ended == 0
}

// ends reports whether an entry ended a suspension: it names that person, or, where people have
// several accounts of one enterprise user, perhaps another account.
func (all storedSuspensions) ends(e loggedSuspension, s storedSuspension) bool {
	return e.body.ContentErased || sameText(s.Who.User, e.body.Person) || s.Who.EnterpriseUser != "" ||
		slices.ContainsFunc(all, func(o storedSuspension) bool { return o.Who.User == e.body.Person && o.Who.EnterpriseUser != "" })
}

func utc(at int64) string { return moment(at).UTC().Format(time.RFC3339) }
