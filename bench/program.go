package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
	"bouncer/store/pgtest"
)

// program is an app to measure.
type program struct {
	name    string
	command []string
	// prepare returns the settings of a new instance beside Slack's, for a program that acts at
	// Tencent; nil for one that only acknowledges.
	prepare func(*tencentd.Server) ([]string, error)
}

// acts reports whether each command becomes a call at Tencent.
func (p program) acts() bool { return p.prepare != nil }

const (
	app     = 1400188366
	chatKey = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
	policy  = "roles:\n  moderators: [S1MODS]\nrules:\n  - {name: everything, roles: [moderators], verbs: [all]}\n"
)

// build builds the programs into a folder. The error names what this machine lacks.
func build(ctx context.Context, folder string) ([]program, error) {
	bouncer, loop := filepath.Join(folder, "bouncer"), filepath.Join(folder, "slackgo")
	for path, args := range map[string][]string{
		bouncer: {"-trimpath", "-tags", "nosandbox", "-ldflags", "-s -w", "-o", bouncer, "./cmd/bot"},
		loop:    {"-trimpath", "-ldflags", "-s -w", "-o", loop, "./bench/slackgo"},
	} {
		if err := execute(ctx, ".", append(os.Environ(), "CGO_ENABLED=0"), "go", append([]string{"build"}, args...)...); err != nil {
			return nil, fmt.Errorf("building %s: %w", filepath.Base(path), err)
		}
	}
	bolt := filepath.Join("bench", "bolt")
	if err := execute(ctx, bolt, os.Environ(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"); err != nil {
		return nil, fmt.Errorf("installing @slack/bolt: %w", err)
	}
	rules := filepath.Join(folder, "policy.yaml")
	if err := os.WriteFile(rules, []byte(policy), 0o600); err != nil {
		return nil, err
	}
	on := func(database func() (string, error)) func(*tencentd.Server) ([]string, error) {
		return func(t *tencentd.Server) ([]string, error) {
			url, err := database()
			if err != nil {
				return nil, err
			}
			addr, err := freeAddr()
			return []string{
				"DATABASE_URL=" + url, "HTTP_ADDR=" + addr, "POLICY_FILE=" + rules, "PEOPLE_LIMIT=off", "LOG_LEVEL=warn", "LANGUAGE=en",
				"AUDIT_CHANNEL=C0AUDIT", "CASE_CHANNEL=C0CASES", "SDK_APP_ID=" + strconv.Itoa(app), "CHAT_SECRET_KEY=" + chatKey,
				"TENCENTCLOUD_SECRET_ID=AKIDBENCH", "TENCENTCLOUD_SECRET_KEY=SECRETBENCH",
				"TRTC_ENDPOINT=" + t.CloudURL(), "CHAT_ENDPOINT=" + t.ChatURL(),
			}, err
		}
	}
	return []program{
		{"Bouncer on SQLite", []string{bouncer, "run"}, on(func() (string, error) {
			dir, err := os.MkdirTemp(folder, "sqlite-*")
			return filepath.Join(dir, "bouncer.db"), err
		})},
		{"Bouncer on PostgreSQL", []string{bouncer, "run"}, on(pgtest.Durable)},
		{"slack-go that only acks", []string{loop}, nil},
		{"@slack/bolt that only acks", []string{"node", filepath.Join(bolt, "bolt.mjs")}, nil},
	}, nil
}

func execute(ctx context.Context, dir string, env []string, name string, args ...string) error {
	c := exec.CommandContext(ctx, name, args...) //nolint:gosec // fixed commands
	c.Dir, c.Env = dir, env
	out, err := c.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // ends at once
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// scene is a running program between a simulated Slack and a simulated Tencent.
type scene struct {
	slack   *slackd.Server
	tencent *tencentd.Server
	cmd     *exec.Cmd
	env     []string
	program program
	started time.Duration // from exec to the first connection
}

// newScene starts the servers and the program, and waits until it is connected.
func newScene(ctx context.Context, p program) (_ *scene, err error) {
	s := &scene{program: p}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.slack, err = slackd.New(ctx, slackd.Config{Limits: slackd.Limits{
		MessageBurst: -1, MessagesPerMinute: -1, Tier1: -1, Tier2: -1, Tier3: -1, Tier4: -1, ConnectionsOpenPerMinute: -1,
	}}); err != nil {
		return nil, err
	}
	if s.tencent, err = tencentd.New(ctx, tencentd.Config{
		SDKAppID: app, SecretID: "AKIDBENCH", SecretKey: "SECRETBENCH", ChatKey: chatKey, Limits: tencentd.Limits{Rest: -1},
	}); err != nil {
		return nil, err
	}
	if err := s.tencent.CreateLive("show1", "Gala", "host"); err != nil {
		return nil, err
	}
	s.env = append(os.Environ(), "SLACK_BOT_TOKEN="+s.slack.BotToken(), "SLACK_APP_TOKEN="+s.slack.AppToken(), "SLACK_API_URL="+s.slack.URL())
	if p.acts() {
		more, err := p.prepare(s.tencent)
		if err != nil {
			return nil, err
		}
		s.env = append(s.env, more...)
		// The first start makes the database; the second one is measured.
		if err := s.start(ctx); err != nil {
			return nil, err
		}
		if err := s.stop(); err != nil {
			return nil, err
		}
	}
	return s, s.start(ctx)
}

func (s *scene) start(ctx context.Context) error {
	s.cmd = exec.CommandContext(ctx, s.program.command[0], s.program.command[1:]...) //nolint:gosec // built by this program
	s.cmd.Env, s.cmd.Stderr = s.env, os.Stderr
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := s.slack.WaitConnections(ctx, 1); err != nil {
		return fmt.Errorf("no connection within a minute: %w", err)
	}
	s.started = time.Since(began)
	return nil
}

func (s *scene) stop() error {
	if s.cmd == nil || s.cmd.Process == nil {
		return nil
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	killed := time.AfterFunc(15*time.Second, func() { _ = s.cmd.Process.Kill() })
	defer killed.Stop()
	err := s.cmd.Wait()
	s.cmd = nil
	var status *exec.ExitError
	if errors.As(err, &status) { // slack-go's loop and Bolt end by the signal
		return nil
	}
	return err
}

func (s *scene) close() error {
	err := s.stop()
	for _, c := range []io.Closer{s.slack, s.tencent} {
		if c != nil {
			err = errors.Join(err, c.Close())
		}
	}
	return err
}

// memory returns a field of /proc/PID/status in MB.
func (s *scene) memory(field string) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024, err
		}
	}
	return 0, fmt.Errorf("no %s in /proc", field)
}

// cpu returns the processor time that the program has used, in user and system mode, to a
// hundredth of a second.
func (s *scene) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the name before it may contain blanks
	var ticks int64
	for _, field := range strings.Fields(rest)[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}
