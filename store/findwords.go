package store

import (
	"math/bits"
	"slices"
	"strings"
)

// blocksAtOnce is how many blocks of cases a search reads at once: about as many as a search counts where
// a fifth of all have the words.
const blocksAtOnce = 100

// mostOthers bounds the words that are compared with the rarest one.
const mostOthers = 4

// sureWords returns the words beside a choice that a reason must have, at most mostOthers.
func sureWords(choices []wordChoice, but wordChoice) (words []int64) {
	for _, choice := range choices {
		if len(choice) == 1 && !slices.Equal(choice, but) && !slices.Contains(words, choice[0]) && len(words) < mostOthers {
			words = append(words, choice[0])
		}
	}
	return words
}

// nextWithWords returns the next cases whose reasons have the words of a path and that match it, and
// whether there may be more.
func (s *Store) nextWithWords(q querier, w *searchPath) (page []caseReason, more bool, err error) {
	nos, more, err := casesWithWords(q, w)
	if err != nil {
		return nil, false, err
	}
	conds, args := s.conditions(w.query)
	for part := range slices.Chunk(nos, idsAtOnce) {
		in, ids := inList(part)
		query := `SELECT c.no, c.reason FROM cases c WHERE c.no IN ` + in
		if len(conds) > 0 { // as one value, for which no index is chosen: there are few cases
			query += ` AND CASE WHEN ` + strings.Join(conds, ` AND `) + ` THEN 1 ELSE 0 END = 1`
		}
		found, err := rows(q, query+` ORDER BY c.no DESC`, append(ids, args...), (*caseReason).fields)
		if err != nil {
			return nil, false, err
		}
		page = append(page, found...)
	}
	return page, more, nil
}

// casesWithWords returns the next cases whose reasons have the words of a path, newest first, and
// whether there may be more.
func casesWithWords(q querier, w *searchPath) (nos []int64, more bool, err error) {
	from, both, cond := `word_blocks w`, `w.cases`, `w.word = ?`
	args := []any{w.words[0]}
	for _, word := range w.words[1:] {
		x := `x` + itoa(len(args))
		from += ` CROSS JOIN word_blocks ` + x // with CROSS JOIN SQLite reads the rarest word first
		cond += ` AND ` + x + `.word = ? AND ` + x + `.block = w.block`
		both, args = both+` & `+x+`.cases`, append(args, word)
	}
	type block struct{ no, cases int64 }
	blocks, err := rows(q, `SELECT w.block, `+both+` FROM `+from+` WHERE `+cond+` AND w.block >= ? AND w.block <= ? AND (`+both+`) <> 0 ORDER BY w.block DESC`+limited,
		append(args, (w.after+1)/blockCases, (w.before-1)/blockCases, blocksAtOnce), func(b *block) []any { return []any{&b.no, &b.cases} })
	for _, b := range blocks {
		for left := uint64(b.cases); left > 0; { //nolint:gosec // the same bits
			top := bits.Len64(left) - 1
			left &^= 1 << top
			if no := b.no*blockCases + int64(top); no > w.after && no < w.before {
				nos = append(nos, no)
			}
		}
		w.before = min(w.before, b.no*blockCases)
	}
	return nos, len(blocks) == blocksAtOnce, err
}
