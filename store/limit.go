package store

import (
	"bouncer/moderation"
)

// limitWindow is how long one line covers a moderator above the people limit.
const limitWindow = 10 * minute

// recordLimitReached reports in the audit channel that a moderator reached the people limit: one
// entry and line per moderator and ten minutes; further times are counted on it.
func (t *tx) recordLimitReached(who moderation.Actor, no int64, code moderation.Code, values map[string]string, channel string) error {
	team := who.Team
	if team == "" {
		team = t.s.cfg.Team
	}
	window := t.now / limitWindow
	key := "braked:" + team + ":" + who.Key() + ":" + itoa(window)
	body := moderation.Body{Actor: &who, Code: code, Values: values}
	var posted int
	if err := t.one(`SELECT COUNT(*) FROM posts WHERE key = ?`, key)(&posted); err != nil {
		return err
	}
	if posted == 0 {
		if _, err := t.entry(no, moderation.EntryLimitReached, body, team); err != nil {
			return err
		}
	}
	if channel == "" {
		return nil
	}
	return t.lineWith(moderation.Line{Key: key, Channel: channel, Kind: moderation.EntryLimitReached, Body: body.JSON(), Count: 1},
		t.now, (window+1)*limitWindow, false)
}
