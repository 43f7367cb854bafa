package commands

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

func presets() ParseContext {
	s := plainContext()
	s.Reasons = moderation.ReasonRules{
		Presets: []moderation.PresetReason{
			{Code: "hate", Texts: map[string]string{"en": "Hate speech", "zh": "仇恨言论"}},
			{Code: "late-show", Texts: map[string]string{"en": "After the show"}, Verbs: map[moderation.Verb]bool{moderation.Close: true}},
			{Code: "spam", Texts: map[string]string{"zh": "刷屏"}},
		},
		Required: map[moderation.Verb]bool{moderation.Ban: true},
	}
	return s
}

// A reason keeps the words that were typed; its code is beside it.
func TestPresetReasons(t *testing.T) {
	for text, want := range map[string][2]string{
		"silence live:show1 troll7 1h hate":                  {"hate", "hate"},
		"silence live:show1 troll7 1h HATE: a slur":          {"hate", "HATE: a slur"},
		"silence live:show1 troll7 1h hate speech":           {"hate", "hate speech"},
		"silence live:show1 troll7 1h 仇恨言论":                  {"hate", "仇恨言论"},
		"silence live:show1 troll7 1h 刷屏。":                   {"", "刷屏。"},
		"silence live:show1 troll7 1h hateful words":         {"", "hateful words"},
		"silence live:show1 troll7 1h \"spam, all evening\"": {"spam", "spam, all evening"},
		"silence live:show1 troll7 1h late-show":             {"", "late-show"},
		"close live:show1 late-show":                         {"late-show", "late-show"},
		"silence live:show1 troll7 1h":                       {"", ""},
	} {
		a, m := Parse(text, presets())
		require.Nil(t, m, text)
		require.Equal(t, want, [2]string{a.ReasonCode, a.Reason}, text)
		back, m := Parse(Format(a), presets())
		require.Nil(t, m, text)
		require.Equal(t, a, back, text)
	}
}

// A question about an undo keeps its offers beside a preset reason.
func TestNotInCaseWithAPresetReason(t *testing.T) {
	a, m := Parse("undo 12 troll9 hate", presets())
	require.Nil(t, m)
	require.Equal(t, "hate", a.ReasonCode)
	require.NotEmpty(t, NotInCase(a, []string{"troll7"}).Offers)
}

func TestARequiredReason(t *testing.T) {
	s := presets()
	_, m := Parse("ban live:show1 troll7 24h", s)
	require.Equal(t, CodeReasonRequired, m.Code)
	require.Equal(t, "hate, spam", m.Values["reasons"])
	require.Equal(t, "ban live:show1 troll7 24h hate", m.Offers[0].Command)
	require.Equal(t, OfferPreset, m.Offers[0].Effect)
	require.Equal(t, "spam", m.Offers[1].Action.ReasonCode)

	_, m = Parse("ban! live:show1 troll7 24h", s)
	require.Equal(t, CodeReasonRequired, m.Code, "and not an override without one")

	_, m = Parse("unban live:show1 troll7", s)
	require.Nil(t, m, "only the verbs that the policy names")

	s.Reasons.Pattern, s.Reasons.Example = regexp.MustCompile(`T-\d+`), "T-1234"
	_, m = Parse("ban live:show1 troll7 24h hate", s)
	require.Equal(t, CodeReasonPattern, m.Code)
	require.Equal(t, "T-1234", m.Values["sample"])
	require.Empty(t, m.Offers)
	a, m := Parse("ban live:show1 troll7 24h hate T-77", s)
	require.Nil(t, m)
	require.Equal(t, "hate", a.ReasonCode)
}
