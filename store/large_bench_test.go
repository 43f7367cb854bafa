package store_test

import (
	"context"
	"encoding/json"
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

// openLarge opens a case for a new delivery.
func openLarge(ctx context.Context, tb testing.TB, s *store.Store, i int, o moderation.NewCase) moderation.Case {
	c, err := s.OpenCase(ctx, claimCommand(ctx, tb, s, i), o)
	require.NoError(tb, err)
	return c
}

// claimCommand returns the job of a new delivery.
func claimCommand(ctx context.Context, tb testing.TB, s *store.Store, i int) moderation.Job {
	accepted := make(chan error, 1)
	s.Accept(delivery(i), func(_ bool, err error) { accepted <- err })
	require.NoError(tb, <-accepted)
	jobs, err := s.Claim(ctx, moderation.QueueCommand, 1)
	require.NoError(tb, err)
	require.Len(tb, jobs, 1)
	return jobs[0]
}

// BenchmarkLargeCase runs a case of as many people as a file may name, opens and stops its undo, and runs another. It reports
// the longest of each step: no writing transaction may last so long that deliveries miss their
// acknowledgement.
func BenchmarkLargeCase(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run("people="+strconv.Itoa(n), func(b *testing.B) {
			s := benchStore(b)
			ctx := b.Context()
			longest := map[string]time.Duration{}
			lap := func(name string, step func() error) {
				began := time.Now()
				require.NoError(b, step())
				longest[name] = max(longest[name], time.Since(began))
			}
			for i := 0; b.Loop(); i++ {
				var c moderation.Case
				lap("open", func() error { c = openLarge(ctx, b, s, i, largeCase(i, n)); return nil })
				began := time.Now()
				runLarge(ctx, b, s, lap)
				longest["run"] = time.Since(began)
				lap("card", func() error { _, err := s.CardView(ctx, c.No, 0); return err })
				lap("active", func() error {
					_, _, err := s.ActiveRestrictions(ctx, moderation.SearchQuery{Room: c.Action.Room.String()}, 0, moderation.SearchPageSize)
					return err
				})
				undo := largeCase(i, n)
				undo.Case.Token += "u"
				undo.Case.Action.Verb, undo.Case.Action.Relation, undo.Case.Action.RelatedCase = moderation.Unsilence, moderation.RelUndo, c.No
				lap("undo", func() error { c = openLarge(ctx, b, s, 1000+i, undo); return nil })
				j := claimCommand(ctx, b, s, 2000+i)
				lap("stop", func() error {
					_, err := s.Stop(ctx, j, c.No, moderation.Body{Code: moderation.CodeStopped}, nil)
					return err
				})
				undo.Case.Token += "u"
				openLarge(ctx, b, s, 3000+i, undo)
				began = time.Now()
				runLarge(ctx, b, s, lap)
				longest["run-undo"] = time.Since(began)
			}
			for name, took := range longest {
				b.ReportMetric(float64(took.Milliseconds()), name+"-ms")
			}
		})
	}
}

// runLarge makes all calls of the cases that run.
func runLarge(ctx context.Context, tb testing.TB, s *store.Store, lap func(string, func() error)) {
	for {
		chunks, err := s.Claim(ctx, moderation.QueueBulk, 50)
		require.NoError(tb, err)
		for _, j := range chunks {
			var w moderation.SyncWork
			require.NoError(tb, json.Unmarshal(j.Payload, &w))
			var began moderation.AnnouncedCall
			lap("announce", func() (err error) {
				began, err = s.AnnounceCall(ctx, j, moderation.CallInput{Case: j.Case, Work: w, Timeout: time.Second})
				return err
			})
			if began.Done {
				continue
			}
			lap("record", func() error {
				return s.RecordAnswer(ctx, j, began.Call, moderation.Answer{Class: moderation.VendorAccepted, RequestID: "r"}, moderation.Verdict{Outcome: moderation.Accepted})
			})
		}
		portions, err := s.Claim(ctx, moderation.QueueCall, 1)
		require.NoError(tb, err)
		for _, j := range portions {
			var w moderation.PortionWork
			require.NoError(tb, json.Unmarshal(j.Payload, &w))
			lap("portion", func() error { return s.BeginPortion(ctx, j, w) })
			lap("progress", func() error { _, err := s.CardView(ctx, j.Case, 0); return err })
		}
		if len(chunks)+len(portions) > 0 {
			continue
		}
		if _, waits, err := s.NextDue(ctx, moderation.QueueCall); err != nil || !waits {
			require.NoError(tb, err)
			return
		}
		time.Sleep(moderation.PortionWait / 10)
	}
}
