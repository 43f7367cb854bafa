package store

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"bouncer/moderation"
)

// Waits of calls that cannot begin yet.
const (
	// busyWait is the longest wait for another call on the same target: it usually lands long
	// before its reservation ends.
	busyWait = 50 * time.Millisecond
	// actWait is how long a lift waits for the answer to the call it undoes.
	actWait = 200 * time.Millisecond
)

// callDraft is the state of one AnnounceCall.
type callDraft struct {
	moderation.CallInput
	job   moderation.Job
	c     *storedCase
	began moderation.AnnouncedCall
	// chunk and seq are what calls are counted by.
	chunk, seq int
	records    map[int]*targetRecord // by target
	targets    []target
	// at is the time for which the desired state is computed.
	at   time.Time
	want callWant
}

// AnnounceCall compares the desired with the applied state, decides what to send now, takes a turn
// of the rate limit, and commits the entry that announces the call. It renews the job's lease. It
// returns the announced call; on an error nothing may be sent.
func (s *Store) AnnounceCall(ctx context.Context, j moderation.Job, in moderation.CallInput) (moderation.AnnouncedCall, error) {
	var out moderation.AnnouncedCall
	if s.cfg.Describer == nil {
		return out, errors.New("store: Config.Describer is required to announce a call")
	}
	err := s.write(ctx, func(t *tx) error {
		if err := t.renew(j); err != nil {
			return err
		}
		c, err := loadCase(t, in.Case)
		if err != nil {
			return err
		}
		b := &callDraft{CallInput: in, job: j, c: c, at: t.clock, records: make(map[int]*targetRecord)}
		b.began.RequestedAt = c.AskedAt
		if in.Work.Chunk > 0 {
			err = t.announceAct(b)
		} else {
			err = t.announceSync(b)
		}
		if err == nil && b.began.Done {
			err = t.finish(j)
		}
		out = b.began
		return err
	})
	if err != nil {
		return moderation.AnnouncedCall{}, err
	}
	return out, nil
}

func (t *tx) announceAct(b *callDraft) (err error) {
	b.chunk, b.began.Purpose = b.Work.Chunk, moderation.PurposeAct
	if b.c.State != moderation.Open {
		b.began.Done = true
		return nil
	}
	if err := t.saveFirstInside(b.c, cmp.Or(b.Work.Room, b.c.room()), b.Inside); err != nil {
		return err
	}
	if b.targets, err = t.targetsWhere(b.c, `chunk = ? AND outcome = 'pending'`, b.chunk); err != nil {
		return err
	}
	before := len(b.targets)
	last, landed, err := t.earlierCalls(b)
	if err != nil {
		return err
	}
	b.began.EarlierUncertain = landed
	if err := t.dropIfStopped(b); err != nil {
		return err
	}
	if b.records, err = t.targetRecords(b.targets); err != nil {
		return err
	}
	switch b.c.Action.Effect() {
	case moderation.EffectEvent:
		err = t.dropStaleEvent(b, last)
	case moderation.EffectRestrict, moderation.EffectLift:
		err = t.dropSuperseded(b)
	}
	if err == nil {
		err = t.splitByState(b)
	}
	if err != nil {
		return err
	}
	if len(b.targets) < before || b.c.lastEntry != 0 {
		if err := t.caseChanged(b.c); err != nil {
			return err
		}
	}
	if len(b.targets) == 0 {
		b.began.Done = true
		return nil
	}
	verb := b.c.Action.Verb
	if b.c.Action.Relation == moderation.RelUndo && b.want.any() && !carriesMute(verb) {
		verb = moderation.RestrictingVerb(allMedia(verb)[0])
	}
	return t.announce(b, verb)
}

// dropSuperseded ends the targets that a newer case decides, and those whose restriction has
// expired.
func (t *tx) dropSuperseded(b *callDraft) error {
	media := b.c.Action.AffectedMedia()
	var late, set, left []target
	passed := make(map[int64][]target) // by the newer case
	_, restricts := b.c.moves()
	for _, g := range b.targets {
		newer, decides := t.stillDecides(b.c, b.records[g.Seq], media)
		switch {
		case !decides:
			passed[newer] = append(passed[newer], g)
		case restricts && !b.c.Until.IsZero() && b.c.Until.Sub(moment(t.now)) < time.Second:
			if b.records[g.Seq].setFor(b.c.No, media) {
				set = append(set, g)
			} else {
				late = append(late, g)
			}
		default:
			left = append(left, g)
		}
	}
	b.targets = left
	for _, newer := range slices.Sorted(maps.Keys(passed)) {
		if err := t.drop(b.c, passed[newer], moderation.Superseded, moderation.EntryDropped, moderation.Body{
			Code: moderation.CodeSuperseded, Values: map[string]string{"case": itoa(newer)}, Chunk: b.Work.Chunk,
		}); err != nil {
			return err
		}
	}
	outcome := moderation.Failed
	if b.began.EarlierUncertain {
		outcome = moderation.Unknown // an earlier attempt may have landed, so it must be ended
	}
	tooLate := moderation.Body{Code: moderation.CodeTooLate, Chunk: b.Work.Chunk}
	if err := t.drop(b.c, late, outcome, moderation.EntryDropped, tooLate); err != nil {
		return err
	}
	return t.drop(b.c, set, moderation.Unknown, moderation.EntryDropped, tooLate) // so it is ended, and reported as late
}

// setFor reports whether a call of another case set what this one requests: a call carries both media,
// and those that other cases decide.
func (p *targetRecord) setFor(no int64, media []moderation.Medium) bool {
	return slices.ContainsFunc(media, func(m moderation.Medium) bool {
		has := p.applied.media[m]
		return has.Restricts && has.Case == no
	})
}

// stillDecides reports whether the case still decides any of the media, and otherwise returns the
// case that does.
func (t *tx) stillDecides(c *storedCase, p *targetRecord, media []moderation.Medium) (newer int64, ok bool) {
	var generation int64
	for _, m := range media {
		row := p.timeline(m)
		mine, moved := row.MoveOf(c.No)
		switch st := row.InForce(t.clock); {
		case moved && mine.Denied: // it is taken back, and no longer sent
			newer = c.Action.RelatedCase
		case moved && c.Action.Relation == moderation.RelUndo:
			// What it restored belongs to another case, and may have ended since.
			if !row.HasNewer(mine.Job) {
				return 0, true
			}
			newer = row.Newest().Case
		case st.Case == c.No:
			return 0, true
		case moved && !mine.Until.IsZero() && !mine.Until.After(t.clock) && !row.HasNewer(mine.Job): // what applies again is older
			return 0, true
		default:
			if by, found := row.MoveOf(st.Case); found && by.Generation > generation {
				newer, generation = st.Case, by.Generation
			}
		}
	}
	return newer, false
}

// splitByState leaves in a chunk only targets that get the same state; the others get a chunk of
// their own. Those whose call may have landed end unknown, as a new chunk would not know of that
// call.
func (t *tx) splitByState(b *callDraft) error {
	if moves, _ := b.c.moves(); !moves || len(b.targets) == 0 {
		return nil
	}
	b.want = wantOf(b.records[b.targets[0].Seq], b.c.Action.Verb, b.at)
	var same, others []target
	for _, g := range b.targets {
		if wantOf(b.records[g.Seq], b.c.Action.Verb, b.at) == b.want {
			same = append(same, g)
		} else {
			others = append(others, g)
		}
	}
	b.targets = same
	if len(others) == 0 {
		return nil
	}
	if b.began.EarlierUncertain {
		return t.drop(b.c, others, moderation.Unknown, moderation.EntryDropped, moderation.Body{
			Code: moderation.CodeVendorNoAnswer, Chunk: b.Work.Chunk,
		})
	}
	return t.ownChunk(b.c, b.job, others...)
}

// drop ends targets that are not sent, or not again, and writes an entry with the body; no entry
// when there are no targets.
func (t *tx) drop(c *storedCase, targets []target, outcome moderation.Outcome, kind moderation.EntryKind, body moderation.Body) error {
	if len(targets) == 0 {
		return nil
	}
	if err := t.setOutcome(c, targets, outcome, body.Code, body.Values); err != nil {
		return err
	}
	body.Outcome = string(outcome)
	return t.targetEntry(c, kind, targets, body)
}

func names(targets []target) []string {
	var out []string
	for _, g := range targets {
		if g.ID != "" {
			out = append(out, g.ID)
		}
	}
	return out
}

// earlierCalls returns the last earlier call and whether any may have landed, in any round, and
// counts the attempts of this round. A call whose answer was never recorded is recorded as
// unanswered: the process ended during it.
func (t *tx) earlierCalls(b *callDraft) (last moderation.Call, landed bool, err error) {
	type call struct {
		moderation.Call
		id, round int64
	}
	calls, err := rows(t, `SELECT id, at, round, answered_at, class, code, message, request_id FROM calls
		WHERE case_no = ? AND purpose = ? AND chunk = ? AND seq = ? ORDER BY id`,
		[]any{b.c.No, string(b.began.Purpose), b.chunk, b.seq}, func(c *call) []any {
			return []any{&c.id, asTime(&c.At), &c.round, asTime(&c.Answered), &c.Outcome, &c.Code, &c.Message, &c.RequestID}
		})
	if err != nil {
		return last, false, err
	}
	b.began.Attempt = len(calls) + 1
	for _, c := range calls {
		if c.Answered.IsZero() {
			if err := t.recordLost(b.c, c.id); err != nil {
				return last, false, err
			}
		} else {
			last = c.Call
		}
		landed = landed || c.Outcome.MayHaveLanded()
		if c.round == b.c.round && b.began.First.IsZero() {
			b.began.First = c.At
		}
	}
	if b.began.First.IsZero() {
		b.began.First = moment(t.now)
	}
	return last, landed, nil
}

// dropStaleEvent ends an event that may no longer be repeated, and the rest of one that was
// interrupted minutes ago: its requester may try it again.
func (t *tx) dropStaleEvent(b *callDraft, last moderation.Call) error {
	stalled := false
	if b.began.Attempt == 1 { // never called: how long was nothing of the case sent?
		var newest int64
		if err := t.one(`SELECT COALESCE(MAX(at), 0) FROM calls WHERE case_no = ? AND round = ?`, b.c.No, b.c.round)(&newest); err != nil {
			return err
		}
		stalled = newest != 0 && t.now-newest > moderation.StartWithin.Milliseconds()
	}
	if len(b.targets) == 0 || !stalled && t.clock.Sub(b.began.First) <= t.s.cfg.Timing.EventRepeat {
		return nil
	}
	dropped := b.targets
	b.targets = nil
	if b.began.EarlierUncertain || stalled {
		return t.drop(b.c, dropped, moderation.Unknown, moderation.EntryDropped, moderation.Body{Code: moderation.CodeEventOld, Chunk: b.Work.Chunk})
	}
	return t.drop(b.c, dropped, moderation.Failed, moderation.EntryDropped, moderation.Body{
		Code: moderation.CodeVendorRetry, Chunk: b.Work.Chunk,
		Values: map[string]string{"code": last.Code, "message": last.Message, "request": last.RequestID},
	})
}

// request returns the request for the remaining targets.
func (t *tx) request(b *callDraft, verb moderation.Verb) moderation.Request {
	r := moderation.Request{Verb: verb, Room: b.targets[0].Room, Reason: b.Reason}
	for _, g := range b.targets {
		r.Targets = append(r.Targets, g.ID)
	}
	if spec, _ := verb.Spec(); spec.Effect == moderation.EffectRestrict {
		until := b.want.until
		if carriesMute(verb) {
			until = millis(b.c.Until)
		}
		r.Permanent = until == 0
		if !r.Permanent {
			left := time.Duration(until-t.now) * time.Millisecond
			r.Left = (max(left, 0) + time.Second - 1).Truncate(time.Second)
		}
	}
	if carriesMute(verb) {
		r.IsMute = moderation.IsMute(b.want.restricts[0], b.want.restricts[1])
	}
	return r
}
