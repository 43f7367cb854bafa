package bot

import (
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// Bulk work never has more than half the hands that single actions have, nor
// more than the ends of timed actions have, and no queue is without any.
func TestBulkHasHalfTheHandsAtMost(t *testing.T) {
	h := workersByQueue()
	for _, q := range moderation.Queues() {
		require.Positive(t, h[q], "nobody serves %s", q)
	}
	require.Len(t, h, len(moderation.Queues()))
	require.LessOrEqual(t, 2*h[moderation.QueueBulk], h[moderation.QueueCall])
	require.LessOrEqual(t, 2*h[moderation.QueueBulk], h[moderation.QueueLift])
}
