// Package backoff computes how long to wait before a retry, so that clients that failed together
// do not retry together.
package backoff

import (
	"math/rand/v2"
	"time"
)

// Policy says how the waits grow.
type Policy struct {
	// First is the wait after the first failure; it doubles up to Max.
	First, Max time.Duration
	// Rand returns the spread, in [0,1). Nil: math/rand/v2.
	Rand func() float64
}

// Wait returns the wait after the n-th failure in a row, counted from 1. It is drawn from the
// upper half of the doubled wait, so that clients that failed together do not retry in step.
func (p Policy) Wait(n int) time.Duration {
	d := p.First
	for range n - 1 {
		if d >= p.Max/2 {
			d = p.Max
			break
		}
		d *= 2
	}
	d = min(d, p.Max)
	random := p.Rand
	if random == nil {
		random = rand.Float64
	}
	return d/2 + time.Duration(random()*float64(d/2))
}
