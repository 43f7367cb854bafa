package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"bouncer/moderation"
)

// reportStates are the states that entries about a report lead to.
var reportStates = map[moderation.EntryKind]moderation.ReportState{
	moderation.EntryReport: moderation.ReportOpen, moderation.EntryReportReopened: moderation.ReportOpen,
	moderation.EntryReportTaken: moderation.ReportTaken, moderation.EntryReportDecided: moderation.ReportDecided,
	moderation.EntryReportDismissed: moderation.ReportDismissed,
}

// loggedReport is what the log says about a report.
type loggedReport struct {
	room, target, reason string
	state                moderation.ReportState
}

// checkReports returns an error for the first report that is not what the log says: nobody acts on
// one that was decided or moved by hand. Reports whose entries were cut off or erased are not compared,
// and one that is missing may have been deleted because of its age.
func (a *rowVerifier) checkReports() error {
	in, args := inList(slices.Sorted(maps.Keys(reportStates)))
	logged, erased := make(map[string]loggedReport), false
	type entry struct {
		kind moderation.EntryKind
		body moderation.Body
	}
	if err := forEach(a, `SELECT e.kind, b.body FROM entries e JOIN bodies b ON b.entry_id = e.id
		WHERE e.case_no IN (SELECT 0 UNION SELECT case_no FROM reports WHERE case_no > 0) AND e.kind IN `+in+` ORDER BY e.id`, args, func(e *entry) []any {
		return []any{&e.kind, asJSON(&e.body)}
	}, func(e *entry) error {
		erased = erased || e.body.ContentErased
		v := e.body.Values
		logged[v["report"]] = loggedReport{v["room"], strings.Join(e.body.Targets, " "), v["why"], reportStates[e.kind]}
		return nil
	}); err != nil {
		return err
	}
	type stored struct {
		token string
		loggedReport
	}
	return forEach(a, `SELECT token, room, target, reason, state FROM reports ORDER BY first_at, token`, nil, func(r *stored) []any {
		return []any{&r.token, &r.room, &r.target, &r.reason, &r.state}
	}, func(r *stored) error {
		was, known := logged[r.token]
		column := ""
		switch {
		case !known && (erased || a.anchor.Entry > 0):
		case !known:
			return fmt.Errorf("the report of %q in %q differs from the log: no entry records it", r.target, r.room)
		case !sameText(r.room, was.room):
			column = "room"
		case !sameText(r.target, was.target):
			column = "person"
		case r.reason != was.reason:
			column = "reason"
		case r.state != was.state:
			column = "state"
		}
		if column != "" {
			return fmt.Errorf("the report of %q in %q differs from the log: its %s is not the one in the entries", r.target, r.room, column)
		}
		return nil
	})
}
