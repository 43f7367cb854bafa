package storetest

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx
)

// database is a database that a test looks at or changes beside the store.
type database struct {
	*sql.DB
	postgres bool
}

// openDatabase opens the database that a DATABASE_URL names.
func openDatabase(url string, readOnly bool) (*database, error) {
	if strings.HasPrefix(url, "postgres") {
		db, err := sql.Open("pgx", url)
		return &database{db, true}, err
	}
	if readOnly {
		url += "?mode=ro&_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open("sqlite", url)
	return &database{DB: db}, err
}

// sql writes a query with the placeholders of the database.
func (d *database) sql(query string) string {
	if !d.postgres {
		return query
	}
	parts := strings.Split(query, "?")
	var b strings.Builder
	for n, part := range parts {
		if n > 0 {
			b.WriteString("$" + strconv.Itoa(n))
		}
		b.WriteString(part)
	}
	return b.String()
}

func (d *database) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return d.QueryContext(ctx, d.sql(query), args...)
}

func (d *database) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return d.ExecContext(ctx, d.sql(query), args...)
}
