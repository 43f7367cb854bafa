package store

import (
	"slices"
	"time"

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
		if err := t.line(l); err != nil {
			return err
		}
	}
	if c.List != nil {
		if err := t.saveList(*c.List); err != nil {
			return err
		}
	}
	if c.SavedSearch != nil {
		if err := t.saveSearch(*c.SavedSearch); err != nil {
			return err
		}
	}
	if c.EvidenceDraft != nil {
		if err := t.saveEvidenceDraft(*c.EvidenceDraft); err != nil {
			return err
		}
	}
	if c.Draft != nil {
		if err := t.saveDraft(*c.Draft); err != nil {
			return err
		}
	}
	if c.DropDraft != "" {
		if err := t.run(`DELETE FROM drafts WHERE token = ? AND case_no = 0`, c.DropDraft); err != nil {
			return err
		}
	}
	if c.Note != nil {
		if err := t.saveNote(*c.Note); err != nil {
			return err
		}
	}
	if c.Evidence != nil {
		if err := t.evidence(*c.Evidence); err != nil {
			return err
		}
	}
	if c.ShowReport != "" {
		if err := t.showReport(c.ShowReport); err != nil {
			return err
		}
	}
	if c.Refusal != nil {
		return t.recordRefusal(*c.Refusal)
	}
	return nil
}

// entryOf writes an entry of a Change; a case's entry makes its thread due.
func (t *tx) entryOf(e moderation.NewEntry) error {
	id, err := t.entry(e.Case, e.Kind, e.Body, "")
	if err != nil || e.Case == 0 {
		return err
	}
	return t.threadDue(e.Case, id)
}

// entry writes an entry and returns its id. Ids increase in order of commit, since only one writer
// assigns them.
func (t *tx) entry(no int64, kind moderation.EntryKind, body moderation.Body, team string) (int64, error) {
	if team == "" {
		team = t.s.cfg.Team
	}
	id := t.next(seqEntries)
	text := string(body.JSON())
	salt := newSalt()
	if err := t.run(`INSERT INTO entries (id, app, team, case_no, kind, at, inner_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, '')`,
		id, t.s.app, team, no, string(kind), t.now, innerHash(salt, text)); err != nil {
		return 0, err
	}
	err := t.run(`INSERT INTO bodies (entry_id, app, team, salt, body) VALUES (?, ?, ?, ?, ?)`, id, t.s.app, team, salt, text)
	return id, err
}

// wakeWithin is how far ahead a job may be due to wake the workers of its queue: each second they read
// the next due time anyway.
const wakeWithin = 5 * time.Second

// writtenJob identifies the row that insertJob writes: another delivery with the same key has another
// time, also where an id is used again after a commit that did not happen.
type writtenJob struct {
	id, queued int64
	attempt    int // 1 where it was claimed as it was written
}

// insertJob queues a job, due at the time given, unless its key is already known. fresh, if not
// nil, is called when it was not. It returns the row, whose insert may not have been sent yet.
func (t *tx) insertJob(j moderation.NewJob, at int64, fresh func()) (writtenJob, error) {
	queued := t.now
	if !j.Queued.IsZero() {
		queued = j.Queued.UnixMilli()
	}
	id, attempt, run := t.next(seqJobs), 0, at
	may, err := t.mayWork()
	if err != nil {
		return writtenJob{}, err
	}
	soon := at-t.now < wakeWithin.Milliseconds()
	if slots := t.s.slotsOf(j.Queue); may && at <= t.now && slots.Reserve() {
		attempt, run = 1, t.now+moderation.LeaseTime.Milliseconds()
		claimed := moderation.Job{
			ID: id, Key: j.Key, Queue: j.Queue, Kind: j.Kind, Case: j.Case, Payload: j.Payload, ReplyURL: j.ReplyURL,
			Attempt: attempt, Queued: moment(queued), Due: moment(at), Claimed: t.began,
		}
		claimed.ReplyURL = t.replyURL(claimed)
		t.handed = append(t.handed, handed{slots, claimed})
	} else if soon && t.w.pipe != nil { // whether it is known shows after the others were notified
		t.wakes(j.Queue)
	}
	return writtenJob{id, queued, attempt}, t.w.later(func(changed int64) {
		if changed == 0 {
			t.keepBack(id)
			return
		}
		if soon && attempt == 0 {
			t.wakes(j.Queue)
		}
		if fresh != nil {
			fresh()
		}
	}, `INSERT INTO jobs (id, app, team, key, queue, kind, case_no, payload, reply_url, attempt, leased, queued_at, due_at, run_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`,
		id, t.s.app, t.s.cfg.Team, j.Key, string(j.Queue), string(j.Kind), j.Case, string(j.Payload), j.ReplyURL, attempt, attempt, queued, at, run)
}

// keepBack releases the slot of a job that is not handed over, because its key is known already.
func (t *tx) keepBack(id int64) {
	t.handed = slices.DeleteFunc(t.handed, func(h handed) bool {
		if h.job.ID != id {
			return false
		}
		h.slots.Release()
		return true
	})
}

// replyURL returns a job's response_url while Slack accepts answers there.
func (t *tx) replyURL(j moderation.Job) string {
	if t.now-millis(j.Queued) > moderation.ReplyLifetime.Milliseconds() {
		return ""
	}
	return j.ReplyURL
}

// queue writes jobs. Those of a case have its number as a prefix of their key. Payloads are
// written as they are, as they contain user-supplied text.
func (t *tx) queue(no int64, jobs ...moderation.NewJob) error {
	for _, j := range jobs {
		if no != 0 {
			j.Key = itoa(no) + ":" + j.Key
			if j.Case == 0 {
				j.Case = no
			}
		}
		at := millis(j.RunAt)
		if at == 0 {
			at = t.now
		}
		if _, err := t.insertJob(j, at, nil); err != nil {
			return err
		}
	}
	return nil
}

// deleteJobs deletes a case's unfinished jobs of a kind, whose phase is over. A worker that has
// one loses its lease.
func (t *tx) deleteJobs(no int64, kind moderation.JobKind) error {
	err := t.run(`DELETE FROM jobs WHERE case_no = ? AND case_no > 0 AND kind = ? AND done_at IS NULL`, no, string(kind))
	return err
}

// deleteChunkJobs deletes the unfinished jobs of a case that send pending targets.
func (t *tx) deleteChunkJobs(no int64) error {
	err := t.run(`DELETE FROM jobs WHERE case_no = ? AND case_no > 0 AND kind IN ('chunk', 'sync', 'portion') AND queue <> 'lift' AND done_at IS NULL`, no)
	return err
}

func (t *tx) saveList(l moderation.List) error {
	action := l.Action.JSON()
	l.Reading.Answer = moderation.Answer{}
	err := t.run(`INSERT INTO lists (token, app, team, user_id, action, reading, at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (token) DO UPDATE SET reading = excluded.reading, at = excluded.at, expires_at = excluded.expires_at`,
		l.Token, t.s.app, l.Team, l.User, string(action), asJSON(l.Reading), millis(l.At), millis(l.Expires))
	return err
}
