package sandbox

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"bouncer/moderation"
	"bouncer/policy"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func world(t *testing.T, c Config) *World {
	t.Helper()
	w, err := New(context.Background(), c)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	return w
}

// The hints and the page must use the same policy as the bot.
func TestSettingIsThePolicys(t *testing.T) {
	w := world(t, Config{})
	text, err := os.ReadFile(w.Environment()["POLICY_FILE"])
	require.NoError(t, err)
	p, err := policy.Load("policy.yaml", text, policy.Options{})
	require.NoError(t, err)
	for _, c := range w.Slack.Channels() {
		s := w.ParseContext(c.ID)
		require.Equal(t, p.Rooms(), s.Rooms)
		require.Equal(t, p.ChannelRoom(c.ID), s.ChannelRoom, c.Name)
	}
	for _, g := range w.Slack.Groups() {
		if g.ID == "S3ONCALL" { // a rota, for on_duty
			continue
		}
		require.Contains(t, p.Groups(), g.ID)
	}
	require.Contains(t, w.ParseContext(ChannelGala).Rooms, galaRoom)
}

// A script may shorten times, and change nothing else by it.
func TestPolicySettings(t *testing.T) {
	const text = "# Rules.\nroles:\n  leads: [S2]\n\nrules:\n  - name: x\n    verbs: [all]\n- name: y\n\napproval_ttl: 10m\nprotected: []\n"
	for _, tc := range []struct {
		settings map[string]string
		want     string
	}{
		{nil, text},
		{map[string]string{"approval_ttl": "3s"}, "# Rules.\nroles:\n  leads: [S2]\n\nrules:\n  - name: x\n    verbs: [all]\n- name: y\n\nprotected: []\n\napproval_ttl: 3s\n"},
		{map[string]string{"rules": "none", "digest": "09:00 Asia/Singapore"}, "# Rules.\nroles:\n  leads: [S2]\n\napproval_ttl: 10m\nprotected: []\n\ndigest: \"09:00 Asia/Singapore\"\n\nrules: none\n"},
		{map[string]string{"approvers": "[leads, {x: y}]"}, text + "\napprovers: [leads, {x: y}]\n"},
		{map[string]string{"a": "[x]\nb: [y]"}, text + "\na: \"[x]\\nb: [y]\"\n"},
		{map[string]string{"a": "x\nb: y"}, text + "\na: \"x\\nb: y\"\n"},
	} {
		got, err := withSettings(text, tc.settings)
		require.NoError(t, err)
		require.Equal(t, tc.want, got)
	}
	for _, bad := range []map[string]string{{"": "x"}, {"a b": "x"}, {"Rules": "x"}, {"a": ""}, {"a": "\xff"}} {
		_, err := withSettings(text, bad)
		require.Error(t, err, "%q", bad)
		_, err = New(context.Background(), Config{Policy: bad})
		require.Error(t, err, "%q", bad)
	}
	w := world(t, Config{Policy: map[string]string{"approval_ttl": "3s"}})
	got, err := os.ReadFile(w.Environment()["POLICY_FILE"])
	require.NoError(t, err)
	require.Contains(t, string(got), "\napproval_ttl: 3s\n")
	require.Contains(t, string(got), "gala: live:show1")
	require.Equal(t, map[string]string{"approval_ttl": "3s"}, w.Policy())
}

// Each person of the cast gets the answer that the page promises.
func TestCastMeansWhatItSays(t *testing.T) {
	w := world(t, Config{})
	p, err := policy.Load("policy.yaml", []byte(demoPolicy), policy.Options{})
	require.NoError(t, err)
	allowed := map[string][2]bool{ // mute a person, close a room
		"mei": {true, false}, "xiao": {true, false}, "raj": {true, true}, "lin": {true, true}, "ana": {false, false}, "gus": {false, false}, "eve": {false, false},
	}
	for _, c := range Cast() {
		u, ok := w.Slack.User(c.ID)
		require.True(t, ok)
		require.Equal(t, c.Name, u.Name)
		person := moderation.Person{User: u.ID, Team: u.TeamID, Guest: u.Guest}
		for _, g := range w.Slack.Groups() {
			if slices.Contains(g.Members, u.ID) {
				person.Groups = append(person.Groups, g.ID)
			}
		}
		live := moderation.Channel{ID: ChannelLive, Member: true}
		for i, verb := range []moderation.Verb{moderation.Mute, moderation.Close} {
			a := moderation.Action{Verb: verb, Room: moderation.Room{Kind: moderation.KindRoom, ID: "10006"}}
			if verb == moderation.Mute {
				a.Targets, a.Duration = []string{"29376"}, time.Hour
			}
			d := p.Evaluate(moderation.PolicyInput{Person: person, Channel: live, Action: a})
			ours := u.TeamID == w.Slack.TeamID() && !u.Guest // external people and guests are refused before any rule is evaluated
			require.Equal(t, allowed[c.Name][i], d.Allowed && ours, "%s %s", c.Name, verb)
		}
	}
}

func TestEnvironmentPointsHere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kept.db")
	w := world(t, Config{DatabasePath: path})
	env := w.Environment()
	require.Equal(t, path, env["DATABASE_URL"])
	require.Equal(t, w.Slack.URL(), env["SLACK_API_URL"])
	require.Equal(t, w.Tencent.CloudURL(), env["TRTC_ENDPOINT"])
	require.Equal(t, w.Tencent.ChatURL(), env["CHAT_ENDPOINT"])
	for name, v := range env {
		require.NotEmpty(t, v, name)
	}
	audit, ok := w.Slack.Channel(env["AUDIT_CHANNEL"])
	require.True(t, ok)
	require.True(t, audit.Private && audit.BotIn && !audit.ExtShared)
}

func TestNothingIsLeft(t *testing.T) {
	w, err := New(context.Background(), Config{})
	require.NoError(t, err)
	db := w.Environment()["DATABASE_URL"]
	require.DirExists(t, filepath.Dir(db))
	require.NoError(t, os.WriteFile(db, []byte("x"), 0o600))
	require.NoError(t, w.Close())
	require.NoDirExists(t, filepath.Dir(db))
}

func TestAddressInUse(t *testing.T) {
	w := world(t, Config{})
	taken := strings.TrimPrefix(w.Tencent.CloudURL(), "http://")
	_, err := New(context.Background(), Config{TencentAddr: taken})
	require.ErrorContains(t, err, "address already in use")
	for _, open := range []Config{{SlackAddr: "0.0.0.0:0"}, {TencentAddr: "0.0.0.0:0"}} {
		_, err = New(context.Background(), open)
		require.ErrorContains(t, err, "loopback")
	}
}

func TestLife(t *testing.T) {
	w := world(t, Config{EventInterval: time.Millisecond, Seed: 7})
	changes := w.Tencent.Subscribe(t.Context())
	seen := map[string]bool{}
	require.Eventually(t, func() bool {
		select {
		case c := <-changes:
			seen[c.What] = true
			for _, u := range c.Users {
				require.Contains(t, audience(), u, "nobody whom an example names moves by himself")
			}
		default:
		}
		return seen["joined"] && seen["left"] && seen["media"]
	}, 20*time.Second, 50*time.Microsecond)
}

func TestReopen(t *testing.T) {
	w := world(t, Config{})
	require.ErrorIs(t, w.Reopen(tencentd.KindRoom, "10006"), tencentd.ErrExists)
	require.ErrorIs(t, w.Reopen(tencentd.KindRoom, "77"), tencentd.ErrNoRoom)
}

func TestRecreate(t *testing.T) {
	w := world(t, Config{})
	before, _ := w.Tencent.Room(tencentd.KindLive, "show1")
	require.NoError(t, w.Tencent.Join(tencentd.KindLive, "show1", "ivy"))
	require.NoError(t, w.Recreate(tencentd.KindLive, "show1"))
	after, ok := w.Tencent.Room(tencentd.KindLive, "show1")
	require.True(t, ok)
	require.Greater(t, after.Created.Unix(), before.Created.Unix())
	require.Equal(t, before.Users(), after.Users())
	require.ErrorIs(t, w.Recreate(tencentd.KindLive, "none"), tencentd.ErrNoRoom)
}

// Every trouble that is offered can be had at every API that is offered.
func TestTroubles(t *testing.T) {
	w := world(t, Config{})
	for _, api := range w.Tencent.APIs() {
		for _, trouble := range TencentTroubles() {
			require.NoError(t, w.FailTencent(api, trouble.Name, 1), "%s %s", api, trouble.Name)
		}
	}
	for _, f := range w.Tencent.Faults() {
		require.NotEmpty(t, TencentTrouble(f.Fault), "a failure that does nothing, or has no name: %+v", f.Fault)
	}
	require.Len(t, w.Tencent.Faults(), len(w.Tencent.APIs())*len(TencentTroubles()))
	codes := map[string]string{"SetUserBlocked": "FailedOperation.RoomNotExist", "live_engine_http_srv/ban_member": "100004", "group_open_http_svc/ban_group_member": "10010"}
	for api, code := range codes {
		w.Tencent.ClearFaults()
		require.NoError(t, w.FailTencent(api, "room-gone", 3))
		require.Equal(t, code, w.Tencent.Faults()[0].Fault.Code)
		require.Equal(t, 3, w.Tencent.Faults()[0].Left)
	}
	require.ErrorContains(t, w.FailTencent("NoSuch", "busy", 1), "no API")
	require.ErrorContains(t, w.FailTencent("SetUserBlocked", "", 1), "missing")
	require.Error(t, w.FailTencent("SetUserBlocked", "lost", -1))

	for _, trouble := range SlackTroubles() {
		require.NoError(t, w.FailSlack("chat.postMessage", trouble.Name, 1))
		require.NotEqual(t, slackd.Fault{}, trouble.slack, trouble.Name)
	}
	require.NoError(t, w.FailSlack("chat.postMessage", "channel_not_found", 0))
	for _, bad := range [][2]string{{"", "500"}, {"chat.postMessage", ""}, {"chat.postMessage", "200"}} {
		require.Error(t, w.FailSlack(bad[0], bad[1], 1), bad)
	}
	require.Error(t, w.FailSlack("chat.postMessage", "500", -1))
}

func TestRoomOf(t *testing.T) {
	for word, want := range map[string]RoomRef{
		"gala": {tencentd.KindLive, "show1"}, "room:10006": {tencentd.KindRoom, "10006"},
		"chat:@TGS#aJRGC4MH6": {tencentd.KindChat, "@TGS#aJRGC4MH6"}, "strroom:a:b": {tencentd.KindStrRoom, "a:b"},
	} {
		kind, id, err := RoomOf(word)
		require.NoError(t, err, word)
		require.Equal(t, want, RoomRef{kind, id})
	}
	for _, word := range []string{"", "gala2", "room:", "conf:x", ":x"} {
		_, _, err := RoomOf(word)
		require.ErrorContains(t, err, "not a room", word)
	}
}

// A kind that the bot knows has a simulator, and a room in the demo.
func TestTheDemoHasARoomOfEveryKind(t *testing.T) {
	demo := make(map[string]bool)
	for _, r := range Rooms() {
		demo[string(r.Kind)] = true
	}
	for _, k := range moderation.Kinds() {
		require.True(t, demo[string(k)], k)
		_, _, err := RoomOf(string(k) + ":x")
		require.NoError(t, err)
	}
}

// The example texts and the demo must not drift apart.
func TestDemoHasTheExamples(t *testing.T) {
	w := world(t, Config{})
	for room, users := range map[string][]string{
		"room:10006": {"29376"}, "room:1234": {"test1", "test2"}, "gala": {"troll7"}, "live:test": {"user1", "user2"}, "strroom:lobby": {"29376"},
	} {
		kind, id, err := RoomOf(room)
		require.NoError(t, err)
		r, ok := w.Tencent.Room(kind, id)
		require.True(t, ok)
		require.Subset(t, r.Users(), users)
	}
	shared, random := slackd.Channel{}, slackd.Channel{}
	for _, c := range w.Slack.Channels() {
		switch c.Name {
		case "partners":
			shared = c
		case "random":
			random = c
		}
	}
	require.True(t, shared.ExtShared)
	require.Contains(t, shared.Members, "U0EVE")
	require.False(t, random.BotIn)
}
