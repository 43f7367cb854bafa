package store

import (
	"database/sql/driver"
	"strings"

	"modernc.org/sqlite"
)

// SQLite's own instr compares byte by byte, which was most of the time of an erasure.
func init() {
	sqlite.MustRegisterFunction("any_contains", &sqlite.FunctionImpl{NArgs: -1, Deterministic: true, VolatileArgs: true, Scalar: anyContains})
}

// anyContains reports whether a text, the first argument, is in one of the others. It keeps none of
// them: they are SQLite's memory.
func anyContains(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	text, _ := args[0].(string)
	for _, a := range args[1:] {
		if in, ok := a.(string); ok && strings.Contains(in, text) {
			return true, nil
		}
	}
	return false, nil
}
