package commands

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMetadataReadsBack(t *testing.T) {
	for _, s := range []Step{
		{Kind: StepCase, ID: uuidID, Step: StepDeny},
		{Kind: StepCase, ID: uuidID, Step: StepShowAll, Digest: hexID},
		{Kind: StepLine, ID: hexID, Step: StepReviews},
		{Kind: StepList, ID: hexID, Step: StepPage, Page: 12},
	} {
		for _, channel := range []string{"C024BE91L", "G012AC86C", "D1"} {
			text := Metadata(s, channel)
			require.LessOrEqual(t, len(text), 3000)
			got, where, err := ParseMetadata(text)
			require.NoError(t, err)
			require.Equal(t, s, got)
			require.Equal(t, channel, where)
		}
	}
}

func TestForgedMetadata(t *testing.T) {
	for _, text := range []string{
		"", "\n", "C1", "\nC1",
		"case.deny/" + hexID,
		"case.deny/" + hexID + "\n",
		"case.deny/" + hexID + " C1",
		"case.deny/" + hexID + "\nC1\n",
		"case.deny/" + hexID + "\nC1\nC2",
		"case.deny/" + hexID + "\n\nC1",
		"case.deny/" + hexID + "\r\nC1",
		"case.deny/" + hexID + "\nU1",
		"case.deny/" + hexID + "\nc1",
		"case.deny/" + hexID + "\nC",
		"case.deny/" + hexID + "\n<#C1>",
		"case.deny/" + hexID + "\nC" + strings.Repeat("1", 24),
		"case.deny/" + hexID + "/" + hexID[1:] + "\nC1",
		"case.deny\nC1",
		"ban live:x a 1d\nC1",
	} {
		s, channel, err := ParseMetadata(text)
		require.Error(t, err, "%q", text)
		require.Zero(t, s)
		require.Zero(t, channel)
		if strings.TrimSpace(text) != "" {
			require.NotContains(t, err.Error(), text)
		}
	}
}

func FuzzParseMetadata(f *testing.F) {
	f.Add("case.deny/" + hexID + "\nC1")
	f.Add("case.view/" + uuidID + "/" + hexID + "\nD024BE91L")
	f.Fuzz(func(t *testing.T, text string) {
		s, channel, err := ParseMetadata(text)
		if err != nil {
			require.Zero(t, s)
			require.Empty(t, channel)
			return
		}
		require.Equal(t, text, Metadata(s, channel))
	})
}

func TestPicks(t *testing.T) {
	got, err := ParsePicks([]string{Picks(17, 3), Picks(0), Picks(MaxPick)})
	require.NoError(t, err)
	require.Equal(t, []int{0, 3, 17, MaxPick}, got)
	got, err = ParsePicks(nil)
	require.NoError(t, err)
	require.Empty(t, got)
	for _, bad := range [][]string{
		{""}, {"3,"}, {",3"}, {"3, 17"}, {"03"}, {"+3"}, {"-1"}, {"３"}, {"3.0"}, {"100000"}, {"99999999999999999999"}, {"troll7"}, {"3,3"}, {"3", "17,3"},
		{strings.Repeat("1,", 200_000) + "1"},
	} {
		got, err := ParsePicks(bad)
		require.Error(t, err, bad[0][:min(len(bad[0]), 20)])
		require.Empty(t, got)
		if len(bad[0]) > 5 {
			require.NotContains(t, err.Error(), bad[0])
		}
	}
}

func TestParseReason(t *testing.T) {
	got, m := ParseReason(" not \n the   right\u202e person \u200b")
	require.Nil(t, m)
	require.Equal(t, "not the right person", got)
	got, m = ParseReason("see <https://x.y|here> &amp; 30m")
	require.Nil(t, m)
	require.Equal(t, "see <https://x.y|here> &amp; 30m", got, "what is typed into a modal is not escaped")
	for text, code := range map[string]Code{"": CodeReasonMissing, " \u200b\n": CodeReasonMissing, "a\xff": CodeTextNotUTF8, strings.Repeat("长", MaxReason+1): CodeReasonTooLong} {
		got, m := ParseReason(text)
		require.NotNil(t, m)
		require.Equal(t, code, m.Code)
		require.Empty(t, got)
	}
	_, m = ParseReason(strings.Repeat("长", MaxReason))
	require.Nil(t, m)
}
