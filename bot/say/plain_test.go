package say

import (
	"testing"

	"bouncer/moderation"

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

// Help names a verb's other words in the reader's language: others are noise on a phone.
func TestHelpShowsOtherNamesInItsLanguage(t *testing.T) {
	s := New(Config{Lang: EN, Command: "/mod"})
	english, chinese := rawText(s.Help(moderation.Ban, EN)), rawText(s.Help(moderation.Ban, ZH))
	require.Contains(t, english, "Other names: tempban")
	require.NotContains(t, english, "封禁")
	require.Contains(t, chinese, "拉黑")
	require.NotContains(t, chinese, "tempban")
	require.NotContains(t, rawText(s.Help(moderation.Who, EN)), "Other names: .")
}

// A card adds Tencent's own sentence only where ours does not say what is wrong.
func TestACardExplainsAnErrorOnce(t *testing.T) {
	s, w := New(Config{Lang: EN, Command: "/mod"}), calm()
	card := func(code moderation.Code) string {
		return rawText(s.Card(w.view(414, w.action(moderation.Kick, moderation.KindRoom, 0), moderation.Done, func(i int) moderation.Target {
			f := w.failed(i)
			f.Code = code
			return f
		})))
	}
	require.NotContains(t, card(moderation.CodeVendorRoomGone), w.vendor)
	require.Contains(t, card(moderation.CodeVendorInput), "“"+w.vendor+"”")
	require.Contains(t, card(moderation.CodeVendorUnexpected), "“"+w.vendor+"”")
}
