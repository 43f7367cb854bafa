package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
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

// Digest reads what happened in a time, as of one moment.
func (s *Store) Digest(ctx context.Context, from, until time.Time) (moderation.Digest, error) {
	conn, err := s.reads.BeginTx(ctx, nil)
	if err != nil {
		return moderation.Digest{}, s.explain(err)
	}
	defer func() { _ = conn.Rollback() }() // nothing was written
	d := &summing{
		Digest: moderation.Digest{
			From: from, Until: until, Outcomes: make(map[moderation.Outcome]int), Approvals: make(map[string]int), Waiting: make(map[string]int),
		},
		verbs: make(tallies), actors: make(tallies), rooms: make(tallies), refused: make(tallies),
	}
	q := snapshot{ctx: ctx, s: s, tx: conn}
	for _, read := range []func(snapshot) error{d.cases, d.entries, d.open} {
		if err := read(q); err != nil {
			return moderation.Digest{}, s.explain(err)
		}
	}
	return d.done(), nil
}

// summing is a digest in the making.
type summing struct {
	moderation.Digest
	verbs, actors, rooms, refused tallies
	waits                         []waited
}

type waited struct {
	no   int64
	took time.Duration
}

// barsOf is how many steps a time is cut into, and how long each is: hours, or
// as many of them as keep a chart readable.
func barsOf(from, until time.Time) (n int, step time.Duration) {
	const most = 24
	step = time.Hour
	for until.Sub(from) > most*step {
		step += time.Hour
	}
	return int((until.Sub(from) + step - 1) / step), step
}

func (d *summing) cases(q snapshot) error {
	n, step := barsOf(d.From, d.Until)
	d.Bars = make([]moderation.Bar, n)
	for i := range d.Bars {
		d.Bars[i] = moderation.Bar{At: d.From.Add(time.Duration(i) * step).UTC(), Verbs: make(map[moderation.Verb]int)}
	}
	return q.each(`SELECT c.verb, c.room, c.action, c.actor, c.asked_at, c.accepted, c.failed, c.unknown, c.superseded, c.dropped, c.pending
		FROM cases c WHERE c.app = ? AND c.asked_at > ? AND c.asked_at <= ?`,
		[]any{q.s.app, d.From.UnixMilli(), d.Until.UnixMilli()}, func(scan func(...any) error) error {
			var verb, room, action, person string
			var asked int64
			counts := make([]int, 6)
			if err := scan(&verb, &room, &action, &person, &asked, &counts[0], &counts[1], &counts[2], &counts[3], &counts[4], &counts[5]); err != nil {
				return err
			}
			var a moderation.Action
			var by moderation.Actor
			if err := errors.Join(json.Unmarshal([]byte(action), &a), json.Unmarshal([]byte(person), &by)); err != nil {
				return fmt.Errorf("a case that cannot be read: %w", err)
			}
			d.Cases++
			for i, o := range []moderation.Outcome{moderation.Accepted, moderation.Failed, moderation.Unknown,
				moderation.Superseded, moderation.Dropped, moderation.Pending} {
				if counts[i] > 0 {
					d.Outcomes[o] += counts[i]
				}
			}
			d.verbs.add(verb, "", 1)
			d.rooms.add(room, a.Room.Name, 1)
			d.actors.add(cmp.Or(by.User, string(by.Kind)), by.Name, 1)
			at := min(int(moment(asked).Sub(d.From)/step), n-1)
			d.Bars[at].Verbs[moderation.Verb(verb)]++
			return nil
		})
}

func (d *summing) entries(q snapshot) error {
	return q.each(`SELECT e.kind, e.case_no, e.at, COALESCE(b.body, ''), COALESCE(c.asked_at, 0)
		FROM entries e LEFT JOIN bodies b ON b.entry_id = e.id LEFT JOIN cases c ON c.no = e.case_no
		WHERE e.at > ? AND e.at <= ?
			AND e.kind IN ('refused', 'folded', 'approved', 'denied', 'withdrawn', 'expired', 'glass', 'overdue', 'reviewed')`,
		[]any{d.From.UnixMilli(), d.Until.UnixMilli()}, func(scan func(...any) error) error {
			var kind, raw string
			var no, at, asked int64
			if err := scan(&kind, &no, &at, &raw, &asked); err != nil {
				return err
			}
			var body moderation.Body
			if raw != "" {
				if err := json.Unmarshal([]byte(raw), &body); err != nil {
					return fmt.Errorf("an entry of case %d that cannot be read: %w", no, err)
				}
			}
			switch k := moderation.EntryKind(kind); k {
			case moderation.EntryRefused:
				d.Refusals++
				d.refused.add(string(body.Code), "", 1)
			case moderation.EntryFolded:
				d.Refusals += body.Count
				d.refused.add("", "", body.Count)
			case moderation.EntryOverdue:
				d.Late++
			case moderation.EntryReviewed:
				d.Reviewed++
			default:
				d.Approvals[kind]++
				if k == moderation.EntryApproved && asked > 0 {
					d.waits = append(d.waits, waited{no, time.Duration(at-asked) * time.Millisecond})
				}
			}
			return nil
		})
}

// unreviewedAfter is after how long a digest repeats what nobody has reviewed.
const unreviewedAfter = 24 * time.Hour

// open reads what is open now.
func (d *summing) open(q snapshot) error {
	if err := q.each(`SELECT r.why, COUNT(*) FROM reviews r JOIN cases c ON c.no = r.case_no
		WHERE r.app = ? AND r.state <> 'reviewed' AND (r.rank = 0 OR c.state = 'done') GROUP BY r.why`, []any{q.s.app},
		func(scan func(...any) error) error {
			var why string
			var n int
			err := scan(&why, &n)
			d.Waiting[why] = n
			return err
		}); err != nil {
		return err
	}
	if err := q.each(`SELECT r.case_no FROM reviews r JOIN cases c ON c.no = r.case_no
		WHERE r.app = ? AND r.state <> 'reviewed' AND (r.rank = 0 OR c.state = 'done') AND r.at <= ? ORDER BY r.rank, r.case_no`,
		[]any{q.s.app, q.s.cfg.Now().Add(-unreviewedAfter).UnixMilli()}, func(scan func(...any) error) error {
			var no int64
			if err := scan(&no); err != nil {
				return err
			}
			if d.UnreviewedAll++; len(d.Unreviewed) < moderation.DigestGroups {
				d.Unreviewed = append(d.Unreviewed, no)
			}
			return nil
		}); err != nil {
		return err
	}
	return q.each(`SELECT COUNT(*) FROM jobs WHERE `+isEnd+` AND due_at < ?`,
		[]any{q.s.cfg.Now().UnixMilli() - q.s.cfg.Timing.LiftLead.Milliseconds()},
		func(scan func(...any) error) error { return scan(&d.Overdue) })
}

func (d *summing) done() moderation.Digest {
	d.Verbs, d.Actors, d.Rooms, d.Refused = d.verbs.top(), d.actors.top(), d.rooms.top(), d.refused.top()
	if n := len(d.waits); n > 0 {
		slices.SortFunc(d.waits, func(a, b waited) int { return cmp.Compare(a.took, b.took) })
		d.Longest, d.LongestOf = d.waits[n-1].took, d.waits[n-1].no
		d.Median = (d.waits[(n-1)/2].took + d.waits[n/2].took) / 2
	}
	return d.Digest
}

// tallies counts by key; the empty key is what has none.
type tallies map[string]moderation.Tally

func (t tallies) add(key, name string, n int) {
	row := t[key]
	row.Key, row.N = key, row.N+n
	if name != "" {
		row.Name = name
	}
	t[key] = row
}

// top gives the largest ones; all others are one row without a key.
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

// LastDigest gives the end of the time that was summed up last; zero for none.
func (s *Store) LastDigest(ctx context.Context) (time.Time, error) {
	var until int64
	err := s.read(ctx).one(`SELECT COALESCE(MAX(until_at), 0) FROM digests WHERE app = ?`, s.app)(&until)
	return moment(until), err
}

// PutDigest writes down a digest of a day: its entry and what else follows.
// The job is finished. ErrStale when that day has one: nothing is changed, the
// job neither.
func (s *Store) PutDigest(ctx context.Context, j moderation.Job, day string, d moderation.Digest, c moderation.Change) error {
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
