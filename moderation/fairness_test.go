package moderation

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// However many bulk chunks wait, a single action has at most one before it, which is already
// taking its turn: bulk work uses at most every second turn while others wait.
func TestASingleActionWaitsForOneBulkChunkAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := newPriorityLimiter()
		turns := make(chan string, 16)
		leaveFirst, err := gate.enter(t.Context(), "api", true)
		require.NoError(t, err)
		for range 5 {
			go func() {
				leave, err := gate.enter(t.Context(), "api", true)
				if err == nil {
					turns <- "bulk"
					leave()
				}
			}()
			synctest.Wait()
		}
		next := make(chan struct{})
		for i := range 3 {
			go func() {
				leave, err := gate.enter(t.Context(), "api", false)
				if err == nil {
					turns <- fmt.Sprint("single ", i)
					<-next
					leave()
				}
			}()
			synctest.Wait()
		}
		require.Empty(t, turns, "two at one place")
		leaveFirst()
		var order []string
		for i := range 3 {
			synctest.Wait()
			require.Len(t, turns, 1, "two at one place, after %v", order)
			order = append(order, <-turns)
			require.Equal(t, fmt.Sprint("single ", i), order[i], "a bulk part went before a single action")
			next <- struct{}{}
		}
		synctest.Wait()
		require.Len(t, turns, 5, "bulk continues when no single call waits")
	})
}

// A waiting bulk chunk does not keep its place: later single actions go first.
func TestBulkWaitsForLaterSingleActions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := newPriorityLimiter()
		leaveFirst, err := gate.enter(t.Context(), "api", false)
		require.NoError(t, err)
		turns := make(chan string, 3)
		for _, bulk := range []bool{true, false, false} {
			go func() {
				leave, err := gate.enter(t.Context(), "api", bulk)
				if err == nil {
					turns <- map[bool]string{true: "bulk", false: "single"}[bulk]
					leave()
				}
			}()
			synctest.Wait()
		}
		leaveFirst()
		synctest.Wait()
		require.Len(t, turns, 3)
		require.Equal(t, []string{"single", "single", "bulk"}, []string{<-turns, <-turns, <-turns})
	})
}
