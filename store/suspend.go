package store

import (
	"context"
	"encoding/json"
	"time"

	"bouncer/moderation"
)

// suspensionsWhere reads suspensions. cond is our own SQL.
func suspensionsWhere(q querier, cond string, args ...any) ([]moderation.Suspension, error) {
	return rows(q, `SELECT id, actor, by_actor, reason, at, until_at FROM suspensions WHERE `+cond, args, func(s *moderation.Suspension) []any {
		return []any{&s.ID, asJSON(&s.Who), asJSON(&s.By), &s.Reason, asTime(&s.At), asTime(&s.Until)}
	})
}

// suspensionsAt returns the suspensions in force at a time, newest first.
func (s *Store) suspensionsAt(q querier, now int64) ([]moderation.Suspension, error) {
	return suspensionsWhere(q, `app = ? AND ended_at = 0 AND (until_at = 0 OR until_at > ?) ORDER BY id DESC`, s.app, now)
}

// suspendedOf returns a person's suspension, or nil.
func (s *Store) suspendedOf(q querier, now int64, who moderation.Actor) (*moderation.Suspension, error) {
	all, err := s.suspensionsAt(q, now)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if s.Who.Same(who) || who.EnterpriseUser != "" && s.Who.User == who.EnterpriseUser {
			return &s, nil
		}
	}
	return nil, nil
}

// suspensionOf is suspendedOf within a transaction that decides.
func (t *tx) suspensionOf(who moderation.Actor) (*moderation.Suspension, error) {
	return t.s.suspendedOf(t, t.now, who)
}

// ActiveSuspension returns a person's suspension, also through another account of one enterprise
// user; nil for none. Its error is the database's.
func (s *Store) ActiveSuspension(ctx context.Context, who moderation.Actor) (*moderation.Suspension, error) {
	return s.suspendedOf(s.read(ctx), s.now().UnixMilli(), who)
}

// ActiveSuspensions returns all that are in force, newest first. Its error is the database's.
func (s *Store) ActiveSuspensions(ctx context.Context) ([]moderation.Suspension, error) {
	return s.suspensionsAt(s.read(ctx), s.now().UnixMilli())
}

// Suspend suspends a person's rights and returns the suspension, replacing an earlier suspension:
// EntrySuspended with its line, the end as a JobEndSuspension, and a JobCancelSuspended for the
// person's cases in progress. The job is finished. Its error is the database's.
func (s *Store) Suspend(ctx context.Context, j moderation.Job, n moderation.NewSuspension) (out moderation.Suspension, err error) {
	err = s.write(ctx, func(t *tx) error {
		if err := t.finish(j); err != nil {
			return err
		}
		out, err = t.suspend(n)
		return err
	})
	return out, err
}

func (t *tx) suspend(n moderation.NewSuspension) (out moderation.Suspension, err error) {
	body := n.Body
	if err := t.endSuspensions(n.Who, &body); err != nil {
		return out, err
	}
	out = moderation.Suspension{Who: n.Who, By: n.By, Reason: n.Reason, At: moment(t.now), Until: n.Until}
	if out.ID, err = t.count("suspension", 1); err != nil {
		return out, err
	}
	if err := t.run(`INSERT INTO suspensions (id, app, team, actor, by_actor, reason, at, until_at, ended_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)`,
		out.ID, t.s.app, t.s.cfg.Team, asJSON(n.Who), asJSON(n.By), n.Reason, t.now, millis(n.Until)); err != nil {
		return out, err
	}
	body.Actor, body.Person, body.Until, body.Detail = &n.By, n.Who.User, n.Until, n.Reason
	body.Values = withValue(body.Values, "person", n.Who.Label())
	if err := t.logWithLine(moderation.EntrySuspended, body, "suspended:"+itoa(out.ID), n.Channel); err != nil {
		return out, err
	}
	jobs := append([]moderation.NewJob{suspensionJob(moderation.JobCancelSuspended, moderation.SuspensionWork{ID: out.ID}, time.Time{})}, n.Jobs...)
	if !n.Until.IsZero() {
		jobs = append(jobs, suspensionJob(moderation.JobEndSuspension, moderation.SuspensionWork{ID: out.ID}, n.Until))
	}
	return out, t.queue(0, jobs...)
}

func suspensionJob(kind moderation.JobKind, w moderation.SuspensionWork, at time.Time) moderation.NewJob {
	payload, err := json.Marshal(w)
	if err != nil { // two numbers: cannot fail
		panic("store: " + err.Error())
	}
	return moderation.NewJob{
		Key:   string(kind) + ":" + itoa(w.ID) + ":" + itoa(w.After),
		Queue: moderation.QueueTimer, Kind: kind, RunAt: at, Payload: payload,
	}
}

// logWithLine writes an entry that belongs to no case, and its line; no line without a channel.
func (t *tx) logWithLine(kind moderation.EntryKind, body moderation.Body, key, channel string) error {
	if _, err := t.entry(0, kind, body, ""); err != nil || channel == "" {
		return err
	}
	return t.line(moderation.Line{Key: key, Channel: channel, Kind: kind, Body: body.JSON(), Count: 1})
}

// endSuspensions ends a person's suspensions; body gets their planned end.
func (t *tx) endSuspensions(who moderation.Actor, body *moderation.Body) error {
	for {
		old, err := t.suspensionOf(who)
		if err != nil || old == nil {
			return err
		}
		if body != nil {
			body.Before = old.Until.Format(time.RFC3339)
			if old.Until.IsZero() {
				body.Before = "no end"
			}
		}
		if err := t.run(`UPDATE suspensions SET ended_at = ? WHERE id = ?`, t.now, old.ID); err != nil {
			return err
		}
	}
}

// Unsuspend ends a suspension before its time: EntrySuspensionEnded with its line. When the person
// is not suspended it returns ErrNotFound and changes nothing.
func (s *Store) Unsuspend(ctx context.Context, j moderation.Job, u moderation.Unsuspension) (out moderation.Suspension, err error) {
	err = s.write(ctx, func(t *tx) error {
		old, err := t.suspensionOf(u.Who)
		switch {
		case err != nil:
			return err
		case old == nil:
			return moderation.ErrNotFound
		}
		out = *old
		if err := t.finish(j); err != nil {
			return err
		}
		body := u.Body
		if err := t.endSuspensions(u.Who, &body); err != nil {
			return err
		}
		body.Person, body.Values = old.Who.User, withValue(body.Values, "person", u.Who.Label())
		if err := t.logWithLine(moderation.EntrySuspensionEnded, body, "restored:"+itoa(old.ID), u.Channel); err != nil {
			return err
		}
		return t.queue(0, u.Jobs...)
	})
	return out, err
}

// EndSuspension ends the suspension of a JobEndSuspension's payload, unless it has ended or was
// replaced; the job is finished. A line goes to the channel. Its error is the database's.
func (s *Store) EndSuspension(ctx context.Context, j moderation.Job, w moderation.SuspensionWork, channel string) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.finish(j); err != nil {
			return err
		}
		found, err := suspensionsWhere(t, `id = ? AND ended_at = 0`, w.ID)
		if err != nil || len(found) == 0 { // ended early, or replaced
			return err
		}
		r := found[0]
		if err := t.run(`UPDATE suspensions SET ended_at = ? WHERE id = ?`, t.now, w.ID); err != nil {
			return err
		}
		return t.logWithLine(moderation.EntrySuspensionEnded, moderation.Body{
			Actor: &moderation.Actor{Kind: moderation.ActorSystem}, Person: r.Who.User, Until: r.Until,
			Values: map[string]string{"person": r.Who.Label()},
		}, "restored:"+itoa(w.ID), channel)
	})
}

// withValue returns values with one more.
func withValue(values map[string]string, name, value string) map[string]string {
	out := map[string]string{name: value}
	for k, v := range values {
		out[k] = v
	}
	return out
}
