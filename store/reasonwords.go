package store

import (
	"errors"
	"slices"
)

// reasonBatch is how many reasons one transaction adds to the index.
const reasonBatch = 500

const reasonCounter = `SELECT value FROM counters WHERE name = 'reason_words'`

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
	known := make(map[string]bool)
	for _, c := range cases {
		for _, w := range wordsOf(c.text) {
			if err := t.indexWord(w, c.no, !known[w]); err != nil {
				return 0, err
			}
			known[w] = true
		}
	}
	return len(cases), t.run(`UPDATE counters SET value = ? WHERE name = 'reason_words'`, cases[len(cases)-1].no)
}

func (t *tx) indexWord(word string, no int64, isNew bool) error {
	key := wordKey(word)
	if isNew {
		if err := t.run(`INSERT INTO reason_words (word, text) VALUES (?, ?) ON CONFLICT DO NOTHING`, key, word); err != nil {
			return err
		}
	}
	return t.run(`INSERT INTO case_words (word, case_no) VALUES (?, ?) ON CONFLICT DO NOTHING`, key, no)
}

// reindexReason changes the index after a case's reason was changed. A word that no reason contains
// any more is removed from the database.
func (t *tx) reindexReason(no int64, before, after string) error {
	var done int64
	if err := t.one(reasonCounter)(&done); err != nil || no > done {
		return err
	}
	was, is := wordsOf(before), wordsOf(after)
	for _, w := range was {
		if slices.Contains(is, w) {
			continue
		}
		key := wordKey(w)
		if err := t.run(`DELETE FROM case_words WHERE word = ? AND case_no = ?`, key, no); err != nil {
			return err
		}
		if err := t.run(`DELETE FROM reason_words WHERE word = ? AND NOT EXISTS (SELECT 1 FROM case_words c WHERE c.word = reason_words.word)`, key); err != nil {
			return err
		}
	}
	for _, w := range is {
		if err := t.indexWord(w, no, true); err != nil {
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
	enough := errors.New("enough")
	err = forEach(q, `SELECT word, text FROM reason_words WHERE instr(text, ?) > 0`, []any{p.text}, func(w *word) []any {
		return []any{&w.key, &w.text}
	}, func(w *word) error {
		if !p.isIn(w.text) {
			return nil
		}
		if choice = append(choice, w.key); len(choice) > mostWords {
			return enough
		}
		return nil
	})
	if errors.Is(err, enough) {
		err = nil
	}
	return choice, err
}

// rarest returns the choice with the fewest cases, and how many they are, counted up to fewCases+1.
func rarest(q querier, choices []wordChoice) (rare wordChoice, cases int, err error) {
	cases = -1
	for _, choice := range choices {
		n := 0
		for _, key := range choice {
			var more int
			if err := q.one(`SELECT COUNT(*) FROM (SELECT case_no FROM case_words WHERE word = ? LIMIT ? + 0) AS x`, key, fewCases+1-n)(&more); err != nil {
				return nil, 0, err
			}
			if n += more; n > fewCases {
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
