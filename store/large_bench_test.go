package store_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/store"

	"github.com/stretchr/testify/require"
)

// largeCase is a silence of n people in chunks of 20, as one command opens it.
func largeCase(i, n int) moderation.NewCase {
	room := moderation.Room{Kind: moderation.KindLive, ID: "show1"}
	now := time.Now()
	o := moderation.NewCase{
		Case: moderation.Case{
			Token: "t" + strconv.Itoa(i), Team: "T1", Action: moderation.Action{Verb: moderation.Silence, Room: room, Duration: time.Hour},
			State: moderation.Open, AskedAt: now, Until: now.Add(time.Hour), Decision: benchDecision,
			Actor: moderation.Actor{User: "U07MEI", Name: "Mei Lin", Team: "T1", Roles: []string{"mods"}},
		},
		CardChannel: "C1", AuditChannel: "C2", Evaluate: func(moderation.Facts) moderation.Decision { return benchDecision }, Lookback: time.Hour,
		SendPlan: moderation.SendPlan{ChunkSize: 20, Kind: moderation.JobSync, At: now},
	}
	for k := range n {
		id := "user-" + strconv.Itoa(i) + "-" + strconv.Itoa(k)
		o.Case.Action.Targets = append(o.Case.Action.Targets, id)
		o.Targets = append(o.Targets, moderation.Target{Seq: k + 1, Chunk: k/20 + 1, ID: id, Outcome: moderation.Pending})
	}
	return o
}

// openLarge opens a case of n people.
func openLarge(ctx context.Context, tb testing.TB, s *store.Store, i, n int) moderation.Case {
	accepted := make(chan error, 1)
	s.Accept(delivery(i), func(_ bool, err error) { accepted <- err })
	require.NoError(tb, <-accepted)
	jobs, err := s.Claim(ctx, moderation.QueueCommand, 1)
	require.NoError(tb, err)
	require.Len(tb, jobs, 1)
	c, err := s.OpenCase(ctx, jobs[0], largeCase(i, n))
	require.NoError(tb, err)
	return c
}

// BenchmarkLargeCase measures the steps of a case of as many people as a file may name: no writing
// transaction may last so long that deliveries miss their acknowledgement.
func BenchmarkLargeCase(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run("people="+strconv.Itoa(n), func(b *testing.B) {
			s := benchStore(b)
			ctx := b.Context()
			var opening, announcing, recording, reading, viewing time.Duration
			lap := func(sum *time.Duration, step func()) {
				began := time.Now()
				step()
				*sum += time.Since(began)
			}
			i := 0
			for b.Loop() {
				var c moderation.Case
				lap(&opening, func() { c = openLarge(ctx, b, s, i, n) })
				jobs, err := s.Claim(ctx, moderation.QueueBulk, 1)
				require.NoError(b, err)
				require.Len(b, jobs, 1)
				var began moderation.AnnouncedCall
				lap(&announcing, func() {
					began, err = s.AnnounceCall(ctx, jobs[0], moderation.CallInput{Case: c.No, Work: moderation.SyncWork{Chunk: 1}, Timeout: time.Second})
					require.NoError(b, err)
				})
				lap(&recording, func() {
					require.NoError(b, s.RecordAnswer(ctx, jobs[0], began.Call, moderation.Answer{Class: moderation.VendorAccepted, RequestID: "r"}, moderation.Verdict{Outcome: moderation.Accepted}))
				})
				lap(&reading, func() { _, err = s.Case(ctx, c.No); require.NoError(b, err) })
				lap(&viewing, func() { _, err = s.CaseView(ctx, c.No); require.NoError(b, err) })
				i++
			}
			for name, sum := range map[string]time.Duration{"open": opening, "announce": announcing, "record": recording, "read": reading, "view": viewing} {
				b.ReportMetric(float64(sum.Milliseconds())/float64(b.N), name+"-ms")
			}
		})
	}
}
