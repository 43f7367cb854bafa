package tencentd

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const npmDir = "testdata/npm"

// The clients that the vendor publishes for Node: what they sign and send must
// be taken, and what they sign wrongly refused.
func TestTencentNpmClients(t *testing.T) {
	if _, err := os.Stat(npmDir + "/node_modules/.package-lock.json"); errors.Is(err, fs.ErrNotExist) {
		run(t, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	}
	a := start(t, func(c *Config) { c.Now = time.Now })
	require.NoError(t, a.CreateRoom(KindRoom, "10006"))
	require.NoError(t, a.CreateRoom(KindRoom, "1234"))
	require.NoError(t, a.CreateRoom(KindRoom, "7"))
	require.NoError(t, a.CreateRoom(KindStrRoom, "lobby"))
	require.NoError(t, a.CreateRoom(KindStrRoom, "seven"))
	require.NoError(t, a.CreateLive("show1", "", "host"))
	require.NoError(t, a.Join(KindRoom, "10006", "29376"))
	require.NoError(t, a.Join(KindRoom, "1234", "test1", "test2", "test3"))
	require.NoError(t, a.Join(KindStrRoom, "lobby", "29376", "test1"))
	require.NoError(t, a.Join(KindLive, "show1", "troll7", "fan"))

	u, err := url.Parse(a.CloudURL())
	require.NoError(t, err)
	host, port, err := net.SplitHostPort(u.Host)
	require.NoError(t, err)
	settings, err := json.Marshal(map[string]any{
		"address": host, "port": port, "sdkAppId": appID, "secretId": "AKIDEXAMPLE", "secretKey": "SECRETEXAMPLE",
		"identifier": "administrator", "chatKey": chatKey,
	})
	require.NoError(t, err)
	out := run(t, "node", "clients.js", string(settings))

	type outcome struct {
		What, Code, RequestID string
		IDs                   []string
	}
	got := []outcome{}
	for line := range strings.Lines(out) {
		var o outcome
		require.NoError(t, json.Unmarshal([]byte(line), &o), "%s", line)
		if o.What != "rooms" {
			require.NotEmpty(t, o.RequestID, "%s", line)
		}
		o.RequestID = ""
		got = append(got, o)
	}
	require.Equal(t, []outcome{
		{What: "SetUserBlocked"},
		{What: "SetUserBlockedByStrRoomId"},
		{What: "RemoveUser"},
		{What: "RemoveUserByStrRoomId"},
		{What: "DismissRoom"},
		{What: "DismissRoomByStrRoomId"},
		{What: "DismissRoom", Code: "FailedOperation.RoomNotExist"},
		{What: "wrong key", Code: "AuthFailure.SignatureFailure"},
		{What: "ban_member", Code: "0"},
		{What: "rooms", IDs: []string{"show1"}},
		{What: "expired UserSig", Code: "70001"},
		{What: "wrong chat key", Code: "70009"},
	}, got)

	m, _ := a.room(KindRoom, "10006").Member("29376")
	require.True(t, m.AudioBlocked && m.VideoBlocked)
	m, _ = a.room(KindStrRoom, "lobby").Member("29376")
	require.True(t, !m.AudioBlocked && m.VideoBlocked)
	require.Equal(t, []string{"test3"}, a.room(KindRoom, "1234").Users())
	require.Equal(t, []string{"29376"}, a.room(KindStrRoom, "lobby").Users())
	require.Equal(t, []string{"fan"}, a.room(KindLive, "show1").Users())
	require.Len(t, a.Rooms(), 4, "7 and seven are gone")
}

// run runs a program in the folder of the clients; one that is not there, or
// fails, fails the test.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = npmDir, &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s %s\n%s%s", name, args[0], stdout.String(), stderr.String())
	return stdout.String()
}
