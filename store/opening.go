package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"bouncer/moderation"
)

// Open decides and opens a case: number, targets, its EntryAsked, its
// moves (only when its state is Open), what is queued, and its card, due
// Timing.CardDelay after now. The job is finished. With o.Judge the decision is made in here,
// under Facts that no other case can change meanwhile: a refusal is returned
// as *Refused and changes nothing, the job neither; a decision that needs an
// approval makes the case Waiting, and o.Now, where the need allows it, a
// second case that runs meanwhile. When o.Draft is set and that draft was used
// already, ErrStale is returned with the case that it became, and nothing is
// changed, the job neither. With o.Repeated a command that was given within
// RepeatWithin, and that a case carries out already, opens none: that case is
// given back, which has another Token, with an EntryAgain (CodeRepeated).
func (s *Store) Open(ctx context.Context, j moderation.Job, o moderation.Opening) (moderation.Case, error) {
	return s.onCase(ctx, func(t *tx) (*caseRow, error) {
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
		c, err := t.repeated(o)
		if err == nil && c == nil {
			c, err = t.decided(j, o)
		}
		if err != nil || o.Draft == "" {
			return c, err
		}
		_, err = t.exec(`UPDATE drafts SET case_no = ? WHERE token = ?`, c.no, o.Draft)
		return c, err
	})
}

// onCase runs a transaction about a case and gives the case as it is then.
// With ErrStale nothing is changed, and the case is the one that stands.
func (s *Store) onCase(ctx context.Context, run func(*tx) (*caseRow, error)) (out moderation.Case, err error) {
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

// decided opens a case as the decision on it has it, and with one that waits
// the case that runs meanwhile.
func (t *tx) decided(j moderation.Job, o moderation.Opening) (*caseRow, error) {
	if o.Judge != nil {
		facts, err := t.facts(o.Case.Actor, o.Case.Action, o.Lookback)
		if err != nil {
			return nil, err
		}
		if o.Case.Decision = o.Judge(facts); !o.Case.Decision.Allowed {
			return nil, &moderation.Refused{Decision: o.Case.Decision}
		}
	}
	if o.Case.Action.Effect() == moderation.EffectFree {
		o.Case.Decision.Need.ActNow = 0 // nobody is free for a while
	}
	d := o.Case.Decision
	if d.Need.Asks() && !d.Alone && o.Case.State != moderation.Asking {
		o.Case.State, o.Case.Until = moderation.Waiting, time.Time{}
	}
	c, err := t.openCase(j, o)
	if err != nil || c.state != moderation.Waiting || d.Need.ActNow == 0 {
		return c, err
	}
	now := o.ActNow(d.Need)
	now.Case.Action.Of = c.no
	now.Case.Decision = d
	now.Case.Decision.Need, now.Case.Decision.Verdicts = moderation.Need{}, nil
	_, err = t.openCase(j, now)
	return c, err
}

func (t *tx) openCase(j moderation.Job, o moderation.Opening) (*caseRow, error) {
	no, err := t.caseNumber()
	if err != nil {
		return nil, err
	}
	in := o.Case
	c := &caseRow{
		no: no, app: t.s.app, token: in.Token, team: in.Team, verb: in.Action.Verb, room: in.Action.Room.String(), typed: in.Typed,
		state: in.State, version: 1, askedAt: millis(in.AskedAt), openAt: t.now, until: millis(in.Until),
		cardChannel: o.CardChannel, auditChannel: o.AuditChannel, counts: make(map[moderation.Outcome]int),
		actorKey: in.Actor.Key(), actorUser: in.Actor.User, reason: in.Action.Reason, of: in.Action.Of, rel: in.Action.Rel,
	}
	if c.state == moderation.Waiting {
		c.approval = moderation.ApprovalWaiting
	}
	if c.state == "" {
		c.state = moderation.Open
	}
	if c.team == "" {
		c.team = t.s.cfg.Team
	}
	bare := in.Action
	bare.Targets = nil
	c.action = string(bare.JSON())
	decision := in.Decision
	decision.Refusal = nil
	for _, p := range []struct {
		into *string
		from any
	}{{&c.actor, in.Actor}, {&c.origin, in.Origin}, {&c.decision, decision}} {
		raw, err := json.Marshal(p.from)
		if err != nil {
			return nil, fmt.Errorf("a case that cannot be kept: %w", err)
		}
		*p.into = string(raw)
	}
	for _, g := range o.Targets {
		c.counts[g.Outcome]++
	}
	if err := t.insertCase(c); err != nil {
		return nil, err
	}
	if err := t.insertTargets(c, o.Targets); err != nil {
		return nil, err
	}
	asked := moderation.Body{
		Actor: &in.Actor, Typed: in.Typed, Action: &in.Action, Origin: &in.Origin,
		Rule: in.Decision.Rule, Policy: in.Decision.Policy, Until: in.Until, Verdicts: in.Decision.Verdicts,
	}
	if in.Decision.Need.Asks() {
		asked.Need = &in.Decision.Need
	}
	if err := t.caseEntry(c, moderation.EntryAsked, asked); err != nil {
		return nil, err
	}
	if err := t.sampled(c, o.Sample); err != nil {
		return nil, err
	}
	if err := t.linksIn(c, in.Actor, in.Action.Reason, in.Typed); err != nil {
		return nil, err
	}
	if in.Decision.Need.Asks() && c.state != moderation.Asking {
		if err := t.requested(c, in.Decision.Need, o.Sending); err != nil {
			return nil, err
		}
	}
	if in.Decision.Need.Asks() && in.Decision.Alone && c.state == moderation.Open {
		if err := t.runsAlone(c, in.Actor, in.Action.Reason, moderation.Body{Actor: &in.Actor, Detail: in.Action.Reason}); err != nil {
			return nil, err
		}
		if err := t.save(c); err != nil {
			return nil, err
		}
	}
	if n := in.Decision.Need; n.Why == moderation.NeedBrake {
		if err := t.braked(in.Actor, no, n.Why, n.Values, o.AuditChannel); err != nil {
			return nil, err
		}
	}
	if c.state == moderation.Open {
		if err := t.starts(c, j, o.Sending); err != nil {
			return nil, err
		}
	}
	if err := t.queue(no, o.Jobs...); err != nil {
		return nil, err
	}
	if err := t.newPosts(c); err != nil {
		return nil, err
	}
	if c.state == moderation.Open && c.counts[moderation.Pending] == 0 {
		return c, t.changed(c)
	}
	return c, t.shownOn(c)
}

func (t *tx) insertCase(c *caseRow) error {
	n := func(o moderation.Outcome) int { return c.counts[o] }
	_, err := t.exec(`INSERT INTO cases (`+caseColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, 0, ?, ?, '', ?, ?, ?, ?, ?, ?, ?, '', 0,
		?, ?, ?, ?, ?, ?, ?)`,
		c.no, c.app, c.token, c.team, string(c.verb), c.room, c.action, c.actor, c.origin, c.decision, c.typed, string(c.state), c.version,
		c.askedAt, c.openAt, c.until, c.cardChannel, c.auditChannel,
		n(moderation.Pending), n(moderation.Accepted), n(moderation.Failed), n(moderation.Unknown), n(moderation.Superseded), n(moderation.Dropped),
		c.actorKey, c.actorUser, c.reason, string(c.approval), c.of, string(c.rel), c.glass)
	return err
}

func (t *tx) insertTargets(c *caseRow, targets []moderation.Target) error {
	for _, g := range targets {
		if _, err := t.exec(`INSERT INTO targets (case_no, seq, app, team, chunk, target, outcome, code, vals, lift, overdue, call_id, call_ends)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0)`,
			c.no, g.Seq, c.app, c.team, g.Chunk, g.ID, string(g.Outcome), string(g.Code), asJSON(g.Values), g.Lift); err != nil {
			return err
		}
	}
	return nil
}
