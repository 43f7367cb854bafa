package storetest

import (
	"os"

	"pgregory.net/rapid"
)

// Soak reports whether tests are to run long (make soak) and not within the
// minutes of make test.
func Soak() bool { return os.Getenv("BOUNCER_SOAK") != "" }

// rounds counts the rounds of a property test, and says whether one is over the
// bound that keeps make test short. A run draws others each time; what once
// failed has a test with a name. A round that failed lifts the bound: rapid plays
// it again and again, smaller.
type rounds struct {
	done, most int
	failed     bool
}

func (r *rounds) over() bool {
	r.done++
	return r.done > r.most && !r.failed && !Soak()
}

// end is deferred to the end of a round.
func (r *rounds) end(rt *rapid.T) { r.failed = r.failed || rt.Failed() }
