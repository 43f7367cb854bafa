package store

import (
	"errors"
	"strconv"
	"time"
)

// In a rolling upgrade replicas of two versions run on one PostgreSQL database: bouncer migrate has
// brought its tables up to date, and the older version still knows what it uses of them. It does not
// know what the newer one writes: a case in several rooms would be carried out in one. So the
// version that works is in a row of meta, and once a newer one works, an older one leaves jobs and
// messages to it. It still accepts what Slack delivers, and finishes what it has leased. When no
// newer one has run for newerMissing, as after an upgrade that was taken back, nothing would carry out
// what it accepts, so it accepts nothing.
//
// The version is that of the tables. A change of what jobs, actions or messages mean needs a
// migration, if only an empty one.

// workingRow is the name of the row of meta with the newest version that works.
const workingRow = "working"

// newerMissing is for how long no newer replica runs before an older one accepts nothing: a newer one
// that starts again takes less.
const newerMissing = time.Minute

// ErrNewerMissing means that only a newer version may carry out what is accepted, and none runs.
var ErrNewerMissing = errors.New("a newer version of this program has worked on the database (DATABASE_URL), and none has run for a minute: " +
	"nothing is accepted, since only a newer one may carry it out. Start the newer version")

// workingVersion is SQL for it.
const workingVersion = `COALESCE((SELECT value FROM meta WHERE name = '` + workingRow + `'), '0')`

// noteWorking takes the newest version that works, as a group of PostgreSQL read it.
func (s *Store) noteWorking(newest string) {
	at, err := strconv.ParseInt(newest, 10, 64)
	if err != nil { // written by hand
		return
	}
	if before := s.working.Swap(at); at > s.version && before <= s.version {
		s.noteNewer()
		s.cfg.Logger.Warn("a newer version of this program works on the database (DATABASE_URL): this replica accepts commands and leaves the work to it; replace it with the newer version",
			"tables", s.version, "newer", at)
	}
}

// superseded reports whether a newer version works.
func (s *Store) superseded() bool { return s.working.Load() > s.version }

// noteNewer remembers that a replica with a newer version runs now.
func (s *Store) noteNewer() {
	now := s.now()
	s.newerAt.Store(&now)
}

// newerPresent returns ErrNewerMissing when only a newer version may work, and none runs.
func (s *Store) newerPresent() error {
	if at := s.newerAt.Load(); s.superseded() && at != nil && s.now().Sub(*at) > newerMissing {
		return ErrNewerMissing
	}
	return nil
}

// mayWork reports whether this process may take jobs and messages: no newer version works.
func (t *tx) mayWork() (bool, error) {
	s := t.s
	if s.lite != nil { // one process
		return true, nil
	}
	if at := s.working.Load(); at >= s.version {
		return at == s.version, nil
	}
	return true, t.run(`INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
		workingRow, strconv.FormatInt(s.version, 10))
}
