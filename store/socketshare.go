package store

import (
	"context"

	"bouncer/moderation"

	"github.com/google/uuid"
)

// mostSockets is how many Socket Mode connections all processes on a database keep. Slack allows
// ten for an app; the others are for replacements, which are opened before the old one is closed.
const mostSockets = 5

// SocketShare is one process's share of the Socket Mode connections that all processes on a
// database keep together. It is a lease: the share of a process that died is free after
// moderation.LeaseTime.
type SocketShare struct {
	s       *Store
	process string
	wanted  int
}

// Shared reports whether several processes may use the database at the same time.
func (s *Store) Shared() bool { return s.lite == nil }

// SocketShare returns the share of this process, which wants to keep so many connections.
func (s *Store) SocketShare(wanted int) *SocketShare {
	return &SocketShare{s: s, process: uuid.NewString(), wanted: wanted}
}

// Share renews the share. kept is how many connections this process keeps, open how many it has,
// replacements included. It returns how many it may keep, and how many the others have open.
//
// Each process gets one connection before any gets a second one, those that started first before
// the others, so that no single process's end leaves a gap. What one has to give up is free for
// the others once it is closed. Its error is the database's.
func (p *SocketShare) Share(ctx context.Context, kept, open int) (mine, others int, err error) {
	err = p.s.write(ctx, func(t *tx) error {
		mine, others, err = t.shareSockets(p, kept, open)
		return err
	})
	return mine, others, err
}

// Leave ends the share. Its error is the database's.
func (p *SocketShare) Leave(ctx context.Context) error {
	return p.s.write(ctx, func(t *tx) error {
		err := t.run(`DELETE FROM socket_shares WHERE app = ? AND process = ?`, t.s.app, p.process)
		return err
	})
}

func (t *tx) shareSockets(p *SocketShare, kept, open int) (mine, others int, err error) {
	if err := t.run(`DELETE FROM socket_shares WHERE app = ? AND until_at <= ?`, t.s.app, t.now); err != nil {
		return 0, 0, err
	}
	until := t.now + moderation.LeaseTime.Milliseconds()
	if err := t.run(`INSERT INTO socket_shares (app, process, since_at, wanted, kept, open, until_at, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (app, process) DO UPDATE SET wanted = excluded.wanted, kept = excluded.kept, open = excluded.open, until_at = excluded.until_at`,
		t.s.app, p.process, t.now, p.wanted, kept, open, until, t.s.version); err != nil {
		return 0, 0, err
	}
	type row struct {
		process            string
		wanted, kept, open int
		version            int64
	}
	all, err := rows(t, `SELECT process, wanted, kept, open, version FROM socket_shares WHERE app = ? ORDER BY since_at, process`, []any{t.s.app}, func(r *row) []any {
		return []any{&r.process, &r.wanted, &r.kept, &r.open, &r.version}
	})
	if err != nil {
		return 0, 0, err
	}
	wanted, free, me := make([]int, len(all)), mostSockets, 0
	for i, r := range all {
		wanted[i] = r.wanted
		if r.process == p.process {
			me = i
			continue
		}
		free -= r.kept
		others += r.open
		if r.version > t.s.version {
			t.s.noteNewer()
		}
	}
	// What the others have not closed yet is not free, nor what they opened while this one stood still.
	mine = max(0, min(divide(mostSockets, wanted)[me], free))
	err = t.run(`UPDATE socket_shares SET kept = ? WHERE app = ? AND process = ?`, max(mine, kept), t.s.app, p.process)
	return mine, others, err
}

// divide divides a number among those who want some of it: one each, in order, then the second.
func divide(n int, wanted []int) []int {
	out := make([]int, len(wanted))
	for more := true; more; {
		more = false
		for i := range out {
			if n > 0 && out[i] < wanted[i] {
				out[i]++
				n--
				more = true
			}
		}
	}
	return out
}
