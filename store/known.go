package store

import (
	"context"
	"slices"
	"strings"
)

// idsAtOnce is how many ids one statement names.
const idsAtOnce = 500

// KnownTargets returns how many of these people an earlier case has, which may have taken effect, or
// a note. Its error is the database's.
func (s *Store) KnownTargets(ctx context.Context, ids []string) (int, error) {
	known, q := 0, s.read(ctx)
	for part := range slices.Chunk(ids, idsAtOnce) {
		in, args := inList(part)
		var n int
		if err := q.one(`SELECT COUNT(*) FROM (SELECT target FROM targets WHERE app = ? AND target IN `+in+` AND outcome IN ('accepted', 'unknown', 'superseded')
			UNION SELECT target FROM notes WHERE app = ? AND target IN `+in+`) AS known`,
			slices.Concat([]any{s.app}, args, []any{s.app}, args)...)(&n); err != nil {
			return 0, err
		}
		known += n
	}
	return known, nil
}

// inList returns a list of parameters for ids, and the ids: always as many, so that the statement is
// prepared once.
func inList(ids []string) (text string, args []any) {
	args = make([]any, idsAtOnce)
	for i := range args {
		args[i] = ids[min(i, len(ids)-1)]
	}
	return `(?` + strings.Repeat(`, ?`, idsAtOnce-1) + `)`, args
}
