package moderation

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBulkWaitsForSingleOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := newPriorityLimiter()
		leaveSingle, err := gate.enter(t.Context(), "api", false)
		require.NoError(t, err)
		inside := false
		go func() {
			leave, err := gate.enter(t.Context(), "api", true)
			if err == nil {
				inside = true
				leave()
			}
		}()
		synctest.Wait()
		require.False(t, inside, "bulk went before a single action")
		leaveOther, err := gate.enter(t.Context(), "other", true)
		require.NoError(t, err, "another API is not held back")
		leaveOther()
		leaveSingle()
		synctest.Wait()
		require.True(t, inside)
	})
}

func TestOneBulkChunkAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := newPriorityLimiter()
		leave, err := gate.enter(t.Context(), "api", true)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = gate.enter(ctx, "api", true)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		leave()
		again, err := gate.enter(t.Context(), "api", true)
		require.NoError(t, err, "a cancelled caller must not keep the place")
		again()
	})
}

func TestACancelledWaitFreesItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := newPriorityLimiter()
		leaveSingle, err := gate.enter(t.Context(), "api", false)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = gate.enter(ctx, "api", true)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		leaveSingle()
		leave, err := gate.enter(t.Context(), "api", true)
		require.NoError(t, err)
		leave()
	})
}

func TestOneAtATimeAsksForTheTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := newPriorityLimiter()
		leave, err := gate.enter(t.Context(), "api", false)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = gate.enter(ctx, "api", false)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		leave()
		leave, err = gate.enter(t.Context(), "api", true)
		require.NoError(t, err, "a cancelled single call delays no other")
		leave()
	})
}
