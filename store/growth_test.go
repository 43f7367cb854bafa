package store_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/pgtest"

	"github.com/stretchr/testify/require"
)

// The database of the benchmarks of growth: cases of a year, of 40 moderators, on many people and
// 50 who come again, in 400 rooms. A tenth of the cases are mutes that the bot has yet to end, four
// tenths are mutes that it ended, the others are kicks.
const (
	growthBase = 1000 // cases that are made by the store itself and then copied
	growthYear = 365 * 24 * time.Hour
)

// growthClock is the clock of a database that is being made.
type growthClock struct{ now time.Time }

// grownDatabase returns a database of so many cases, which is kept in the folder for temporary files.
func grownDatabase(b *testing.B, cases int) store.Config {
	b.Helper()
	path := filepath.Join(os.TempDir(), "bouncer-growth-"+strconv.Itoa(cases)+".db")
	c := store.Config{URL: path, App: 1400000001, Team: "T1", Describer: naming{}}
	if _, err := os.Stat(path); err == nil {
		indexAll(b, c)
		return c
	}
	made := c
	made.URL = path + ".new"
	_ = os.Remove(made.URL)
	growDatabase(b, made, cases)
	require.NoError(b, os.Rename(made.URL, path))
	return c
}

// indexAll upgrades a database that an older version made, and adds all reasons to the index of words.
func indexAll(b *testing.B, c store.Config) {
	b.Helper()
	s, err := store.New(b.Context(), c)
	require.NoError(b, err)
	defer func() { require.NoError(b, s.Close()) }()
	for more := true; more; {
		more, err = s.IndexReasons(b.Context())
		require.NoError(b, err)
	}
}

// growDatabase fills a new database.
func growDatabase(b *testing.B, c store.Config, cases int) {
	b.Helper()
	base := min(growthBase, cases)
	copies := max(0, cases/max(base, 1)-1)
	step := growthYear / time.Duration(copies+1)
	clock := growthClock{now: time.Now().Add(-growthYear).Truncate(time.Millisecond)}
	c.Now = func() time.Time { return clock.now }
	s, err := store.New(b.Context(), c)
	require.NoError(b, err)
	defer func() { require.NoError(b, s.Close()) }()
	for i := range base {
		require.NoError(b, runGrowthCase(b.Context(), s, i), "case %d", i)
		require.NoError(b, lifts(b.Context(), s))
		clock.now = clock.now.Add(step / time.Duration(base))
	}
	clock.now = clock.now.Add(time.Hour)
	require.NoError(b, lifts(b.Context(), s))
	_, err = s.Seal(b.Context())
	require.NoError(b, err)
	require.NoError(b, s.Grow(b.Context(), copies, step))
	require.NoError(b, s.Checkpoint(b.Context()))
}

// naming describes requests with their room and people.
type naming struct{}

func (naming) Describe(r moderation.Request) (api, body string, err error) {
	raw, err := json.Marshal(map[string]any{"SdkAppId": 1400000001, "RoomId": r.Room.ID, "UserIds": r.Targets, "IsMute": 1})
	return "trtc." + string(r.Verb), string(raw), err
}

var growthReasons = []string{"loud music", "insults other people in the chat", "刷屏", "advertises another site, warned twice", "raid of Tuesday"}

// growthCase is one case of a year.
func growthCase(i int) moderation.NewCase {
	room := moderation.Room{Kind: moderation.KindStrRoom, ID: fmt.Sprintf("hall%d%s", i%10, store.OwnRoom)}
	person := fmt.Sprintf("p%04d%s", i%700, store.OwnPerson)
	if i%20 == 0 {
		person = fmt.Sprintf("again%02d", i/20%50)
	}
	a := moderation.Action{Verb: moderation.Kick, Room: room, Targets: []string{person}, Reason: growthReasons[i%len(growthReasons)]}
	switch i % 10 {
	case 3:
		a.Verb, a.Duration = moderation.Mute, 10*growthYear
	case 4, 5, 6, 7:
		a.Verb, a.Duration = moderation.Mute, time.Hour
	}
	user := fmt.Sprintf("U07MOD%02d", i%40)
	return moderation.NewCase{
		Case: moderation.Case{
			Token: "t" + strconv.Itoa(i), Team: "T1", Action: a, Typed: fmt.Sprintf("%s %s %s %s", a.Verb, room, person, a.Reason),
			State: moderation.Open, Decision: benchDecision, Origin: moderation.Origin{Channel: "C1"},
			Actor: moderation.Actor{Kind: moderation.ActorPerson, User: user, Name: "Moderator " + user, Team: "T1", Roles: []string{"mods"}},
		},
		Targets: []moderation.Target{{Seq: 1, Chunk: 1, ID: person, Outcome: moderation.Pending}}, CardChannel: "C1", AuditChannel: "C2", ReviewShare: 0.01,
		Jobs: []moderation.NewJob{{Key: "chunk:1:0", Queue: moderation.QueueCall, Kind: moderation.JobChunk, Payload: []byte(`{"chunk":1}`)}},
	}
}

// runGrowthCase opens a case of a year and makes its calls.
func runGrowthCase(ctx context.Context, s *store.Store, i int) error {
	accepted := make(chan error, 1)
	s.Accept(delivery(i), func(_ bool, err error) { accepted <- err })
	if err := <-accepted; err != nil {
		return err
	}
	jobs, err := s.Claim(ctx, moderation.QueueCommand, 1)
	if err != nil || len(jobs) == 0 {
		return fmt.Errorf("no command: %w", err)
	}
	o := growthCase(i)
	if o.Case.AskedAt = s.Clock(); o.Case.Action.Duration > 0 {
		o.Case.Until = o.Case.AskedAt.Add(o.Case.Action.Duration)
	}
	if _, err := s.OpenCase(ctx, jobs[0], o); err != nil {
		return err
	}
	if err := work(ctx, s, moderation.QueueCall); err != nil || i%50 > 0 {
		return err
	}
	target := o.Targets[0].ID
	by := moderation.Actor{Kind: moderation.ActorPerson, User: o.Case.Actor.User, Team: "T1"}
	return s.Append(ctx, moderation.Change{Note: &moderation.Note{Target: target, By: by, Text: target + " was warned"}})
}

// work makes the calls that are due.
func work(ctx context.Context, s *store.Store, q moderation.Queue) error {
	jobs, err := s.Claim(ctx, q, 100)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		var w moderation.SyncWork
		if err := json.Unmarshal(j.Payload, &w); err != nil {
			return err
		}
		began, err := s.AnnounceCall(ctx, j, moderation.CallInput{Case: j.Case, Work: w, Timeout: time.Second})
		if err != nil {
			return err
		}
		if began.Done || began.Wait > 0 {
			continue
		}
		if err := s.RecordAnswer(ctx, j, began.Call, moderation.Answer{Class: moderation.VendorAccepted, RequestID: "6b1f0a52-1a7c-4d3e-9a55-0f3c2b7d8e10"}, moderation.Verdict{Outcome: moderation.Accepted}); err != nil {
			return err
		}
	}
	return nil
}

func lifts(ctx context.Context, s *store.Store) error { return work(ctx, s, moderation.QueueLift) }

// growthSizes are the numbers of cases that BenchmarkGrowth compares: GROWTH, separated by commas.
func growthSizes(b *testing.B) (sizes []int) {
	b.Helper()
	for _, n := range strings.Split(cmp.Or(os.Getenv("GROWTH"), "0,5000"), ",") {
		size, err := strconv.Atoi(n)
		require.NoError(b, err, "GROWTH")
		sizes = append(sizes, size)
	}
	return sizes
}

// BenchmarkGrowth reports how long operations take on databases of several sizes.
//
//	GROWTH=0,200000,1000000 go test -run '^$' -bench Growth -benchtime 1x -timeout 2h ./store
//
// With GROWTH_ON=postgres it copies each database to a throw-away PostgreSQL server first.
func BenchmarkGrowth(b *testing.B) {
	for _, cases := range growthSizes(b) {
		c := grownDatabase(b, cases)
		file := c.URL
		if os.Getenv("GROWTH_ON") == "postgres" {
			c.URL = pgtest.URL(b)
			began := time.Now()
			_, _, err := store.Copy(b.Context(), store.Config{URL: file, App: c.App, Team: c.Team}, c)
			require.NoError(b, err)
			b.Logf("copied and verified in %s", time.Since(began).Round(time.Second))
		}
		for _, o := range []struct {
			name  string
			times int
			run   func(context.Context, *store.Store, int) error
		}{
			{"ack", 2000, ack},
			{"history of a person", 200, searching(moderation.SearchQuery{Target: "p0011x7x"}, 10)},
			{"history of one who comes again", 200, searching(moderation.SearchQuery{Target: "again07"}, 10)},
			{"history of nobody", 200, searching(moderation.SearchQuery{Target: "nobody"}, 10)},
			{"search for a word", 100, searching(moderation.SearchQuery{Words: []string{"Insults"}}, 10)},
			{"search for ideographs", 100, searching(moderation.SearchQuery{Words: []string{"刷屏"}}, 10)},
			{"search for two words that no case has", 20, searching(moderation.SearchQuery{Words: []string{"insults", "music"}}, 10)},
			{"search that finds nothing", 20, searching(moderation.SearchQuery{Words: []string{"zebra"}}, 10)},
			{"search of a moderator that finds nothing", 20, searching(moderation.SearchQuery{Actor: "U07MOD07", Verb: moderation.Ban}, 10)},
			{"search in a room that finds nothing", 20, searching(moderation.SearchQuery{Room: "strroom:hall3y7y", Verb: moderation.Ban}, 10)},
			{"the newest cases", 50, searching(moderation.SearchQuery{Within: 720 * time.Hour}, 200)},
			{"active in a room", 50, active(moderation.SearchQuery{Room: "strroom:hall3y7y"})},
			{"active of a person", 50, active(moderation.SearchQuery{Target: "p0003x7x"})},
			{"digest", 5, func(ctx context.Context, s *store.Store, _ int) error {
				_, err := s.Digest(ctx, s.Clock().Add(-24*time.Hour), s.Clock())
				return err
			}},
			{"metrics", 20, func(ctx context.Context, s *store.Store, _ int) error {
				_, err := s.Backlog(ctx)
				return err
			}},
			{"replay's cases", 1, func(ctx context.Context, s *store.Store, _ int) error {
				return s.EachCaseSince(ctx, time.Time{}, func(moderation.Case) error { return nil })
			}},
			{"verify", 1, func(ctx context.Context, s *store.Store, _ int) error {
				_, err := s.Verify(ctx)
				return err
			}},
			{"erase", 1, erasing},
		} {
			b.Run(fmt.Sprintf("cases=%d/%s", cases, o.name), func(b *testing.B) { measure(b, c, o.times, o.run) })
		}
		b.Run(fmt.Sprintf("cases=%d/ack while all ends come due", cases), func(b *testing.B) { measureEnds(b, c) })
		b.Run(fmt.Sprintf("cases=%d/start", cases), func(b *testing.B) {
			for b.Loop() {
				s, err := store.New(b.Context(), c)
				require.NoError(b, err)
				b.StopTimer()
				require.NoError(b, s.Close())
				b.StartTimer()
			}
			info, err := os.Stat(file)
			require.NoError(b, err)
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1000, "ms")
			b.ReportMetric(float64(info.Size())/float64(max(cases, 1)), "bytes/case")
		})
	}
}

// measure runs an operation so many times, after it ran once.
func measure(b *testing.B, c store.Config, times int, run func(context.Context, *store.Store, int) error) {
	b.Helper()
	s, err := store.New(b.Context(), c)
	require.NoError(b, err)
	defer func() { require.NoError(b, s.Close()) }()
	took := make([]time.Duration, 0, times)
	for b.Loop() {
		for i := range times {
			began := time.Now()
			require.NoError(b, run(b.Context(), s, i))
			took = append(took, time.Since(began))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// measureEnds measures acknowledgements while all restrictions come to their end at once and are
// lifted, as fast as the store can, by a vendor that answers at once.
func measureEnds(b *testing.B, c store.Config) {
	b.Helper()
	c.Now = func() time.Time { return time.Now().Add(10 * growthYear) }
	ctx, stop := context.WithCancel(b.Context())
	lifted := make(chan error, 1)
	var before, after moderation.Backlog
	measure(b, c, 2000, func(_ context.Context, s *store.Store, i int) (err error) {
		if i == 0 {
			if before, err = s.Backlog(ctx); err != nil {
				return err
			}
			go func() {
				err := lifts(ctx, s)
				for err == nil && ctx.Err() == nil {
					err = lifts(ctx, s)
				}
				lifted <- err
			}()
		}
		if err := ack(ctx, s, i); err != nil || i < 1999 {
			return err
		}
		stop()
		if err := <-lifted; err != nil && ctx.Err() == nil {
			return err
		}
		after, err = s.Backlog(ctx)
		return err
	})
	stop()
	b.ReportMetric(float64(before.Overdue), "due")
	b.ReportMetric(float64(before.Overdue-after.Overdue)/b.Elapsed().Seconds(), "lifts/s")
}

var acks atomic.Int64

// ack accepts a delivery.
func ack(_ context.Context, s *store.Store, _ int) error {
	done := make(chan error, 1)
	s.Accept(delivery(int(time.Now().UnixNano())+int(acks.Add(1))), func(_ bool, err error) { done <- err })
	return <-done
}

func searching(q moderation.SearchQuery, n int) func(context.Context, *store.Store, int) error {
	return func(ctx context.Context, s *store.Store, _ int) error {
		_, _, err := s.SearchCases(ctx, q, 0, n)
		return err
	}
}

func active(q moderation.SearchQuery) func(context.Context, *store.Store, int) error {
	return func(ctx context.Context, s *store.Store, _ int) error {
		_, _, err := s.ActiveRestrictions(ctx, q, 0, moderation.SearchPageSize)
		return err
	}
}

// erasing erases a person who was kicked, another one in each run.
func erasing(ctx context.Context, s *store.Store, _ int) error {
	n := time.Now().UnixNano()
	_, err := s.Erase(ctx, moderation.ErasureRequest{Target: fmt.Sprintf("p%04dx%dx", 2+10*(n%30), 5+n%90)})
	return err
}
