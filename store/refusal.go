package store

import (
	"errors"
	"strconv"

	"bouncer/moderation"
)

const minute = int64(60_000)

// recordRefusal numbers a refusal and stores it: as an entry of its own, or, when a person is
// refused often, as a count whose entry comes after the minute.
func (t *tx) recordRefusal(r moderation.Refusal) error {
	no, err := t.count("refusal", 1)
	if err != nil {
		return err
	}
	var actor moderation.Actor
	if r.Body.Actor != nil {
		actor = *r.Body.Actor
	}
	person := actor.EnterpriseUser
	if person == "" {
		person = actor.User
	}
	team := actor.Team
	if team == "" {
		team = t.s.cfg.Team
	}
	began := t.now / minute
	var kept, folded int64
	if err := t.one(`INSERT INTO refusals (app, team, person, minute, kept, folded, actor) VALUES (?, ?, ?, ?, 1, 0, ?)
		ON CONFLICT (app, team, person, minute) DO UPDATE SET
			kept = refusals.kept + CASE WHEN refusals.kept < ? THEN 1 ELSE 0 END,
			folded = refusals.folded + CASE WHEN refusals.kept < ? THEN 0 ELSE 1 END
		RETURNING kept, folded`,
		t.s.app, team, person, began, asJSON(actor), moderation.RefusalsKept, moderation.RefusalsKept)(&kept, &folded); err != nil {
		return err
	}
	if folded == 0 {
		r.Body.Refusal = no
		if _, err := t.entry(0, moderation.EntryRefused, r.Body, team); err != nil {
			return err
		}
	}
	if r.Body.Code == moderation.RefuseLimit {
		if err := t.recordLimitReached(actor, 0, r.Body.Code, r.Body.Values, r.Channel); err != nil {
			return err
		}
	}
	if r.Channel == "" {
		return nil
	}
	from := ""
	if r.Body.Origin != nil {
		from = r.Body.Origin.Channel
	}
	r.Body.Refusal = no
	if r.Body.CuriousClick() {
		window := moderation.CuriousWindow.Milliseconds()
		block := t.now / window
		key := "curious:" + team + ":" + person + ":" + r.Channel + ":" + strconv.FormatInt(block, 10)
		if err := t.foldClick(key, r.Body); err != nil {
			return err
		}
		return t.lineWith(moderation.Line{
			Key: key, Channel: r.Channel, Kind: moderation.EntryRefused, Body: r.Body.JSON(), Count: 1,
		}, (block+1)*window, (block+1)*window, false)
	}
	return t.lineWith(moderation.Line{
		Key:     "refused:" + team + ":" + person + ":" + string(r.Body.Code) + ":" + from + ":" + r.Channel + ":" + strconv.FormatInt(began, 10),
		Channel: r.Channel, Kind: moderation.EntryRefused, Body: r.Body.JSON(), Count: 1,
	}, t.now, (began+1)*minute, folded > 0)
}

// foldClick adds a curious click to the body of a line that was not posted yet.
func (t *tx) foldClick(key string, b moderation.Body) error {
	var earlier moderation.Body
	err := t.one(`SELECT body FROM posts WHERE key = ? AND ts = ''`, key)(asJSON(&earlier))
	if errors.Is(err, moderation.ErrNotFound) {
		return nil
	}
	if err == nil {
		err = t.run(`UPDATE posts SET body = ? WHERE key = ? AND ts = ''`, string(earlier.FoldClick(b).JSON()), key)
	}
	return err
}

// foldRefusals writes the entries of counted refusals whose minute is over, and deletes the
// counts. It is durable without a job: the rows wait for the next call.
func (t *tx) foldRefusals() error {
	type folded struct {
		team, person  string
		minute, count int64
		actor         moderation.Actor
	}
	over, err := rows(t, `SELECT team, person, minute, folded, actor FROM refusals WHERE app = ? AND minute < ? ORDER BY minute, team, person LIMIT 100`,
		[]any{t.s.app, t.now / minute}, func(f *folded) []any {
			return []any{&f.team, &f.person, &f.minute, &f.count, asJSON(&f.actor)}
		})
	if err != nil {
		return err
	}
	for _, f := range over {
		if err := t.run(`DELETE FROM refusals WHERE app = ? AND team = ? AND person = ? AND minute = ?`, t.s.app, f.team, f.person, f.minute); err != nil {
			return err
		}
		if f.count == 0 {
			continue
		}
		if _, err := t.entry(0, moderation.EntryFolded, moderation.Body{
			Actor: &f.actor, Count: int(f.count), Until: moment((f.minute + 1) * minute),
		}, f.team); err != nil {
			return err
		}
	}
	return nil
}

// line queues a line for the audit channel.
func (t *tx) line(l moderation.Line) error {
	due := millis(l.Due)
	if due == 0 {
		due = t.now
	}
	return t.lineWith(l, due, max(due, t.now), false)
}

const insertPost = `INSERT INTO posts (id, app, team, key, kind, channel, case_no, rank, due_at, leased_until, wanted, posted, ts, folded, attempt, entry_kind, body, count, at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0, '', 0, 0, ?, ?, ?, ?)`

// lineWith adds to a line that was not posted yet, or queues a new one: the first of its key at
// due, a further one at dueMore. onlyAdd never queues one.
func (t *tx) lineWith(l moderation.Line, due, dueMore int64, onlyAdd bool) error {
	n := int64(max(l.Count, 1))
	t.posts = true
	for _, key := range []string{l.Key, l.Key + ":more"} {
		added, err := t.exec(`UPDATE posts SET count = count + ?, wanted = wanted + ? WHERE key = ? AND ts = ''`, n, n, key)
		if err != nil || added == 1 {
			return err
		}
	}
	if onlyAdd {
		return nil
	}
	// Neither is unposted: each is absent or was posted.
	key := l.Key
	var first int64
	if err := t.one(`SELECT COUNT(*) FROM posts WHERE key = ?`, l.Key)(&first); err != nil {
		return err
	}
	if first == 1 {
		key, due = l.Key+":more", dueMore
	}
	err := t.run(insertPost+` ON CONFLICT (key) DO UPDATE SET
		due_at = excluded.due_at, leased_until = 0, sending = 0, wanted = excluded.wanted, posted = 0, ts = '', folded = 0, attempt = 0,
		entry_kind = excluded.entry_kind, body = excluded.body, count = excluded.count, at = excluded.at`,
		t.next(seqPosts), t.s.app, t.s.cfg.Team, key, string(moderation.PostLine), l.Channel, l.Case, rankLine, due, n,
		string(l.Kind), string(l.Body), n, t.now)
	return err
}
