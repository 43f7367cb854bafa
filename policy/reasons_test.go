package policy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

func TestReasons(t *testing.T) {
	p := load(t, `reasons:
  hate: {en: Hate speech, zh: 仇恨言论, verbs: [ban, silence], durations: [24h, 7d, perm], within: 90d}
  spam: {en: Spam}
reason_required: [restrict, kick]
reason_pattern: 'T-\d+'
reason_example: T-1234 insult
durations: [1h, perm]`)
	rules := p.Reasons()
	hate, ok := rules.Preset("hate")
	require.True(t, ok)
	require.Equal(t, "仇恨言论", hate.Text("zh"))
	require.True(t, hate.For(moderation.Ban))
	require.False(t, hate.For(moderation.Kick))
	require.Equal(t, 90*24*time.Hour, hate.Within)
	for earlier, want := range []moderation.Length{{Duration: 24 * time.Hour}, {Duration: 7 * 24 * time.Hour}, {Permanent: true}, {Permanent: true}} {
		length, step, ok := hate.Step(earlier)
		require.True(t, ok)
		require.Equal(t, want, length)
		require.Equal(t, min(earlier+1, 3), step)
	}
	spam, _ := rules.Preset("spam")
	require.Equal(t, "Spam", spam.Text("zh"), "the other language where there is none")
	require.True(t, spam.For(moderation.Close))
	_, _, ok = spam.Step(0)
	require.False(t, ok)
	require.True(t, rules.Required[moderation.Freeze])
	require.False(t, rules.Required[moderation.Unban])
	require.Equal(t, []moderation.Length{{Duration: time.Hour}, {Permanent: true}}, p.Lengths())
	require.Len(t, load(t, "").Lengths(), 6)
}

func TestReasonErrors(t *testing.T) {
	for text, want := range map[string]string{
		"reasons: {ban: {en: x}}":                                        `p.yaml:5:11: reason "ban" is a verb`,
		"reasons: {hate: {}}":                                            `p.yaml:5:11: reason hate requires en or zh`,
		"reasons: {hate: {en: ''}}":                                      `p.yaml:5:22: en must have 1 to 70 characters`,
		"reasons: {hate: {en: x, de: y}}":                                `p.yaml:5:25: unknown key "de" in a reason; known keys are en, zh, verbs, durations, within`,
		"reasons: {hate: {en: x}, Hate: {en: x}}":                        `p.yaml:5:26: reason "Hate" differs from an earlier one only in case`,
		"reasons: {hate: {en: x, verbs: [zap]}}":                         `p.yaml:5:33: "zap" is not a verb or class of verbs (all, read, restrict, lift, event)`,
		"reasons: {hate: {en: x, durations: [soon]}}":                    `p.yaml:5:37: durations "soon" is not a duration such as 30s, 10m, 24h, 7d or 2w, nor perm`,
		"durations: []":                                                  `p.yaml:5:12: durations must be a list of 1 to 20 durations such as [24h, 7d, perm]`,
		"reason_required: [ban]\nreason_pattern: '('":                    "p.yaml:6:1: reason_pattern requires reason_example, which people see when their reason does not match",
		"reason_pattern: 'T'\nreason_example: T":                         "p.yaml:5:1: reason_pattern has no effect without reason_required",
		"reason_required: [ban]\nreason_pattern: 'T'\nreason_example: x": `p.yaml:7:17: reason_example "x" does not match reason_pattern`,
	} {
		_, err := Load("p.yaml", []byte(head+text+"\n"), Options{})
		require.ErrorContains(t, err, want, text)
	}
}
