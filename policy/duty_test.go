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
	for at, quiet := range map[string]bool{"13:57": false, "13:58": true, "23:57": true, "23:58": false, "00:00": false} {
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
	// The clock on the wall counts, across midnight and when it is changed.
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	night, hour := quietHours{22 * 60, 8 * 60, berlin}, quietHours{2*60 + 30, 3*60 + 30, berlin}
	for utc, want := range map[string][2]bool{
		"2027-03-27 20:59": {false, false}, "2027-03-27 21:00": {true, false}, "2027-03-27 23:30": {true, false}, // 21:59, 22:00, 00:30
		"2027-03-28 00:59": {true, false}, "2027-03-28 01:00": {true, true}, "2027-03-28 01:30": {true, false}, // 01:59, then 03:00 to 03:30
		"2027-03-28 05:59": {true, false}, "2027-03-28 06:00": {false, false}, // 07:59, 08:00
		"2027-10-30 19:59": {false, false}, "2027-10-30 20:00": {true, false},
		"2027-10-31 00:30": {true, true}, "2027-10-31 01:30": {true, true}, "2027-10-31 01:00": {true, false}, // 02:30 twice, 02:00 again between
		"2027-10-31 06:59": {true, false}, "2027-10-31 07:00": {false, false},
	} {
		at, err := time.Parse("2006-01-02 15:04", utc)
		require.NoError(t, err)
		require.Equal(t, want, [2]bool{night.has(at), hour.has(at)}, utc)
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
