package say

import (
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/commands"
	"bouncer/moderation"
)

// A preset reason is shown by its text and code, in the reader's language, with what was typed
// besides.
func TestPresetReasonIsShown(t *testing.T) {
	s := New(Config{Reasons: func() moderation.ReasonRules {
		return moderation.ReasonRules{Presets: []moderation.PresetReason{
			{Code: "hate", Texts: map[string]string{"en": "Hate speech", "zh": "仇恨言论"}}, {Code: "<b>", Texts: map[string]string{"en": "*x*"}},
		}}
	}})
	for _, c := range []struct{ code, typed, en, zh string }{
		{"hate", "hate", "Hate speech (hate)", "仇恨言论（hate）"},
		{"hate", "HATE, in the chat", "Hate speech (hate): in the chat", "仇恨言论（hate）：in the chat"},
		{"hate", "仇恨言论", "Hate speech (hate)", "仇恨言论（hate）"},
		{"gone", "gone for good", "gone for good", "gone for good"},
		{"", "hateful", "hateful", "hateful"},
	} {
		a := moderation.Action{Reason: c.typed, ReasonCode: c.code}
		require.Equal(t, c.en, s.in(EN).reason(a))
		require.Equal(t, c.zh, s.in(ZH).reason(a))
	}
	w := calm()
	card := w.waitingMany()
	card.Case.Action.Reason, card.Case.Action.ReasonCode = "hate", "hate"
	require.Contains(t, s.Card(card).Text, "Hate speech (hate)")

	offer := func(code string) commands.Offer {
		return commands.Offer{Command: "ban live:x a 1d " + code, Effect: commands.OfferPreset, Action: moderation.Action{Verb: moderation.Ban, ReasonCode: code}}
	}
	m := s.Mistake(&commands.Mistake{Code: commands.CodeReasonRequired, Offers: []commands.Offer{offer("hate"), offer("<b>")}}, ZH, []string{opaque, opaque})
	require.Contains(t, jsonOf(m.Blocks), `"仇恨言论"`)
}
