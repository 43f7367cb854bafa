package store

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWordsOf(t *testing.T) {
	for text, want := range map[string][]string{
		"":                        nil,
		"Loud, loud music!":       {"loud", "music"},
		"don't user_7 a-b":        {"don", "t", "user_7", "a", "b"},
		"刷屏了 x":                   {"刷屏", "屏了", "x"},
		"骂人abc骂":                  {"骂人", "abc", "骂"},
		"СПАМ в чате":             {"спам", "в", "чате"},
		strings.Repeat("z", 2000): {strings.Repeat("z", 2000)},
		"\x00 \ufffd !?":          nil,
		"İstanbul\u00a0straße カラオケ 한국": {"istanbul", "straße", "カラ", "ラオ", "オケ", "한국"},
	} {
		require.Equal(t, want, wordsOf(text), text)
	}
}

// Whatever part of a text is searched for, each of its pieces is in a word of the text.
func TestPartsOfATextAreInItsWords(t *testing.T) {
	letters := rapid.SampledFrom([]rune("aAbß_7 ,.'-刷屏骂カ한İíſK%\ufffd"))
	rapid.Check(t, func(t *rapid.T) {
		text := []rune(strings.ToLower(string(rapid.SliceOfN(letters, 0, 20).Draw(t, "text"))))
		from := rapid.IntRange(0, len(text)).Draw(t, "from")
		part := string(text[from:rapid.IntRange(from, len(text)).Draw(t, "to")])
		words := wordsOf(string(text))
		for _, p := range piecesOf(part) {
			if p.isPairs() {
				for _, w := range p.words() {
					require.Contains(t, words, w)
				}
				continue
			}
			require.True(t, slices.ContainsFunc(words, p.isIn), "%q of %q in %q", p.text, part, words)
		}
	})
}
