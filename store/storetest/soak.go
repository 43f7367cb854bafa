package storetest

import "os"

// Soak reports whether tests are to run long (make soak) and not within the
// minutes of make test.
func Soak() bool { return os.Getenv("BOUNCER_SOAK") != "" }
