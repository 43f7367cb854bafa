package store

import (
	"encoding/json"
	"fmt"
	"slices"

	"bouncer/moderation"
)

// end gives targets that were pending their outcome. What surely did not
// happen takes back the standing that it had moved; a call that may have landed
// keeps its move under a newer case, which may come to nothing.
func (t *tx) end(c *caseRow, targets []target, outcome moderation.Outcome, code moderation.Code, values map[string]string) error {
	raw, err := json.Marshal(values)
	if err != nil {
		return fmt.Errorf("values that cannot be kept: %w", err)
	}
	for _, g := range targets {
		if _, err := t.exec(`UPDATE targets SET outcome = ?, code = ?, vals = ?, call_id = 0, call_ends = 0 WHERE case_no = ? AND seq = ?`,
			string(outcome), string(code), string(raw), c.no, g.seq); err != nil {
			return err
		}
	}
	c.turns(moderation.Pending, outcome, len(targets))
	switch outcome {
	case moderation.Failed, moderation.Dropped:
		return t.void(c, targets)
	case moderation.Superseded:
		landed, err := t.mayHaveLanded(c)
		if err != nil {
			return err
		}
		return t.void(c, slices.DeleteFunc(slices.Clone(targets), func(g target) bool { return landed[g.chunk] }))
	}
	return nil
}

// stood tells whether a case may have taken effect on a target.
func (t *tx) stood(c *caseRow, g target) (bool, error) {
	var moves int
	err := t.one(`SELECT COUNT(*) FROM moves WHERE case_no = ? AND seq = ? AND void = 0`, c.no, g.seq)(&moves)
	return moves > 0, err
}

// void takes back what a case moved for targets. Where nothing newer stands,
// the standing is again what the newest move before it said.
func (t *tx) void(c *caseRow, targets []target) error {
	if ok, _ := c.moves(); !ok {
		return nil
	}
	for _, g := range targets {
		media, err := t.standsBy(c, g)
		if err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE moves SET void = 1 WHERE case_no = ? AND seq = ? AND void = 0`, c.no, g.seq); err != nil {
			return err
		}
		for _, m := range media {
			if err := t.restore(c, g, string(m)); err != nil {
				return err
			}
		}
		back, err := t.bindsAgain(c, g)
		if err != nil {
			return err
		}
		media = append(media, back...)
		if err := t.uncovered(c, g); err != nil {
			return err
		}
		if c.rel == moderation.RelUndo {
			if err := t.notUndone(c, g); err != nil {
				return err
			}
		}
		if len(media) > 0 && carriesMute(c.verb) {
			if err := t.resay(c, g); err != nil {
				return err
			}
		}
	}
	return nil
}

// bindsAgain restores what is free only because a case that is now taken back
// had set it free: a newer binding ended over it, and has the last word.
func (t *tx) bindsAgain(c *caseRow, g target) (back []moderation.Medium, err error) {
	media, err := c.media()
	if err != nil {
		return nil, err
	}
	rows, err := t.standingOf(c.app, c.room, g.id)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if r.bound || !slices.Contains(media, r.medium) {
			continue
		}
		under, err := t.inForce(c.app, c.room, g.id, string(r.medium), 0, true)
		if err != nil {
			return nil, err
		}
		if !under.bound {
			continue
		}
		if err := t.restore(c, g, string(r.medium)); err != nil {
			return nil, err
		}
		back = append(back, r.medium)
		if carriesMute(c.verb) {
			continue // said with all of the target's media
		}
		r.no = under.no
		if err := t.settleOlder(g, r, t.now); err != nil {
			return nil, err
		}
	}
	return back, nil
}

// standsBy gives the media of a target in which a case has the last word. What
// an undo brought back is another case's.
func (t *tx) standsBy(c *caseRow, g target) (media []moderation.Medium, err error) {
	if c.rel == moderation.RelUndo {
		return t.untouched(c.no, g.seq)
	}
	rows, err := t.standingOf(c.app, c.room, g.id)
	for _, r := range rows {
		if r.no == c.no {
			media = append(media, r.medium)
		}
	}
	return media, err
}

// uncovered queues the end of what the vendor ends by itself, when by what was
// taken back an older case holds for longer: then it has to be said again.
func (t *tx) uncovered(c *caseRow, g target) error {
	rows, err := t.standingOf(c.app, c.room, g.id)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if botEnds(r.medium) || r.until == 0 || !r.holds(t.now) || r.no == c.no {
			continue
		}
		stands, err := loadCase(t, r.no)
		if err != nil {
			return err
		}
		on, err := t.targetsWhere(stands, `target = ?`, g.id)
		if err != nil || len(on) == 0 {
			return err
		}
		media := []moderation.Medium{r.medium}
		if longer, err := t.outlasted(stands, on[0], media); err != nil || !longer {
			if err != nil {
				return err
			}
			continue
		}
		lift, err := t.liftJob(stands, on[0], media)
		if err != nil {
			return err
		}
		if err := t.queue(stands.no, lift); err != nil {
			return err
		}
	}
	return nil
}

// restore recomputes one row of standing from its moves: what is in force now.
func (t *tx) restore(c *caseRow, g target, medium string) error {
	m, err := t.inForce(c.app, c.room, g.id, medium, 0, true)
	if err != nil {
		return err
	}
	generation, err := t.count("generation", 1)
	if err != nil {
		return err
	}
	return t.standsAgain(c, g, medium, m, generation)
}

// standsAgain writes a move that is in force into the standing.
func (t *tx) standsAgain(c *caseRow, g target, medium string, m inForce, generation int64) error {
	if _, err := t.exec(`UPDATE standing SET bound = ?, case_no = ?, generation = ?, until_at = ?
		WHERE app = ? AND room = ? AND target = ? AND medium = ?`,
		flag(m.bound), m.no, generation, m.until, c.app, c.room, g.id, medium); err != nil {
		return err
	}
	if !m.bound {
		return nil
	}
	if err := t.deniedAgain(m.no, generation); err != nil || m.until == 0 {
		return err
	}
	return t.liftAgain(m.no, m.seq)
}

// deniedAgain takes back what ran ahead of a request that was denied or withdrawn,
// when it stands again: a newer case lay above it, and came to nothing.
func (t *tx) deniedAgain(no, generation int64) error {
	c, err := loadCase(t, no)
	if err != nil || c.rel != moderation.RelActNow {
		return err
	}
	request, err := loadCase(t, c.of)
	if err != nil || request.approval != moderation.ApprovalDenied && request.approval != moderation.ApprovalWithdrawn {
		return err
	}
	return t.queue(request.no, endAhead(":"+itoa(generation)))
}

// endAhead has what ran ahead of a case taken back.
func endAhead(key string) moderation.NewJob {
	return moderation.NewJob{Key: "endahead" + key, Queue: moderation.QueueTimer, Kind: moderation.JobEndAhead, Payload: []byte("{}")}
}

// liftAgain queues a lift once more: the first one found that a newer case
// stood, but that case came to nothing and the older one stands again.
func (t *tx) liftAgain(no, seq int64) error {
	c, err := loadCase(t, no)
	if err != nil {
		return err
	}
	on, err := t.targetsWhere(c, `seq = ?`, seq)
	if err != nil || len(on) == 0 || on[0].lift == "" {
		return err
	}
	if _, err := t.exec(`UPDATE targets SET lift = '' WHERE case_no = ? AND seq = ?`, no, seq); err != nil {
		return err
	}
	generation, err := t.count("generation", 1)
	if err != nil {
		return err
	}
	media, err := c.media()
	if err != nil {
		return err
	}
	lift, err := t.liftJob(c, on[0], media)
	if err != nil {
		return err
	}
	lift.Key += ":" + itoa(generation)
	if err := t.queue(no, lift); err != nil {
		return err
	}
	c.ended, c.endedAt = "", 0
	return t.changed(c)
}

// liftKey is the key of a lift among its case's jobs.
func liftKey(seq int64) string { return "lift:" + itoa(seq) }

// liftJob is the end of one target's timed action.
func (t *tx) liftJob(c *caseRow, g target, media []moderation.Medium) (moderation.NewJob, error) {
	payload, err := json.Marshal(moderation.LiftWork{
		Room: c.room, Target: g.id, Media: media, Verb: moderation.LiftingVerb(c.verb),
	})
	return moderation.NewJob{
		Key: liftKey(g.seq), Queue: moderation.QueueLift, Kind: moderation.JobLift,
		RunAt: moment(c.until).Add(-t.s.cfg.Timing.LiftLead), Payload: payload,
	}, err
}

// resay makes up for calls of other cases that were computed while the moves
// stood which now are taken back: the vendor's mute sets audio and video at
// once, so such a call has said what is no longer meant. A case that still
// stands on the target says again what does.
func (t *tx) resay(c *caseRow, g target) error {
	var moved int64
	if err := t.one(`SELECT MAX(generation) FROM moves WHERE case_no = ? AND seq = ?`, c.no, g.seq)(&moved); err != nil {
		return err
	}
	var calls int
	if err := t.one(`SELECT COUNT(*) FROM calls k JOIN targets o ON o.case_no = k.case_no
			AND (k.purpose = 'act' AND o.chunk = k.chunk OR k.purpose <> 'act' AND o.seq = k.seq)
		WHERE k.case_no IN (SELECT case_no FROM moves WHERE app = ? AND room = ? AND target = ? AND medium IN ('audio', 'video'))
			AND k.case_no <> ? AND k.generation >= ? AND o.target = ?`,
		c.app, c.room, g.id, c.no, moved, g.id)(&calls); err != nil || calls == 0 {
		return err
	}
	rows, err := t.standingOf(c.app, c.room, g.id)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.no == 0 || r.medium != moderation.Audio && r.medium != moderation.Video {
			continue
		}
		stands, err := loadCase(t, r.no)
		if err != nil {
			return err
		}
		on, err := t.targetsWhere(stands, `target = ?`, g.id)
		if err != nil {
			return err
		}
		if len(on) == 0 || on[0].outcome == moderation.Pending {
			continue // its own call is still to come
		}
		verb := stands.verb
		if _, binds := stands.moves(); binds && !r.bound {
			verb = moderation.LiftingVerb(verb)
		}
		return t.settleLater(stands, on[0].seq, verb, r.generation, t.now)
	}
	return nil
}

// settleLater queues that a case says again what stands for one target.
func (t *tx) settleLater(c *caseRow, seq int64, verb moderation.Verb, generation, at int64) error {
	media, err := c.media()
	if err != nil {
		return err
	}
	w := moderation.LiftWork{Room: c.room, Media: media, Verb: verb}
	if err := t.one(`SELECT target FROM targets WHERE case_no = ? AND seq = ?`, c.no, seq)(&w.Target); err != nil {
		return err
	}
	payload, err := json.Marshal(w)
	if err != nil {
		return fmt.Errorf("a job that cannot be kept: %w", err)
	}
	return t.queue(c.no, moderation.NewJob{
		Key:   "settle:" + itoa(seq) + ":" + itoa(generation),
		Queue: moderation.QueueLift, Kind: moderation.JobSettle, RunAt: moment(at), Payload: payload,
	})
}
