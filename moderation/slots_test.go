package moderation

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// handingQueue is a store that hands jobs over.
type handingQueue struct {
	*fakeQueue
	slots *Slots
}

func (g *handingQueue) ServeJobs(_ Queue, s *Slots) {
	if s != nil {
		g.slots = s
	}
}

// handOver does what a store does for a job that is due as it is committed.
func (g *handingQueue) handOver(id int64) bool {
	if !g.slots.Reserve() {
		return false
	}
	g.slots.HandOver(Job{ID: id, Kind: JobChunk, Queue: QueueCall, Attempt: 1, Claimed: time.Now()})
	return true
}

func TestWhatIsHandedOverRunsWithoutAClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &handingQueue{fakeQueue: newFakeQueue()}
		var mu sync.Mutex
		var ran []int64
		hold := make(chan struct{})
		work(t, g, func(_ context.Context, h *LeasedJob) error { // the jobs are not in the queue: finishing them does nothing
			mu.Lock()
			ran = append(ran, h.ID)
			mu.Unlock()
			if h.ID == 2 || h.ID == 3 {
				<-hold
			}
			return nil
		}, func() {
			synctest.Wait()
			require.True(t, g.handOver(1))
			synctest.Wait()
			require.Equal(t, []int64{1}, ran)
			require.True(t, g.handOver(2))
			require.True(t, g.handOver(3))
			synctest.Wait()
			require.False(t, g.handOver(4), "no place is free: it is claimed like any other")
			close(hold)
			synctest.Wait()
			require.True(t, g.handOver(5))
			synctest.Wait()
			require.ElementsMatch(t, []int64{1, 2, 3, 5}, ran)
		})
	})
}

// A job committed while the workers shut down is released at once: a lease that runs out makes the
// next process wait.
func TestJobsHandedOverAtShutdownAreReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &handingQueue{fakeQueue: newFakeQueue()}
		var reserved bool
		work(t, g, func(context.Context, *LeasedJob) error { return errors.New("not reached") }, func() {
			synctest.Wait()
			reserved = g.slots.Reserve()
			go func() {
				time.Sleep(time.Second) // the bubble's clock: the commit takes this long
				g.slots.HandOver(Job{ID: 1, Kind: JobChunk, Queue: QueueCall, Attempt: 1, Claimed: time.Now()})
			}()
		})
		require.True(t, reserved)
		require.Equal(t, map[int64]int{1: 1}, g.retried)
		require.False(t, g.slots.Reserve(), "nothing is handed over any more")
	})
}

// A reservation that is not used leaves its place free.
func TestAReleasedReservation(t *testing.T) {
	s := NewSlots(1)
	require.True(t, s.Reserve())
	require.False(t, s.Reserve())
	s.Release()
	require.True(t, s.Reserve())
	require.False(t, (*Slots)(nil).Reserve(), "no worker serves the queue")
}
