package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func secretFileNames() (names []string) {
	for _, n := range secretNames() {
		names = append(names, n+fileSuffix)
	}
	return names
}

// secretFile returns the path of a new file.
func secretFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// inFiles returns the settings with every secret in a file of its own, whose
// content ends with end.
func inFiles(t *testing.T, env map[string]string, end string) map[string]string {
	t.Helper()
	for _, name := range secretNames() {
		if value := env[name]; value != "" {
			delete(env, name)
			env[name+fileSuffix] = secretFile(t, value+end)
		}
	}
	return env
}

// Each setting that must not be shown can be read from a file.
func TestSecretsAreReadFromFiles(t *testing.T) {
	require.Equal(t, []string{"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY",
		"TENCENTCLOUD_TOKEN", "CHAT_SECRET_KEY", "DATABASE_URL", "INTAKE_SECRET", "INTAKE_TENCENT_PATH", "INTAKE_TENCENT_TOKEN", "OTEL_EXPORTER_OTLP_HEADERS"}, secretNames())
	env := changed("DATABASE_URL", "data/b.db", "TENCENTCLOUD_TOKEN", "hushtoken")
	want, err := settingsOf(env).check()
	require.NoError(t, err)
	for _, end := range []string{"", "\n", "\r\n"} {
		got, err := settingsOf(inFiles(t, changed("DATABASE_URL", "data/b.db", "TENCENTCLOUD_TOKEN", "hushtoken"), end)).check()
		require.NoError(t, err)
		got.fileProblems, got.policy, want.fileProblems, want.policy = nil, nil, nil, nil
		require.Equal(t, want, got)
	}
	environ(t, inFiles(t, enough(), "\n"))
	got, err := fromEnvironment()
	require.NoError(t, err)
	require.Equal(t, "xoxb-1-2-hushbot", got.BotToken)
	// An empty setting counts as absent, as everywhere.
	env = inFiles(t, enough(), "\n")
	env["CHAT_SECRET_KEY"], env["DATABASE_URL_FILE"] = "", ""
	got, err = settingsOf(env).check()
	require.NoError(t, err)
	require.Equal(t, "bouncer.db", got.DatabaseURL)
}

// What is wrong with a file is one sentence, without content and path: a path
// may be a secret that was meant for another setting.
func TestSecretFilesThatCannotBeUsed(t *testing.T) {
	for name, c := range map[string]struct{ path, says string }{
		"missing":   {filepath.Join(t.TempDir(), "hushpath"), "the file cannot be read: no such file or directory"},
		"a secret":  {"xoxb-hush", "the file cannot be read: no such file or directory"},
		"folder":    {t.TempDir(), "the file cannot be read: is a directory"},
		"empty":     {secretFile(t, ""), "the file is empty"},
		"blank":     {secretFile(t, " \n"), "the file is empty"},
		"two lines": {secretFile(t, "hush\nhush\n"), "the file has more than one line"},
		"two ends":  {secretFile(t, "hush\n\n"), "the file has more than one line"},
		"large":     {secretFile(t, strings.Repeat("hush", mostSecret)), "the file has more than 65536 bytes"},
	} {
		for _, secret := range secretNames() {
			_, err := settingsOf(changed(secret, "-", secret+fileSuffix, c.path)).check()
			require.Error(t, err, "%s %s", name, secret)
			require.Regexp(t, "^"+secret+"_FILE: "+c.says, err.Error(), name)
			require.NotContains(t, err.Error(), "\n", name)
			require.NotContains(t, err.Error(), "hush", name)
		}
	}
	for _, secret := range secretNames() {
		_, err := settingsOf(changed(secret, "hush", secret+fileSuffix, secretFile(t, "hush"))).check()
		require.ErrorContains(t, err, secret+" and "+secret+"_FILE are both set: remove one of them")
	}
}

// A file that cannot be used stops run, check and every command that opens the
// database, and is reported with the other settings. The health check needs no
// secret and continues.
func TestSecretFilesStopEveryCommandThatNeedsThem(t *testing.T) {
	env := changed("SLACK_BOT_TOKEN", "-", "SLACK_BOT_TOKEN_FILE", filepath.Join(t.TempDir(), "none"), "AUDIT_CHANNEL", "#audit",
		"DATABASE_URL_FILE", secretFile(t, ""), "HTTP_ADDR", "127.0.0.1:1")
	environ(t, env)
	for _, args := range [][]string{{"run"}, {"check"}} {
		var out bytes.Buffer
		require.Equal(t, 1, Main(t.Context(), args, &out, &out))
		for _, words := range []string{"SLACK_BOT_TOKEN_FILE: the file cannot be read", "DATABASE_URL_FILE: the file is empty", "AUDIT_CHANNEL"} {
			require.Contains(t, out.String(), words)
		}
	}
	for _, args := range [][]string{{"audit"}, {"backup", filepath.Join(t.TempDir(), "copy.db")}, {"erase", "troll7"}} {
		var out bytes.Buffer
		require.Equal(t, 1, Main(t.Context(), args, &out, &out), args)
		require.Equal(t, "bouncer: DATABASE_URL_FILE: the file is empty; write the secret into it\n", out.String())
	}
	var out bytes.Buffer
	require.Equal(t, 1, Main(t.Context(), []string{"health"}, &out, &out))
	require.NotContains(t, out.String(), "_FILE")

	out.Reset()
	require.Zero(t, Main(t.Context(), []string{"run", "--help"}, &out, &out))
	require.Contains(t, out.String(), "NAME_FILE")
	for _, name := range secretNames() {
		require.Contains(t, pages(t)["../../README.md"], "`"+name+"`")
	}
}

// A pipe that nothing writes to does not stop a start, nor a health check; one
// that something writes to is read, as a shell makes it with <(…).
func TestSecretsFromPipes(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	_, err := secretFrom(pipe)
	require.ErrorContains(t, err, "the file is empty")
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	_, err = w.WriteString("hush\n")
	require.NoError(t, err)
	require.NoError(t, w.Close())
	text, err := secretFrom(fmt.Sprintf("/dev/fd/%d", r.Fd()))
	require.NoError(t, err)
	require.Equal(t, "hush", text)
}
