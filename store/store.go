// Package store guarantees that what it reported as done is durable: a failed commit is never
// reported as success. It keeps cases, moves, entries, jobs, messages and limits in SQL.
//
// All writes go through one goroutine that commits them in groups (see writer), so writes of many
// workers share one sync of the disk. Deliveries from outside go first. Reads have their own
// connections.
//
// A method that writes is one transaction: on an error nothing of it is stored, unless the connection
// to PostgreSQL was lost while it was committed. Beside the errors that its doc names, a method may
// return one of the database or the context, ErrClosed after Close, and ErrReadOnly when it writes to
// a store that only reads. A method that finishes a job returns moderation.ErrLeaseLost, and changes
// nothing, when the job's lease has ended.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"bouncer/moderation"

	"github.com/google/uuid"
)

// Config is what a Store needs.
type Config struct {
	// URL is the DATABASE_URL. Required: the path of a SQLite file, plain or as a file: or sqlite:
	// URL. The file is created if necessary; its folder must exist.
	URL string
	// App is the SDKAppID that all rows belong to. Required.
	App uint32
	// Team is the Slack team of rows that name no team of their own. Empty is possible for tools
	// that only read.
	Team string
	// AuditChannel is where each erasure is announced. Empty for a tool that knows none: then the
	// next store that does announces it.
	AuditChannel string
	// Retention is the age at which bodies of entries are erased; zero for never.
	Retention time.Duration
	// MustExist refuses to create a missing file, and to begin a database that no bot has used.
	MustExist bool
	// Now is the clock for leases, due times and limits. Nil for time.Now.
	Now func() time.Time
	// Timing is for cards, lifts and events; zero for the defaults.
	Timing moderation.Timing
	// Describer is required of a store that announces calls.
	Describer Describer
	// Logger gets warnings and errors. Nil for none.
	Logger *slog.Logger
}

// Store keeps cases, restrictions, jobs, messages and the log in SQLite. It is safe for concurrent
// use.
type Store struct {
	cfg      Config
	app      int64
	dialect  dialect
	lite     *sqliteDialect            // SQLite's own; nil for PostgreSQL
	version  int64                     // of the tables that this program knows
	working  atomic.Int64              // the newest version that works on PostgreSQL, see noteWorking
	newerAt  atomic.Pointer[time.Time] // when a replica with a newer version ran, as far as known
	ahead    atomic.Int64              // nanoseconds by which the database's clock is ahead of the process's
	listener *listener                 // of a PostgreSQL store that writes; else nil
	lock     *fileLock
	db       *sql.DB // the writer's one connection
	reads    *sql.DB
	readers  *statements
	w        *writer
	wake     map[moderation.Queue]chan struct{}
	slotsMu  sync.Mutex
	slots    map[moderation.Queue]*moderation.Slots // see ServeJobs
	posts    chan struct{}
	id       string
	files    *files // nil for a store that only reads
	genesis  [32]byte
	fresh    bool
	headFile headFile

	closing sync.Once
	closed  error
}

// New returns the opened database. It brings its tables up to date and releases what an earlier
// process had claimed. Its errors are one sentence each, to be shown to the operator: wrong
// DATABASE_URL, a database in use by another process, a damaged or unwritable one, one of a newer
// version.
func New(ctx context.Context, cfg Config) (*Store, error) {
	s, err := newUnopened(cfg)
	if err != nil {
		return nil, err
	}
	if err := s.open(ctx); err != nil {
		return nil, s.nameError(errors.Join(err, s.release()))
	}
	return s, nil
}

// nameError adds the setting and the file to an error.
func (s *Store) nameError(err error) error {
	if errors.Is(err, errInUse) || strings.Contains(err.Error(), "DATABASE_URL") {
		return err
	}
	return fmt.Errorf("DATABASE_URL: %s: %w", s.dialect.name(), err)
}

// newUnopened checks the config and returns a Store that has accessed no file yet.
func newUnopened(cfg Config) (*Store, error) {
	if cfg.App == 0 {
		return nil, errors.New("store: App is required")
	}
	cfg.Timing = cfg.Timing.Filled()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Store{
		cfg: cfg, app: int64(cfg.App),
		wake: make(map[moderation.Queue]chan struct{}), slots: make(map[moderation.Queue]*moderation.Slots), posts: make(chan struct{}, 1),
	}
	if err := s.locate(); err != nil {
		return nil, err
	}
	var err error
	if s.version, err = newestMigration(); err != nil {
		return nil, err
	}
	for _, q := range moderation.Queues() {
		s.wake[q] = make(chan struct{}, 1)
	}
	return s, nil
}

// locate finds the database that DATABASE_URL names.
func (s *Store) locate() error {
	if isPostgres(s.cfg.URL) {
		d, err := newPostgres(s.cfg.URL, s.cfg.App)
		s.dialect, s.headFile.rows = d, s
		return err
	}
	named, err := databasePath(s.cfg.URL)
	if err != nil {
		return err
	}
	path, err := realPath(named)
	if err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("DATABASE_URL: %s is a folder: name a file in it, such as %s", path, filepath.Join(path, "bouncer.db"))
	}
	s.lite = &sqliteDialect{path: path}
	s.dialect = s.lite
	s.headFile.path, s.headFile.before = path+".head", named+".head"
	return nil
}

// now returns the store's time: Config.Now, or the database's clock, or else the process's.
func (s *Store) now() time.Time {
	if s.cfg.Now != nil {
		return s.cfg.Now()
	}
	return time.Now().Add(time.Duration(s.ahead.Load()))
}

// takeFile makes sure that no other process uses a SQLite file.
func (s *Store) takeFile() (err error) {
	if s.cfg.MustExist {
		if _, err := os.Stat(s.lite.path); err != nil {
			return fmt.Errorf("no database: %w", err)
		}
	}
	if s.lock, err = lockFile(s.lite.path); err != nil {
		return err
	}
	s.restrictModes()
	return nil
}

func (s *Store) open(ctx context.Context) error {
	var err error
	if s.lite != nil {
		if err := s.takeFile(); err != nil {
			return err
		}
	}
	if s.db, err = s.dialect.open(ctx, false); err != nil {
		return s.explain(err)
	}
	if err := s.dialect.check(ctx, s.db); err != nil {
		return err
	}
	if err := migrate(ctx, s.dialect, s.db, s.now(), s.cfg.MustExist); err != nil {
		return s.explain(err)
	}
	if err := s.dialect.prepare(ctx, s.db); err != nil {
		return s.explain(err)
	}
	if s.lite != nil {
		s.lite.same = s.sameFiles
	}
	if s.reads, err = s.dialect.open(ctx, true); err != nil {
		return s.explain(err)
	}
	s.readers = newStatements(s.reads.PrepareContext, s.dialect)
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return s.explain(err)
	}
	if s.w, err = newWriter(ctx, s, conn); err != nil {
		return errors.Join(s.explain(err), conn.Close())
	}
	if err := s.write(ctx, s.prepare); err != nil {
		return err
	}
	if d, ok := s.dialect.(*postgresDialect); ok {
		s.listen(d) //nolint:contextcheck // it lives as long as the store
		return nil
	}
	return s.watchFiles()
}

// prepare names a new database, and releases what a process before this one had leased.
func (s *Store) prepare(t *tx) error {
	if err := checkFinished(t); err != nil {
		return err
	}
	err := t.one(`SELECT value FROM meta WHERE name = 'id'`)(&s.id)
	if errors.Is(err, moderation.ErrNotFound) {
		if s.cfg.MustExist {
			return errUnused
		}
		id, uerr := uuid.NewV7()
		if uerr != nil {
			return fmt.Errorf("an id for the database: %w", uerr)
		}
		s.id = id.String()
		if err = t.run(`INSERT INTO meta (name, value) VALUES ('id', ?)`, s.id); err == nil {
			err = t.continueCaseNumbers() // in place of one that was lost
		}
	}
	if err != nil {
		return err
	}
	s.genesis = genesis(s.id)
	if err := s.checkOwner(t); err != nil {
		return err
	}
	// A database without entries is fresh: a first start that failed after creating the file has
	// announced nothing.
	if s.fresh, err = t.logEmpty(); err != nil {
		return err
	}
	if s.lite != nil {
		if err := t.releaseLeases(); err != nil {
			return err
		}
	}
	if err := t.continueAfterRestore(); err != nil {
		return err
	}
	return t.announceErasures()
}

// releaseLeases makes leased jobs and posts due again: their process is dead, since this one has
// the lock of the file. On PostgreSQL other replicas may be alive, and leases end by time.
func (t *tx) releaseLeases() error {
	if err := t.run(`UPDATE jobs SET leased = 0, run_at = ? WHERE done_at IS NULL AND leased = 1 AND run_at > ?`, t.now, t.now); err != nil {
		return err
	}
	err := t.run(`UPDATE posts SET leased_until = 0 WHERE due_at IS NOT NULL AND sending = 1`)
	return err
}

// checkOwner binds a database to its application: the jobs of one must never run against the rooms
// of another that happen to have the same names.
func (s *Store) checkOwner(t *tx) error {
	err := s.checkApp(t)
	if errors.Is(err, moderation.ErrNotFound) {
		err = t.run(`INSERT INTO meta (name, value) VALUES ('app', ?)`, strconv.FormatInt(s.app, 10))
	}
	return err
}

// checkApp returns an error when the database belongs to another application, and ErrNotFound when
// it belongs to none yet.
func (s *Store) checkApp(q querier) error {
	var owner string
	err := q.one(`SELECT value FROM meta WHERE name = 'app'`)(&owner)
	if mine := strconv.FormatInt(s.app, 10); err == nil && owner != mine {
		return s.foreign(owner, mine)
	}
	return err
}

func (s *Store) foreign(owner, mine string) error {
	return fmt.Errorf("DATABASE_URL: the database %s belongs to application %s, and SDK_APP_ID is %s: set it back, or name another database",
		s.dialect.name(), owner, mine)
}

// Close ends the writer after it has committed what was submitted, and closes the database. Later
// submissions get ErrClosed. It returns the errors of closing, also when it is called again.
func (s *Store) Close() error {
	s.closing.Do(func() { s.closed = s.release() })
	return s.closed
}

func (s *Store) release() error {
	var errs []error
	if s.w != nil {
		errs = append(errs, s.w.close())
	}
	if s.listener != nil {
		s.listener.close()
	}
	if s.reads != nil {
		errs = append(errs, s.readers.close(), s.reads.Close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.files != nil { // after SQLite released its locks
		errs = append(errs, s.files.index.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.release())
	}
	err := errors.Join(errs...)
	if err != nil && s.dialect.lost(err) { // there is nothing left to close
		return nil
	}
	return err
}

// Ping returns nil when the store answers reads and writes. It writes only when the last write
// failed. On PostgreSQL it asks in a writing transaction, because a server that became read-only
// still answers reads.
func (s *Store) Ping(ctx context.Context) error {
	if s.w != nil && s.w.ended() {
		return ErrClosed
	}
	if err := s.intact(); err != nil { //nolint:contextcheck // a look at the file has a time of its own
		return err
	}
	if s.w != nil {
		if err := s.w.logIntact(); err != nil {
			return err
		}
		if since := s.w.since.Load(); since != nil && time.Since(*since) > stuckAfter {
			return fmt.Errorf("DATABASE_URL: the disk of the database %s does not answer: a write has waited for %s",
				s.dialect.name(), time.Since(*since).Round(time.Second))
		}
		if err := s.newerPresent(); err != nil {
			return err
		}
		if s.w.failed.Load() {
			return s.write(ctx, (*tx).probe)
		}
		if s.lite == nil {
			return s.write(ctx, (*tx).checkWritable)
		}
	}
	var n int64
	return s.read(ctx).one(`SELECT value FROM counters WHERE name = 'case'`)(&n)
}

// probeSize is more than a command and its case need: on a full disk a few pages often fit where a
// larger transaction failed.
const probeSize = 128 << 10

// probe writes as much as a command does, and removes it again.
func (t *tx) probe() error {
	if err := t.run(`INSERT INTO meta (name, value) VALUES ('probe', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
		strings.Repeat("0", probeSize)); err != nil {
		return err
	}
	err := t.run(`DELETE FROM meta WHERE name = 'probe'`)
	return err
}

// stuckAfter is how long a commit may take before the disk counts as not answering.
const stuckAfter = 2 * time.Second

// Database returns the id of this database and whether it was empty when it was opened.
func (s *Store) Database() (id string, fresh bool) { return s.id, s.fresh }

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
