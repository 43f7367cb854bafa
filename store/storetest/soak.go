package storetest

import (
	"os"
	"testing"

	"pgregory.net/rapid"
)

// Soak reports whether tests run long (make soak) instead of within the minutes of make test.
func Soak() bool { return os.Getenv("BOUNCER_SOAK") != "" }

// rounds counts the rounds of a property test, and bounds them to keep make test short. A run
// draws different rounds each time; each bug found has a test with a name. A failed round removes
// the bound: rapid repeats it, smaller.
type rounds struct {
	done, most int
	failed     bool
}

// rounds returns a bound for a property: n rounds, or a quarter where RoundTrips is set.
func (d Database) rounds(n int) rounds {
	if d.RoundTrips {
		n /= 4
	}
	return rounds{most: n}
}

// check runs the property once for each round.
func (r *rounds) check(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	rapid.Check(t, func(rt *rapid.T) {
		r.done++
		if r.done > r.most && !r.failed && !Soak() {
			return
		}
		defer func() { r.failed = r.failed || rt.Failed() }()
		property(rt)
	})
}
