package socket

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What is read right after a standstill counts as received before it, whether the ticker or the
// reader runs first.
func TestPulse(t *testing.T) {
	t.Parallel()
	start := time.Now()
	at := func(d time.Duration) time.Time { return start.Add(d) }
	for name, c := range map[string]struct {
		beats []time.Duration
		read  time.Duration
		want  time.Duration
	}{
		"the first message":            {nil, 0, 0},
		"while it runs":                {[]time.Duration{0, pulseEvery}, 2 * pulseEvery, 2 * pulseEvery},
		"a tick that was a bit late":   {[]time.Duration{0}, stoodStill, stoodStill},
		"the reader runs first":        {[]time.Duration{0}, 30 * time.Second, 0},
		"the ticker runs first":        {[]time.Duration{0, 30 * time.Second}, 30*time.Second + time.Millisecond, 0},
		"the last of the backlog":      {[]time.Duration{0, 30 * time.Second}, 31*time.Second - 1, 0},
		"what came after the backlog":  {[]time.Duration{0, 30 * time.Second}, 31 * time.Second, 31 * time.Second},
		"of two standstills the later": {[]time.Duration{0, 30 * time.Second, 30*time.Second + pulseEvery}, 40 * time.Second, 30*time.Second + pulseEvery},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var p pulse
			for _, b := range c.beats {
				p.arrival(at(b))
			}
			require.Equal(t, at(c.want), p.arrival(at(c.read)))
		})
	}
}
