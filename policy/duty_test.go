package policy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// Requests mention who is on duty first, and in quiet hours nobody else.
func TestOnDuty(t *testing.T) {
	p, err := Load("p.yaml", []byte(`
roles: {leads: [S0LEADS], mods: [UMOD]}
approvers: [leads]
rules: [{name: a, roles: [mods], verbs: [ban], approvals: 1}]
on_duty: S0ROTA
quiet_hours: "22:00-08:00 Asia/Singapore"
`), Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"S0LEADS", "S0ROTA"}, p.Groups())
	for at, quiet := range map[string]bool{"13:59": false, "14:00": true, "23:59": true, "00:00": false} {
		utc, err := time.Parse(time.DateTime, "2026-11-30 "+at+":00")
		require.NoError(t, err)
		d := p.Evaluate(moderation.PolicyInput{Person: person("UMOD"), Channel: inside, Action: action("ban", "live:x", time.Hour, "a"), Facts: moderation.Facts{At: utc}})
		require.True(t, d.Allowed)
		require.Equal(t, []string{"S0ROTA"}, d.Requirement.FirstMention())
		want := []string{"S0LEADS"}
		if quiet {
			want = []string{"S0ROTA"}
		}
		require.Equal(t, want, d.Requirement.ReminderMention(), at)
		require.Equal(t, []string{"leads"}, d.Requirement.Approvers, "it grants no right")
	}
	for text, want := range map[string]string{
		"on_duty: U1":                                `p.yaml:5:10: on_duty "U1" is not a user-group id (S…)`,
		"quiet_hours: 22:00-08:00 UTC":               "p.yaml:5:1: quiet_hours has no effect without on_duty",
		"on_duty: S1\nquiet_hours: night":            `p.yaml:6:14: quiet_hours "night" are not times and a zone`,
		"on_duty: S1\nquiet_hours: 22:00-08:00 Mars": `p.yaml:6:14: quiet_hours: unknown time zone "Mars"`,
		"on_duty: S1\nquiet_hours: 08:00-08:00 UTC":  `p.yaml:6:14: quiet_hours "08:00-08:00 UTC" are not times and a zone`,
	} {
		_, err := Load("p.yaml", []byte(head+text+"\n"), Options{})
		require.ErrorContains(t, err, want)
	}
}
