package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sandboxRun is bouncer sandbox in this process.
type sandboxRun struct {
	out, errs *tail
	stop      context.CancelFunc
	done      chan int
}

func startSandbox(t *testing.T, args ...string) *sandboxRun {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &sandboxRun{out: &tail{}, errs: &tail{}, stop: cancel, done: make(chan int, 1)}
	go func() { r.done <- Main(ctx, append([]string{"sandbox"}, args...), r.out, r.errs) }()
	t.Cleanup(cancel)
	return r
}

var opened = regexp.MustCompile(`open (http://[^ ]+/) `)

// url waits for the line with the page's address.
func (r *sandboxRun) url(t *testing.T) string {
	t.Helper()
	require.Eventually(t, func() bool { return opened.MatchString(r.out.String()) || len(r.done) > 0 }, 30*time.Second, 5*time.Millisecond)
	m := opened.FindStringSubmatch(r.out.String())
	require.NotNil(t, m, "%s%s", r.out, r.errs)
	return m[1]
}

// end sends Ctrl-C and returns the exit status.
func (r *sandboxRun) end(t *testing.T) int {
	t.Helper()
	r.stop()
	select {
	case status := <-r.done:
		return status
	case <-time.After(30 * time.Second):
		t.Fatal("the sandbox does not end")
		return -1
	}
}

// The page in a browser: type a command, see the card, press a button, see the
// room change. SANDBOX_PICTURES names a folder for pictures of it.
func TestSandboxPage(t *testing.T) { inBrowser(t, "page.js") }

// The form in a browser, at a phone's width and at a desk.
func TestSandboxForm(t *testing.T) { inBrowser(t, "form.js") }

// Acting on the rows of a list in a browser, at a phone's width and at a desk.
func TestSandboxLists(t *testing.T) { inBrowser(t, "lists.js") }

// inBrowser is not parallel: a browser beside many bots takes longer than the 3 s that Slack waits.
func inBrowser(t *testing.T, script string) {
	t.Helper()
	npm, err := filepath.Abs("../../sandbox/page/testdata/npm")
	require.NoError(t, err)
	browser := needs(t, "chromium")
	node := needs(t, "node")
	if _, err := os.Stat(filepath.Join(npm, "node_modules", ".package-lock.json")); errors.Is(err, fs.ErrNotExist) {
		inFolder(t, npm, needs(t, "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	}
	r := startSandbox(t, "-addr", "127.0.0.1:0")
	args := []string{script, r.url(t)}
	if folder := os.Getenv("SANDBOX_PICTURES"); folder != "" {
		args = append(args, folder)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the bot said:\n%s", r.errs)
		}
	})
	t.Log(inFolder(t, npm, "env", append([]string{"CHROMIUM=" + browser, node}, args...)...))
	require.Zero(t, r.end(t), r.errs)
}

// needs finds a program. Where changes are proven it must be there.
func needs(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") == "" {
		t.Skipf("%s is not installed: the page is not tried in a browser here", name)
	}
	require.NoError(t, err)
	return path
}

func inFolder(t *testing.T, folder, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %s\n%s", program, strings.Join(args, " "), out)
	return string(out)
}

// The scripts in the repository succeed, word for word.
func TestSandboxScripts(t *testing.T) {
	files, err := filepath.Glob("../../sandbox/script/testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			status := exitStatus(sandboxWith(t.Context(), quick, noLimits, []string{"-script", f}, &out, &errs), &errs)
			require.Zero(t, status, "%s\n%s", &out, &errs)
			for line := range strings.Lines(out.String()) {
				shownTexts.Add(line)
			}
			text, err := os.ReadFile(f)
			require.NoError(t, err)
			for line := range strings.Lines(string(text)) {
				if _, said, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.HasPrefix(line, "expect") {
					require.Contains(t, out.String(), said)
				}
			}
		})
	}
}

func TestSandboxSaysWhatIsWrong(t *testing.T) {
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close() //nolint:errcheck // nothing was accepted
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	for _, c := range []struct {
		name   string
		args   []string
		status int
		want   string
	}{
		{"address in use", []string{"-addr", taken.Addr().String()}, 1, taken.Addr().String() + " is in use"},
		{"not loopback", []string{"-addr", "0.0.0.0:0"}, 1, "loopback"},
		{"no script", []string{"-script", filepath.Join(folder, "none")}, 1, "-script: open"},
		{"bad script", []string{"-script", write("bad.txt", "mei #live: hi\nfoo bar\n")}, 1, "bad.txt:2: \"foo bar\" is not a step"},
		{"unmet", []string{"-script", write("unmet.txt", "join room:10006 alice\n")}, 1, "unmet.txt:1: join room:10006 alice: the user is in the room already"},
		{"log", []string{"-log", filepath.Join(folder, "none", "x")}, 1, "-log: open"},
		{"database", []string{"-db", folder, "-addr", "127.0.0.1:0"}, 1, ""},
		{"language", []string{"-language", "fr"}, 1, `-language: "fr" is neither en nor zh`},
		{"flag", []string{"-nonsense"}, 2, "-nonsense"},
		{"argument", []string{"more"}, 2, "unexpected argument"},
		{"help", []string{"-h"}, 0, "-script"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			require.Equal(t, c.status, Main(t.Context(), append([]string{"sandbox"}, c.args...), &out, &errs), &errs)
			require.Contains(t, errs.String(), c.want)
			if c.status == 1 {
				require.Equal(t, 1, strings.Count(errs.String(), "\n"), "one sentence: %s", &errs)
			}
		})
	}
}

// Ctrl-C ends it with status 0; a database that was asked for stays, its log too.
func TestSandboxEnds(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	db, log := filepath.Join(folder, "kept.db"), filepath.Join(folder, "log.json")
	r := startSandbox(t, "-addr", "127.0.0.1:0", "-db", db, "-log", log)
	r.url(t)
	require.Zero(t, r.end(t), r.errs)
	require.Empty(t, r.errs.String())
	require.FileExists(t, db)
	text, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Contains(t, string(text), `"msg":"ready"`)
	require.NotContains(t, string(text), "xoxb-")
	left, err := filepath.Glob(filepath.Join(folder, "bouncer-sandbox-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}
