package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/compose-spec/compose-go/v2/schema"
	"github.com/stretchr/testify/require"

	"bouncer/store/pgtest"
)

// The services of deploy/compose-sandbox.yaml, as processes without containers:
// the simulators write their settings, and two bots become ready with them, on
// PostgreSQL. Only addresses and folders differ.
func TestComposeSandbox(t *testing.T) {
	t.Parallel()
	c := documents(t, "deploy/compose-sandbox.yaml")[0]
	require.NoError(t, schema.Validate(c))
	require.Equal(t, "sandbox", at(c, "services/sandbox/build/target"))
	raw, err := os.ReadFile("../../Dockerfile")
	require.NoError(t, err)
	require.Contains(t, string(raw), " AS sandbox\n")

	folder := t.TempDir()
	replace := []string{"/data", folder}
	for _, port := range []string{"8080", "8401", "8402", "8404", "8405"} {
		replace = append(replace, "127.0.0.1:"+port, freeAddr(t))
	}
	local := strings.NewReplacer(replace...)
	var args []string
	for _, arg := range at(c, "services/sandbox/command").([]any) {
		args = append(args, local.Replace(fmt.Sprint(arg)))
	}
	s := &stage{tb: t}
	simulators := s.command(args...)
	stops(t, simulators)
	s.await("the settings", patience, func() bool { // bots of the containers restart until then
		for _, value := range at(c, "services/bouncer-a/environment").(map[string]any) {
			if path := local.Replace(fmt.Sprint(value)); strings.HasPrefix(path, folder) {
				if info, err := os.Stat(path); err != nil || info.Size() == 0 {
					return false
				}
			}
		}
		return true
	})

	database := pgtest.URL(t)
	for _, name := range []string{"bouncer-a", "bouncer-b"} {
		require.Equal(t, "host", at(c, "services/"+name+"/network_mode"), "loopback must be the simulators'")
		env := map[string]string{}
		for key, value := range at(c, "services/"+name+"/environment").(map[string]any) {
			env[key] = local.Replace(fmt.Sprint(value))
		}
		require.Equal(t, "postgres://bouncer:sandbox@127.0.0.1:8403/bouncer", env["DATABASE_URL"])
		env["DATABASE_URL"] = database
		bot := &stage{tb: t, env: env}
		stops(t, bot.command("run"))
		s.await(name, patience, func() bool { return bot.get("/readyz") == http.StatusOK })
	}
}

// stops starts a process and stops it after the test.
func stops(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	log := &tail{}
	cmd.Stdout, cmd.Stderr = log, log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, log)
		}
		if t.Failed() {
			t.Log(log)
		}
	})
}
