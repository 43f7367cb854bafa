package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteDialect is everything specific to SQLite.
type sqliteDialect struct {
	path string
	// same checks that the file is still the one that was opened; nil where that is not checked.
	same func() error
}

// fullCheckSize is the size up to which the whole file is checked before it is used: about a tenth
// of a second.
const fullCheckSize = 32 << 20

// databasePath returns the file that DATABASE_URL names.
func databasePath(raw string) (string, error) {
	path := raw
	scheme, rest, ok := strings.Cut(raw, ":")
	switch {
	case isAddress(raw): // is not repeated, because it may contain a password
		return "", errors.New("DATABASE_URL is neither the path of a file nor a URL that can be read: it must be the path of a SQLite file, a file: or sqlite: URL, or postgres://user:password@host/database")
	case raw == "":
		return "", errors.New("DATABASE_URL is empty: it names the SQLite file, such as bouncer.db")
	case ok && (scheme == "file" || scheme == "sqlite"):
		path = rest
		if host, after, ok := strings.Cut(strings.TrimPrefix(rest, "//"), "/"); ok && strings.HasPrefix(rest, "//") {
			if host != "" && host != "localhost" && host != "." {
				return "", errors.New("DATABASE_URL names a file on another machine: it must be a file here, such as file:/data/bouncer.db")
			}
			path = "/" + after
			if host == "." {
				path = after
			}
		} else if strings.HasPrefix(rest, "//") {
			path = rest[2:]
		}
		if strings.Contains(path, "?") {
			return "", errors.New("DATABASE_URL must not carry options (?…): it names the SQLite file and nothing else")
		}
		unescaped, err := url.PathUnescape(path)
		if err != nil {
			return "", errors.New("DATABASE_URL is not a valid URL: a % in it must be written %25")
		}
		path = unescaped
	case ok && strings.HasPrefix(rest, "//"):
		return "", fmt.Errorf("DATABASE_URL begins with %s:, which this version cannot use: it must be the path of a SQLite file, a file: or sqlite: URL, or postgres://user:password@host/database", scheme)
	}
	if path == "" || strings.Contains(path, ":memory:") || strings.ContainsRune(path, 0) || strings.HasSuffix(path, "/") {
		return "", errors.New("DATABASE_URL names no file: it must be the path of a SQLite file, such as bouncer.db")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("DATABASE_URL: %w", err)
	}
	return abs, nil
}

// isAddress reports whether a text that is no URL is meant for a server all the same: jdbc:postgresql://…,
// or user:password@host.
func isAddress(raw string) bool {
	scheme, rest, _ := strings.Cut(raw, ":")
	user, _, at := strings.Cut(raw, "@")
	return strings.Contains(rest, "://") || at && scheme != "file" && scheme != "sqlite" && strings.Contains(user, ":") && !strings.HasPrefix(rest, "//")
}

// CheckURL returns an error, one sentence that names the setting, when DATABASE_URL cannot be a
// database. It accesses no file.
func CheckURL(raw string) error {
	if isPostgres(raw) {
		_, err := newPostgres(raw, 0)
		return err
	}
	_, err := databasePath(raw)
	return err
}

// open returns a pool: the writer's single connection, or a few for reads. Page caches are small,
// as the working set is.
func (d sqliteDialect) open(ctx context.Context, readOnly bool) (*sql.DB, error) {
	q := url.Values{}
	for _, p := range []string{
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
		// The log is cut to its limit within a commit, which takes 30 ms on a disk: only after a burst.
		"mmap_size(0)", "temp_store(MEMORY)", "secure_delete(1)", "journal_size_limit(67108864)",
		"wal_autocheckpoint(0)", // see Store.checkpoint
	} {
		q.Add("_pragma", p)
	}
	if readOnly {
		q.Add("_pragma", "query_only(1)")
		q.Add("_pragma", "cache_size(-512)")
	} else {
		q.Add("_pragma", "cache_size(-2048)")
	}
	return d.pool(ctx, q, readOnly)
}

// openToRead returns a pool of connections that cannot write, not even by a pragma.
func (d sqliteDialect) openToRead(ctx context.Context) (*sql.DB, error) {
	q := url.Values{"mode": {"ro"}}
	for _, p := range []string{"busy_timeout(5000)", "query_only(1)", "mmap_size(0)", "temp_store(MEMORY)", "cache_size(-2048)"} {
		q.Add("_pragma", p)
	}
	return d.pool(ctx, q, true)
}

// fileURL returns a path as SQLite expects it, whatever characters it contains.
func fileURL(path string) string {
	return "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()
}

// sameFile opens connections only to the file that was opened first: a connection to a file that
// temporarily replaced it would keep reading that one.
type sameFile struct {
	driver driver.Driver
	name   string
	same   func() error
}

// Connect implements driver.Connector.
func (f sameFile) Connect(context.Context) (driver.Conn, error) {
	if err := f.same(); err != nil {
		return nil, err
	}
	conn, err := f.driver.Open(f.name)
	if err != nil {
		return nil, err
	}
	if err := f.same(); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// Driver implements driver.Connector.
func (f sameFile) Driver() driver.Driver { return f.driver }

func (d sqliteDialect) pool(ctx context.Context, q url.Values, readOnly bool) (*sql.DB, error) {
	name := fileURL(d.path) + "?" + q.Encode()
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	if readOnly && d.same != nil {
		sqlite := db.Driver()
		if err := db.Close(); err != nil { // it has no connection yet
			return nil, err
		}
		db = sql.OpenDB(sameFile{sqlite, name, d.same})
	}
	db.SetMaxOpenConns(1)
	if readOnly { // closing a connection would close its prepared statements
		db.SetMaxOpenConns(readConnections)
		db.SetMaxIdleConns(readConnections)
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// check checks the file's integrity. Large ones are checked by their tables of contents only:
// other damage is found when it is read.
func (d sqliteDialect) check(ctx context.Context, db *sql.DB) error {
	info, err := os.Stat(d.path)
	if err != nil {
		return d.explain(err)
	}
	query := `SELECT 'ok' FROM (SELECT COUNT(*) FROM sqlite_master)`
	if info.Size() <= fullCheckSize {
		query = `PRAGMA quick_check(1)`
	}
	var said string
	if err := db.QueryRowContext(ctx, query).Scan(&said); err != nil {
		return d.explain(err)
	}
	if said != "ok" {
		return d.damaged(errors.New(strings.Join(strings.Fields(said), " ")))
	}
	if _, err := db.ExecContext(ctx, `PRAGMA shrink_memory`); err != nil { // of the pages that were only checked
		return d.explain(err)
	}
	return nil
}

func (d sqliteDialect) damaged(err error) error {
	return fmt.Errorf("DATABASE_URL: the database %s is damaged or not a SQLite file: restore it from a backup or move it away (%w)", d.path, err)
}

// explain returns one sentence for an error of the database or the file system.
func (d sqliteDialect) explain(err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_FULL:
			return diskFull(d.path, err)
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return d.damaged(err)
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return fmt.Errorf("DATABASE_URL: the database %s is locked by another program (%w)", d.path, err)
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
			return unwritable(d.path, err)
		case sqlite3.SQLITE_IOERR:
			// SQLite writes its shared memory's file at full length when it opens a database, and
			// names no other cause where that cannot be done.
			if e.Code() == sqlite3.SQLITE_IOERR_SHMSIZE {
				return diskFull(d.path, err)
			}
			return fmt.Errorf("DATABASE_URL: the disk of the database %s fails (%w)", d.path, err)
		}
		return fmt.Errorf("DATABASE_URL: the database %s: %w", d.path, err)
	}
	if errors.Is(err, os.ErrPermission) || errors.Is(err, os.ErrNotExist) {
		return unwritable(d.path, err)
	}
	return err
}

// breaksGroup reports whether an error may have ended the whole transaction, not only its
// statement.
func (d sqliteDialect) breaksGroup(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_BUSY,
		sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_READONLY:
		return true
	}
	return false
}

// checkpoint copies the log into the database as far as no reader needs it, and returns the log's
// length in pages.
func (d sqliteDialect) checkpoint(ctx context.Context, db *sql.DB) (pages int, err error) {
	var busy, moved int
	err = db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`).Scan(&busy, &pages, &moved)
	return pages, err
}

func (d sqliteDialect) name() string { return d.path }

func (d sqliteDialect) goose() goose.Dialect { return goose.DialectSQLite3 }

func (d sqliteDialect) gooseOptions() ([]goose.ProviderOption, error) { return nil, nil }

func (d sqliteDialect) bind(args []any) []any { return args }

func (d sqliteDialect) lost(error) bool { return false }

func (d sqliteDialect) prepare(context.Context, *sql.DB) error { return nil }

func (d sqliteDialect) snapshot() *sql.TxOptions { return nil }

func (d sqliteDialect) upgradesAtStart() bool { return true }

func (d sqliteDialect) anyContains(columns []string, text string) (cond string, args []any) {
	return `any_contains(?, ` + strings.Join(columns, ", ") + `)`, []any{text}
}

// rebind turns ? into the placeholders of the database.
func (d sqliteDialect) rebind(query string) string { return query }

// schema puts the dialect's words for types into a migration. Only a column declared INTEGER
// PRIMARY KEY, or a table WITHOUT ROWID, has rows in the order of its key, which saves one index.
func (d sqliteDialect) schema(text string) string {
	return whole(strings.NewReplacer("BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY", "/* WITHOUT ROWID */", "WITHOUT ROWID").Replace(text))
}

// beginWrite takes the write lock at once: there is no other writer, and taking it later could
// fail in the middle.
func (d sqliteDialect) beginWrite() []string { return []string{"BEGIN IMMEDIATE"} }
