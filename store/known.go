package store

import (
	"context"
	"slices"
	"strings"
)

// idsAtOnce is how many ids one statement names. Up to fewIDs are read one by one, which is quicker.
// A call has up to callIDs targets.
const (
	idsAtOnce = 500
	callIDs   = 32
	fewIDs    = 8
)

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

// inList returns a list of parameters for ids, and the ids: fewIDs, callIDs or idsAtOnce of them, the
// last repeated, so that few statements are prepared.
func inList[T ~string | ~int | ~int64](ids []T) (text string, args []any) {
	args = make([]any, fewIDs)
	switch {
	case len(ids) > callIDs:
		args = make([]any, idsAtOnce)
	case len(ids) > fewIDs:
		args = make([]any, callIDs)
	}
	for i := range args {
		args[i] = ids[min(i, len(ids)-1)]
	}
	return `(?` + strings.Repeat(`, ?`, len(args)-1) + `)`, args
}
