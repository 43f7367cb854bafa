package store

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// postgresDialect is all that is PostgreSQL's own.
//
// One writing transaction at a time is the rule that every decision relies on.
// Each group takes an advisory lock of its application after BEGIN, so the rule
// holds for all replicas on one database. Rows get their ids from sequences under
// that lock, and times are the database's.
type postgresDialect struct {
	config *pgx.ConnConfig
	app    int64
}

// oldestPostgres is the oldest major version that the tests run on.
const oldestPostgres = 14

// connectWithin bounds one attempt to connect, unless DATABASE_URL sets
// connect_timeout: Slack waits 3 s for an acknowledgement.
const connectWithin = 2 * time.Second

// stalledAfter is how long a group may do nothing before the server ends it.
const stalledAfter = 5 * time.Second

// readsAtMost is how long a snapshot may do nothing: as long as an export takes.
const readsAtMost = 24 * time.Hour

// isPostgres reports whether a DATABASE_URL is meant for a PostgreSQL server, also where it is
// written in a form that is not accepted: no file is created under a name with a password.
func isPostgres(raw string) bool {
	return strings.HasPrefix(raw, "postgres:") || strings.HasPrefix(raw, "postgresql:") || strings.Contains(raw, "password=") || strings.Contains(raw, "host=")
}

// newPostgres reads a DATABASE_URL. Its errors contain no password.
func newPostgres(raw string, app uint32) (*postgresDialect, error) {
	const form = "it must look like postgres://user:password@host:5432/database, with special characters of the password written as %XX"
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Opaque != "" || strings.Count(authority(raw), "@") > 1 || strings.Contains(u.Path, "@") {
		return nil, errors.New("DATABASE_URL is not a PostgreSQL URL that can be read: " + form) // err may repeat the password
	}
	config, err := pgx.ParseConfig(raw)
	if err != nil {
		return nil, errors.New("DATABASE_URL is not a PostgreSQL URL that can be read: " + form)
	}
	if config.Database == "" {
		return nil, errors.New("DATABASE_URL names no database: " + form)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectWithin
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "bouncer"
	}
	config.RuntimeParams["timezone"] = "UTC"
	// The role or the database may have another default. A snapshot from before the wait for the lock
	// does not contain what the group before decided.
	config.RuntimeParams["default_transaction_isolation"] = "read committed"
	// A limit of the role or the database is meant for people and reports. A group waits for the lock
	// of the others, and a migration or a copy takes what it takes.
	for _, limit := range []string{"statement_timeout", "lock_timeout"} {
		if config.RuntimeParams[limit] == "" {
			config.RuntimeParams[limit] = "0"
		}
	}
	return &postgresDialect{config: config, app: int64(app)}, nil
}

// authority returns the part of a URL with user, password and host.
func authority(raw string) string {
	_, rest, _ := strings.Cut(raw, "//")
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		return rest[:end]
	}
	return rest
}

func (d *postgresDialect) name() string {
	return fmt.Sprintf("%s at %s", d.config.Database, net.JoinHostPort(d.config.Host, strconv.Itoa(int(d.config.Port))))
}

// open opens the writer's single connection, or a few for reads.
func (d *postgresDialect) open(ctx context.Context, readOnly bool) (*sql.DB, error) {
	config := d.config.Copy()
	// A replica that stops in the middle of a group holds the lock of all: the server ends its
	// transaction.
	idle := stalledAfter
	if readOnly {
		idle = readsAtMost
		// Not a setting of the connection: one with target_session_attrs=read-write is refused then.
		config.AfterConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
			return conn.Exec(ctx, "SET default_transaction_read_only = on").Close()
		}
	}
	config.RuntimeParams["idle_in_transaction_session_timeout"] = strconv.FormatInt(idle.Milliseconds(), 10)
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(1)
	if readOnly {
		db.SetMaxOpenConns(readConnections)
		db.SetMaxIdleConns(readConnections)
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func (d *postgresDialect) openToRead(ctx context.Context) (*sql.DB, error) { return d.open(ctx, true) }

// pooled returns the error of a pooler in place of a server.
func (d *postgresDialect) pooled(why string) error {
	return fmt.Errorf("DATABASE_URL: %s is behind a connection pooler, which does not keep the locks and notifications of a session (%s): name the PostgreSQL server itself", d.name(), why)
}

// check reports why this server cannot be used: too old, a pooler, a standby, read-only, or
// a database with another encoding.
func (d *postgresDialect) check(ctx context.Context, db *sql.DB) error {
	var version int
	var standby, session bool
	var encoding string
	// A pooler drops the settings that open makes.
	if err := db.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::int, pg_is_in_recovery(), current_setting('server_encoding'),
			current_setting('idle_in_transaction_session_timeout') <> '0'`).
		Scan(&version, &standby, &encoding, &session); err != nil {
		return d.explain(err)
	}
	switch {
	case version < oldestPostgres*10000:
		return fmt.Errorf("DATABASE_URL: the PostgreSQL server of %s is version %d: %d or newer is needed", d.name(), version/10000, oldestPostgres)
	case !session:
		return d.pooled("it ignores the settings of a session")
	case standby:
		return fmt.Errorf("DATABASE_URL: %s is a standby, which cannot be written to: name the primary server", d.name())
	case encoding != "UTF8":
		return fmt.Errorf("DATABASE_URL: %s has the encoding %s: create the database with ENCODING 'UTF8'", d.name(), encoding)
	}
	return nil
}

// explain turns an error of the server or the network into one sentence.
func (d *postgresDialect) explain(err error) error {
	var refused *pgconn.PgError
	var connect *pgconn.ConnectError
	switch {
	case errors.As(err, &refused):
		return d.refused(refused, err)
	case errors.As(err, &connect): // its own text repeats the user, where a secret may have been put
		return fmt.Errorf("DATABASE_URL: the PostgreSQL server of %s cannot be reached (%s)", d.name(), oneLine(connect.Unwrap()))
	case errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone), unreachable(err):
		return fmt.Errorf("DATABASE_URL: the PostgreSQL server of %s cannot be reached (%s)", d.name(), oneLine(err))
	}
	return err
}

// oneLine returns an error's text in one line; pgx lists each attempt to connect in a line, also where
// all say the same.
func oneLine(err error) string {
	var lines []string
	for line := range strings.Lines(err.Error()) {
		if line = strings.Join(strings.Fields(line), " "); line != "" && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "; ")
}

func unreachable(err error) bool {
	var network net.Error
	return errors.As(err, &network)
}

// refused explains an error that the server sent.
func (d *postgresDialect) refused(e *pgconn.PgError, err error) error {
	var connect *pgconn.ConnectError
	connecting := errors.As(err, &connect)
	if connecting { // its text lists each attempt, with the user
		err = e
	}
	switch {
	case connecting && e.Code == "08P01": // it takes no settings
		return d.pooled(e.Code + ": " + e.Message)
	case e.Code == "28P01", e.Code == "28000":
		return fmt.Errorf("DATABASE_URL: the PostgreSQL server of %s does not accept the user: check user and password (%s)", d.name(), e.Code)
	case e.Code == "3D000":
		return fmt.Errorf("DATABASE_URL: the server has no database %s: create it first (%s)", d.name(), e.Code)
	case e.Code == "42501":
		return fmt.Errorf("DATABASE_URL: the user lacks rights in %s: it must own the database or its schema (%s: %s)", d.name(), e.Code, e.Message)
	case e.Code == "3F000":
		return fmt.Errorf("DATABASE_URL: %s has no schema for the tables: create one, or correct the search_path of the user or the URL (%s)", d.name(), e.Code)
	case e.Code == "42P07", e.Code == "42703" && strings.Contains(e.Message, `"version_id"`): // of goose's table
		return fmt.Errorf("DATABASE_URL: %s has tables of another program: name another database, or give the user a schema of its own (%s: %s)", d.name(), e.Code, e.Message)
	case e.Code == readOnlyCode:
		return fmt.Errorf("DATABASE_URL: %s is read-only: name the primary server, and a user who may write (%s)", d.name(), e.Code)
	case e.Code == "53100":
		return fmt.Errorf("DATABASE_URL: %s: %w (%s)", d.name(), ErrFull, e.Code)
	case strings.HasPrefix(e.Code, "57P"), strings.HasPrefix(e.Code, "53"):
		return fmt.Errorf("DATABASE_URL: the PostgreSQL server of %s accepts no work now (%w)", d.name(), err)
	}
	if connecting {
		return fmt.Errorf("DATABASE_URL: the PostgreSQL server of %s accepts no connection (%w)", d.name(), err)
	}
	return fmt.Errorf("DATABASE_URL: the database %s: %w", d.name(), err)
}

// noTable reports whether a server answered that it has no such table.
func noTable(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == "42P01"
}

// breaksGroup reports whether an error may have ended the whole transaction: any that the server
// did not send, and those with which it closes the connection. After others a savepoint is
// enough.
func (d *postgresDialect) breaksGroup(err error) bool {
	var refused *pgconn.PgError
	return d.lost(err) || errors.As(err, &refused) && strings.HasPrefix(refused.Code, "53")
}

// lost reports whether a connection cannot be used any more after an error.
func (d *postgresDialect) lost(err error) bool {
	var connect *pgconn.ConnectError
	var refused *pgconn.PgError
	if errors.As(err, &refused) { // a read-only server may not be the primary any more: connecting again finds that
		return refused.Severity != "ERROR" || refused.Code == readOnlyCode
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.As(err, &connect) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, net.ErrClosed) || unreachable(err) || pgconn.SafeToRetry(err) ||
		strings.Contains(err.Error(), "conn closed") || strings.Contains(err.Error(), "unexpected EOF")
}

func (d *postgresDialect) goose() goose.Dialect { return goose.DialectPostgres }

// gooseOptions lets replicas that start together wait for each other, up to 5 minutes, with one try
// a second.
func (d *postgresDialect) gooseOptions() ([]goose.ProviderOption, error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return nil, err
	}
	return []goose.ProviderOption{goose.WithSessionLocker(locker)}, nil
}

// readOnlyCode is the server's code for a write to a standby or a read-only database.
const readOnlyCode = "25006"

// checkWritable returns an error while the server accepts no writes.
func (t *tx) checkWritable() error {
	var standby, readOnly bool
	if err := t.one(`SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on'`)(&standby, &readOnly); err != nil {
		return err
	}
	if standby || readOnly {
		return &pgconn.PgError{Severity: "ERROR", Code: readOnlyCode, Message: "the server accepts no writes"}
	}
	return nil
}

// rebind turns ? into $1, $2 and so on, but for those within quotes, and names functions as
// PostgreSQL does.
func (d *postgresDialect) rebind(query string) string {
	var b strings.Builder
	n, quoted := 0, false
	for _, r := range strings.ReplaceAll(query, "instr(", "strpos(") {
		switch {
		case r == '\'':
			quoted = !quoted
		case r == '?' && !quoted:
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// bind replaces the character NUL, which PostgreSQL stores in no text. What is JSON has it
// escaped.
func (d *postgresDialect) bind(args []any) []any {
	for i, a := range args {
		v := reflect.ValueOf(a)
		switch {
		case v.Kind() == reflect.String && strings.ContainsRune(v.String(), 0):
			args[i] = strings.ReplaceAll(v.String(), "\x00", "\ufffd")
		case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 && bytes.IndexByte(v.Bytes(), 0) >= 0:
			args[i] = bytes.ReplaceAll(v.Bytes(), []byte{0}, []byte("\ufffd"))
		}
	}
	return args
}

func (d *postgresDialect) anyContains(columns []string, text string) (cond string, args []any) {
	var conds []string
	for _, c := range columns {
		conds, args = append(conds, `strpos(`+c+`, ?) > 0`), append(args, text)
	}
	return strings.Join(conds, ` OR `), args
}

func (d *postgresDialect) schema(text string) string { return whole(text) }

// lockGroups returns SQL that waits for the lock of an application: no other group of any replica
// runs until this one's transaction ends.
func lockGroups(app int64) string {
	return "SELECT pg_advisory_xact_lock(" + strconv.FormatInt(lockSpace|app, 10) + ")"
}

func (d *postgresDialect) beginWrite() []string { return []string{"BEGIN", lockGroups(d.app)} }

// lockSpace keeps the advisory locks of this program apart from those of others.
const lockSpace = 0x426f6e << 32

// clockAndIDs is SQL for the server's time in microseconds, the id of the database, the newest version
// that works, and the highest id of each sequence.
var clockAndIDs = func() string {
	text := `SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, COALESCE((SELECT value FROM meta WHERE name = 'id'), ''), ` + workingVersion
	for _, q := range sequences {
		text += `, ` + highest(q)
	}
	return text
}()

// highest is SQL for the highest id that a sequence has returned.
func highest(q sequence) string {
	return `(SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM ` + string(q) + `_ids)`
}

// prepare creates the sequences of the tables that have ids, and makes them continue after rows
// that were copied or restored.
func (d *postgresDialect) prepare(ctx context.Context, db *sql.DB) error {
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = t.Rollback() }() // after a commit it does nothing
	if _, err := t.ExecContext(ctx, lockGroups(d.app)); err != nil {
		return err
	}
	for _, q := range sequences {
		var there bool
		if err := t.QueryRowContext(ctx, `SELECT to_regclass($1) IS NOT NULL`, string(q)+"_ids").Scan(&there); err != nil {
			return err
		}
		if !there {
			if _, err := t.ExecContext(ctx, `CREATE SEQUENCE `+string(q)+`_ids`); err != nil {
				return err
			}
		}
		if _, err := t.ExecContext(ctx, `SELECT setval('`+string(q)+`_ids', top) FROM (SELECT MAX(id) AS top FROM `+string(q)+`) AS x WHERE top > `+highest(q)); err != nil { //nolint:gosec // names of our tables
			return err
		}
	}
	return t.Commit()
}

func (d *postgresDialect) snapshot() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

// upgradesAtStart is false: in a rolling restart replicas of the version before still run.
func (d *postgresDialect) upgradesAtStart() bool { return false }
