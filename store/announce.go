package store

import (
	"encoding/json"
	"fmt"
	"time"

	"bouncer/moderation"
)

// announce is the last step before a call: no other call is under way, a turn
// is taken, and the entry is written. free are the media that the call sets free.
func (t *tx) announce(b *beginning, verb moderation.Verb, free ...moderation.Medium) error {
	r, err := t.request(b, verb, free...)
	if err != nil {
		return err
	}
	if wait, err := t.busy(b); err != nil || wait > 0 {
		b.began.Wait, b.began.Busy = wait, wait > 0
		return err
	}
	api, body := "", ""
	if b.Describe != nil {
		if api, body, err = b.Describe(r); err != nil {
			return fmt.Errorf("case %d: a request that cannot be described: %w", b.c.no, err)
		}
	}
	var turn moderation.Turn
	if b.Turn != nil {
		turn = b.Turn(api)
	}
	wait, err := t.turn(turn)
	if err != nil || wait > turn.Ahead {
		b.began.Wait = wait
		return err
	}
	b.began.Delay = wait
	entry := moderation.Body{Purpose: b.Purpose, Targets: names(b.targets), API: api, Attempt: b.began.Attempt, Chunk: int(b.chunk)}
	if json.Valid([]byte(body)) {
		entry.Request = json.RawMessage(body)
	} else if body != "" {
		quoted, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("case %d: a request that cannot be kept: %w", b.c.no, err)
		}
		entry.Request = quoted
	}
	// The thread tells of a call with its answer; announcing it is no change
	// of the case.
	if err := t.caseEntry(b.c, moderation.EntryCall, entry); err != nil {
		return err
	}
	b.began.Call, b.began.Request = t.next(seqCalls), r
	if _, err := t.exec(`INSERT INTO calls (id, app, team, case_no, chunk, seq, round, attempt, purpose, media, verb, api, request, at, answered_at, class, code, message, request_id, entry_id, generation)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', '', '', '', ?, (SELECT value FROM counters WHERE name = 'generation'))`,
		b.began.Call, b.c.app, b.c.team, b.c.no, b.chunk, b.seq, b.c.round, b.began.Attempt, string(b.Purpose), mediaText(b.media),
		string(r.Verb), api, body, t.now, b.c.lastEntry); err != nil {
		return err
	}
	return t.fly(b)
}

// busy tells how long another call on one of the targets may still take. An
// older one whose answer never came may still take effect: it is doubted.
func (t *tx) busy(b *beginning) (time.Duration, error) {
	var until int64
	for _, g := range b.targets {
		for _, r := range b.rows[g.seq] {
			if r.flyingJob == 0 || r.flyingJob == b.job.ID {
				continue
			}
			if r.flyingUntil > t.now {
				until = max(until, r.flyingUntil)
				continue
			}
			doubt := r.flyingUntil + moderation.DoubtFor.Milliseconds()
			if doubt <= t.now {
				continue
			}
			if _, err := t.exec(`UPDATE standing SET doubt_case = 0, doubt_purpose = 'act', doubt_until = ?
				WHERE app = ? AND room = ? AND target = ? AND medium = ? AND doubt_until < ?`,
				doubt, b.c.app, b.c.room, g.id, string(r.medium), doubt); err != nil {
				return 0, err
			}
		}
	}
	if until == 0 {
		return 0, nil
	}
	return min(time.Duration(until-t.now)*time.Millisecond, busyWait), nil
}

// fly notes on targets and standing that a call is under way.
func (t *tx) fly(b *beginning) error {
	ends := t.now + ceilMillis(b.Flight)
	for _, g := range b.targets {
		if b.Purpose == moderation.Act {
			if _, err := t.exec(`UPDATE targets SET call_id = ?, call_ends = ? WHERE case_no = ? AND seq = ?`,
				b.began.Call, ends, b.c.no, g.seq); err != nil {
				return err
			}
		}
		if len(b.rows[g.seq]) == 0 {
			continue
		}
		if _, err := t.exec(`UPDATE standing SET flying_job = ?, flying_call = ?, flying_until = ? WHERE app = ? AND room = ? AND target = ?`,
			b.job.ID, b.began.Call, ends, b.c.app, b.c.room, g.id); err != nil {
			return err
		}
	}
	return nil
}
