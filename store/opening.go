package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"bouncer/moderation"
)

// Open opens a case with all that belongs to it, and finishes the job. When
// its draft was used already nothing is changed, the job neither, and ErrStale
// comes with the case that the draft became.
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
		c, err := t.openCase(j, o)
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

func (t *tx) openCase(j moderation.Job, o moderation.Opening) (*caseRow, error) {
	no, err := t.count("case", 1)
	if err != nil {
		return nil, err
	}
	in := o.Case
	c := &caseRow{
		no: no, app: t.s.app, token: in.Token, team: in.Team, verb: in.Action.Verb, room: in.Action.Room.String(), typed: in.Typed,
		state: in.State, version: 1, askedAt: millis(in.AskedAt), openAt: t.now, until: millis(in.Until),
		cardChannel: o.CardChannel, auditChannel: o.AuditChannel, counts: make(map[moderation.Outcome]int),
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
	if err := t.caseEntry(c, moderation.EntryAsked, moderation.Body{
		Actor: &in.Actor, Typed: in.Typed, Action: &in.Action, Origin: &in.Origin,
		Rule: in.Decision.Rule, Policy: in.Decision.Policy, Until: in.Until,
	}); err != nil {
		return nil, err
	}
	if c.state == moderation.Open {
		if err := t.starts(c, j, o.BotEnds); err != nil {
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
	return c, nil
}

func (t *tx) insertCase(c *caseRow) error {
	n := func(o moderation.Outcome) int { return c.counts[o] }
	_, err := t.exec(`INSERT INTO cases (`+caseColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, 0, ?, ?, '', ?, ?, ?, ?, ?, ?, ?, '', 0)`,
		c.no, c.app, c.token, c.team, string(c.verb), c.room, c.action, c.actor, c.origin, c.decision, c.typed, string(c.state), c.version,
		c.askedAt, c.openAt, c.until, c.cardChannel, c.auditChannel,
		n(moderation.Pending), n(moderation.Accepted), n(moderation.Failed), n(moderation.Unknown), n(moderation.Superseded), n(moderation.Dropped))
	return err
}

func (t *tx) insertTargets(c *caseRow, targets []moderation.Target) error {
	for _, g := range targets {
		values, err := json.Marshal(g.Values)
		if err != nil {
			return fmt.Errorf("a target that cannot be kept: %w", err)
		}
		if _, err := t.exec(`INSERT INTO targets (case_no, seq, app, team, chunk, target, outcome, code, vals, lift, overdue, call_id, call_ends)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0)`,
			c.no, g.Seq, c.app, c.team, g.Chunk, g.ID, string(g.Outcome), string(g.Code), string(values), g.Lift); err != nil {
			return err
		}
	}
	return nil
}

// starts moves the standing of a case that runs, and queues its lifts. The job
// is the delivery that made it run.
func (t *tx) starts(c *caseRow, j moderation.Job, botEnds bool) error {
	if ok, _ := c.moves(); !ok {
		return nil
	}
	if err := t.move(c, j); err != nil {
		return err
	}
	if !botEnds || c.until == 0 {
		return nil
	}
	media, err := c.media()
	if err != nil {
		return err
	}
	pending, err := t.targetsWhere(c, `outcome = 'pending'`)
	if err != nil {
		return err
	}
	lifts := make([]moderation.NewJob, len(pending))
	for i, g := range pending {
		if lifts[i], err = liftJob(c, g, media); err != nil {
			return err
		}
	}
	return t.queue(c.no, lifts...)
}

// liftOf gives the verb that takes away what v sets.
func liftOf(v moderation.Verb) moderation.Verb {
	for _, s := range moderation.Verbs() {
		if s.Lifts == v && v != "" {
			return s.Verb
		}
	}
	return v
}

// Ask turns an Open case none of whose calls was announced back into Asking.
func (s *Store) Ask(ctx context.Context, j moderation.Job, no int64, jobs []moderation.NewJob) (moderation.Case, error) {
	return s.onCase(ctx, func(t *tx) (*caseRow, error) {
		c, err := t.take(j, no)
		if err != nil {
			return nil, err
		}
		var calls int
		if err := t.one(`SELECT COUNT(*) FROM calls WHERE case_no = ?`, no)(&calls); err != nil {
			return nil, err
		}
		if c.state != moderation.Open || calls > 0 {
			return c, moderation.ErrStale
		}
		var seqs []target
		if seqs, err = t.targetsWhere(c, `outcome = 'pending'`); err != nil {
			return nil, err
		}
		if err := t.void(c, seqs); err != nil {
			return nil, err
		}
		for _, kind := range []moderation.JobKind{moderation.JobChunk, moderation.JobLift} {
			if err := t.takeBack(no, kind); err != nil {
				return nil, err
			}
		}
		c.state = moderation.Asking
		if err := t.queue(no, jobs...); err != nil {
			return nil, err
		}
		if err := t.caseEntry(c, moderation.EntryAgain, moderation.Body{
			Actor: &moderation.Actor{Kind: moderation.ActorSystem}, Code: moderation.CodeLate, Detail: "asked again",
		}); err != nil {
			return nil, err
		}
		return c, t.changed(c)
	})
}

// take finishes the job and loads the case.
func (t *tx) take(j moderation.Job, no int64) (*caseRow, error) {
	if err := t.finish(j); err != nil {
		return nil, err
	}
	return loadCase(t, no)
}

// Confirm moves an Asking case to Open.
func (s *Store) Confirm(ctx context.Context, j moderation.Job, cf moderation.Confirmation) (moderation.Case, error) {
	return s.onCase(ctx, func(t *tx) (*caseRow, error) {
		c, err := t.take(j, cf.No)
		if err != nil {
			return nil, err
		}
		if c.state != moderation.Asking {
			return c, moderation.ErrStale
		}
		if err := t.takeBack(cf.No, moderation.JobExpire); err != nil {
			return nil, err
		}
		c.state, c.until, c.openAt = moderation.Open, millis(cf.Until), t.now
		if err := t.starts(c, j, cf.BotEnds); err != nil {
			return nil, err
		}
		return c, t.goOn(c, cf)
	})
}

// Again makes the Unknown targets of a Done case Pending once more.
func (s *Store) Again(ctx context.Context, j moderation.Job, cf moderation.Confirmation) (moderation.Case, error) {
	return s.onCase(ctx, func(t *tx) (*caseRow, error) {
		c, err := t.take(j, cf.No)
		if err != nil {
			return nil, err
		}
		n := c.counts[moderation.Unknown]
		if c.state != moderation.Done || n == 0 {
			return c, moderation.ErrStale
		}
		if _, err := t.exec(`UPDATE targets SET outcome = 'pending', code = '', vals = '{}', call_id = 0, call_ends = 0
			WHERE case_no = ? AND outcome = 'unknown'`, c.no); err != nil {
			return nil, err
		}
		c.turns(moderation.Unknown, moderation.Pending, n)
		c.state, c.doneAt = moderation.Open, 0
		c.round++
		return c, t.goOn(c, cf)
	})
}

// goOn writes what Confirm and Again have in common.
func (t *tx) goOn(c *caseRow, cf moderation.Confirmation) error {
	if err := t.queue(c.no, cf.Jobs...); err != nil {
		return err
	}
	if err := t.caseEntry(c, moderation.EntryAgain, cf.Body); err != nil {
		return err
	}
	return t.changed(c)
}

// Let drops everything of a case that is still pending. Targets whose call is
// under way are left to their answer, and those whose call may have landed end
// unknown: "not sent" would be untrue for them.
func (s *Store) Let(ctx context.Context, j moderation.Job, no int64, kind moderation.EntryKind, body moderation.Body) (moderation.Case, error) {
	return s.onCase(ctx, func(t *tx) (*caseRow, error) {
		c, err := t.take(j, no)
		if err != nil {
			return nil, err
		}
		pending, err := t.targetsWhere(c, `outcome = 'pending'`)
		if err != nil {
			return nil, err
		}
		pending = slices.DeleteFunc(pending, func(g target) bool { return g.callEnds > t.now })
		if len(pending) == 0 {
			return c, moderation.ErrStale
		}
		landed, err := t.mayHaveLanded(c)
		if err != nil {
			return nil, err
		}
		var unsent, unclear []target
		for _, g := range pending {
			if landed[g.chunk] {
				unclear = append(unclear, g)
			} else {
				unsent = append(unsent, g)
			}
		}
		if err := t.drop(c, unsent, moderation.Dropped, kind, body); err != nil {
			return nil, err
		}
		if err := t.drop(c, unclear, moderation.Unknown, kind, body); err != nil {
			return nil, err
		}
		if c.state == moderation.Asking {
			c.state = moderation.Open // it ends as every other does
		}
		return c, t.changed(c)
	})
}

// mayHaveLanded gives the chunks of a case of which a call, in whichever round,
// may have taken effect.
func (t *tx) mayHaveLanded(c *caseRow) (map[int64]bool, error) {
	chunks := make(map[int64]bool)
	err := t.each(`SELECT DISTINCT chunk, class FROM calls WHERE case_no = ? AND purpose = 'act'`,
		[]any{c.no}, func(scan func(...any) error) error {
			var chunk int64
			var class string
			err := scan(&chunk, &class)
			chunks[chunk] = chunks[chunk] || moderation.VendorClass(class).MayHaveLanded()
			return err
		})
	return chunks, err
}
