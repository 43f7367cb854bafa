package backoff

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWaitDoublesUpToMax(t *testing.T) {
	least := Policy{First: time.Second, Max: 10 * time.Second, Rand: func() float64 { return 0 }}
	most := least
	most.Rand = func() float64 { return 1 }
	for n, want := range map[int]time.Duration{
		-1: time.Second, 0: time.Second, 1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 4: 8 * time.Second,
		5: 10 * time.Second, 6: 10 * time.Second, 1000: 10 * time.Second, math.MaxInt: 10 * time.Second,
	} {
		require.Equal(t, want/2, least.Wait(n), n)
		require.Equal(t, want, most.Wait(n), n)
	}
}

func TestWaitIsSpread(t *testing.T) {
	p := Policy{First: time.Second, Max: time.Minute}
	seen := map[time.Duration]bool{}
	for range 20 {
		d := p.Wait(3)
		require.GreaterOrEqual(t, d, 2*time.Second)
		require.LessOrEqual(t, d, 4*time.Second)
		seen[d] = true
	}
	require.Greater(t, len(seen), 1)
}

func TestMaxBoundsTheFirstWait(t *testing.T) {
	require.LessOrEqual(t, Policy{First: time.Hour, Max: time.Second}.Wait(1), time.Second)
}
