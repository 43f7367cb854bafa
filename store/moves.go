package store

import (
	"maps"
	"slices"
	"strings"

	"bouncer/moderation"
)

// targetKey is a target in a room; its target is empty for the whole room.
type targetKey struct{ room, target string }

// targetRecord is all moves of a target in a room, and the applied state.
type targetRecord struct {
	targetKey
	timelines map[moderation.Medium]moderation.Timeline
	// lifts are the recorded ends of cases' restrictions.
	lifts   map[int64]string
	applied applied
}

// timeline returns the moves in a medium.
func (p *targetRecord) timeline(m moderation.Medium) moderation.Timeline {
	if r, ok := p.timelines[m]; ok {
		return r
	}
	return moderation.NewTimeline(nil, botEnds(p.room, m))
}

// media returns the media that have moves.
func (p *targetRecord) media() []moderation.Medium { return slices.Sorted(maps.Keys(p.timelines)) }

// recordsWhere reads records without the applied state. where is our own SQL about moves m, which
// it may join with others.
func recordsWhere(q querier, where string, args ...any) (map[targetKey]*targetRecord, error) {
	type key struct {
		targetKey
		medium moderation.Medium
	}
	type move struct {
		key
		moderation.Move
		lift string
	}
	moves, err := rows(q, `SELECT m.room, m.target, m.medium, m.generation, m.job_id, m.case_no, m.seq, m.kind, m.replaces, m.bound, m.at, m.until_at,
			g.outcome, g.lift, CASE WHEN c.approval IN ('approved', 'glass') THEN 1 ELSE 0 END,
			CASE WHEN c.rel = 'act-now' THEN 1 ELSE 0 END, CASE WHEN c.rel = 'act-now' THEN c.of_no ELSE 0 END,
			CASE WHEN c.rel = 'act-now' AND r.approval IN ('denied', 'withdrawn') THEN 1 ELSE 0 END
		FROM moves m JOIN cases c ON c.no = m.case_no JOIN targets g ON g.case_no = m.case_no AND g.seq = m.seq
			LEFT JOIN cases r ON r.no = c.of_no `+where, args, func(m *move) []any {
		return []any{
			&m.room, &m.target, &m.medium, &m.Generation, &m.Job, &m.Case, &m.Seq, &m.Kind, &m.Replaces, &m.Restricts, asTime(&m.At), asTime(&m.Until),
			&m.Outcome, &m.lift, &m.Approved, &m.ActNow, &m.ActNowOf, &m.Denied,
		}
	})
	facts := make(map[key][]moderation.Move)
	places := make(map[targetKey]*targetRecord)
	for _, m := range moves {
		p := places[m.targetKey]
		if p == nil {
			p = &targetRecord{targetKey: m.targetKey, timelines: make(map[moderation.Medium]moderation.Timeline), lifts: make(map[int64]string)}
			places[m.targetKey] = p
		}
		p.lifts[m.Case] = m.lift
		facts[m.key] = append(facts[m.key], m.Move)
	}
	for k, f := range facts {
		places[k.targetKey].timelines[k.medium] = moderation.NewTimeline(f, botEnds(k.room, k.medium))
	}
	return places, err
}

// recordOf reads one record, without the applied state.
func recordOf(q querier, app int64, at targetKey) (*targetRecord, error) {
	places, err := recordsWhere(q, `WHERE m.app = ? AND m.room = ? AND m.target = ?`, app, at.room, at.target)
	if p := places[at]; p != nil {
		return p, err
	}
	return &targetRecord{targetKey: at}, err
}

// recordsNamed reads the records of up to idsAtOnce targets in a room, without the applied state.
// Targets that were never moved have none.
func recordsNamed(q querier, app int64, room string, ids []string) (map[targetKey]*targetRecord, error) {
	if len(ids) > fewIDs {
		in, args := inList(ids)
		return recordsWhere(q, `WHERE m.app = ? AND m.room = ? AND m.target IN `+in, append([]any{app, room}, args...)...)
	}
	out := make(map[targetKey]*targetRecord, len(ids))
	for _, id := range ids {
		p, err := recordOf(q, app, targetKey{room, id})
		if err != nil {
			return nil, err
		}
		out[p.targetKey] = p
	}
	return out, nil
}

// recordsOf reads the records of a case's targets, without the applied state.
func recordsOf(q querier, c *storedCase) (map[targetKey]*targetRecord, error) {
	out := make(map[targetKey]*targetRecord)
	for _, r := range c.Action.Rooms() {
		key := r.String()
		ids, err := column[string](q, `SELECT target FROM targets WHERE case_no = ? AND room = ?`, c.No, c.storedRoom(key))
		if err != nil {
			return nil, err
		}
		for part := range slices.Chunk(ids, idsAtOnce) {
			found, err := recordsNamed(q, int64(c.App), key, part)
			if err != nil {
				return nil, err
			}
			maps.Copy(out, found)
		}
	}
	return out, nil
}

// targetRecord reads the record of a target, with the applied state. A call in flight, or one
// during which a process ended, may have taken effect.
func (t *tx) targetRecord(at targetKey) (*targetRecord, error) {
	p, err := recordOf(t, t.s.app, at)
	if err != nil {
		return nil, err
	}
	if p.applied, err = appliedOf(t, t.s.app, p.targetKey); err != nil {
		return p, err
	}
	return p, t.addInFlight(p)
}

// targetRecords reads the records of targets as targetRecord does, by their seq, with few statements.
func (t *tx) targetRecords(targets []target) (map[int]*targetRecord, error) {
	out := make(map[int]*targetRecord, len(targets))
	for _, part := range byRoom(targets) {
		ids := part.ids()
		records, err := recordsNamed(t, t.s.app, part.room, ids)
		if err != nil {
			return nil, err
		}
		has, err := t.appliedNamed(part.room, ids)
		if err != nil {
			return nil, err
		}
		for _, g := range part.targets {
			p := recordIn(records, g)
			p.applied = has[g.ID]
			if err := t.addInFlight(p); err != nil {
				return nil, err
			}
			out[g.Seq] = p
		}
	}
	return out, nil
}

// recordIn returns a target's record, an empty one where it was never moved.
func recordIn(records map[targetKey]*targetRecord, g target) *targetRecord {
	if p := records[g.key()]; p != nil {
		return p
	}
	return &targetRecord{targetKey: g.key()}
}

// addInFlight adds what a call that is in flight may have set.
func (t *tx) addInFlight(p *targetRecord) error {
	if p.applied.call == 0 {
		return nil
	}
	call, err := t.call(p.applied.call)
	for _, s := range call.only(p.target).states {
		for m, said := range s.Media {
			p.applied.media[m] = p.applied.media[m].WithUncertain(said, p.applied.landsUntil())
		}
	}
	return err
}

// botEnds reports whether the bot ends a restriction of a medium in a room.
func botEnds(room string, m moderation.Medium) bool {
	kind, _, _ := strings.Cut(room, ":")
	return moderation.Kind(kind).BotEnds(m)
}

// allMedia returns the media that a verb's call sets.
func allMedia(v moderation.Verb) []moderation.Medium {
	spec, _ := v.Spec()
	return spec.Media
}

// appendMove adds a move of a case about one target, whose place in the case is seq.
func (t *tx) appendMove(c *storedCase, seq int, at targetKey, medium moderation.Medium, m moderation.Move) error {
	generation, err := t.count("generation", 1)
	if err != nil {
		return err
	}
	err = t.run(`INSERT INTO moves (generation, app, team, room, target, medium, case_no, seq, job_id, bound, until_at, at, kind, replaces)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		generation, c.App, c.Team, at.room, at.target, string(medium), c.No, seq, m.Job, flag(m.Restricts), millis(m.Until), t.now, string(m.Kind), m.Replaces)
	return err
}

// moveTargets appends the moves of a case's pending targets. Where a later accepted delivery has
// already moved a target, that one decides: deliveries are decided concurrently, but count in the
// order of acceptance.
func (t *tx) moveTargets(c *storedCase, job int64, in span) error {
	media := c.Action.AffectedMedia()
	_, restricts := c.moves()
	ahead, err := t.actNowCase(c)
	if err != nil {
		return err
	}
	kind := moderation.MovePlain
	if ahead != 0 {
		kind = moderation.MoveContinue
	}
	if in == wholeCase {
		if err := t.one(`SELECT COALESCE(MAX(seq), 0) FROM targets WHERE case_no = ?`, c.No)(&in.to); err != nil {
			return err
		}
	}
	for _, m := range media {
		last, err := t.count("generation", in.to-in.from+1)
		if err != nil {
			return err
		}
		if err := t.run(`INSERT INTO moves (generation, app, team, room, target, medium, case_no, seq, job_id, bound, until_at, at, kind, replaces)
			SELECT ? + seq, app, team, CASE WHEN room = '' THEN ? ELSE room END, target, ?, case_no, seq, ?, ?, ?, ?, ?, ?
			FROM targets WHERE case_no = ? AND outcome = 'pending' AND seq BETWEEN ? AND ?`,
			last-int64(in.to), c.room(), string(m), job, flag(restricts), millis(c.Until), t.now, string(kind), ahead, c.No, in.from, in.to); err != nil {
			return err
		}
	}
	for _, r := range c.Action.Rooms() {
		matters := int64(0)
		if restricts {
			matters = millis(c.Until)
			if matters == 0 || r.Kind.BotEnds(media[0]) {
				matters = millis(moderation.NeverEnds)
			}
		}
		if err := t.run(`INSERT INTO applied (app, team, room, target, media, matters_until, flying_job, flying_call, flying_until)
			SELECT app, team, ?, target, '{}', ?, 0, 0, 0 FROM targets WHERE case_no = ? AND room = ? AND outcome = 'pending' AND seq BETWEEN ? AND ?
			ON CONFLICT (app, room, target) DO UPDATE SET
				matters_until = CASE WHEN applied.matters_until > excluded.matters_until THEN applied.matters_until ELSE excluded.matters_until END`,
			r.String(), matters, c.No, c.storedRoom(r.String()), in.from, in.to); err != nil {
			return err
		}
	}
	return nil
}

// actNowCase returns the act-now case of this one; 0 for none.
func (t *tx) actNowCase(c *storedCase) (no int64, err error) {
	if c.Approval.State == "" {
		return 0, nil
	}
	err = t.one(`SELECT COALESCE(MAX(no), 0) FROM cases WHERE of_no = ? AND of_no > 0 AND rel = 'act-now'`, c.No)(&no)
	return no, err
}

// replaceMoves appends the moves of an undo or an extension: they concern another case's
// restriction, and move only what that case still restricts when they run. Anything else stays as
// it is.
func (t *tx) replaceMoves(c *storedCase, job int64, size int, in span) error {
	media := c.Action.AffectedMedia()
	pending, err := t.pendingIn(c, in)
	if err != nil || len(pending) == 0 {
		return err
	}
	m := moderation.Move{Job: job, Kind: moderation.MoveUndo, Replaces: c.Action.RelatedCase}
	if c.Action.Relation == moderation.RelExtend {
		m.Kind, m.Restricts, m.Until = moderation.MoveExtend, true, c.Until
	}
	passed := make(map[int64][]target)
	chunks := newRechunk(size, pending[0].Chunk-1)
	for _, g := range pending {
		p, err := t.targetRecord(g.key())
		if err != nil {
			return err
		}
		var newer int64
		moved := false
		for _, medium := range media {
			row := p.timeline(medium)
			if st := row.InForce(t.clock); !st.Restricts || st.Case != c.Action.RelatedCase || row.HasNewer(job) {
				newer = max(newer, st.Case)
				continue
			}
			if err := t.appendMove(c, g.Seq, g.key(), medium, m); err != nil {
				return err
			}
			moved = true
		}
		if !moved {
			passed[newer] = append(passed[newer], g)
			continue
		}
		if p, err = t.refresh(c, g, 0); err != nil {
			return err
		}
		want := callWant{}
		if !carriesMute(c.Action.Verb) { // otherwise each target is a call of its own
			want = wantOf(p, c.Action.Verb, t.clock)
		}
		if chunk := chunks.of(roomWant{p.room, want}); chunk != g.Chunk && c.Action.Relation == moderation.RelUndo {
			if err := t.run(`UPDATE targets SET chunk = ? WHERE case_no = ? AND seq = ?`, chunk, c.No, g.Seq); err != nil {
				return err
			}
		}
	}
	return t.dropSupersededBy(c, passed)
}

// dropSupersededBy ends the targets that were superseded when the case began, by the case that
// decides them. Where none does, the restriction had ended.
func (t *tx) dropSupersededBy(c *storedCase, passed map[int64][]target) error {
	for _, newer := range slices.Sorted(maps.Keys(passed)) {
		body := moderation.Body{Code: moderation.CodeSuperseded, Values: map[string]string{"case": itoa(newer)}}
		if newer == 0 || newer == c.Action.RelatedCase {
			body.Code, body.Values = moderation.CodeTooLate, nil
		}
		if err := t.drop(c, passed[newer], moderation.Superseded, moderation.EntryDropped, body); err != nil {
			return err
		}
	}
	return nil
}
