package store

import (
	"encoding/json"
	"fmt"

	"bouncer/moderation"
)

// Describer returns what is sent for a request: the API, and the body without secrets. It is pure.
// The request is known only in the transaction that reads the desired state, and the entry that
// announces the call contains its body. An error prevents the call.
type Describer interface {
	Describe(r moderation.Request) (api, body string, err error)
}

// announce is the last step before a call: no other call is in flight, a turn is taken, and the
// entry is written.
func (t *tx) announce(b *callDraft, verb moderation.Verb) error {
	r := t.request(b, verb)
	if wait, err := t.busyFor(b); err != nil || wait > 0 {
		b.began.Wait, b.began.TargetBusy = wait, wait > 0
		return err
	}
	api, body, err := t.s.cfg.Describer.Describe(r)
	if err != nil {
		return fmt.Errorf("case %d: describe the request: %w", b.c.No, err)
	}
	turn := b.Turns[api]
	wait, err := t.takeTurn(turn)
	if err != nil || wait > turn.Ahead {
		b.began.Wait = wait
		return err
	}
	b.began.Delay = wait
	entry := moderation.Body{Purpose: b.began.Purpose, API: api, Attempt: b.began.Attempt, Chunk: b.chunk}
	if json.Valid([]byte(body)) {
		entry.Request = json.RawMessage(body)
	} else if body != "" {
		quoted, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("case %d: encode the request: %w", b.c.No, err)
		}
		entry.Request = quoted
	}
	// The thread shows a call together with its answer; announcing it does not change the case.
	if err := t.targetEntry(b.c, moderation.EntryCall, b.targets, entry); err != nil {
		return err
	}
	b.began.Call, b.began.Request = t.next(seqCalls), r
	if err := t.run(`INSERT INTO calls (id, app, team, case_no, chunk, seq, round, attempt, purpose, verb, api, request, says, at, answered_at, class, code, message, request_id, entry_id)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', '', '', '', ?)`,
		b.began.Call, b.c.App, b.c.Team, b.c.No, b.chunk, b.seq, b.c.round, b.began.Attempt, string(b.began.Purpose),
		string(r.Verb), api, body, asJSON(b.callStates()), t.now, b.c.lastEntry); err != nil {
		return err
	}
	return t.setInFlight(b)
}

// callStates returns the state that the call sets for each target.
func (b *callDraft) callStates() (out []callState) {
	if moves, _ := b.c.moves(); !moves {
		return []callState{}
	}
	for _, g := range b.targets {
		s := callState{Room: b.c.storedRoom(g.Room.String()), Target: g.ID, Media: make(map[moderation.Medium]moderation.AppliedState)}
		for _, m := range allMedia(b.c.Action.Verb) {
			s.Media[m] = b.records[g.Seq].timeline(m).Desired(b.at).AppliedState()
		}
		out = append(out, s)
	}
	return out
}
