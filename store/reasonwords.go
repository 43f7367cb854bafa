package store

import (
	"errors"
	"math/bits"
	"slices"
)

// reasonBatch is how many reasons one transaction adds to the index.
const reasonBatch = 500

const reasonCounter = `SELECT value FROM counters WHERE name = 'word_blocks'`

// blockCases is how many cases one row of the index is about, each with a bit of a number that is
// not negative.
const blockCases = 63

// wordBlock is the key of a row of the index: a word and a block of cases.
type wordBlock struct{ word, block int64 }

// bitOf returns the bit of a case in its block.
func bitOf(no int64) int64 { return 1 << (no % blockCases) }

// indexReasons adds the words of the reasons of new cases to the index, and returns how many cases
// it read. New are also all cases of a database that an older version used, and those that an older
// version opens beside this one.
func (t *tx) indexReasons() (int, error) {
	var done int64
	if err := t.one(reasonCounter)(&done); err != nil {
		return 0, err
	}
	type reason struct {
		no   int64
		text string
	}
	cases, err := rows(t, `SELECT no, reason FROM cases WHERE no > ? ORDER BY no`+limited, []any{done, reasonBatch}, func(r *reason) []any {
		return []any{&r.no, &r.text}
	})
	if err != nil || len(cases) == 0 {
		return 0, err
	}
	known, blocks := make(map[string]bool), make(map[wordBlock]int64)
	for _, c := range cases {
		for _, w := range wordsOf(c.text) {
			key := wordKey(w)
			blocks[wordBlock{key, c.no / blockCases}] |= bitOf(c.no)
			if known[w] {
				continue
			}
			known[w] = true
			if err := t.run(`INSERT INTO reason_words (word, text) VALUES (?, ?) ON CONFLICT DO NOTHING`, key, w); err != nil {
				return 0, err
			}
		}
	}
	for b, cases := range blocks {
		if err := t.addToBlock(b, cases); err != nil {
			return 0, err
		}
	}
	return len(cases), t.run(`UPDATE counters SET value = ? WHERE name = 'word_blocks'`, cases[len(cases)-1].no)
}

// addToBlock adds cases, as bits, to those of a block that have a word.
func (t *tx) addToBlock(b wordBlock, cases int64) error {
	return t.run(`INSERT INTO word_blocks (word, block, cases) VALUES (?, ?, ?)
		ON CONFLICT (word, block) DO UPDATE SET cases = word_blocks.cases | excluded.cases`, b.word, b.block, cases)
}

// reindexReason changes the index after a case's reason was changed. A word that no reason contains
// any more is removed from the database, also where only the version before has indexed the case.
func (t *tx) reindexReason(no int64, before, after string) error {
	var done int64
	if err := t.one(reasonCounter)(&done); err != nil {
		return err
	}
	was, is := wordsOf(before), wordsOf(after)
	for _, w := range was {
		if slices.Contains(is, w) {
			continue
		}
		key := wordKey(w)
		for _, q := range []struct {
			text string
			args []any
		}{
			{`UPDATE word_blocks SET cases = cases & ? WHERE word = ? AND block = ?`, []any{^bitOf(no), key, no / blockCases}},
			{`DELETE FROM word_blocks WHERE word = ? AND block = ? AND cases = 0`, []any{key, no / blockCases}},
			// The index of the version before, where it filled it.
			{`DELETE FROM case_words WHERE word = ? AND case_no = ?`, []any{key, no}},
			{`DELETE FROM reason_words WHERE word = ? AND NOT EXISTS (SELECT 1 FROM word_blocks b WHERE b.word = reason_words.word)
				AND NOT EXISTS (SELECT 1 FROM case_words c WHERE c.word = reason_words.word)`, []any{key}},
		} {
			if err := t.run(q.text, q.args...); err != nil {
				return err
			}
		}
	}
	if no > done { // indexReasons adds the others
		return nil
	}
	for _, w := range is {
		key := wordKey(w)
		if err := t.run(`INSERT INTO reason_words (word, text) VALUES (?, ?) ON CONFLICT DO NOTHING`, key, w); err != nil {
			return err
		}
		if err := t.addToBlock(wordBlock{key, no / blockCases}, bitOf(no)); err != nil {
			return err
		}
	}
	return nil
}

// Bounds of what a search uses the index for.
const (
	// mostWords is how many indexed words may contain what is searched for. More are of no help:
	// then many reasons contain it, and reading the newest cases finds them.
	mostWords = 32
	// fewCases is up to how many cases with a word are read rather than those of a moderator or a
	// room.
	fewCases = 5000
)

// errEnough ends a read of which no more is needed.
var errEnough = errors.New("enough")

// wordChoice are keys of words of which a reason must contain one.
type wordChoice []int64

// choicesOf returns what the index knows of the reasons that contain all texts: a reason has a word
// of each choice. A choice without words is of texts that no indexed reason contains.
func choicesOf(q querier, texts []string) (choices []wordChoice, err error) {
	for _, text := range texts {
		for _, p := range piecesOf(text) {
			if p.isPairs() || p.begins && p.ends {
				for _, w := range p.words() {
					choices = append(choices, wordChoice{wordKey(w)})
				}
				continue
			}
			choice, err := wordsWith(q, p)
			if err != nil {
				return nil, err
			}
			if len(choice) <= mostWords {
				choices = append(choices, choice)
			}
		}
	}
	return choices, nil
}

// wordsWith returns the indexed words that may be where a piece of a text is, at most mostWords+1.
func wordsWith(q querier, p piece) (choice wordChoice, err error) {
	type word struct {
		key  int64
		text string
	}
	err = forEach(q, `SELECT word, text FROM reason_words WHERE instr(text, ?) > 0`, []any{p.text}, func(w *word) []any {
		return []any{&w.key, &w.text}
	}, func(w *word) error {
		if !p.isIn(w.text) {
			return nil
		}
		if choice = append(choice, w.key); len(choice) > mostWords {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return choice, err
}

// rarest returns the choice with the fewest cases, and how many they are, counted up to fewCases or
// a block more.
func rarest(q querier, choices []wordChoice) (rare wordChoice, cases int, err error) {
	cases = -1
	for _, choice := range choices {
		n := 0
		for _, key := range choice {
			if err := forEach(q, `SELECT cases FROM word_blocks WHERE word = ?`+limited, []any{key, fewCases + 1}, func(b *int64) []any { return []any{b} }, func(b *int64) error {
				if n += bits.OnesCount64(uint64(*b)); n > fewCases { //nolint:gosec // the same bits
					return errEnough
				}
				return nil
			}); err != nil && !errors.Is(err, errEnough) {
				return nil, 0, err
			}
			if n > fewCases {
				break
			}
		}
		if cases < 0 || n < cases {
			rare, cases = choice, n
		}
	}
	return rare, cases, nil
}

// indexedCases returns the last case whose reason is in the index.
func indexedCases(q querier) (no int64, err error) {
	err = q.one(reasonCounter)(&no)
	return no, err
}
