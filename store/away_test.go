package store_test

import (
	"database/sql"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/pgtest"

	"github.com/stretchr/testify/require"
)

// awayStore is a store behind a network that a test can cut.
func awayStore(t *testing.T) (*store.Store, *pgtest.Proxy) {
	t.Helper()
	p := pgtest.NewProxy(t, pgtest.URL(t))
	s, err := store.New(t.Context(), store.Config{URL: p.URL, App: 1400000001, Team: "T1"})
	require.NoError(t, err)
	t.Cleanup(func() { p.Back(); require.NoError(t, s.Close()) })
	return s, p
}

func acceptAt(s *store.Store, key string) (answered chan error) {
	answered = make(chan error, 2)
	s.Accept(moderation.Delivery{Key: key, Kind: "command", Payload: []byte(`{}`)}, func(_ bool, err error) { answered <- err })
	return answered
}

func commandKeys(t *testing.T, s *store.Store) (keys []string) {
	t.Helper()
	jobs, err := s.Claim(t.Context(), moderation.QueueCommand, 100)
	require.NoError(t, err)
	for _, j := range jobs {
		keys = append(keys, j.Key)
	}
	return keys
}

// A commit that reached the server, but whose answer did not come, is answered as not accepted
// within the time that Slack waits, and is retracted when the server answers again.
func TestASilentCommitIsAnsweredAndTakenBack(t *testing.T) {
	t.Parallel()
	s, p := awayStore(t)
	require.NoError(t, <-acceptAt(s, "before"))
	s.OnCommit(func(int) error { p.Silence(); return nil })
	silent := acceptAt(s, "silent")
	require.ErrorIs(t, <-silent, store.ErrTooLate)
	s.OnCommit(nil)
	require.Error(t, <-acceptAt(s, "while it is silent"))
	p.Back()
	require.Eventually(t, func() bool { return s.Ping(t.Context()) == nil }, time.Minute, 10*time.Millisecond)
	require.Equal(t, []string{"before"}, commandKeys(t, s))
	require.NoError(t, <-acceptAt(s, "after"))
	require.Equal(t, []string{"after"}, commandKeys(t, s))
	require.Empty(t, silent, "answered once")
}

// A delivery whose commit reached the server before the connection was cut, so that not even the answer to
// its insert came, is retracted when the server answers again.
func TestACommitThatNobodyKnowsOfIsTakenBack(t *testing.T) {
	url := pgtest.URL(t)
	p := pgtest.NewProxy(t, url)
	s, err := store.New(t.Context(), store.Config{URL: p.URL, App: 1400000001, Team: "T1"})
	require.NoError(t, err)
	t.Cleanup(func() { p.Back(); require.NoError(t, s.Close()) })
	require.NoError(t, <-acceptAt(s, "before"))
	s.OnCommit(func(int) error { p.LoseAnswers(); return nil })
	unknown := acceptAt(s, "unknown")
	db, err := sql.Open("pgx", url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.Eventually(t, func() bool {
		var n int
		require.NoError(t, db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM jobs WHERE key = 'unknown'`).Scan(&n))
		return n == 1
	}, time.Minute, 10*time.Millisecond)
	s.OnCommit(nil)
	p.Away()
	require.Error(t, <-unknown)
	p.Back()
	require.Eventually(t, func() bool { return s.Ping(t.Context()) == nil }, time.Minute, 10*time.Millisecond)
	require.Equal(t, []string{"before"}, commandKeys(t, s))
}

// While the server is away each delivery is answered in time that it was not accepted.
func TestDeliveriesWhileTheServerIsAway(t *testing.T) {
	s, p := awayStore(t)
	p.Away()
	for range 3 {
		require.Error(t, <-acceptAt(s, "away"))
		drafted := make(chan error, 1)
		s.SaveDrafts([]moderation.Draft{{Token: moderation.NewToken(), Text: "ban x"}}, func(err error) { drafted <- err })
		require.Error(t, <-drafted)
	}
	require.Error(t, s.Ping(t.Context()))
	p.Back()
	require.Eventually(t, func() bool { return s.Ping(t.Context()) == nil }, time.Minute, 10*time.Millisecond)
	require.NoError(t, <-acceptAt(s, "back"))
	require.Equal(t, []string{"back"}, commandKeys(t, s))
}
