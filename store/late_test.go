package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/storetest"

	"github.com/stretchr/testify/require"
)

// slow is a store whose clock and disk a test controls.
type slow struct {
	*store.Store
	path string
	now  atomic.Int64
}

func slowStore(t *testing.T) *slow {
	t.Helper()
	return slowStoreAt(t, filepath.Join(storetest.TempDir(t), "b.db"))
}

func slowStoreAt(t *testing.T, url string) *slow {
	t.Helper()
	s := &slow{path: url}
	s.now.Store(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixMilli())
	c := config(url)
	c.Now = func() time.Time { return time.UnixMilli(s.now.Load()) }
	var err error
	s.Store, err = store.New(t.Context(), c)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// hang makes the next commit take that long.
func (s *slow) hang(d time.Duration) {
	var once sync.Once
	s.OnCommit(func(int) error {
		once.Do(func() { s.now.Add(d.Milliseconds()) })
		return nil
	})
}

func (s *slow) keys(t *testing.T) (keys []string) {
	t.Helper()
	jobs, err := s.Claim(t.Context(), moderation.QueueCommand, 100)
	require.NoError(t, err)
	for _, j := range jobs {
		keys = append(keys, j.Key)
	}
	return keys
}

func (s *slow) accept(key string, waited time.Duration) chan error {
	done := make(chan error, 1)
	s.Accept(moderation.Delivery{Key: key, Kind: "command", Payload: []byte(`{}`), Waited: waited}, func(_ bool, err error) { done <- err })
	return done
}

// A commit that took longer than Slack waits is retracted before a worker sees it: its author was
// shown an error, and typed it again.
func TestALateCommitIsRetracted(t *testing.T) {
	s := slowStore(t)
	require.NoError(t, <-s.accept("early", 0))
	s.hang(2 * time.Minute)
	require.ErrorIs(t, <-s.accept("hung", 0), store.ErrTooLate)
	require.Equal(t, []string{"early"}, s.keys(t))
	require.NoError(t, <-s.accept("hung", 0), "the same again, in time")
	require.Equal(t, []string{"hung"}, s.keys(t))

	s.hang(3 * time.Second)
	require.ErrorIs(t, <-s.accept("early", 0), store.ErrTooLate, "delivered twice, and late the second time")
	require.NoError(t, <-s.accept("last", 0))
	require.Equal(t, []string{"last"}, s.keys(t), "what was acked once is not run twice")
}

// A delivery that waited too long behind a slow disk is not started.
func TestALateDeliveryIsNotAccepted(t *testing.T) {
	s := slowStore(t)
	begun, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s.OnCommit(func(int) error {
		once.Do(func() { close(begun); <-goOn })
		return nil
	})
	first := s.accept("first", 0)
	<-begun
	behind := s.accept("behind", time.Second)
	s.now.Add(2000)
	fresh := s.accept("fresh", 0)
	close(goOn)
	require.NoError(t, <-first)
	require.ErrorIs(t, <-behind, store.ErrTooLate)
	require.NoError(t, <-fresh)
	require.Equal(t, []string{"first", "fresh"}, s.keys(t))
}

// A command is as old as its envelope, not as its row.
func TestAJobIsAsOldAsItsDelivery(t *testing.T) {
	s := slowStore(t)
	require.NoError(t, <-s.accept("a", 1500*time.Millisecond))
	jobs, err := s.Claim(t.Context(), moderation.QueueCommand, 1)
	require.NoError(t, err)
	require.EqualValues(t, s.now.Load()-1500, jobs[0].Queued.UnixMilli())
}

// Behind a slow disk a limited number of deliveries waits, of limited size; more are rejected at
// once.
func TestTheIntakeIsBounded(t *testing.T) {
	for name, text := range map[string]string{"many": "", "large": strings.Repeat("x", 1<<20)} {
		t.Run(name, func(t *testing.T) {
			s := slowStore(t)
			begun, goOn := make(chan struct{}), make(chan struct{})
			var once sync.Once
			s.OnCommit(func(int) error {
				once.Do(func() { close(begun); <-goOn })
				return nil
			})
			first := s.accept("first", 0)
			<-begun
			var taken, busy atomic.Int64
			var answered sync.WaitGroup
			const sent = 6000
			n := sent
			if text != "" {
				n = 40
			}
			for i := range n {
				answered.Add(1)
				s.Accept(moderation.Delivery{Key: strconv.Itoa(i), Kind: "command", Payload: []byte(`"` + text + `"`)}, func(_ bool, err error) {
					defer answered.Done()
					if err == nil {
						taken.Add(1)
						return
					}
					if busy.Add(1); !errors.Is(err, store.ErrBusy) {
						t.Error(err)
					}
				})
			}
			turnedAway := busy.Load()
			require.Positive(t, turnedAway, "answered before the disk goes on")
			close(goOn)
			require.NoError(t, <-first)
			answered.Wait()
			require.EqualValues(t, n, taken.Load()+turnedAway)
			require.LessOrEqual(t, taken.Load(), int64(4096))
			require.NoError(t, <-s.accept("later", 0), "afterwards it takes again")
		})
	}
}

// A readiness check writes nothing; a disk that does not answer is reported.
func TestPingDoesNotWrite(t *testing.T) {
	s := slowStore(t)
	require.NoError(t, <-s.accept("a", 0))
	var commits atomic.Int64
	s.OnCommit(func(int) error { commits.Add(1); return nil })
	for range 100 {
		require.NoError(t, s.Ping(t.Context()))
	}
	require.Zero(t, commits.Load())

	fails := true
	s.OnCommit(func(int) error {
		if fails {
			return store.ErrFull
		}
		return nil
	})
	require.ErrorIs(t, <-s.accept("b", 0), store.ErrFull)
	require.ErrorIs(t, s.Ping(t.Context()), store.ErrFull, "a disk that accepted nothing is not ready")
	fails = false
	before := size(t, s.path+"-wal")
	require.NoError(t, s.Ping(t.Context()), "and is again without anybody's command")
	require.Greater(t, size(t, s.path+"-wal"), before+100_000, "on a full disk there is often room for a page, and none for a command")
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	return info.Size()
}
