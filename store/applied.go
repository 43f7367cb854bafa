package store

import (
	"errors"
	"time"

	"bouncer/moderation"
)

// applied is the applied state of one target: one row per application, room and target.
type applied struct {
	media map[moderation.Medium]moderation.Applied
	// the call in flight: its job, its id, and until when it may be
	job, call, until int64
}

func appliedOf(q querier, app int64, at targetKey) (a applied, err error) {
	a.media = make(map[moderation.Medium]moderation.Applied)
	err = q.one(`SELECT media, flying_job, flying_call, flying_until FROM applied WHERE app = ? AND room = ? AND target = ?`,
		app, at.room, at.target)(asJSON(&a.media), &a.job, &a.call, &a.until)
	if errors.Is(err, moderation.ErrNotFound) {
		return a, nil
	}
	return a, err
}

// landsUntil returns until when a call in flight may take effect.
func (a applied) landsUntil() time.Time { return moment(a.until).Add(moderation.UncertainFor) }

// setMattersUntil stores until when anything may restrict a target, so that reading a room's
// restrictions skips all other rows.
func (t *tx) setMattersUntil(c *storedCase, at targetKey, until int64) error {
	err := t.run(`UPDATE applied SET matters_until = ? WHERE app = ? AND room = ? AND target = ? AND matters_until <> ?`,
		until, c.App, at.room, at.target, until)
	return err
}

// callState is the state that a call sets for one target. All targets of a call are in one room.
type callState struct {
	// Room is where the target is; empty for the first room of the call's case.
	Room   string                                        `json:"room,omitempty"`
	Target string                                        `json:"target"`
	Media  map[moderation.Medium]moderation.AppliedState `json:"media"`
}

// recordLanded records the result of a call in a room that is no longer in flight: accepted means that the
// vendor has its state, without an answer it may have, until a time. unsure means that another
// call may still take effect.
func (t *tx) recordLanded(room string, call sentCall, yes bool, lands time.Time) (unsure bool, err error) {
	for _, s := range call.states {
		at := targetKey{room, s.Target}
		a, err := appliedOf(t, t.s.app, at)
		if err != nil {
			return false, err
		}
		for m, said := range s.Media {
			if yes {
				a.media[m] = a.media[m].WithAccepted(said, call.At)
			} else {
				a.media[m] = a.media[m].WithUncertain(said, lands)
			}
			unsure = unsure || len(a.media[m].Uncertain) > 0
		}
		if a.call == call.id {
			a.job, a.call, a.until = 0, 0, 0
		}

		if err = t.run(`UPDATE applied SET media = ?, flying_job = ?, flying_call = ?, flying_until = ? WHERE app = ? AND room = ? AND target = ?`,
			asJSON(a.media), a.job, a.call, a.until, t.s.app, at.room, at.target); err != nil {
			return false, err
		}
	}
	return unsure, nil
}

// busyFor returns how long another call on one of the targets may still take. An older call
// without an answer may still take effect.
func (t *tx) busyFor(b *callDraft) (time.Duration, error) {
	var until int64
	for _, g := range b.targets {
		a := b.records[g.Seq].applied
		if a.call == 0 || a.job == b.job.ID {
			continue
		}
		if a.until > t.now {
			until = max(until, a.until)
			continue
		}
		call, err := t.call(a.call)
		if err != nil {
			return 0, err
		}
		if _, err := t.recordLanded(g.Room.String(), call.only(g.ID), false, a.landsUntil()); err != nil {
			return 0, err
		}
	}
	if until == 0 {
		return 0, nil
	}
	return min(time.Duration(until-t.now)*time.Millisecond, busyWait), nil
}

// setInFlight records that a call is in flight.
func (t *tx) setInFlight(b *callDraft) error {
	ends := t.now + ceilMillis(b.Timeout)
	for _, g := range b.targets {
		if b.began.Purpose == moderation.PurposeAct {
			if err := t.run(`UPDATE targets SET call_id = ?, call_ends = ? WHERE case_no = ? AND seq = ?`,
				b.began.Call, ends, b.c.No, g.Seq); err != nil {
				return err
			}
		}
		if err := t.run(`UPDATE applied SET flying_job = ?, flying_call = ?, flying_until = ? WHERE app = ? AND room = ? AND target = ?`,
			b.job.ID, b.began.Call, ends, b.c.App, g.Room.String(), g.ID); err != nil {
			return err
		}
	}
	return nil
}
