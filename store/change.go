package store

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"bouncer/moderation"
)

// change writes rows that belong together.
func (t *tx) change(c moderation.Change) error {
	for _, e := range c.Entries {
		if err := t.entryOf(e); err != nil {
			return err
		}
	}
	if err := t.queue(0, c.Jobs...); err != nil {
		return err
	}
	for _, l := range c.Lines {
		if err := t.line(l, millis(l.Due)); err != nil {
			return err
		}
	}
	if c.List != nil {
		if err := t.list(*c.List); err != nil {
			return err
		}
	}
	if c.Refused != nil {
		return t.refused(*c.Refused)
	}
	return nil
}

// entryOf writes an entry from outside; one of a case is told in its thread.
func (t *tx) entryOf(e moderation.NewEntry) error {
	id, err := t.entry(e.Case, e.Kind, e.Body, "")
	if err != nil || e.Case == 0 {
		return err
	}
	return t.thread(e.Case, id)
}

// entry writes an entry and gives its id. Ids rise in order of commit, since
// one writer gives them out.
func (t *tx) entry(no int64, kind moderation.EntryKind, body moderation.Body, team string) (int64, error) {
	if team == "" {
		team = t.s.cfg.Team
	}
	id := t.next(seqEntries)
	text := string(body.JSON())
	salt := newSalt()
	if _, err := t.exec(`INSERT INTO entries (id, app, team, case_no, kind, at, inner_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, '')`,
		id, t.s.app, team, no, string(kind), t.now, innerHash(salt, text)); err != nil {
		return 0, err
	}
	_, err := t.exec(`INSERT INTO bodies (entry_id, app, team, salt, body) VALUES (?, ?, ?, ?, ?)`, id, t.s.app, team, salt, text)
	return id, err
}

const insertJob = `INSERT INTO jobs
	(id, app, team, key, queue, kind, case_no, payload, reply_url, attempt, leased, queued_at, due_at, run_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?) ON CONFLICT (key) DO NOTHING`

// A lift that was queued for an earlier end of the same case moves to the new one.
const insertLift = `INSERT INTO jobs
	(id, app, team, key, queue, kind, case_no, payload, reply_url, attempt, leased, queued_at, due_at, run_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?) ON CONFLICT (key) DO UPDATE
	SET due_at = excluded.due_at, run_at = excluded.run_at, payload = excluded.payload, leased = 0 WHERE jobs.done_at IS NULL`

// queue writes jobs. With a case, "{case}" in keys and payloads becomes its
// number.
func (t *tx) queue(no int64, jobs ...moderation.NewJob) error {
	number := strconv.FormatInt(no, 10)
	for _, j := range jobs {
		key, payload := j.Key, string(j.Payload)
		if no != 0 {
			key = strings.ReplaceAll(key, "{case}", number)
			payload = strings.ReplaceAll(payload, "{case}", number)
			if j.Case == 0 {
				j.Case = no
			}
		}
		at := millis(j.RunAt)
		if at == 0 {
			at = t.now
		}
		insert := insertJob
		if j.Kind == moderation.JobLift {
			insert = insertLift
		}
		if _, err := t.exec(insert, t.next(seqJobs), t.s.app, t.s.cfg.Team, key, string(j.Queue), string(j.Kind),
			j.Case, payload, j.ReplyURL, t.now, at, at); err != nil {
			return err
		}
		t.wakes(j.Queue)
	}
	return nil
}

func (t *tx) list(l moderation.List) error {
	action := l.Action.JSON()
	l.Reading.Answer = moderation.Answer{}
	reading, err := json.Marshal(l.Reading)
	if err != nil {
		return fmt.Errorf("a list that cannot be kept: %w", err)
	}
	_, err = t.exec(`INSERT INTO lists (token, app, team, user_id, action, reading, at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (token) DO UPDATE SET reading = excluded.reading, at = excluded.at, expires_at = excluded.expires_at`,
		l.Token, t.s.app, l.Team, l.User, string(action), string(reading), millis(l.At), millis(l.Expires))
	return err
}
