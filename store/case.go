package store

import (
	"fmt"
	"slices"
	"strconv"

	"bouncer/moderation"
)

// storedCase is a case as transactions use it. Its targets, approval request and review are rows
// of other tables, which only full reads.
type storedCase struct {
	moderation.Case
	auditChannel string
	round        int64

	// targets are the people of a case that was just opened; otherwise their rows are read.
	targets []string

	// lastEntry is the newest entry that this transaction wrote for it.
	lastEntry int64
}

// caseColumns are read into storedCase. The card's place counts once it is posted.
const caseColumns = `no, app, token, team, action, actor, origin, decision, typed, state, round, version,
	asked_at, open_at, done_at, until_at, CASE WHEN card_ts <> '' THEN card_channel ELSE '' END, card_ts, audit_channel,
	pending, accepted, failed, unknown, superseded, dropped, ended, ended_at, approval, NULLIF(glass, '')`

func (c *storedCase) fields() []any {
	return slices.Concat([]any{
		&c.No, &c.App, &c.Token, &c.Team, asJSON(&c.Action), asJSON(&c.Actor), asJSON(&c.Origin), asJSON(&c.Decision), &c.Typed, &c.State, &c.round, &c.Version,
		asTime(&c.AskedAt), asTime(&c.OpenAt), asTime(&c.DoneAt), asTime(&c.Until), &c.Card.Channel, &c.Card.TS, &c.auditChannel,
	}, countFields(&c.Counts), []any{&c.Ended, asTime(&c.EndedAt), &c.Approval.State, asJSON(&c.Override)})
}

// countColumns are the outcomes in the order of their columns.
var countColumns = []moderation.Outcome{
	moderation.Pending, moderation.Accepted, moderation.Failed, moderation.Unknown, moderation.Superseded, moderation.Dropped,
}

// countFields returns the destinations of countColumns.
func countFields(counts *map[moderation.Outcome]int) []any {
	*counts = make(map[moderation.Outcome]int, len(countColumns))
	fields := make([]any, len(countColumns))
	for i, o := range countColumns {
		fields[i] = count{*counts, o}
	}
	return fields
}

func caseWhere(q querier, cond string, arg any) (*storedCase, error) {
	c, err := row(q, `SELECT `+caseColumns+` FROM cases WHERE `+cond, []any{arg}, (*storedCase).fields)
	if err != nil && c.No != 0 { // the row exists
		err = fmt.Errorf("case %d cannot be read: %w", c.No, err)
	}
	return &c, err
}

func loadCase(q querier, no int64) (*storedCase, error) {
	return caseWhere(q, `no = ?`, no)
}

// large reports whether the case is shown by BeginPortion while it runs.
func (c *storedCase) large() bool {
	all := 0
	for _, n := range c.Counts {
		all += n
	}
	return all > moderation.ManyTargets
}

// room returns the key of the case's first room.
func (c *storedCase) room() string { return c.Action.Room.String() }

// inSeveral reports whether the case is about several rooms.
func (c *storedCase) inSeveral() bool { return len(c.Action.MoreRooms) > 0 }

// storedRoom returns a room as the case's targets store it: empty for the first one.
func (c *storedCase) storedRoom(key string) string {
	if key == c.room() {
		return ""
	}
	return key
}

// moves reports whether the case restricts or lifts, and whether it restricts.
func (c *storedCase) moves() (moves, restricts bool) {
	switch c.Action.Effect() {
	case moderation.EffectRestrict:
		return true, true
	case moderation.EffectLift:
		return true, false
	}
	return false, false
}

// caseEntry writes an entry of the case.
func (t *tx) caseEntry(c *storedCase, kind moderation.EntryKind, body moderation.Body) error {
	id, err := t.entry(c.No, kind, body, c.Team)
	if err == nil {
		c.lastEntry = id
	}
	return err
}

// targetEntry writes an entry of the case about some of its targets; with several rooms, one for
// each room. Without targets it writes none.
func (t *tx) targetEntry(c *storedCase, kind moderation.EntryKind, on []target, body moderation.Body) error {
	for len(on) > 0 {
		room, n := on[0].Room, len(on)
		if c.inSeveral() {
			n = 0
			for n < len(on) && on[n].Room == room {
				n++
			}
			body.Room = room.String()
		}
		body.Targets = names(on[:n])
		if err := t.caseEntry(c, kind, body); err != nil {
			return err
		}
		on = on[n:]
	}
	return nil
}

// lastEntryDue makes the thread due for entries that this transaction wrote.
func (t *tx) lastEntryDue(c *storedCase) error {
	if c.lastEntry == 0 {
		return nil
	}
	return t.threadDue(c.No, c.lastEntry)
}

// caseChanged saves a changed case: it ends when nothing is pending any more, its version
// increases, and its card, thread and line are due.
func (t *tx) caseChanged(c *storedCase) error {
	ends := c.State == moderation.Open && c.Counts[moderation.Pending] == 0
	if ends {
		c.State, c.DoneAt = moderation.Done, moment(t.now)
		if err := t.caseEntry(c, moderation.EntryDone, moderation.Body{
			Outcome: string(moderation.OverallOutcome(c.Counts)), Counts: c.Counts, Until: c.Until,
		}); err != nil {
			return err
		}
	}
	c.Version++
	if err := t.save(c); err != nil {
		return err
	}
	if err := t.followReport(c); err != nil {
		return err
	}
	if c.State == moderation.Open && c.large() { // BeginPortion shows it
		return nil
	}
	if err := t.cardDue(c); err != nil {
		return err
	}
	if err := t.lastEntryDue(c); err != nil {
		return err
	}
	if c.State == moderation.Done {
		if err := t.refreshRelatedCard(c); err != nil {
			return err
		}
	}
	if ends {
		if err := t.closeActNowCard(c); err != nil {
			return err
		}
		if err := t.showEndLater(c); err != nil {
			return err
		}
		if err := t.dropSampledReview(c); err != nil {
			return err
		}
		return t.caseLine(c)
	}
	return nil
}

// save stores what changes during a case's life. The request and the decision are written where
// they change.
func (t *tx) save(c *storedCase) error {
	err := t.run(`UPDATE cases SET state = ?, round = ?, version = ?, open_at = ?, done_at = ?, until_at = ?,
			pending = ?, accepted = ?, failed = ?, unknown = ?, superseded = ?, dropped = ?, ended = ?, ended_at = ?, approval = ?
		WHERE no = ?`, slices.Concat([]any{string(c.State), c.round, c.Version, millis(c.OpenAt), millis(c.DoneAt), millis(c.Until)},
		countValues(c.Counts), []any{c.Ended, millis(c.EndedAt), string(c.Approval.State), c.No})...)
	return err
}

// countValues returns the values of countColumns.
func countValues(counts map[moderation.Outcome]int) []any {
	values := make([]any, len(countColumns))
	for i, o := range countColumns {
		values[i] = counts[o]
	}
	return values
}

// moveCount moves n targets from one outcome to another in the case's counts.
func (c *storedCase) moveCount(from, to moderation.Outcome, n int) {
	c.Counts[to] += n
	if c.Counts[from] -= n; c.Counts[from] == 0 {
		delete(c.Counts, from)
	}
}

// full returns the case with its rows of other tables.
func (c *storedCase) full(q querier) (out moderation.Case, err error) {
	out = c.Case
	if out.Action.Targets = c.targets; len(c.targets) == 0 { // those of the first room: the others have the same
		if out.Action.Targets, err = column[string](q, `SELECT target FROM targets WHERE case_no = ? AND room = '' AND target <> '' ORDER BY seq`, c.No); err != nil {
			return out, err
		}
	}
	if c.Approval.State != "" {
		if out.Approval, err = approvalOf(q, c); err != nil {
			return out, err
		}
	}
	out.Review, err = reviewOf(q, c.No)
	return out, err
}

func itoa[N int | int64](n N) string { return strconv.FormatInt(int64(n), 10) }
