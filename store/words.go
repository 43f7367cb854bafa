package store

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The words of a text, in lower case: runs of letters, digits and _. A run of ideographs, which are
// written without spaces, is indexed as its pairs: 刷屏了 as 刷屏 and 屏了.

// wordsOf returns the distinct words of a text, in order.
func wordsOf(text string) (words []string) {
	seen := make(map[string]bool)
	for _, p := range piecesOf(text) {
		for _, w := range p.words() {
			if !seen[w] {
				seen[w], words = true, append(words, w)
			}
		}
	}
	return words
}

// wordKey returns the key by which a word is indexed.
func wordKey(word string) int64 {
	sum := sha256.Sum256([]byte(word))
	return int64(binary.BigEndian.Uint64(sum[:])) //nolint:gosec // the same bits
}

// piece is a run of characters of one sort in a text.
type piece struct {
	text string
	// begins and ends mean that a run of the same sort cannot continue before or after it in any
	// text that contains the whole text.
	begins, ends bool
}

// piecesOf returns the runs of a text that may be part of a longer one.
func piecesOf(text string) (pieces []piece) {
	text = strings.ToLower(text)
	from, sort := 0, wordNone
	for at, r := range text + " " {
		s := sortOf(r)
		if s == sort {
			continue
		}
		if sort != wordNone {
			pieces = append(pieces, piece{text: text[from:at], begins: from > 0, ends: at < len(text)})
		}
		from, sort = at, s
	}
	return pieces
}

// isPairs reports whether a run is indexed as pairs, wherever it is in a longer one.
func (p piece) isPairs() bool {
	first, n := utf8.DecodeRuneInString(p.text)
	return sortOf(first) == wordIdeographs && n < len(p.text)
}

// words returns the words by which a run is indexed.
func (p piece) words() []string {
	if !p.isPairs() {
		return []string{p.text}
	}
	var pairs []string
	before := 0
	for at, r := range p.text {
		if at == 0 {
			continue
		}
		pairs = append(pairs, p.text[before:at+utf8.RuneLen(r)])
		before = at
	}
	return pairs
}

// isIn reports whether a text with this piece may contain an indexed word.
func (p piece) isIn(word string) bool {
	switch {
	case p.begins && p.ends:
		return word == p.text
	case p.begins:
		return strings.HasPrefix(word, p.text)
	case p.ends:
		return strings.HasSuffix(word, p.text)
	}
	return strings.Contains(word, p.text)
}

// wordSort is what a character is in a word.
type wordSort int

const (
	wordNone wordSort = iota
	wordLetters
	wordIdeographs
)

func sortOf(r rune) wordSort {
	switch {
	case !isWordRune(r):
		return wordNone
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
		return wordIdeographs
	}
	return wordLetters
}
