package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"bouncer/moderation"
)

// Weigh gives the facts under which an action would be decided now.
func (s *Store) Weigh(ctx context.Context, by moderation.Actor, a moderation.Action, lookback time.Duration) (moderation.Facts, error) {
	return s.factsOf(s.read(ctx), s.cfg.Now(), by, a, lookback)
}

func (t *tx) facts(by moderation.Actor, a moderation.Action, lookback time.Duration) (moderation.Facts, error) {
	return t.s.factsOf(t, t.clock, by, a, lookback)
}

// factsOf reads what bears on a decision: whether the person is suspended, on
// whom he acted before, and what stands on the action's targets.
func (s *Store) factsOf(q querier, now time.Time, by moderation.Actor, a moderation.Action, lookback time.Duration) (moderation.Facts, error) {
	f := moderation.Facts{At: now}
	var err error
	if f.Suspended, err = s.suspendedOf(q, now.UnixMilli(), by); err != nil {
		return f, err
	}
	if lookback > 0 {
		if f.Recent, err = recentOf(q, s.app, now, by.Key(), lookback); err != nil {
			return f, err
		}
	}
	if effect := a.Effect(); effect == moderation.EffectBind || effect == moderation.EffectFree {
		f.Stands, err = standsOn(q, s.app, now.UnixMilli(), a)
	}
	return f, err
}

// recentOf is never nil: nobody was acted on is another fact than nobody counts.
func recentOf(q querier, app int64, now time.Time, person string, lookback time.Duration) ([]moderation.Acted, error) {
	recent := []moderation.Acted{}
	err := q.each(`SELECT verb, target, at FROM acted WHERE app = ? AND person = ? AND at > ? ORDER BY at`,
		[]any{app, person, now.Add(-lookback).UnixMilli()}, func(scan func(...any) error) error {
			var verb string
			var at int64
			r := moderation.Acted{}
			err := scan(&verb, &r.Target, &at)
			r.Verb, r.At = moderation.Verb(verb), moment(at)
			recent = append(recent, r)
			return err
		})
	return recent, err
}

// standsOn gives what is bound now on the targets and media that an action moves.
func standsOn(q querier, app, now int64, a moderation.Action) ([]moderation.Stand, error) {
	var out []moderation.Stand
	cases := make(map[int64]moderation.Stand)
	media := a.Moves()
	for _, id := range a.Subjects() {
		rows, err := standingOf(q, app, a.Room.String(), id)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if !slices.Contains(media, r.medium) || !r.holds(now) {
				continue
			}
			st, ok := cases[r.no]
			if !ok {
				if st, err = standOf(q, r.no); err != nil {
					return nil, err
				}
				cases[r.no] = st
			}
			st.Target, st.Medium, st.Since, st.Until = id, r.medium, moment(r.since), moment(r.until)
			out = append(out, st)
		}
	}
	return out, nil
}

func standOf(q querier, no int64) (moderation.Stand, error) {
	c, err := loadCase(q, no)
	if err != nil {
		return moderation.Stand{}, err
	}
	a, err := c.asked()
	if err != nil {
		return moderation.Stand{}, err
	}
	var d moderation.Decision
	if err := json.Unmarshal([]byte(c.decision), &d); err != nil {
		return moderation.Stand{}, fmt.Errorf("case %d cannot be read: %w", no, err)
	}
	return moderation.Stand{Case: no, Action: a, Need: d.Need}, nil
}

// acted notes on whom a case's actor acts with it. It is counted once it runs:
// what was denied harmed nobody.
func (t *tx) acted(c *caseRow) error {
	if c.actorKey == "" || c.effect() == moderation.EffectRead {
		return nil
	}
	_, err := t.exec(`INSERT INTO acted (app, team, person, verb, target, at)
		SELECT app, team, ?, ?, target, ? FROM targets WHERE case_no = ? AND target <> '' AND outcome = 'pending'
		ON CONFLICT (app, person, verb, target) DO UPDATE SET at = excluded.at`, c.actorKey, string(c.verb), t.now, c.no)
	return err
}
