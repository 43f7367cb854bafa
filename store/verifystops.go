package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"bouncer/moderation"
)

// foundStop is a row of stops.
type foundStop struct {
	code moderation.Code
	vals string // JSON
	at   int64
}

// checkStop compares what keeps a case from sending more with the entries: its first stop since the
// case was last tried again.
func (a *rowVerifier) checkStop(page *casePage, c *storedCase, entries []*loggedEntry, _ *comparedBody) error {
	var by *loggedEntry
	for _, t := range entries {
		switch {
		case t.kind == moderation.EntryStopped && by == nil:
			by = t
		case t.kind == moderation.EntryConfirmation && t.body.Code != moderation.CodeRepeated && t.body.Outcome == "": // tried again
			by = nil
		}
	}
	rows := page.stops[c.No]
	switch {
	case by == nil && len(rows) == 0:
		return nil
	case by == nil:
		return fmt.Errorf("the stop of case %d differs from the log: no entry records it", c.No)
	case len(rows) == 0:
		return fmt.Errorf("the stop of case %d differs from the log: the one from %s is missing", c.No, utc(by.at))
	}
	is, was := make(map[string]string), struct{ Values map[string]string }{} // which no other entry needs
	if err := errors.Join(json.Unmarshal([]byte(rows[0].vals), &is), json.Unmarshal([]byte(by.text.String), &was)); err != nil {
		return fmt.Errorf("the stop of case %d cannot be read: %w", c.No, err)
	}
	switch r := rows[0]; {
	case r.at != by.at:
		return differs("the stop of case", c.No, "time")
	case r.code != by.body.Code || !maps.EqualFunc(is, was.Values, sameText):
		return differs("the stop of case", c.No, "reason")
	}
	return nil
}
