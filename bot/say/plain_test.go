package say

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What was typed is shown with the characters that Slack escaped, and still mentions nobody.
func TestTypedTextIsShownAsTyped(t *testing.T) {
	w := calm()
	w.typed = "ban gala troll7 24h &lt;!channel&gt; &amp; <!here> <@U07RAJ|raj> <http://x.example|x.example>"
	for lang, s := range speakers() {
		done := w.done()
		for _, m := range []Message{s.Thread(done, done.Entries), s.ShowCase(done, lang), s.Why(done, nil, lang)} {
			require.Contains(t, rawText(m), "<!channel> & @here @raj x.example")
			require.NotContains(t, rawText(m), "&lt;")
			require.NotContains(t, m.Text, "<!")
			require.NotContains(t, m.Text, "<@")
		}
	}
}
