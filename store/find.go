package store

import (
	"cmp"
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
	cases, err := s.Cases(ctx, nos[:min(max(n, 0), len(nos))])
	return cases, len(nos), err
}

// SearchCaseNumbers returns the numbers of the cases that match, newest first, of those below
// before (0 for all), at most SearchLimit. Its error is the database's.
func (s *Store) SearchCaseNumbers(ctx context.Context, f moderation.SearchQuery, before int64) ([]int64, error) {
	paths, err := s.searchPaths(s.read(ctx), f)
	if err != nil {
		return nil, err
	}
	if before <= 0 {
		before = 1 << 62
	}
	words := make([]string, len(f.Words))
	for i, w := range f.Words {
		words[i] = strings.ToLower(w)
	}
	var found []int64
	for _, w := range paths {
		w.before = min(before, w.before)
		if len(found) == moderation.SearchLimit { // older ones do not count
			w.after = max(w.after, found[len(found)-1])
		}
		also, err := s.follow(ctx, w, words)
		if err != nil {
			return nil, err
		}
		found = append(found, also...)
		slices.SortFunc(found, func(a, b int64) int { return cmp.Compare(b, a) })
		found = slices.Compact(found)
		found = found[:min(len(found), moderation.SearchLimit)]
	}
	return found, nil
}

// searchPath is one way through some of the cases, from the newest to the oldest.
type searchPath struct {
	// from are the tables, number is the column of the case's number, and cond is what narrows the
	// path beside the search itself.
	from, number, cond string
	args               []any
	after, before      int64
	query              moderation.SearchQuery
	// words are keys of words that the reason has, all of them; from, number and cond are not used.
	words []int64
}

// searchPaths returns ways that together go through all cases that may match. None of them reads many that
// do not, where an index is known that leaves those out.
func (s *Store) searchPaths(q querier, f moderation.SearchQuery) ([]searchPath, error) {
	paths, err := s.firstRoomPaths(q, f)
	if f.Room != "" && f.Target == "" { // of cases in several rooms, cases.room is the first
		w := searchPath{
			from: `case_rooms r CROSS JOIN cases c`, number: `r.case_no`, cond: `r.app = ? AND r.room = ? AND c.no = r.case_no`,
			args: []any{s.app, f.Room}, before: 1 << 62, query: f,
		}
		w.query.Room = ""
		paths = append(paths, w)
	}
	return paths, err
}

// firstRoomPaths is searchPaths where a room is the first one of its cases.
func (s *Store) firstRoomPaths(q querier, f moderation.SearchQuery) ([]searchPath, error) {
	all := searchPath{from: `cases c`, number: `c.no`, before: 1 << 62, query: f}
	if f.Target != "" {
		all.from, all.number = `targets g JOIN cases c ON c.no = g.case_no`, `g.case_no`
		return []searchPath{all}, nil
	}
	paths := []searchPath{all}
	if f.Actor != "" { // one index each
		paths = nil
		for _, column := range []string{`c.actor_user`, `c.actor_key`} {
			w := all
			w.cond, w.args, w.query.Actor = column+` = ?`, []any{f.Actor}, ""
			paths = append(paths, w)
		}
	}
	if len(f.Words) == 0 {
		return paths, nil
	}
	upTo, err := indexedCases(q)
	if err != nil {
		return nil, err
	}
	choices, err := choicesOf(q, f.Words)
	if err != nil || len(choices) == 0 {
		return paths, err
	}
	rare, cases, err := rarest(q, choices)
	if err != nil || cases > fewCases && (f.Actor != "" || f.Room != "") {
		return paths, err
	}
	all.after = upTo
	paths = []searchPath{all}
	others := sureWords(choices, rare)
	for _, word := range rare {
		paths = append(paths, searchPath{words: append([]int64{word}, others...), before: upTo + 1, query: f})
	}
	return paths, nil
}

// caseReason is a case that may match, with its reason.
type caseReason struct {
	no     int64
	reason string
}

// follow returns the cases of a path that match, newest first, at most SearchLimit.
func (s *Store) follow(ctx context.Context, w searchPath, words []string) (found []int64, err error) {
	next := s.nextRows
	if len(w.words) > 0 {
		next = s.nextWithWords
	}
	for more := true; more && len(found) < moderation.SearchLimit; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var page []caseReason
		if page, more, err = next(s.read(ctx), &w); err != nil {
			return nil, err
		}
		for _, h := range page {
			if n := len(found); n > 0 && found[n-1] == h.no { // a person in several of its rooms
				continue
			}
			if len(found) < moderation.SearchLimit && holdsAll(h.reason, words) {
				found = append(found, h.no)
			}
		}
	}
	return found, nil
}

// nextRows returns the next cases of a path, and whether there may be more.
func (s *Store) nextRows(q querier, w *searchPath) (page []caseReason, more bool, err error) {
	query, args := s.pathQuery(*w)
	page, err = rows(q, query, append(args, w.before, findBatch), (*caseReason).fields)
	if len(page) > 0 {
		w.before = page[len(page)-1].no
	}
	return page, len(page) == findBatch, err
}

func (h *caseReason) fields() []any { return []any{&h.no, &h.reason} }

// holdsAll compares without regard to case in every script: a database's own comparison knows only
// Latin letters.
func holdsAll(reason string, words []string) bool {
	if len(words) == 0 {
		return true
	}
	reason = strings.ToLower(reason)
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(reason, w) })
}

// pathQuery returns a statement that goes down the case numbers; the number below which it begins
// and how many rows it reads are its last arguments.
func (s *Store) pathQuery(w searchPath) (query string, args []any) {
	conds, args := s.conditions(w.query)
	if w.cond != "" {
		conds, args = append([]string{w.cond}, conds...), slices.Concat(w.args, args)
	}
	if w.after > 0 { // with both bounds SQLite prefers an index without the verb
		conds, args = append(conds, w.number+` > ?`), append(args, w.after)
	}
	conds = append(conds, w.number+` < ?`)
	return `SELECT c.no, c.reason FROM ` + w.from + ` WHERE ` + strings.Join(conds, ` AND `) + ` ORDER BY ` + w.number + ` DESC` + limited, args
}

// conditions returns what a search requires of a case c, and of its target g where it names one.
func (s *Store) conditions(f moderation.SearchQuery) (conds []string, args []any) {
	add := func(cond string, values ...any) {
		conds, args = append(conds, cond), append(args, values...)
	}
	if f.Target != "" {
		add(`g.app = ? AND g.target = ?`, s.app, f.Target)
		if f.TookEffect {
			add(`g.outcome NOT IN ('failed', 'dropped')`)
		}
	}
	if f.Actor != "" {
		add(`(c.actor_user = ? OR c.actor_key = ?)`, f.Actor, f.Actor)
	}
	switch {
	case f.Room == "":
	case f.Target != "":
		add(`c.app = ? AND CASE WHEN g.room = '' THEN c.room ELSE g.room END = ?`, s.app, f.Room)
	default:
		add(`c.app = ? AND c.room = ?`, s.app, f.Room)
	}
	if f.Verb != "" {
		add(`c.verb = ?`, string(f.Verb))
	}
	if f.Within > 0 {
		add(`c.asked_at >= ?`, s.now().Add(-f.Within).UnixMilli())
	}
	for _, text := range f.Words {
		add(`LOWER(c.reason) LIKE ?`, likely(text))
	}
	return conds, args
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
