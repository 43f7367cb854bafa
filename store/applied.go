package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

// appliedNamed reads the applied states of up to idsAtOnce targets in a room; each has one.
func (t *tx) appliedNamed(room string, ids []string) (map[string]applied, error) {
	out := make(map[string]applied, len(ids))
	if len(ids) <= fewIDs {
		for _, id := range ids {
			a, err := appliedOf(t, t.s.app, targetKey{room, id})
			if err != nil {
				return nil, err
			}
			out[id] = a
		}
		return out, nil
	}
	type named struct {
		id string
		applied
	}
	in, args := inList(ids)
	found, err := rows(t, `SELECT target, media, flying_job, flying_call, flying_until FROM applied WHERE app = ? AND room = ? AND target IN `+in,
		append([]any{t.s.app, room}, args...), func(a *named) []any {
			a.media = make(map[moderation.Medium]moderation.Applied)
			return []any{&a.id, asJSON(&a.media), &a.job, &a.call, &a.until}
		})
	for _, a := range found {
		out[a.id] = a.applied
	}
	for _, id := range ids {
		if out[id].media == nil {
			out[id] = applied{media: make(map[moderation.Medium]moderation.Applied)}
		}
	}
	return out, err
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
	for part := range slices.Chunk(call.states, idsAtOnce) {
		ids := make([]string, len(part))
		for i, s := range part {
			ids[i] = s.Target
		}
		has, err := t.appliedNamed(room, ids)
		if err != nil {
			return false, err
		}
		same := make(map[landed][]string) // most targets of a call have the same state
		for _, s := range part {
			a := has[s.Target]
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
			media, err := json.Marshal(a.media)
			if err != nil {
				return false, fmt.Errorf("encode the applied state: %w", err)
			}
			l := landed{string(media), a.job, a.call, a.until}
			same[l] = append(same[l], s.Target)
		}
		for l, ids := range same {
			if err := t.updateApplied(`media = ?, flying_job = ?, flying_call = ?, flying_until = ?`, []any{l.media, l.job, l.call, l.until}, room, ids); err != nil {
				return false, err
			}
		}
	}
	return unsure, nil
}

// landed is what recordLanded stores for a target.
type landed struct {
	media            string
	job, call, until int64
}

// updateApplied sets columns of the applied states of up to idsAtOnce targets in a room.
func (t *tx) updateApplied(set string, args []any, room string, ids []string) error {
	update := `UPDATE applied SET ` + set + ` WHERE app = ? AND room = ? AND target `
	args = append(args, t.s.app, room)
	if len(ids) == 1 {
		return t.run(update+`= ?`, append(args, ids[0])...)
	}
	in, list := inList(ids)
	return t.run(update+`IN `+in, append(args, list...)...)
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
	for _, part := range byRoom(b.targets) {
		if b.began.Purpose == moderation.PurposeAct {
			if err := t.updateTargets(b.c.No, `call_id = ?, call_ends = ?`, []any{b.began.Call, ends}, seqsOf(part.targets)); err != nil {
				return err
			}
		}
		if err := t.updateApplied(`flying_job = ?, flying_call = ?, flying_until = ?`, []any{b.job.ID, b.began.Call, ends}, part.room, part.ids()); err != nil {
			return err
		}
	}
	return nil
}
