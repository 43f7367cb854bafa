package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"

	"github.com/stretchr/testify/require"
)

// view is how the database of a running bot is looked at, as a backup would. It
// is kept while the bot runs, since tests ask often, and shut before the bot
// ends, so that the bot is the last one there and leaves a single file.
type view struct {
	mu sync.Mutex
	db *sql.DB
}

func (v *view) open(url string) (*sql.DB, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.db != nil {
		return v.db, nil
	}
	var err error
	v.db, err = sql.Open("sqlite", url+"?mode=ro&_pragma=busy_timeout(5000)")
	return v.db, err
}

func (v *view) shut() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.db != nil {
		_ = v.db.Close() // it was only read
		v.db = nil
	}
}

// peek asks the database, also while the bot runs.
func (s *stage) peek(query string, args ...any) (n int) {
	s.tb.Helper()
	s.look(&n, query, args...)
	return n
}

// token is what the buttons of a case carry.
func (s *stage) token(no int) (token string) {
	s.tb.Helper()
	s.look(&token, "select token from cases where no = ?", no)
	return token
}

func (s *stage) look(into any, query string, args ...any) {
	s.tb.Helper()
	v := &view{}
	if s.proc != nil {
		v = &s.proc.view
	} else {
		defer v.shut()
	}
	db, err := v.open(s.env["DATABASE_URL"])
	require.NoError(s.tb, err)
	require.NoError(s.tb, db.QueryRowContext(context.Background(), query, args...).Scan(into))
}

// rows asks the database as it lies there, also after the bot has ended.
func (s *stage) rows(query string, args ...any) int {
	s.tb.Helper()
	db, err := sql.Open("sqlite", s.env["DATABASE_URL"])
	require.NoError(s.tb, err)
	defer db.Close() //nolint:errcheck // only read
	var n int
	require.NoError(s.tb, db.QueryRowContext(context.Background(), query, args...).Scan(&n))
	return n
}

// seen is what stands last in front of each person, for a test that failed: the
// last private answers, and the open modals.
func (s *stage) seen() string {
	var b strings.Builder
	for _, user := range []string{mod, mod2, lead, lead2, nobody} {
		list := s.slack.Ephemerals(user, "")
		for _, m := range list[max(0, len(list)-3):] {
			fmt.Fprintf(&b, "%s was told: %s\n", user, m.Text)
		}
		for _, v := range s.slack.Views(user) {
			fmt.Fprintf(&b, "%s has a modal, on top %v: %s\n", user, v.Top, everyText(v.JSON))
		}
	}
	return b.String()
}
