package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"bouncer/moderation"
)

// The scripts run each in a folder of their own with an empty environment:
// people act in the sandbox by name, and operators make mistakes. "sandbox"
// is bouncer sandbox in this process, with a Slack without limits; "exec
// bouncer" is the program itself.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", "halt_on_error=1 exitcode=66 atexit_sleep_ms=0") // the detector would sleep a second at each end
			env.Values[scriptTest] = env.T()
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    scriptExits,
			"sandbox":  scriptSandbox,
			"flooded":  scriptFlooded,
			"await":    scriptAwait,
			"settings": scriptSettings,
		},
	})
}

// scriptTest is the name of a script's testing.TB among its values.
const scriptTest = "test"

// scriptSandbox runs bouncer sandbox in this process: sandbox -script FILE.
func scriptSandbox(ts *testscript.TestScript, neg bool, args []string) {
	timing := quick
	timing.LineDelay = 0 // folding similar lines takes time
	runSandboxScript(ts, neg, args, timing)
}

// scriptFlooded is scriptSandbox where a channel takes a message a second, as in production, and is behind at once.
func scriptFlooded(ts *testscript.TestScript, neg bool, args []string) {
	timing := quick
	timing.MessagePace, timing.FoldAfter = time.Second, time.Millisecond
	runSandboxScript(ts, neg, args, timing)
}

// runSandboxScript runs bouncer sandbox. Without -db its database is a new one that has its tables already:
// to create them takes longer than most scripts.
func runSandboxScript(ts *testscript.TestScript, neg bool, args []string, timing moderation.Timing) {
	for i := 1; i < len(args); i++ {
		if args[i-1] == "-script" || args[i-1] == "-db" || args[i-1] == "-log" {
			args[i] = ts.MkAbs(args[i])
		}
	}
	if !slices.Contains(args, "-db") {
		args = append(args, "-db", newFile(ts.Value(scriptTest).(testing.TB))) //nolint:forcetypeassert // set above
	}
	errs := ts.Stderr()
	var said bytes.Buffer
	status := exitStatus(sandboxWith(context.Background(), timing, noLimits, args, io.MultiWriter(ts.Stdout(), &said), errs), errs)
	for line := range strings.Lines(said.String()) {
		shownTexts.Add(line)
	}
	if neg != (status != 0) {
		ts.Fatalf("exit status %d", status)
	}
}

// scriptExits runs a program and requires its exit status: exits 2 bot bogus.
func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM [ARG…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%s does not run: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d instead of %d", got, want)
	}
}

// scriptAwait waits until a file contains a text: await log.json '"ready"'.
func scriptAwait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await FILE REGEXP")
	}
	want, err := regexp.Compile(args[1])
	ts.Check(err)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && want.Match(text) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s does not contain %s: %s", args[0], args[1], text)
		}
	}
}

// scriptSettings sets what bouncer run must have, well-formed, for a Slack that
// cannot be reached.
func scriptSettings(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: settings")
	}
	for name, value := range map[string]string{
		"SLACK_BOT_TOKEN": "xoxb-script", "SLACK_APP_TOKEN": "xapp-script", "SLACK_API_URL": "http://127.0.0.1:1/api/",
		"AUDIT_CHANNEL": auditRoom, "MODERATORS": "S1MODS", "SDK_APP_ID": strconv.Itoa(stageApp),
		"TENCENTCLOUD_SECRET_ID": "AKIDSCRIPT", "TENCENTCLOUD_SECRET_KEY": "script", "CHAT_SECRET_KEY": "script",
		"HTTP_ADDR": "127.0.0.1:0",
	} {
		ts.Setenv(name, value)
	}
}
