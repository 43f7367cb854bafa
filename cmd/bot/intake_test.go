package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/policy"
)

func TestSettingsOfReports(t *testing.T) {
	key, path := strings.Repeat("k", minKey), strings.Repeat("p", 20)
	for says, pairs := range map[string][]string{
		"INTAKE_ADDR is missing":                                            {"INTAKE_SECRET", key},
		"INTAKE_ADDR: \"8090\" is not host:port":                            {"INTAKE_ADDR", "8090", "INTAKE_SECRET", key},
		"INTAKE_SECRET is missing":                                          {"INTAKE_ADDR", ":8090"},
		"INTAKE_SECRET: a key has fewer than 32 characters":                 {"INTAKE_ADDR", ":8090", "INTAKE_SECRET", key + ",hush"},
		"INTAKE_SECRET has more than two keys":                              {"INTAKE_ADDR", ":8090", "INTAKE_SECRET", key + "," + key + "," + key},
		"INTAKE_TENCENT_PATH and INTAKE_TENCENT_TOKEN must be set together": {"INTAKE_ADDR", ":8090", "INTAKE_SECRET", key, "INTAKE_TENCENT_PATH", path},
		"INTAKE_TENCENT_PATH must have 20 to 200":                           {"INTAKE_ADDR", ":8090", "INTAKE_SECRET", key, "INTAKE_TENCENT_PATH", "hush/../hush", "INTAKE_TENCENT_TOKEN", "hush"},
	} {
		_, err := settingsOf(changed(pairs...)).check()
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "hush")
		require.NotContains(t, err.Error(), key)
	}
	c, err := settingsOf(changed("INTAKE_ADDR", ":8090", "INTAKE_SECRET", key+","+key+"2", "INTAKE_TENCENT_PATH", path, "INTAKE_TENCENT_TOKEN", "token")).check()
	require.NoError(t, err)
	require.Equal(t, []string{key, key + "2"}, c.intakeKeys)
}

// A Live room has a Chat group with its own id; the policy names the Live rooms.
func TestRoomsOfGroups(t *testing.T) {
	p, err := policy.Load("p.yaml", []byte("roles: {mods: [U1]}\nrules: [{name: r, roles: [mods], verbs: [all]}]\nrooms: {gala: live:show1}\n"), policy.Options{})
	require.NoError(t, err)
	room := groupRoom(func() *policy.Policy { return p })
	require.Equal(t, moderation.Room{Kind: moderation.KindLive, ID: "show1"}, room("show1"))
	require.Equal(t, moderation.Room{Kind: moderation.KindChat, ID: "@TGS#a"}, room("@TGS#a"))
}
