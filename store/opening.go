package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"bouncer/moderation"
)

// OpenCase decides and opens a case: number, targets, its EntryOpened, its moves (only when its
// state is Open), its jobs, and its card, due after Timing.CardDelay. The job is finished.
//
// With o.Evaluate the decision is made in here, with Facts that no other case can change
// meanwhile. A refusal is returned as *RefusedError and changes nothing, also not the job. A
// decision that needs an approval makes the case AwaitingApproval and, with an act-now, opens a
// second case that runs meanwhile. An undo or extension that needs an approval, and for which
// a request of the same person already waits, is refused with CodeAlreadyWaits.
//
// When o.Draft is set and that draft was already used, ErrStale is returned with the case that it
// became, and nothing is changed, also not the job. With o.OnDuplicate a command that was given
// within DuplicateWithin, and that a case already carries out, opens none: that case is returned,
// which has another Token, with an EntryConfirmation (CodeRepeated).
//
// When o.Report is set and that report was acted on before, *ReportTakenError is returned, and
// nothing is changed, also not the job.
func (s *Store) OpenCase(ctx context.Context, j moderation.Job, o moderation.NewCase) (moderation.Case, error) {
	return s.onCase(ctx, func(t *tx) (*storedCase, error) {
		if err := t.finish(j); err != nil {
			return nil, err
		}
		if o.Draft != "" {
			var became int64
			if err := t.one(`SELECT case_no FROM drafts WHERE token = ?`, o.Draft)(&became); err != nil {
				return nil, err
			}
			if became != 0 {
				c, err := loadCase(t, became)
				return c, errors.Join(err, moderation.ErrStale)
			}
		}
		c, err := t.recordDuplicate(o)
		if err == nil && c == nil {
			c, err = t.openDecided(j, o)
		}
		if err == nil && o.Report != "" {
			err = t.takeReport(c, c.Token == o.Case.Token, o.Report)
		}
		if err != nil || o.Draft == "" {
			return c, err
		}
		err = t.run(`UPDATE drafts SET case_no = ?, filed = '' WHERE token = ?`, c.No, o.Draft)
		return c, err
	})
}

// onCase runs a transaction about a case and returns the case as it is then. With ErrStale nothing
// is changed, and the case is the stored one.
func (s *Store) onCase(ctx context.Context, run func(*tx) (*storedCase, error)) (out moderation.Case, err error) {
	err = s.write(ctx, func(t *tx) error {
		out = moderation.Case{}
		c, err := run(t)
		if c == nil || err != nil && !errors.Is(err, moderation.ErrStale) {
			return err
		}
		var ferr error
		if out, ferr = c.full(t); ferr != nil {
			return ferr
		}
		return err
	})
	if errors.Is(err, moderation.ErrStale) {
		return out, moderation.ErrStale
	}
	if err != nil {
		return moderation.Case{}, err
	}
	return out, nil
}

// openDecided opens a case as decided, and with a waiting one its act-now case.
func (t *tx) openDecided(j moderation.Job, o moderation.NewCase) (*storedCase, error) {
	if o.Evaluate != nil {
		facts, err := t.facts(o.Case.Actor, o.Case.Action, o.Lookback)
		if err != nil {
			return nil, err
		}
		if o.Case.Decision = o.Evaluate(facts); !o.Case.Decision.Allowed {
			return nil, &moderation.RefusedError{Decision: o.Case.Decision}
		}
	}
	if o.Case.Action.Effect() == moderation.EffectLift {
		o.Case.Decision.Requirement.ActNow = 0 // lifted restrictions do not apply at once
	}
	d := o.Case.Decision
	if err := t.checkBegun(o.Case.Action); err != nil {
		return nil, err
	}
	if d.Requirement.Required() && !d.Override {
		if err := t.checkAlreadyWaits(o.Case); err != nil {
			return nil, err
		}
	}
	if d.Requirement.Required() && !d.Override && o.Case.State != moderation.AwaitingConfirmation {
		o.Case.State, o.Case.Until = moderation.AwaitingApproval, time.Time{}
	}
	c, err := t.openCase(j, o)
	if err != nil || c.State != moderation.AwaitingApproval || d.Requirement.ActNow == 0 {
		return c, err
	}
	now := o.ActNow(d.Requirement)
	now.Case.Action.RelatedCase = c.No
	now.Case.Decision = d
	now.Case.Decision.Requirement, now.Case.Decision.Verdicts = moderation.ApprovalRequirement{}, nil
	_, err = t.openCase(j, now)
	return c, err
}

func (t *tx) openCase(j moderation.Job, o moderation.NewCase) (*storedCase, error) {
	no, err := t.caseNumber()
	if err != nil {
		return nil, err
	}
	in := o.Case
	c := &storedCase{auditChannel: o.AuditChannel, Case: moderation.Case{
		No: no, App: t.s.cfg.App, Token: in.Token, Team: cmp.Or(in.Team, t.s.cfg.Team), Action: in.Action, Actor: in.Actor,
		State: cmp.Or(in.State, moderation.Open), Typed: in.Typed, Origin: in.Origin, Decision: in.Decision, Version: 1,
		AskedAt: moment(millis(in.AskedAt)), OpenAt: moment(t.now), Until: moment(millis(in.Until)), Counts: make(map[moderation.Outcome]int),
	}}
	c.Action.Targets, c.Decision.Refusal = nil, nil
	if c.State == moderation.AwaitingApproval {
		c.Approval.State = moderation.ApprovalWaiting
	}
	for _, g := range o.Targets {
		c.Counts[g.Outcome]++
		if g.ID != "" && (g.Room.Kind == "" || c.storedRoom(g.Room.String()) == "") {
			c.targets = append(c.targets, g.ID)
		}
	}
	if err := t.insertCase(c, o.CardChannel); err != nil {
		return nil, err
	}
	if err := t.insertTargets(c, o.Targets); err != nil {
		return nil, err
	}
	asked := moderation.Body{
		Actor: &in.Actor, Typed: in.Typed, Action: &in.Action, Origin: &in.Origin,
		Rule: in.Decision.Rule, Policy: in.Decision.Policy, Until: in.Until, Verdicts: in.Decision.Verdicts,
	}
	if in.Decision.Requirement.Required() {
		asked.Requirement = &in.Decision.Requirement
	}
	if err := t.caseEntry(c, moderation.EntryOpened, asked); err != nil {
		return nil, err
	}
	if err := t.sampleForReview(c, o.ReviewShare); err != nil {
		return nil, err
	}
	if err := t.linksIn(c, in.Actor, in.Action.Reason, in.Typed); err != nil {
		return nil, err
	}
	if in.Decision.Requirement.Required() && c.State != moderation.AwaitingConfirmation {
		if err := t.createApproval(c, in.Decision.Requirement, o.SendPlan); err != nil {
			return nil, err
		}
	}
	if in.Decision.Requirement.Required() && in.Decision.Override && c.State == moderation.Open {
		if err := t.recordOverride(c, in.Actor, in.Action.Reason, moderation.Body{Actor: &in.Actor, Detail: in.Action.Reason}); err != nil {
			return nil, err
		}
		if err := t.save(c); err != nil {
			return nil, err
		}
	}
	if n := in.Decision.Requirement; n.Why == moderation.RequireForLimit {
		if err := t.recordLimitReached(in.Actor, no, n.Why, n.Values, o.AuditChannel); err != nil {
			return nil, err
		}
	}
	if c.State == moderation.Open {
		if err := t.startRun(c, j, o.SendPlan); err != nil {
			return nil, err
		}
		if c.Counts[moderation.Pending] < len(o.Targets) { // some were superseded as it began
			if err := t.save(c); err != nil {
				return nil, err
			}
		}
	}
	if err := t.queue(no, o.Jobs...); err != nil {
		return nil, err
	}
	if err := t.newPosts(c, o.CardChannel); err != nil {
		return nil, err
	}
	if c.State == moderation.Open && c.Counts[moderation.Pending] == 0 {
		return c, t.caseChanged(c)
	}
	return c, t.refreshRelatedCard(c)
}

// insertCase also fills the columns by which cases are searched, which repeat what their JSON
// says.
func (t *tx) insertCase(c *storedCase, cardChannel string) error {
	err := t.run(`INSERT INTO cases (no, app, token, team, verb, room, action, actor, origin, decision, typed, state, round, version,
			asked_at, open_at, done_at, until_at, card_channel, card_ts, audit_channel,
			pending, accepted, failed, unknown, superseded, dropped, ended, ended_at, actor_key, actor_user, reason, approval, of_no, rel, glass)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, 0, ?, ?, '', ?, ?, ?, ?, ?, ?, ?, '', 0, ?, ?, ?, ?, ?, ?, '')`,
		slices.Concat([]any{
			c.No, c.App, c.Token, c.Team, string(c.Action.Verb), c.room(), asJSON(c.Action), asJSON(c.Actor), asJSON(c.Origin), asJSON(c.Decision),
			c.Typed, string(c.State), c.Version, millis(c.AskedAt), t.now, millis(c.Until), cardChannel, c.auditChannel,
		}, countValues(c.Counts), []any{
			c.Actor.Key(), c.Actor.User, c.Action.Reason, string(c.Approval.State), c.Action.RelatedCase, string(c.Action.Relation),
		})...)
	for _, r := range c.Action.MoreRooms {
		if err == nil {
			err = t.run(`INSERT INTO case_rooms (app, room, case_no) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, c.App, r.String(), c.No)
		}
	}
	return err
}

// targetsAtOnce is how many targets one statement inserts.
const targetsAtOnce = 100

func (t *tx) insertTargets(c *storedCase, targets []moderation.Target) error {
	const insert, row = `INSERT INTO targets (case_no, seq, app, team, chunk, room, target, outcome, code, vals, lift, overdue, call_id, call_ends)
		VALUES `, `(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0)`
	portions := len(targets) > c.most()
	values := func(g moderation.Target) []any {
		if portions {
			g.Chunk = 0 // until it begins
		}
		room := ""
		if g.Room.Kind != "" {
			room = c.storedRoom(g.Room.String())
		}
		return []any{c.No, g.Seq, c.App, c.Team, g.Chunk, room, g.ID, string(g.Outcome), string(g.Code), asJSON(g.Values), g.Lift}
	}
	for len(targets) >= targetsAtOnce {
		var args []any
		for _, g := range targets[:targetsAtOnce] {
			args = append(args, values(g)...)
		}
		if err := t.run(insert+row+strings.Repeat(`, `+row, targetsAtOnce-1), args...); err != nil {
			return err
		}
		targets = targets[targetsAtOnce:]
	}
	for _, g := range targets {
		if err := t.run(insert+row, values(g)...); err != nil {
			return err
		}
	}
	return nil
}
