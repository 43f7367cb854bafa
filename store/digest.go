package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"bouncer/moderation"
)

// snapshot reads as of one moment.
type snapshot struct {
	ctx context.Context //nolint:containedctx // lives for one call
	s   *Store
	tx  *sql.Tx
}

func (r snapshot) each(query string, args []any, row func(scan func(dest ...any) error) error) error {
	st, err := r.s.readers.get(r.ctx, query)
	if err != nil {
		return err
	}
	rows, err := r.tx.StmtContext(r.ctx, st).QueryContext(r.ctx, args...) //nolint:sqlclosecheck // the statement is kept, and closed with all others
	return walk(rows, err, row)
}

// Digest returns what happened in a period, read in one snapshot. Its error is the database's.
func (s *Store) Digest(ctx context.Context, from, until time.Time) (moderation.Digest, error) {
	conn, err := s.reads.BeginTx(ctx, s.dialect.snapshot())
	if err != nil {
		return moderation.Digest{}, s.explain(err)
	}
	defer func() { _ = conn.Rollback() }() // nothing was written
	d := newDigestBuilder(from, until, moderation.SearchQuery{})
	q := snapshot{ctx: ctx, s: s, tx: conn}
	for _, read := range []func(snapshot) error{d.cases, d.entries, d.open} {
		if err := read(q); err != nil {
			return moderation.Digest{}, s.explain(err)
		}
	}
	return d.done(), nil
}

func newDigestBuilder(from, until time.Time, of moderation.SearchQuery) *digestBuilder {
	return &digestBuilder{
		Digest: moderation.Digest{
			From: from, Until: until, Outcomes: make(map[moderation.Outcome]int), Approvals: make(map[string]int),
		},
		of:    of,
		verbs: make(tallies), actors: make(tallies), rooms: make(tallies), reasons: make(tallies), refused: make(tallies),
	}
}

// digestBuilder collects a digest.
type digestBuilder struct {
	moderation.Digest
	of                                     moderation.SearchQuery // whose cases: Actor and Room; zero for all
	restrictions, undone                   int
	verbs, actors, rooms, reasons, refused tallies
	waits                                  []waited
}

type waited struct {
	no   int64
	took time.Duration
}

// barsOf returns into how many steps a period is divided, and how long each is: hours, or as many
// of them as keep a chart readable.
func barsOf(from, until time.Time) (n int, step time.Duration) {
	const most = 24
	step = time.Hour
	for until.Sub(from) > most*step {
		step += time.Hour
	}
	return int((until.Sub(from) + step - 1) / step), step
}

func (d *digestBuilder) cases(q snapshot) error {
	n, step := barsOf(d.From, d.Until)
	d.Bars = make([]moderation.Bar, n)
	for i := range d.Bars {
		d.Bars[i] = moderation.Bar{At: d.From.Add(time.Duration(i) * step).UTC(), Verbs: make(map[moderation.Verb]int)}
	}
	type asked struct {
		verb     moderation.Verb
		action   moderation.Action
		by       moderation.Actor
		at       time.Time
		ended    string
		state    moderation.State
		outcomes map[moderation.Outcome]int
	}
	only, args := d.only()
	return forEach(q, `SELECT c.verb, c.action, c.actor, c.asked_at, c.ended, c.state, c.pending, c.accepted, c.failed, c.unknown, c.superseded, c.dropped
		FROM cases c WHERE c.app = ? AND c.asked_at > ? AND c.asked_at <= ?`+only,
		append([]any{q.s.app, d.From.UnixMilli(), d.Until.UnixMilli()}, args...), func(c *asked) []any {
			return append([]any{&c.verb, asJSON(&c.action), asJSON(&c.by), asTime(&c.at), &c.ended, &c.state}, countFields(&c.outcomes)...)
		}, func(c *asked) error {
			if c.action.Effect() == moderation.EffectRestrict && c.action.Relation == "" && c.outcomes[moderation.Accepted] > 0 {
				d.restrictions++
				if c.ended == moderation.EndedUndone {
					d.undone++
				}
			}
			d.Cases++
			if c.state == moderation.AwaitingApproval || c.state == moderation.AwaitingConfirmation {
				d.Undecided += c.outcomes[moderation.Pending]
				delete(c.outcomes, moderation.Pending)
			}
			for o, n := range c.outcomes {
				d.Outcomes[o] += n
			}
			d.verbs.add(string(c.verb), "", 1)
			for _, r := range c.action.Rooms() {
				d.rooms.add(r.String(), r.Name, 1)
			}
			if code := c.action.ReasonCode; code != "" {
				d.reasons.add(code, "", 1)
			}
			d.actors.add(cmp.Or(c.by.User, string(c.by.Kind)), c.by.Name, 1)
			d.Bars[min(int(c.at.Sub(d.From)/step), n-1)].Verbs[c.verb]++
			return nil
		})
}

func (d *digestBuilder) entries(q snapshot) error {
	type entry struct {
		kind      moderation.EntryKind
		no        int64
		at, asked time.Time
		body      moderation.Body
	}
	return forEach(q, `SELECT e.kind, e.case_no, e.at, b.body, COALESCE(c.asked_at, 0)
		FROM entries e LEFT JOIN bodies b ON b.entry_id = e.id LEFT JOIN cases c ON c.no = e.case_no
		WHERE e.at > ? AND e.at <= ?
			AND e.kind IN ('refused', 'folded', 'approved', 'denied', 'withdrawn', 'expired', 'glass', 'overdue', 'reviewed')`,
		[]any{d.From.UnixMilli(), d.Until.UnixMilli()}, func(e *entry) []any {
			return []any{&e.kind, &e.no, asTime(&e.at), asJSON(&e.body), asTime(&e.asked)}
		}, func(e *entry) error {
			switch e.kind {
			case moderation.EntryRefused:
				d.Refusals++
				d.refused.add(string(e.body.Code), "", 1)
			case moderation.EntryFolded:
				d.Refusals += e.body.Count
				d.refused.add("", "", e.body.Count)
			case moderation.EntryOverdue:
				d.Late++
			case moderation.EntryReviewed:
				d.Reviewed++
			default:
				d.Approvals[string(e.kind)]++
				if e.kind == moderation.EntryApproved && !e.asked.IsZero() {
					d.waits = append(d.waits, waited{e.no, e.at.Sub(e.asked)})
				}
			}
			return nil
		})
}

// only returns the condition on cases c of whose numbers are asked for.
func (d *digestBuilder) only() (cond string, args []any) {
	if d.of.Actor != "" {
		cond, args = cond+` AND (c.actor_user = ? OR c.actor_key = ?)`, append(args, d.of.Actor, d.of.Actor)
	}
	if d.of.Room != "" {
		cond += ` AND (c.room = ? OR EXISTS (SELECT 1 FROM case_rooms r WHERE r.app = c.app AND r.room = ? AND r.case_no = c.no))`
		args = append(args, d.of.Room, d.of.Room)
	}
	return cond, args
}

// unreviewedAfter is when an unreviewed case appears in the digest.
const unreviewedAfter = 24 * time.Hour

// open reads what is open now.
func (d *digestBuilder) open(q snapshot) error {
	const unreviewed = ` FROM reviews r JOIN cases c ON c.no = r.case_no
		WHERE r.app = ? AND r.state <> 'reviewed' AND (r.rank = 0 OR c.state = 'done')`
	var err error
	if d.Waiting, err = countBy[string](q, `SELECT r.why, COUNT(*)`+unreviewed+` GROUP BY r.why`, q.s.app); err != nil {
		return err
	}
	if d.Unreviewed, err = column[int64](q, `SELECT r.case_no`+unreviewed+` AND r.at <= ? ORDER BY r.rank, r.case_no`,
		q.s.app, q.s.now().Add(-unreviewedAfter).UnixMilli()); err != nil {
		return err
	}
	d.UnreviewedAll = len(d.Unreviewed)
	d.Unreviewed = d.Unreviewed[:min(len(d.Unreviewed), moderation.DigestGroups)]
	if err := forEach(q, `SELECT COALESCE(SUM(CASE WHEN first_at > ? AND first_at <= ? THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN state = 'open' THEN 1 ELSE 0 END), 0)
		FROM reports WHERE app = ?`, []any{d.From.UnixMilli(), d.Until.UnixMilli(), q.s.app},
		func(n *[2]int) []any { return []any{&n[0], &n[1]} }, func(n *[2]int) error { d.Reports, d.ReportsOpen = n[0], n[1]; return nil }); err != nil {
		return err
	}
	overdue, err := column[int](q, `SELECT COUNT(*) FROM jobs WHERE `+isEnd+` AND due_at < ?`,
		q.s.now().UnixMilli()-q.s.cfg.Timing.LiftLead.Milliseconds())
	if err == nil {
		d.Overdue = overdue[0]
	}
	return err
}

func (d *digestBuilder) done() moderation.Digest {
	d.Verbs, d.Actors, d.Rooms, d.Reasons, d.Refused = d.verbs.top(), d.actors.top(), d.rooms.top(), d.reasons.top(), d.refused.top()
	if n := len(d.waits); n > 0 {
		slices.SortFunc(d.waits, func(a, b waited) int { return cmp.Compare(a.took, b.took) })
		d.Longest, d.LongestOf = d.waits[n-1].took, d.waits[n-1].no
		d.Median = (d.waits[(n-1)/2].took + d.waits[n/2].took) / 2
	}
	return d.Digest
}

// tallies counts by key; the empty key collects what has none.
type tallies map[string]moderation.Tally

func (t tallies) add(key, name string, n int) {
	row := t[key]
	row.Key, row.N = key, row.N+n
	if name != "" {
		row.Name = name
	}
	t[key] = row
}

// top returns the largest ones; all others are summed up in one row without a key.
func (t tallies) top() []moderation.Tally {
	rest := t[""].N
	rows := make([]moderation.Tally, 0, len(t))
	for key, row := range t {
		if key != "" {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b moderation.Tally) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Key, b.Key))
	})
	for len(rows) > moderation.DigestGroups {
		rest += rows[len(rows)-1].N
		rows = rows[:len(rows)-1]
	}
	if rest > 0 {
		rows = append(rows, moderation.Tally{N: rest})
	}
	return rows
}

// LastDigest returns the end of the last period that has a digest; zero for none. Its error is the
// database's.
func (s *Store) LastDigest(ctx context.Context) (time.Time, error) {
	var until time.Time
	err := s.read(ctx).one(`SELECT COALESCE(MAX(until_at), 0) FROM digests WHERE app = ?`, s.app)(asTime(&until))
	return until, err
}

// SaveDigest stores the digest of a day: its entry and what follows. The job is finished. ErrStale
// when that day has one already: nothing is changed, also not the job.
func (s *Store) SaveDigest(ctx context.Context, j moderation.Job, day string, d moderation.Digest, c moderation.Change) error {
	return s.write(ctx, func(t *tx) error {
		n, err := t.exec(`INSERT INTO digests (day, app, team, until_at, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (app, day) DO NOTHING`,
			day, t.s.app, t.s.cfg.Team, d.Until.UnixMilli(), t.now)
		if err != nil {
			return err
		}
		if n == 0 {
			return moderation.ErrStale
		}
		if err := t.finish(j); err != nil {
			return err
		}
		if _, err := t.entry(0, moderation.EntryDigest, moderation.Body{
			Actor: &moderation.Actor{Kind: moderation.ActorSystem}, Digest: &d, Detail: day,
		}, ""); err != nil {
			return err
		}
		return t.change(c)
	})
}
