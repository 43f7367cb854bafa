package bot

import (
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// Bulk work has at most half as many workers as single actions, and no more
// than the ends of timed actions; every queue has a worker.
func TestBulkHasHalfTheWorkers(t *testing.T) {
	h := workersByQueue()
	for _, q := range moderation.Queues() {
		require.Positive(t, h[q], "no worker serves %s", q)
	}
	require.Len(t, h, len(moderation.Queues()))
	require.LessOrEqual(t, 2*h[moderation.QueueBulk], h[moderation.QueueCall])
	require.LessOrEqual(t, 2*h[moderation.QueueBulk], h[moderation.QueueLift])
}
