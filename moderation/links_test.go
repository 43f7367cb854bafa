package moderation

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLinksOfAReason(t *testing.T) {
	for text, want := range map[string][]string{
		"":                               nil,
		"spam":                           nil,
		"see https://x.example/a?b=c&d.": {"https://x.example/a?b=c&d"},
		"(https://x.example/a) and http://y.example, again http://y.example": {"https://x.example/a", "http://y.example"},
		"看 https://x.example/一。谢谢":                                           {"https://x.example/一"},
		"<https://x.example/a|x> tail":                                       {"https://x.example/a"},
		"https:// and http://":                                               nil,
		"https://" + strings.Repeat("a", 600):                                nil,
		strings.Repeat("https://a.example ", 9):                              {"https://a.example"},
	} {
		require.Equal(t, want, LinksIn(text), text)
	}
	require.Equal(t, []string{"https://x.example/a?b=1&c=2", "https://y.example"},
		LinksIn("see x.example", "kick room:1 a see &lt;https://x.example/a?b=1&amp;c=2|x.example&gt; <https://y.example>", "https://y.example"))
	require.Len(t, LinksIn("http://a http://b http://c http://d http://e http://f"), maxLinks)
}
