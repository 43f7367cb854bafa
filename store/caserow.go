package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"bouncer/moderation"
)

// caseRow is a case as transactions work on it.
type caseRow struct {
	no           int64
	app          int64
	token, team  string
	verb         moderation.Verb
	room         string
	action       string // JSON, without its targets: these are rows
	actor        string
	origin       string
	decision     string
	typed        string
	state        moderation.State
	round        int64
	version      int64
	askedAt      int64
	openAt       int64
	doneAt       int64
	until        int64
	cardChannel  string
	cardTS       string
	auditChannel string
	counts       map[moderation.Outcome]int
	ended        string
	endedAt      int64
	actorKey     string
	actorUser    string
	reason       string
	approval     moderation.ApprovalState
	of           int64
	rel          moderation.Relation
	glass        string // JSON of a moderation.Glass, or empty

	// lastEntry is the newest entry that this transaction wrote of it.
	lastEntry int64
}

const caseColumns = `no, app, token, team, verb, room, action, actor, origin, decision, typed, state, round, version,
	asked_at, open_at, done_at, until_at, card_channel, card_ts, audit_channel,
	pending, accepted, failed, unknown, superseded, dropped, ended, ended_at,
	actor_key, actor_user, reason, approval, of_no, rel, glass`

// countColumns are the outcomes in the order of their columns.
var countColumns = []moderation.Outcome{
	moderation.Pending, moderation.Accepted, moderation.Failed, moderation.Unknown, moderation.Superseded, moderation.Dropped,
}

func caseWhere(q querier, cond string, arg any) (*caseRow, error) {
	c, err := row(q, `SELECT `+caseColumns+` FROM cases WHERE `+cond, []any{arg}, (*caseRow).fields)
	return &c, err
}

func (c *caseRow) fields() []any {
	return slices.Concat([]any{
		&c.no, &c.app, &c.token, &c.team, &c.verb, &c.room, &c.action, &c.actor, &c.origin, &c.decision, &c.typed, &c.state, &c.round, &c.version,
		&c.askedAt, &c.openAt, &c.doneAt, &c.until, &c.cardChannel, &c.cardTS, &c.auditChannel,
	}, countFields(&c.counts), []any{&c.ended, &c.endedAt, &c.actorKey, &c.actorUser, &c.reason, &c.approval, &c.of, &c.rel, &c.glass})
}

// countFields are where the columns of countColumns go.
func countFields(counts *map[moderation.Outcome]int) []any {
	*counts = make(map[moderation.Outcome]int, len(countColumns))
	fields := make([]any, len(countColumns))
	for i, o := range countColumns {
		fields[i] = count{*counts, o}
	}
	return fields
}

func loadCase(q querier, no int64) (*caseRow, error) {
	return caseWhere(q, `no = ?`, no)
}

// effect is what the case's verb leaves behind.
func (c *caseRow) effect() moderation.Effect {
	return moderation.Action{Verb: c.verb}.Effect()
}

// moves tells whether the case restricts or lifts, and whether it restricts.
func (c *caseRow) moves() (moves, bound bool) {
	switch c.effect() {
	case moderation.EffectBind:
		return true, true
	case moderation.EffectFree:
		return true, false
	}
	return false, false
}

// asked gives the action without its targets.
func (c *caseRow) asked() (a moderation.Action, err error) {
	if err = json.Unmarshal([]byte(c.action), &a); err != nil {
		return a, fmt.Errorf("case %d: its action cannot be read: %w", c.no, err)
	}
	return a, nil
}

// media gives what the case's action moves.
func (c *caseRow) media() ([]moderation.Medium, error) {
	a, err := c.asked()
	return a.Moves(), err
}

// caseEntry writes an entry of the case.
func (t *tx) caseEntry(c *caseRow, kind moderation.EntryKind, body moderation.Body) error {
	id, err := t.entry(c.no, kind, body, c.team)
	if err == nil {
		c.lastEntry = id
	}
	return err
}

// told lets the thread tell entries that this transaction wrote.
func (t *tx) told(c *caseRow) error {
	if c.lastEntry == 0 {
		return nil
	}
	return t.thread(c.no, c.lastEntry)
}

// changed saves a case that was changed: it ends when nothing is pending any
// more, its version rises, and its card, thread and line are due.
func (t *tx) changed(c *caseRow) error {
	ends := c.state == moderation.Open && c.counts[moderation.Pending] == 0
	if ends {
		c.state, c.doneAt = moderation.Done, t.now
		if err := t.caseEntry(c, moderation.EntryDone, moderation.Body{
			Outcome: string(moderation.OutcomeOf(c.counts)), Counts: c.counts, Until: moment(c.until),
		}); err != nil {
			return err
		}
	}
	c.version++
	if err := t.save(c); err != nil {
		return err
	}
	if err := t.card(c); err != nil {
		return err
	}
	if err := t.told(c); err != nil {
		return err
	}
	if c.state == moderation.Done {
		if err := t.shownOn(c); err != nil {
			return err
		}
	}
	if ends {
		if err := t.overAhead(c); err != nil {
			return err
		}
		if err := t.showEndLater(c); err != nil {
			return err
		}
		if err := t.reviewEnds(c); err != nil {
			return err
		}
		return t.caseLine(c)
	}
	return nil
}

func (t *tx) save(c *caseRow) error {
	_, err := t.exec(`UPDATE cases SET state = ?, round = ?, version = ?, open_at = ?, done_at = ?, until_at = ?,
			pending = ?, accepted = ?, failed = ?, unknown = ?, superseded = ?, dropped = ?, ended = ?, ended_at = ?,
			action = ?, reason = ?, decision = ?, approval = ?, glass = ?
		WHERE no = ?`, string(c.state), c.round, c.version, c.openAt, c.doneAt, c.until,
		c.counts[moderation.Pending], c.counts[moderation.Accepted], c.counts[moderation.Failed],
		c.counts[moderation.Unknown], c.counts[moderation.Superseded], c.counts[moderation.Dropped],
		c.ended, c.endedAt, c.action, c.reason, c.decision, string(c.approval), c.glass, c.no)
	return err
}

// turns moves n targets from one outcome to another in the case's counts.
func (c *caseRow) turns(from, to moderation.Outcome, n int) {
	c.counts[to] += n
	if c.counts[from] -= n; c.counts[from] == 0 {
		delete(c.counts, from)
	}
}

// full makes a Case of the row, with the targets of its action.
func (c *caseRow) full(q querier) (moderation.Case, error) {
	a, err := c.asked()
	if err != nil {
		return moderation.Case{}, err
	}
	if a.Targets, err = column[string](q, `SELECT target FROM targets WHERE case_no = ? AND target <> '' ORDER BY seq`, c.no); err != nil {
		return moderation.Case{}, err
	}
	out := moderation.Case{
		No: c.no, Token: c.token, App: uint32(c.app), Team: c.team, Action: a, State: c.state, Typed: c.typed, //nolint:gosec // written from a uint32
		AskedAt: moment(c.askedAt), OpenAt: moment(c.openAt), DoneAt: moment(c.doneAt), Until: moment(c.until),
		Counts: make(map[moderation.Outcome]int, len(c.counts)), Version: c.version, Ended: c.ended, EndedAt: moment(c.endedAt),
	}
	if c.cardTS != "" {
		out.Card = moderation.Posted{Channel: c.cardChannel, TS: c.cardTS}
	}
	for o, n := range c.counts {
		if n != 0 {
			out.Counts[o] = n
		}
	}
	if err := errors.Join(
		json.Unmarshal([]byte(c.actor), &out.Actor),
		json.Unmarshal([]byte(c.origin), &out.Origin),
		json.Unmarshal([]byte(c.decision), &out.Decision),
	); err != nil {
		return out, fmt.Errorf("case %d cannot be read: %w", c.no, err)
	}
	if c.glass != "" {
		out.Glass = &moderation.Glass{}
		if err := json.Unmarshal([]byte(c.glass), out.Glass); err != nil {
			return out, fmt.Errorf("case %d cannot be read: %w", c.no, err)
		}
	}
	if c.approval != "" {
		if out.Approval, err = approvalOf(q, c); err != nil {
			return out, err
		}
	}
	out.Review, err = reviewOf(q, c.no)
	return out, err
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
