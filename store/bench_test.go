package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/pgtest"

	"github.com/stretchr/testify/require"
)

// benchStore is on SQLite, or with BOUNCER_TEST_DATABASE=postgres on PostgreSQL.
func benchStore(b *testing.B) *store.Store {
	b.Helper()
	url := filepath.Join(b.TempDir(), "b.db")
	if os.Getenv("BOUNCER_TEST_DATABASE") == "postgres" {
		url = pgtest.URL(b)
	}
	s, err := store.New(b.Context(), store.Config{URL: url, App: 1400000001, Team: "T1", Describer: muting{}})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	return s
}

func delivery(i int) moderation.Delivery {
	return moderation.Delivery{
		Key: "slack:" + strconv.Itoa(i), Kind: "command", ReplyURL: "https://hooks.slack.com/commands/T1/2/abcdefghijklmnopqrstuvwx",
		Payload: fmt.Appendf(nil, `{"text":"mute room:10006 user%d 30m loud music","user":"U1","channel":"C1","envelope":"%036d"}`, i, i),
	}
}

// BenchmarkBurst accepts 10,000 deliveries that arrive at once.
func BenchmarkBurst(b *testing.B) {
	const burst = 10_000
	s := benchStore(b)
	n := 0
	for b.Loop() {
		var wg sync.WaitGroup
		wg.Add(burst)
		for i := range burst {
			s.Accept(delivery(n+i), func(_ bool, err error) {
				if err != nil {
					b.Error(err)
				}
				wg.Done()
			})
		}
		wg.Wait()
		n += burst
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "accepts/s")
}

// BenchmarkAccept200 accepts 200 deliveries a second, alone and with workers that write as fast as
// they can, and reports how long they took.
func BenchmarkAccept200(b *testing.B) {
	for _, workers := range []int{0, 4} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			s := benchStore(b)
			ctx, stop := context.WithCancel(b.Context())
			var wg sync.WaitGroup
			for w := range workers {
				wg.Go(func() {
					for i := 0; ctx.Err() == nil; i++ {
						_ = s.Append(ctx, moderation.Change{
							Entries: []moderation.NewEntry{{Kind: moderation.EntryRead, Body: moderation.Body{Typed: "who"}}},
							Jobs:    []moderation.NewJob{{Key: fmt.Sprintf("b:%d:%d", w, i), Queue: moderation.QueueTimer}},
						})
					}
				})
			}
			var took []time.Duration
			tick := time.NewTicker(5 * time.Millisecond)
			defer tick.Stop()
			done := make(chan time.Duration, 1)
			n := 0
			for b.Loop() {
				<-tick.C
				began := time.Now()
				s.Accept(delivery(n), func(bool, error) { done <- time.Since(began) })
				took = append(took, <-done)
				n++
			}
			stop()
			wg.Wait()
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
		})
	}
}

// BenchmarkCases runs whole cases: open, announce, answer, with 16 workers.
func BenchmarkCases(b *testing.B) {
	s := benchStore(b)
	ctx := b.Context()
	var failed sync.Map
	work := make(chan int)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for i := range work {
				if err := oneCase(ctx, s, i); err != nil {
					failed.Store(i, err)
				}
			}
		})
	}
	n := 0
	for b.Loop() {
		work <- n
		n++
	}
	close(work)
	wg.Wait()
	failed.Range(func(k, v any) bool { b.Errorf("case %v: %v", k, v); return true })
	b.ReportMetric(float64(5*n)/b.Elapsed().Seconds(), "tx/s")
}

// benchDecision is as long as that of a policy with ten rules.
var benchDecision = moderation.Decision{
	Allowed: true, Rule: "mods may mute", Policy: "3f2c", Roles: []string{"mods"}, Via: []string{"S1MODS"},
	Verdicts: slices.Repeat([]moderation.RuleResult{{Rule: "leads may close rooms", Verdict: "verb"}}, 10),
}

func oneCase(ctx context.Context, s *store.Store, i int) error {
	accepted := make(chan error, 1)
	s.Accept(delivery(i), func(_ bool, err error) { accepted <- err })
	if err := <-accepted; err != nil {
		return err
	}
	jobs, err := s.Claim(ctx, moderation.QueueCommand, 1)
	if err != nil || len(jobs) == 0 {
		return fmt.Errorf("no command: %w", err)
	}
	room := moderation.Room{Kind: moderation.KindRoom, ID: "10006"}
	user := "user" + strconv.Itoa(i)
	if _, err = s.OpenCase(ctx, jobs[0], moderation.NewCase{
		Case: moderation.Case{
			Token: "t" + strconv.Itoa(i), Team: "T1", Action: moderation.Action{Verb: moderation.Mute, Room: room, Targets: []string{user}},
			State: moderation.Open, AskedAt: time.Now(), Until: time.Now().Add(time.Hour), Decision: benchDecision,
			Actor: moderation.Actor{User: "U07MEI", Name: "Mei Lin", Team: "T1", Roles: []string{"mods"}},
		},
		Targets: []moderation.Target{{Seq: 1, Chunk: 1, ID: user, Outcome: moderation.Pending}}, CardChannel: "C1", AuditChannel: "C2",
		Jobs: []moderation.NewJob{{Key: "chunk:1:0", Queue: moderation.QueueCall, Kind: moderation.JobChunk, Payload: []byte(`{"chunk":1}`)}},
	}); err != nil {
		return err
	}
	if jobs, err = s.Claim(ctx, moderation.QueueCall, 1); err != nil || len(jobs) == 0 {
		return fmt.Errorf("no chunk: %w", err)
	}
	j := jobs[0]
	began, err := s.AnnounceCall(ctx, j, moderation.CallInput{
		Case: j.Case, Work: moderation.SyncWork{Chunk: 1}, Timeout: time.Second,
	})
	if err != nil {
		return err
	}
	return s.RecordAnswer(ctx, j, began.Call, moderation.Answer{Class: moderation.VendorAccepted, RequestID: "r"}, moderation.Verdict{Outcome: moderation.Accepted})
}

// muting describes every request as a mute.
type muting struct{}

func (muting) Describe(moderation.Request) (api, body string, err error) {
	return "trtc.SetUserBlocked", `{"RoomId":10006}`, nil
}
