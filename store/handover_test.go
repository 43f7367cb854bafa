package store_test

import (
	"errors"
	"testing"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

// A delivery for which a worker of this process is free is claimed as it is written: the worker
// gets it once it is durable, and no other process can claim it.
func TestADeliveryIsClaimedAsItIsWritten(t *testing.T) {
	s := slowStore(t)
	slots := moderation.NewSlots(2)
	s.ServeJobs(moderation.QueueCommand, slots)

	require.NoError(t, <-s.accept("a", 0))
	j := <-slots.Jobs()
	require.Equal(t, "a", j.Key)
	require.Equal(t, 1, j.Attempt)
	require.Empty(t, s.keys(t), "claimed by whom it was handed to")
	require.NoError(t, s.Renew(t.Context(), j))

	require.NoError(t, <-s.accept("a", 0))
	require.Empty(t, slots.Jobs(), "a known delivery is not handed over")

	require.NoError(t, <-s.accept("b", 0))
	require.NoError(t, <-s.accept("c", 0))
	require.Equal(t, "b", (<-slots.Jobs()).Key)
	require.Empty(t, slots.Jobs(), "no worker is free any more")
	require.Equal(t, []string{"c"}, s.keys(t), "which is claimed like any other")

	require.NoError(t, s.Finish(t.Context(), j, moderation.Change{}))
	s.ServeJobs(moderation.QueueCommand, nil)
	require.NoError(t, <-s.accept("d", 0))
	require.Equal(t, []string{"d"}, s.keys(t))
}

// A lease that is not renewed expires: after a kill the job is claimed again.
func TestAJobOfADeadProcessIsClaimedAgain(t *testing.T) {
	s := slowStore(t)
	slots := moderation.NewSlots(1)
	s.ServeJobs(moderation.QueueCommand, slots)
	require.NoError(t, <-s.accept("a", 0))
	first := <-slots.Jobs()
	s.now.Add(moderation.LeaseTime.Milliseconds())
	again, err := s.Claim(t.Context(), moderation.QueueCommand, 1)
	require.NoError(t, err)
	require.Len(t, again, 1)
	require.Equal(t, 2, again[0].Attempt)
	require.ErrorIs(t, s.Finish(t.Context(), first, moderation.Change{}), moderation.ErrLeaseLost)
}

// An uncommitted job is not handed over, and its worker stays free.
func TestUncommittedJobsAreNotHandedOver(t *testing.T) {
	s := slowStore(t)
	slots := moderation.NewSlots(1)
	s.ServeJobs(moderation.QueueCommand, slots)
	s.OnCommit(func(int) error { return errors.New("the disk is full") })
	require.Error(t, <-s.accept("a", 0))
	require.Empty(t, slots.Jobs())
	s.OnCommit(nil)
	s.hang(moderation.AckWithin + time.Millisecond)
	require.Error(t, <-s.accept("late", 0), "its sender was shown an error")
	require.Empty(t, slots.Jobs())
	require.NoError(t, <-s.accept("b", 0))
	require.Equal(t, "b", (<-slots.Jobs()).Key)
	s.now.Add(time.Minute.Milliseconds())
	require.Equal(t, []string{"b"}, s.keys(t), "nothing of a failed write is left")
}
