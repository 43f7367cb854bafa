package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/bot/say"
	"bouncer/policy"
	"bouncer/tencent"
)

// enough are the settings without which nothing starts.
func enough() map[string]string {
	return map[string]string{
		"SLACK_BOT_TOKEN": "xoxb-1-2-hushbot", "SLACK_APP_TOKEN": "xapp-1-A1-2-hushapp",
		"AUDIT_CHANNEL": "C0AUDIT", "MODERATORS": "S1MODS, U07SAM",
		"TENCENTCLOUD_SECRET_ID": "hushid", "TENCENTCLOUD_SECRET_KEY": "hushkey",
		"SDK_APP_ID": "1400188366", "CHAT_SECRET_KEY": "hushchat",
	}
}

// changed returns enough with pairs of settings and values applied to it; a
// value of "-" removes the setting.
func changed(pairs ...string) map[string]string {
	env := enough()
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
		if pairs[i+1] == "-" {
			delete(env, pairs[i])
		}
	}
	return env
}

// environ puts exactly these settings into the environment until the test
// ends.
func environ(t *testing.T, env map[string]string) {
	t.Helper()
	for _, name := range append(settingNames(), secretFileNames()...) {
		t.Setenv(name, "") // so that the old value is restored
		require.NoError(t, os.Unsetenv(name))
	}
	for name, value := range env {
		t.Setenv(name, value)
	}
}

func settingNames() []string {
	var names []string
	for f := range settingFields() {
		names = append(names, f.Get("envconfig"))
	}
	return names
}

// settingFields yields the tags of all settings.
func settingFields() func(func(reflect.StructTag) bool) {
	return func(yield func(reflect.StructTag) bool) {
		t := reflect.TypeFor[settings]()
		for i := range t.NumField() {
			if tag := t.Field(i).Tag; tag.Get("envconfig") != "" && !yield(tag) {
				return
			}
		}
	}
}

func TestSettingsDefaults(t *testing.T) {
	environ(t, enough())
	c, err := fromEnvironment()
	require.NoError(t, err)
	require.Equal(t, "https://slack.com/api/", c.APIURL)
	require.Equal(t, "/mod", c.Command)
	require.Equal(t, 2, c.connections)
	require.Equal(t, "C0AUDIT", c.CaseChannel, "CASE_CHANNEL is AUDIT_CHANNEL when nothing is said")
	require.Empty(t, c.policy.Channels())
	require.Equal(t, []string{"S1MODS"}, c.policy.Groups())
	require.Equal(t, []string{"U07SAM"}, c.policy.Users())
	require.Equal(t, say.EN, c.lang)
	require.False(t, c.sendReason)
	require.Equal(t, tencent.SiteIntl, c.site)
	require.InDelta(t, 0.95, c.quota, 1e-9)
	require.Equal(t, uint32(1400188366), c.sdkAppID)
	require.Equal(t, "administrator", c.ChatAdmin)
	require.Equal(t, "bouncer.db", c.DatabaseURL)
	require.Equal(t, "127.0.0.1:8081", c.HTTPAddr)
	require.Equal(t, "INFO", c.level.String())
	// The sandbox fills in its settings as the environment would.
	filled := settingsOf(enough())
	require.Equal(t, c.Command, filled.Command)
	require.Equal(t, c.DatabaseURL, filled.DatabaseURL)
	require.Equal(t, c.Command, settingsOf(changed("SLACK_COMMAND", "")).Command, "empty is as if it were not there")
}

func TestSettingsTaken(t *testing.T) {
	c, err := settingsOf(changed("SLACK_API_URL", "https://slack-gov.com/api", "SLACK_CONNECTIONS", "4", "CASE_CHANNEL", "G0CASES",
		"CHANNELS", "C1,C2\nC3", "APPROVERS", "S2LEADS", "LANGUAGE", "zh_CN.UTF-8", "SEND_REASON", "true", "TENCENT_SITE", "cn",
		"TENCENT_QUOTA", "0.5", "LOG_LEVEL", "debug")).check()
	require.NoError(t, err)
	require.Equal(t, "https://slack-gov.com/api/", c.APIURL, "the slash at its end is ours to add")
	require.Equal(t, 4, c.connections)
	require.Equal(t, "G0CASES", c.CaseChannel)
	require.Equal(t, []string{"C1", "C2", "C3"}, c.policy.Channels())
	require.Equal(t, []string{"S1MODS", "S2LEADS"}, c.policy.Groups())
	require.Equal(t, say.ZH, c.lang)
	require.True(t, c.sendReason)
	require.Equal(t, tencent.SiteCN, c.site)
	require.InDelta(t, 0.5, c.quota, 1e-9)
	require.Equal(t, "DEBUG", c.level.String())
	c, err = settingsOf(changed("SLACK_API_URL", "http://LocalHost:8080/api/")).check()
	require.NoError(t, err)
	require.Equal(t, "http://LocalHost:8080/api/", c.APIURL)

	for value, want := range map[string]say.Lang{"en_US:en": say.EN, "zh": say.ZH, "ZH-TW": say.ZH, "en": say.EN} {
		c, err := settingsOf(changed("LANGUAGE", value)).check()
		require.NoError(t, err, value)
		require.Equal(t, want, c.lang, value)
	}
	for value, want := range map[string]float64{"95%": .95, " 20 % ": 0, "1": 1, "100%": 1, "0.07": .07} {
		c, err := settingsOf(changed("TENCENT_QUOTA", value)).check()
		if want == 0 {
			require.Error(t, err, value)
			continue
		}
		require.NoError(t, err, value)
		require.InDelta(t, want, c.quota, 1e-9, value)
	}
}

// BRAKE is the old name of PEOPLE_LIMIT: it works, with a warning that names the
// new one. Both together are an error.
func TestSettingsOldNameOfPeopleLimit(t *testing.T) {
	limit := func(pairs ...string) policy.PeopleLimit {
		s := settingsOf(changed(pairs...))
		c, err := s.check()
		require.NoError(t, err)
		require.Equal(t, s.Brake != "", len(c.warnings()) == 1)
		return c.policyOptions.PeopleLimit
	}
	require.EqualValues(t, 60, limit())
	require.EqualValues(t, 7, limit("PEOPLE_LIMIT", "7"))
	require.EqualValues(t, 7, limit("BRAKE", "7"))
	require.EqualValues(t, 7, limit("BRAKE", "7", "PEOPLE_LIMIT", ""))
	require.Zero(t, limit("BRAKE", "OFF"))
	_, err := settingsOf(changed("BRAKE", "60", "PEOPLE_LIMIT", "60")).check()
	require.EqualError(t, err, "BRAKE and PEOPLE_LIMIT are both set: BRAKE is the old name, remove it")
	_, err = settingsOf(changed("BRAKE", "soon")).check()
	require.ErrorContains(t, err, `BRAKE: "soon" is not`)

	environ(t, changed("BRAKE", "7", "HTTP_ADDR", "127.0.0.1:1", "SLACK_API_URL", "http://127.0.0.1:1/", "DATABASE_URL", filepath.Join(t.TempDir(), "none", "b.db")))
	for _, command := range []string{"run", "check"} {
		var out, errs bytes.Buffer
		require.Equal(t, 1, Main(t.Context(), []string{command}, &out, &errs))
		require.Contains(t, out.String()+errs.String(), "BRAKE is deprecated and will be removed in the next release: use PEOPLE_LIMIT", command)
	}
}

// Each required setting is reported alone, and all of them together.
func TestSettingsMissing(t *testing.T) {
	var musts []string
	for f := range settingFields() {
		if f.Get("must") == "yes" {
			musts = append(musts, f.Get("envconfig"))
		}
	}
	musts = append(musts, "MODERATORS")
	require.Len(t, musts, len(enough()))
	for _, name := range musts {
		_, err := settingsOf(changed(name, "-")).check()
		require.ErrorContains(t, err, name+" is missing: ", name)
		require.NotContains(t, err.Error(), "\n", "%s: one sentence", name)
		_, err = settingsOf(changed(name, "")).check()
		require.ErrorContains(t, err, name+" is missing: ", name)
	}
	_, err := settingsOf(nil).check()
	require.ErrorContains(t, err, "8 settings are missing or wrong:")
	for _, name := range musts {
		require.Equal(t, 1, strings.Count(err.Error(), "\n  - "+name+" is missing"), name)
	}
	// Approvers are moderators too.
	_, err = settingsOf(changed("MODERATORS", "-", "APPROVERS", "S2LEADS")).check()
	require.NoError(t, err)
}

// wrong returns every setting with invalid values, and words of the error.
func wrong(t *testing.T) [][3]string {
	t.Helper()
	bad := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(bad, []byte("roles:\n  mods: [S1MODS]\nruels: []\n"), 0o600))
	return [][3]string{
		{"SLACK_BOT_TOKEN", "xapp-hushbot", "must begin with xoxb-"},
		{"SLACK_APP_TOKEN", "xoxb-hushapp", "must begin with xapp-"},
		{"SLACK_API_URL", "slack.com/api", "not a URL such as"},
		{"SLACK_API_URL", "http://slack.com/api/", "plain http is allowed on loopback only"},
		{"SLACK_API_URL", "ftp://slack.com/api/", "neither http nor https"},
		{"SLACK_API_URL", "https://slack.com/api/?x=1", "not a URL such as"},
		{"SLACK_COMMAND", "mod", "write it as /mod"},
		{"SLACK_COMMAND", "/Mod it", "write it as /mod"},
		{"SLACK_CONNECTIONS", "0", "from 1 to 4"},
		{"SLACK_CONNECTIONS", "5", "from 1 to 4"},
		{"SLACK_CONNECTIONS", "two", "from 1 to 4"},
		{"AUDIT_CHANNEL", "#audit", "not a channel id"},
		{"CASE_CHANNEL", "cases", "not a channel id"},
		{"CHANNELS", "C0LIVE,live", `"live"`},
		{"MODERATORS", "S1MODS,sam", `"sam"`},
		{"APPROVERS", "@raj", `"@raj"`},
		{"POLICY_FILE", bad, ""},
		{"LANGUAGE", "de", "neither en nor zh"},
		{"SEND_REASON", "perhaps", "neither true nor false"},
		{"TENCENT_SITE", "us", "neither intl nor cn"},
		{"TENCENT_QUOTA", "0%", "1% to 100%"},
		{"TENCENT_QUOTA", "101%", "1% to 100%"},
		{"TENCENT_QUOTA", "all", "1% to 100%"},
		{"TENCENT_QUOTA", "NaN", "1% to 100%"},
		{"SDK_APP_ID", "0", "not an application number"},
		{"SDK_APP_ID", "12x", "not an application number"},
		{"SDK_APP_ID", "4294967296", "not an application number"},
		{"HTTP_ADDR", "8081", "not host:port"},
		{"HTTP_ADDR", "127.0.0.1:99999", "65535"},
		{"DATABASE_URL", "mysql://db/bouncer", "cannot use"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "not a URL such as http://localhost:4318"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "https://user:hush@collector", "a URL with a password"},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "grpc://collector", "not a URL such as http://localhost:4318"},
		{"LOG_LEVEL", "loud", "not debug, info, warn or error"},
	}
}

func TestSettingsWrong(t *testing.T) {
	for _, w := range wrong(t) {
		name, value, words := w[0], w[1], w[2]
		if name == "POLICY_FILE" {
			continue // below
		}
		_, err := settingsOf(changed(name, value)).check()
		require.ErrorContains(t, err, words, "%s=%s", name, value)
		require.True(t, strings.HasPrefix(err.Error(), name), "the sentence names the setting: %s", err)
		require.NotContains(t, err.Error(), "\n", "one sentence for one setting")
	}
}

// What only the vendor's side knows to be wrong ends the start as well, before
// anybody is asked over the network.
func TestRunEndsByVendorSettings(t *testing.T) {
	for name, value := range map[string]string{
		"TRTC_REGION": "us-east-1", "TRTC_ENDPOINT": "http://trtc.example", "CHAT_ENDPOINT": "https://a:hushpass@chat.example",
		"CHAT_ADMIN": strings.Repeat("a", 33), "TENCENTCLOUD_TOKEN": "hush token", "DATABASE_URL": "postgres://hushpass@db/bouncer",
	} {
		t.Run(name, func(t *testing.T) {
			environ(t, changed(name, value, "HTTP_ADDR", "127.0.0.1:0", "SLACK_API_URL", "http://127.0.0.1:1/"))
			var out, errs bytes.Buffer
			require.Equal(t, 1, Main(t.Context(), []string{"run"}, &out, &errs))
			require.Contains(t, errs.String(), name)
			require.NotContains(t, errs.String(), "hush")
		})
	}
}

func TestSettingsPolicyFile(t *testing.T) {
	example, err := filepath.Abs("../../policy/testdata/example.yaml")
	require.NoError(t, err)
	c, err := settingsOf(changed("MODERATORS", "-", "POLICY_FILE", example)).check()
	require.NoError(t, err)
	require.Equal(t, "live:show1", c.policy.Rooms()["gala"].String())

	_, err = settingsOf(changed("APPROVERS", "S2LEADS", "CHANNELS", "C0LIVE", "POLICY_FILE", example)).check()
	for _, name := range []string{"MODERATORS", "APPROVERS", "CHANNELS"} {
		require.ErrorContains(t, err, name+" cannot be used together with POLICY_FILE")
	}
	_, err = settingsOf(changed("MODERATORS", "-", "POLICY_FILE", filepath.Join(t.TempDir(), "none.yaml"))).check()
	require.ErrorContains(t, err, "POLICY_FILE: open ")

	for _, w := range wrong(t) {
		if w[0] == "POLICY_FILE" {
			_, err = settingsOf(changed("MODERATORS", "-", "POLICY_FILE", w[1])).check()
			require.ErrorContains(t, err, `policy.yaml:3:1: unknown key "ruels"`, "with line and column")
			require.ErrorContains(t, err, "rules is missing", "all of it at once")
		}
	}
}

// All errors are reported together, by run and by check, and never a secret.
func TestSettingsAllWrongAtOnce(t *testing.T) {
	env := enough()
	names := map[string]bool{}
	for _, w := range wrong(t) {
		if w[0] != "POLICY_FILE" { // cannot be used together with the lists
			env[w[0]] = w[1]
			names[w[0]] = true
		}
	}
	env["AUDIT_CHANNEL"] = "#audit"
	delete(env, "TENCENTCLOUD_SECRET_ID")
	delete(env, "CHAT_SECRET_KEY")
	names["TENCENTCLOUD_SECRET_ID"], names["CHAT_SECRET_KEY"] = true, true
	environ(t, env)
	for _, args := range [][]string{{"run"}, {"check"}} {
		var out, errs bytes.Buffer
		require.Equal(t, 1, Main(t.Context(), args, &out, &errs))
		said := out.String() + errs.String()
		for name := range names {
			require.Contains(t, said, name, "bot %s", args[0])
		}
		require.NotContains(t, said, "hush")
	}
}

// Tokens and keys never appear in the output of check and run, nor in
// settings printed to a log.
func TestSettingsKeepSecrets(t *testing.T) {
	env := changed("SLACK_BOT_TOKEN", "xoxp-hush", "SLACK_APP_TOKEN", "xoxa-hush", "SDK_APP_ID", "x")
	_, err := settingsOf(env).check()
	require.Error(t, err)
	require.NotContains(t, err.Error(), "hush")
	c, err := settingsOf(enough()).check()
	require.NoError(t, err)
	require.NotContains(t, c.tencent(nil).String(), "hush")
}

func TestRunHelpListsEverySetting(t *testing.T) {
	var out, errs bytes.Buffer
	require.Zero(t, Main(t.Context(), []string{"run", "--help"}, &out, &errs), &errs)
	for f := range settingFields() {
		line := "\n  " + f.Get("envconfig")
		switch {
		case f.Get("must") == "yes":
			line += " (required)"
		case f.Get("default") != "":
			line += " (default " + f.Get("default") + ")"
		}
		require.Contains(t, out.String(), line+"\n        "+f.Get("desc")+"\n")
		require.NotEmpty(t, f.Get("desc"))
	}
}

// RETENTION is a number of days that a duration can have.
func TestRetentionSetting(t *testing.T) {
	for value, days := range map[string]time.Duration{"": 0, "1d": 1, "400d": 400, "36500d": 36500} {
		var p problems
		require.Equal(t, days*24*time.Hour, retention(&p, value), value)
		require.Empty(t, p, value)
	}
	for _, value := range []string{"0", "0d", "-5d", "36501d", "400", "1.5d", "400d ", "1y", "99999999999999999999d"} {
		var p problems
		require.Zero(t, retention(&p, value), value)
		require.ErrorContains(t, p, "from 1d to 36500d", value)
	}
}
