package storetest

import (
	"os"

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

func (r *rounds) over() bool {
	r.done++
	return r.done > r.most && !r.failed && !Soak()
}

// end is deferred to the end of a round.
func (r *rounds) end(rt *rapid.T) { r.failed = r.failed || rt.Failed() }
