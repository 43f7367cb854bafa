package store

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"bouncer/moderation"
)

// findBatch is how many rows one statement of a search returns. The database leaves out most reasons
// without the words, so that what is read is not decoded one by one.
const findBatch = 500

// SearchCases returns up to n of the cases that match, newest first, of those below before (0 for
// all), and how many SearchCaseNumbers returns. Its error is the database's.
func (s *Store) SearchCases(ctx context.Context, f moderation.SearchQuery, before int64, n int) ([]moderation.Case, int, error) {
	nos, err := s.SearchCaseNumbers(ctx, f, before)
	if err != nil {
		return nil, 0, err
	}
	cases, err := s.casesOf(ctx, nos[:min(max(n, 0), len(nos))])
	return cases, len(nos), err
}

// SearchCaseNumbers returns the numbers of the cases that match, newest first, of those below
// before (0 for all), at most SearchLimit. Its error is the database's.
func (s *Store) SearchCaseNumbers(ctx context.Context, f moderation.SearchQuery, before int64) ([]int64, error) {
	query, args := s.findQuery(f)
	words := make([]string, len(f.Words))
	for i, w := range f.Words {
		words[i] = strings.ToLower(w)
	}
	if before <= 0 {
		before = 1 << 62
	}
	type hit struct {
		no     int64
		reason string
	}
	var found []int64
	for n := findBatch; n == findBatch && len(found) < moderation.SearchLimit; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		page, err := rows(s.read(ctx), query, append(slices.Clone(args), before, findBatch), func(h *hit) []any { return []any{&h.no, &h.reason} })
		if err != nil {
			return nil, err
		}
		n = len(page)
		for _, h := range page {
			if before = h.no; len(found) < moderation.SearchLimit && holdsAll(h.reason, words) {
				found = append(found, h.no)
			}
		}
	}
	return found, nil
}

// holdsAll compares without regard to case in every script: a database's own comparison knows only
// Latin letters.
func holdsAll(reason string, words []string) bool {
	if len(words) == 0 {
		return true
	}
	reason = strings.ToLower(reason)
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(reason, w) })
}

// findQuery returns a statement that goes down the case numbers; the number below which it begins
// and how many rows it reads are its last arguments.
func (s *Store) findQuery(f moderation.SearchQuery) (query string, args []any) {
	query, number := `SELECT c.no, c.reason FROM cases c WHERE `, `c.no`
	var conds []string
	add := func(cond string, values ...any) {
		conds, args = append(conds, cond), append(args, values...)
	}
	if f.Target != "" {
		query, number = `SELECT c.no, c.reason FROM targets g JOIN cases c ON c.no = g.case_no WHERE `, `g.case_no`
		add(`g.app = ? AND g.target = ?`, s.app, f.Target)
	}
	if f.Actor != "" {
		add(`(c.actor_user = ? OR c.actor_key = ?)`, f.Actor, f.Actor)
	}
	if f.Room != "" {
		add(`c.app = ? AND c.room = ?`, s.app, f.Room)
	}
	if f.Verb != "" {
		add(`c.verb = ?`, string(f.Verb))
	}
	if f.Within > 0 {
		add(`c.asked_at >= ?`, s.now().Add(-f.Within).UnixMilli())
	}
	for _, w := range f.Words {
		add(`LOWER(c.reason) LIKE ?`, likely(w))
	}
	add(number + ` < ?`)
	return query + strings.Join(conds, ` AND `) + ` ORDER BY ` + number + ` DESC` + limited, args
}

// likely returns a LIKE pattern for the lower case of texts that contain a word, whatever letters a
// database can change to lower case. It may match more. The lower case of i with a dot may be two
// characters.
func likely(word string) string {
	var b strings.Builder
	b.WriteByte('%')
	for _, r := range strings.ToLower(word) {
		switch {
		case r == 'i':
			b.WriteByte('%')
		case r == 'k' || strings.ContainsRune(`%_\`, r) || r > unicode.MaxASCII && unicode.SimpleFold(r) != r: // k: the lower case of the kelvin sign too
			b.WriteByte('_')
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + "%"
}
