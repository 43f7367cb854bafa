package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pressly/goose/v3"

	"bouncer/moderation"
)

// appliedVersion is the version of the tables after toApplied.
const appliedVersion = 11

// toApplied migrates to the applied state: it turns rows of standing into rows of applied, and all
// jobs that changed the vendor's state into sync jobs.
func toApplied(now time.Time, rebind func(string) string) *goose.Migration {
	return goose.NewGoMigration(appliedVersion, &goose.GoFunc{RunTx: func(ctx context.Context, db *sql.Tx) error {
		o := appliedMigration{ctx: ctx, db: db, now: now.UnixMilli(), rebind: rebind}
		if err := errors.Join(o.convertStandings(), o.convertJobs()); err != nil {
			return err
		}
		return o.exec(`DROP TABLE standing`)
	}}, nil)
}

type appliedMigration struct {
	ctx context.Context //nolint:containedctx // lives for one migration
	db  *sql.Tx
	now int64
	// rebind turns ? into the placeholders of the database.
	rebind func(string) string
}

func (o appliedMigration) exec(query string, args ...any) error {
	_, err := o.db.ExecContext(o.ctx, o.rebind(query), args...)
	return err
}

func (o appliedMigration) each(query string, args []any, row func(scan func(...any) error) error) error {
	rows, err := o.db.QueryContext(o.ctx, o.rebind(query), args...)
	return walk(rows, err, row)
}

// oldWork is the payload of an old lift or settlement job.
type oldWork struct {
	Room   string `json:"room"`
	Target string `json:"target"`
}

// convertStandings turns rows of standing into rows of applied. Where the newest move may not have
// been sent, the vendor's state is unknown.
func (o appliedMigration) convertStandings() error {
	settlements, err := rows(o, `SELECT payload FROM jobs WHERE kind = 'settle' AND done_at IS NULL`, nil, func(w *oldWork) []any {
		return []any{asJSON(w)}
	})
	if err != nil {
		return err
	}
	unsettled := make(map[targetKey]bool)
	for _, w := range settlements {
		unsettled[targetKey{w.Room, w.Target}] = true
	}
	type key struct {
		app int64
		targetKey
	}
	type row struct {
		team             string
		media            map[moderation.Medium]moderation.Applied
		matters          int64
		job, call, until int64
	}
	type oldState struct {
		key
		row
		medium  moderation.Medium
		said    moderation.AppliedState
		doubt   int64
		outcome moderation.Outcome
	}
	applied := make(map[key]*row)
	if err := forEach(o, `SELECT s.app, s.team, s.room, s.target, s.medium, s.bound, s.case_no, s.until_at, s.flying_job, s.flying_call, s.flying_until, s.doubt_until,
			COALESCE((SELECT g.outcome FROM moves m JOIN targets g ON g.case_no = m.case_no AND g.seq = m.seq
				WHERE m.app = s.app AND m.room = s.room AND m.target = s.target AND m.medium = s.medium AND m.kind IN ('', 'undo', 'extend', 'follow')
				ORDER BY m.job_id DESC, m.generation DESC LIMIT 1), ''),
			(SELECT COALESCE(MAX(CASE WHEN m.until_at = 0 THEN ? ELSE m.until_at END), 0) FROM moves m
				WHERE m.app = s.app AND m.room = s.room AND m.target = s.target AND m.medium = s.medium AND m.bound = 1 AND m.kind <> 'nothing')
		FROM standing s`, []any{millis(moderation.NeverEnds)}, func(s *oldState) []any {
		return []any{&s.app, &s.team, &s.room, &s.target, &s.medium, &s.said.Restricts, &s.said.Case, &s.said.Until, &s.job, &s.call, &s.until, &s.doubt, &s.outcome, &s.matters}
	}, func(s *oldState) error {
		r := applied[s.key]
		if r == nil {
			r = &s.row
			r.media = make(map[moderation.Medium]moderation.Applied)
			applied[s.key] = r
		}
		if s.call > r.call { // the newest one in flight
			r.job, r.call, r.until = s.job, s.call, s.until
		}
		if !s.said.Restricts {
			s.said.Until = 0
		}
		matters := s.matters
		if botEnds(s.room, s.medium) && matters > 0 {
			matters = millis(moderation.NeverEnds)
		}
		a := moderation.Applied{AppliedState: s.said}
		if s.doubt <= o.now {
			s.doubt = 0
		}
		if s.outcome != moderation.Accepted && s.outcome != "" || s.doubt > 0 || unsettled[s.targetKey] {
			a = a.WithUncertain(moderation.AppliedState{Restricts: true, Until: -1}, moment(s.doubt)).WithUncertain(moderation.AppliedState{}, moment(s.doubt))
		}
		r.media[s.medium] = a
		r.matters = max(r.matters, matters)
		return nil
	}); err != nil {
		return err
	}
	for k, r := range applied {
		if err := o.exec(`INSERT INTO applied (app, team, room, target, media, matters_until, flying_job, flying_call, flying_until)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, k.app, r.team, k.room, k.target, asJSON(r.media), r.matters, r.job, r.call, r.until); err != nil {
			return err
		}
	}
	return nil
}

// convertJobs turns jobs that send, lift, send again or take back into syncs.
func (o appliedMigration) convertJobs() error {
	type job struct {
		id, no  int64
		kind    string
		verb    moderation.Verb
		payload string
	}
	all, err := rows(o, `SELECT j.id, j.case_no, j.kind, c.verb, j.payload FROM jobs j JOIN cases c ON c.no = j.case_no
		WHERE j.kind IN ('chunk', 'lift', 'settle', 'endahead') AND j.done_at IS NULL`, nil, func(j *job) []any {
		return []any{&j.id, &j.no, &j.kind, &j.verb, &j.payload}
	})
	if err != nil {
		return err
	}
	for _, j := range all {
		effect := moderation.Action{Verb: j.verb}.Effect()
		var w moderation.SyncWork
		switch j.kind {
		case "chunk":
			if effect == moderation.EffectEvent {
				continue
			}
			if err := o.exec(`UPDATE jobs SET kind = 'sync' WHERE id = ?`, j.id); err != nil {
				return err
			}
			continue
		case "endahead":
			if err := o.db.QueryRowContext(o.ctx, o.rebind(`SELECT no, room FROM cases WHERE of_no = ? AND rel = 'act-now' ORDER BY no DESC LIMIT 1`), j.no).Scan(&j.no, &w.Room); err != nil {
				return err
			}
			if w.Targets, err = column[string](o, `SELECT target FROM targets WHERE case_no = ? AND outcome NOT IN ('failed', 'dropped') ORDER BY seq`, j.no); err != nil {
				return err
			}
		default:
			var was oldWork
			if err := json.Unmarshal([]byte(j.payload), &was); err != nil {
				return fmt.Errorf("job %d cannot be read: %w", j.id, err)
			}
			w.Room, w.Targets = was.Room, []string{was.Target}
		}
		key := itoa(j.no) + ":end:" + j.kind + ":" + itoa(j.id)
		if j.kind == "settle" {
			key = itoa(j.no) + ":sure:" + itoa(j.id)
		}
		if err := o.exec(`UPDATE jobs SET key = ?, kind = 'sync', queue = 'lift', case_no = ?, payload = ? WHERE id = ?`, key, j.no, asJSON(w), j.id); err != nil {
			return err
		}
	}
	return nil
}
