package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"bouncer/moderation"
)

// callWant is what a call has to set for a target: which media are restricted, and until when, 0
// for permanent. Targets with the same want share a call.
type callWant struct {
	restricts [2]bool
	until     int64
}

// wantOf returns what a verb's call has to set for a target.
func wantOf(p *targetRecord, v moderation.Verb, at time.Time) (w callWant) {
	for i, m := range allMedia(v) {
		st := p.timeline(m).Desired(at)
		w.restricts[i] = st.Restricts
		if st.Restricts && !carriesMute(v) {
			w.until = millis(st.Until)
		}
	}
	return w
}

func (w callWant) any() bool { return w.restricts[0] || w.restricts[1] }

func carriesMute(v moderation.Verb) bool { return slices.Contains(allMedia(v), moderation.Audio) }

// resync queues a sync of a case's target after a move was appended, unless a call of its own will
// set the state.
func (t *tx) resync(c *storedCase, g target) error { return t.resyncAt(c, g, 0) }

// resyncAt is resync at the end of a case.
func (t *tx) resyncAt(c *storedCase, g target, endOf int64) error {
	p, err := t.refresh(c, g, endOf)
	if err != nil {
		return err
	}
	if err := t.scheduleResync(c, p); err != nil {
		return err
	}
	var by moderation.Move // the case that will make the call
	var at, sure time.Time
	key := "sync:"
	for _, m := range allMedia(c.Action.Verb) {
		row := p.timeline(m)
		st, owes := row.Desired(t.clock), row.DueLifts(t.clock)
		differs, until := p.applied.media[m].Differs(st, botEnds(p.room, m), t.clock)
		if until.After(sure) {
			sure = until
		}
		switch {
		case !differs || row.NotYetSent(t.clock):
		case len(owes) > 0:
			by, at, key = owes[len(owes)-1], t.clock, "end:"
			if !by.Until.IsZero() && by.Until.Before(at) {
				at = by.Until.Add(-t.s.cfg.Timing.LiftLead)
			}
		case st.Outcome == moderation.Unknown: // people were informed, and may try again
		case by.Case == 0 && st.Case == 0:
			by, at = moderation.Move{Case: c.No, Seq: g.Seq}, t.clock
		case by.Case == 0:
			by, at = moderation.Move{Case: st.Case, Seq: st.Seq}, t.clock
		}
	}
	if by.Case != 0 {
		generation, err := t.count("generation", 1)
		if err != nil {
			return err
		}
		if err := t.queueSync(by.Case, key+itoa(by.Seq)+":"+itoa(generation), at, p.room, g.ID); err != nil {
			return err
		}
	}
	if sure.IsZero() {
		return nil
	}
	// The case that decides then is known then.
	return t.queueSync(c.No, "sure:"+itoa(g.Seq)+":"+itoa(millis(sure)), sure, p.room, g.ID)
}

// queueSync queues a comparison of the desired and applied states of targets. Queued twice, it
// finds nothing to do the second time.
func (t *tx) queueSync(no int64, key string, at time.Time, room string, targets ...string) error {
	payload, err := json.Marshal(moderation.SyncWork{Room: room, Targets: targets})
	if err != nil {
		return fmt.Errorf("encode the job: %w", err)
	}
	return t.queue(no, moderation.NewJob{Key: key, Queue: moderation.QueueLift, Kind: moderation.JobSync, RunAt: at, Payload: payload})
}

// isEnd is SQL for jobs that end a restriction, or take it back; other syncs only apply the
// desired state again. The index jobs_ends has the same words.
const isEnd = `queue = 'lift' AND kind = 'sync' AND key LIKE '%:end:%' AND done_at IS NULL`

func endKey(seq int, until int64) string { return "end:" + itoa(seq) + ":" + itoa(until) }

// scheduleEnd queues the end of a target's restriction.
func (t *tx) scheduleEnd(no int64, seq int, until time.Time, at targetKey) error {
	return t.queueSync(no, endKey(seq, millis(until)), until.Add(-t.s.cfg.Timing.LiftLead), at.room, at.target)
}

// scheduleResync schedules a resync where the vendor ends a restriction by itself and an older one
// outlasts it.
func (t *tx) scheduleResync(c *storedCase, p *targetRecord) error {
	for _, m := range allMedia(c.Action.Verb) {
		row := p.timeline(m)
		if st := row.Desired(t.clock); !botEnds(p.room, m) && !st.Next.IsZero() && row.Desired(st.Next).Restricts {
			if err := t.scheduleEnd(st.Case, st.Seq, st.Next, p.targetKey); err != nil {
				return err
			}
		}
	}
	return nil
}

// scheduleEnds queues the ends of targets of a case that begins.
func (t *tx) scheduleEnds(c *storedCase, pending []target) error {
	if _, restricts := c.moves(); !restricts || c.Until.IsZero() {
		return nil
	}
	media := c.Action.AffectedMedia()
	if len(media) == 0 {
		return nil
	}
	var vendorEnds []target
	for _, g := range pending {
		if !g.Room.Kind.BotEnds(media[0]) {
			vendorEnds = append(vendorEnds, g)
			continue
		}
		if err := t.scheduleEnd(c.No, g.Seq, c.Until, g.key()); err != nil {
			return err
		}
	}
	for _, part := range byRoom(vendorEnds) {
		records, err := recordsNamed(t, t.s.app, part.room, part.ids())
		if err != nil {
			return err
		}
		for _, g := range part.targets {
			if err := t.scheduleResync(c, recordIn(records, g)); err != nil {
				return err
			}
		}
	}
	return nil
}

// takeBackActNow takes back the act-now of a request that was denied or withdrawn, a chunk at a
// time.
func (t *tx) takeBackActNow(request *storedCase) error {
	no, err := t.actNowCase(request)
	if err != nil || no == 0 {
		return err
	}
	ahead, err := loadCase(t, no)
	if err != nil {
		return err
	}
	if err := t.dropUnbegun(ahead, moderation.Body{Code: moderation.CodeDenied}); err != nil {
		return err
	}
	targets, err := t.targetsWhere(ahead, `outcome NOT IN ('failed', 'dropped')`)
	if err != nil {
		return err
	}
	chunks := make(map[int][]target)
	for _, g := range targets {
		chunks[g.Chunk] = append(chunks[g.Chunk], g)
	}
	for chunk, on := range chunks {
		ids := make([]string, len(on))
		for i, g := range on {
			ids[i] = g.ID
		}
		if err := t.queueSync(no, "end:denied:"+itoa(chunk), t.clock, on[0].Room.String(), ids...); err != nil {
			return err
		}
	}
	return nil
}
