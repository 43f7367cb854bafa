package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"
)

// ErrFull means that the disk, or the space that the database may use on it, is full. Nothing was
// written.
var ErrFull = errors.New("the disk of the database is full; nothing was written")

// ErrClosed means that the store was closed.
var ErrClosed = errors.New("the store is closed")

// ErrBusy means that more deliveries wait than a working disk would leave waiting. Nothing was
// accepted.
var ErrBusy = errors.New("the database does not keep up; nothing was accepted")

// ErrTooLate means that a delivery's turn came after its sender was shown an error. Nothing was
// accepted.
var ErrTooLate = errors.New("the database took longer than Slack waits; nothing was accepted")

// dialect is what SQLite and PostgreSQL do differently. The SQL elsewhere is common to both.
type dialect interface {
	// name names the database in messages, without a password.
	name() string
	// open opens the writer's single connection, or a pool for reads.
	open(ctx context.Context, readOnly bool) (*sql.DB, error)
	// openToRead opens a pool that cannot write, for a store that only reads.
	openToRead(ctx context.Context) (*sql.DB, error)
	// check returns why the database cannot be used, as one sentence.
	check(ctx context.Context, db *sql.DB) error
	// explain turns an error of the database into one sentence.
	explain(err error) error
	// breaksGroup reports whether an error may have ended the whole transaction, not only its
	// statement.
	breaksGroup(err error) bool
	// lost reports whether a connection cannot be used any more after an error.
	lost(err error) bool
	goose() goose.Dialect
	gooseOptions() ([]goose.ProviderOption, error)
	// rebind turns ? into the placeholders of the database.
	rebind(query string) string
	// bind returns the arguments of a statement as the database accepts them.
	bind(args []any) []any
	// anyContains returns SQL that is true where one of the columns contains a text, and its arguments.
	anyContains(columns []string, text string) (cond string, args []any)
	// schema puts the database's type names into a migration.
	schema(text string) string
	// beginWrite returns the statements that begin a writing transaction. No other one is open
	// once they are done.
	beginWrite() []string
	// prepare creates what the tables need beside them.
	prepare(ctx context.Context, db *sql.DB) error
	// snapshot returns the options of a transaction in which all reads see one moment.
	snapshot() *sql.TxOptions
	// upgradesAtStart reports whether a start brings older tables up to date. Where processes of
	// two versions may run side by side, only Migrate does.
	upgradesAtStart() bool
}

//go:embed migrations/*.sql
var migrations embed.FS

// rewritten serves SQL files with a dialect's words for types.
type rewritten struct {
	fs.FS
	rewrite func(string) string
}

func (r rewritten) Open(name string) (fs.File, error) {
	f, err := r.FS.Open(name)
	if err != nil || !strings.HasSuffix(name, ".sql") {
		return f, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	text, err := fs.ReadFile(r.FS, name)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return memoryFile{Reader: strings.NewReader(r.rewrite(string(text))), info: info}, f.Close()
}

// whole makes each direction of a migration one statement: to find where a statement ends, goose
// allocates megabytes for each line.
func whole(text string) string {
	const up, down, begin, end = "-- +goose Up\n", "-- +goose Down\n", "-- +goose StatementBegin\n", "-- +goose StatementEnd\n"
	if strings.Contains(text, begin) {
		return text
	}
	text = strings.Replace(text, up, up+begin, 1)
	return strings.Replace(text, down, end+down+begin, 1) + "\n" + end
}

type memoryFile struct {
	*strings.Reader
	info fs.FileInfo
}

func (f memoryFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f memoryFile) Close() error               { return nil }
