package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
	"bouncer/store/pgtest"
	"bouncer/store/storetest"
)

// asBot makes the test binary run as the bot, as a separate process with the
// race detector: for tests that kill it, signal it or read its files.
const asBot = "BOUNCER_TEST_AS_BOT"

// quick is the timing of a bot whose Slack has no limits: no test needs
// production's pace.
var quick = moderation.Timing{
	MessagePace: 10 * time.Millisecond, UpdatePace: 10 * time.Millisecond, PrivatePace: 10 * time.Millisecond,
	LineDelay: 150 * time.Millisecond, PolicyCheckEvery: 200 * time.Millisecond,
	EventRepeat: 8 * time.Second, ListWithin: 10 * time.Second,
}

func TestMain(m *testing.M) {
	if os.Getenv(asBot) != "" {
		main()
		return
	}
	if err := flag.Set("test.parallel", "12"); err != nil { // they wait for Slack's and Tencent's time, not for the processor
		panic(err)
	}
	var err error
	if programs.folder, err = os.MkdirTemp("", "bouncer-tests-*"); err != nil {
		panic(err)
	}
	programs.paths = make(map[string]string)
	testscript.Main(cleaned{m}, map[string]func(){"bouncer": main, "bot": main}) // the scripts of testdata run it by its name, older ones as bot
}

// cleaned runs the tests and removes what they built.
type cleaned struct{ *testing.M }

// Run runs the tests. A bot that ran in this process and left a goroutine behind fails them, and so does
// a sentence that none of them showed.
func (c cleaned) Run() int {
	defer os.RemoveAll(programs.folder) //nolint:errcheck // a temporary folder
	status := c.M.Run()
	if err := checkSentences(os.Stdout); err != nil && status == 0 {
		_, _ = fmt.Fprintln(os.Stderr, err)
		return 1
	}
	http.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(); err != nil && status == 0 {
		_, _ = fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return status
}

// The people and places of the stage.
const (
	mod, mod2, lead      = "U07SAM", "U07MEI", "U07RAJ"
	noRole, guest        = "U07ANA", "U07GUS"
	outsider             = "U0EVE"
	live, auditRoom, cas = "C0LIVE", "C0AUDIT", "C0CASES"
	shared               = "C0SHARED"
)

const (
	stageApp = 1400188366
	stageKey = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
)

// stage is a Slack and a Tencent on loopback, and the bot between them: in this
// process, unless apart was called.
type stage struct {
	tb      testing.TB
	slack   *slackd.Server
	tencent *tencentd.Server
	env     map[string]string
	timing  moderation.Timing // of a bot in this process
	bin     string            // the program as a process of its own; empty for a bot in this one
	proc    *process
}

// process is a running bot.
type process struct {
	cmd  *exec.Cmd // nil in this process
	stop context.CancelFunc
	hups chan os.Signal
	log  *tail
	done chan struct{}
	code int // what it ended with, once done is closed
	view view
}

// tail keeps the last output of a process.
type tail struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.buf.Len() > 4<<20 {
		t.buf.Reset()
	}
	return t.buf.Write(p)
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.String()
}

// newStage sets the scene; limits and timing of Slack can be changed.
func newStage(tb testing.TB, change ...func(*slackd.Config, *tencentd.Config)) *stage {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	tb.Cleanup(cancel)
	sc := slackd.Config{}
	tc := tencentd.Config{SDKAppID: stageApp, SecretID: "AKIDSTAGE", SecretKey: "SECRETSTAGE", ChatKey: stageKey}
	for _, f := range change {
		f(&sc, &tc)
	}
	sl, err := slackd.New(ctx, sc)
	require.NoError(tb, err)
	tb.Cleanup(func() {
		addShown(sl)
		_ = sl.Close()
	})
	te, err := tencentd.New(ctx, tc)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = te.Close() })
	s := &stage{tb: tb, slack: sl, tencent: te}
	if sc.Limits.MessagesPerMinute < 0 {
		s.timing = quick
	}
	s.env = map[string]string{
		"SLACK_BOT_TOKEN": sl.BotToken(), "SLACK_APP_TOKEN": sl.AppToken(), "SLACK_API_URL": sl.URL(),
		"AUDIT_CHANNEL": auditRoom, "CASE_CHANNEL": cas, "MODERATORS": "S1MODS", "APPROVERS": "S2LEADS", "LANGUAGE": "en",
		"TENCENTCLOUD_SECRET_ID": tc.SecretID, "TENCENTCLOUD_SECRET_KEY": tc.SecretKey, "SDK_APP_ID": fmt.Sprint(stageApp),
		"CHAT_SECRET_KEY": stageKey, "TRTC_ENDPOINT": te.CloudURL(), "CHAT_ENDPOINT": te.ChatURL(),
		"DATABASE_URL": databaseURL(tb), "HTTP_ADDR": freeAddr(tb),
	}
	s.furnish()
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Log(s.seen())
		}
		if s.proc != nil {
			s.end()
		}
	})
	return s
}

// apart makes the stage's bot a separate process: the test binary, with the
// race detector and production's timing.
func (s *stage) apart() {
	s.tb.Helper()
	exe, err := os.Executable()
	require.NoError(s.tb, err)
	s.bin = exe
}

// shipped makes the stage run the shipped program. The database is C compiled
// to Go and about twenty times slower under the race detector, so load tests
// use this; all others run with the detector.
func (s *stage) shipped() {
	s.tb.Helper()
	s.bin = built(s.tb, ".")
}

// programs are those that were built, by their folder: each once for all tests.
var programs struct {
	sync.Mutex
	folder string
	paths  map[string]string
}

// built builds the program of a folder without the race detector.
func built(tb testing.TB, folder string) string {
	tb.Helper()
	p := &programs
	p.Lock()
	defer p.Unlock()
	if path := p.paths[folder]; path != "" {
		return path
	}
	path := filepath.Join(p.folder, fmt.Sprintf("program%d", len(p.paths)))
	build := exec.CommandContext(context.Background(), "go", "build", "-tags", "nosandbox", "-o", path, folder)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(tb, err, string(out))
	p.paths[folder] = path
	return path
}

// policy makes the stage's bot go by a policy file instead of the two lists.
func (s *stage) policy(text string) {
	s.tb.Helper()
	path := s.env["POLICY_FILE"]
	if path == "" {
		path = filepath.Join(s.tb.TempDir(), "policy.yaml")
	}
	require.NoError(s.tb, os.WriteFile(path, []byte(text), 0o600))
	s.env["POLICY_FILE"] = path
	for _, list := range []string{"MODERATORS", "APPROVERS", "CHANNELS"} {
		delete(s.env, list)
	}
}

// asksNobody is for tests of load and of other things than approvals: everybody
// in the two groups may do everything to any number of people.
func (s *stage) asksNobody() {
	s.tb.Helper()
	s.env["PEOPLE_LIMIT"] = "off"
	s.policy("roles:\n  moderators: [S1MODS, S2LEADS]\nrules:\n  - {name: everything, roles: [moderators], verbs: [all]}\n")
}

// furnish makes the rooms of the examples.
func (s *stage) furnish() {
	t := s.tencent
	require.NoError(s.tb, t.CreateRoom(tencentd.KindRoom, "10006"))
	require.NoError(s.tb, t.Join(tencentd.KindRoom, "10006", "29376", "alice", "bob"))
	require.NoError(s.tb, t.CreateRoom(tencentd.KindRoom, "1234"))
	require.NoError(s.tb, t.Join(tencentd.KindRoom, "1234", "test1", "test2"))
	require.NoError(s.tb, t.CreateRoom(tencentd.KindStrRoom, "lobby"))
	require.NoError(s.tb, t.Join(tencentd.KindStrRoom, "lobby", "alice"))
	require.NoError(s.tb, t.CreateLive("show1", "Gala", "host"))
	require.NoError(s.tb, t.Join(tencentd.KindLive, "show1", "troll7", "alice"))
	require.NoError(s.tb, t.CreateLive("test", "Test", "host"))
	require.NoError(s.tb, t.Join(tencentd.KindLive, "test", "user1", "user2"))
	require.NoError(s.tb, t.CreateGroup("@TGS#aJRGC4MH6", "AVChatRoom", "Gala chat"))
	require.NoError(s.tb, t.Join(tencentd.KindChat, "@TGS#aJRGC4MH6", "brennanli1", "brennanli12"))
	require.NoError(s.tb, t.CreateGroup("staff", "Public", "Staff"))
	require.NoError(s.tb, t.Join(tencentd.KindChat, "staff", "carol", "dave"))
}

// lastPort is the last one that freeAddr tried.
var lastPort atomic.Int32

// freeAddr returns another address on each call. Its port is below those that
// a system assigns by itself, so that no connection of another test can take
// it before the bot does.
func freeAddr(tb testing.TB) string {
	tb.Helper()
	first := 20_000 + os.Getpid()%120*100 // two simultaneous test runs use different ports
	for range 1000 {
		addr := fmt.Sprintf("127.0.0.1:%d", first+int(lastPort.Add(1)))
		if l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr); err == nil {
			require.NoError(tb, l.Close())
			return addr
		}
	}
	tb.Fatal("no free port from 20000 on")
	return ""
}

// command makes a process of the program with the stage's environment only.
func (s *stage) command(args ...string) *exec.Cmd {
	bin := s.bin
	if bin == "" {
		exe, err := os.Executable()
		require.NoError(s.tb, err)
		bin = exe
	}
	cmd := exec.CommandContext(context.Background(), bin, args...)
	cmd.Env = []string{asBot + "=1", "HOME=" + s.tb.TempDir(), "GORACE=halt_on_error=1 exitcode=66 atexit_sleep_ms=0"}
	for k, v := range s.env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	return cmd
}

// start runs the bot and waits until it is ready with all its connections.
func (s *stage) start() {
	s.tb.Helper()
	s.launch()
	s.await("ready", patience, func() bool {
		select {
		case <-s.proc.done:
			s.tb.Fatalf("the bot ended: %d\n%s", s.proc.code, s.proc.log)
		default:
		}
		return s.get("/readyz") == http.StatusOK
	})
}

func (s *stage) launch() {
	p := &process{log: &tail{}, done: make(chan struct{}), hups: make(chan os.Signal, 1)}
	s.proc = p
	if s.bin == "" {
		var ctx context.Context
		ctx, p.stop = context.WithCancel(context.Background())
		settings, timing := settingsOf(s.env), s.timing
		go func() {
			defer close(p.done)
			p.code = exitStatus(runWith(ctx, settings, timing, p.hups, p.log), p.log)
		}()
		return
	}
	p.cmd = s.command("run")
	p.cmd.Stderr = p.log
	require.NoError(s.tb, p.cmd.Start())
	p.stop = func() { _ = p.cmd.Process.Signal(syscall.SIGTERM) } // it may have ended
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait()
		p.code = p.cmd.ProcessState.ExitCode()
	}()
}

func (s *stage) get(path string) int {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+s.env["HTTP_ADDR"]+path, nil)
	require.NoError(s.tb, err)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// kill is kill -9 of a bot that is a process of its own.
func (s *stage) kill() {
	s.tb.Helper()
	s.proc.view.shut()
	require.NotNil(s.tb, s.proc.cmd, "only a bot apart can be killed")
	_ = s.proc.cmd.Process.Kill()
	<-s.proc.done
	s.raced()
	s.proc = nil
}

// stop sends SIGTERM, or ends the context that SIGTERM ends, and returns how
// the bot ended.
func (s *stage) stop() error {
	s.tb.Helper()
	s.proc.view.shut()
	s.proc.stop()
	if code, last := s.ends(30 * time.Second); code != 0 {
		return fmt.Errorf("exit status %d: %s", code, last)
	}
	return nil
}

// end is what a test leaves behind.
func (s *stage) end() {
	if s.proc.cmd != nil {
		s.kill()
		return
	}
	s.proc.view.shut()
	s.proc.stop()
	s.ends(30 * time.Second)
}

// hangup is SIGHUP.
func (s *stage) hangup() {
	s.tb.Helper()
	if s.proc.cmd == nil {
		s.proc.hups <- syscall.SIGHUP
		return
	}
	require.NoError(s.tb, s.proc.cmd.Process.Signal(syscall.SIGHUP))
}

func (s *stage) raced() {
	require.NotContains(s.tb, s.proc.log.String(), "DATA RACE")
}

// await waits for a condition, and asks ever less often: what many tests ask at
// once is work for the same machine.
func (s *stage) await(what string, within time.Duration, ok func() bool) {
	s.tb.Helper()
	deadline := time.Now().Add(within)
	pause := 2 * time.Millisecond
	for !ok() {
		if time.Now().After(deadline) {
			log := ""
			if s.proc != nil {
				log = s.proc.log.String()
			}
			s.tb.Fatalf("%s: not within %s\n%s", what, within, lastLines(log, 40))
		}
		time.Sleep(pause)
		pause = min(pause+pause/4, 50*time.Millisecond)
	}
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// say types a command and requires an ack.
func (s *stage) say(user, text string) slackd.Delivery {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	d, err := s.slack.Command(ctx, user, live, text)
	require.NoError(s.tb, err)
	require.True(s.tb, d.Acked, "%s: %s %s", text, d.Failure, d.Detail)
	return d
}

// audit runs bouncer audit on the database of a bot that is not running.
func (s *stage) audit() string {
	s.tb.Helper()
	out, err := s.audits()
	require.NoError(s.tb, err, out)
	return out
}

// audits is audit with flags; it may fail.
func (s *stage) audits(args ...string) (out string, err error) {
	s.tb.Helper()
	var said bytes.Buffer
	err = auditWith(s.tb.Context(), settingsOf(s.env), args, &said, &said)
	if err != nil {
		said.WriteString(err.Error())
	}
	return said.String(), err
}

// idle waits until everything that was asked is done, but for lifts that are
// due later.
func (s *stage) idle(within time.Duration) {
	s.tb.Helper()
	s.await("nothing left to do", within, func() bool {
		return s.countJobs(storetest.Jobs{Open: true, But: []moderation.Queue{moderation.QueueLift, moderation.QueueTimer}}) == 0
	})
}

// databaseURL names a new database: a file, or with BOUNCER_TEST_DATABASE=postgres one on
// PostgreSQL.
func databaseURL(tb testing.TB) string {
	tb.Helper()
	if os.Getenv("BOUNCER_TEST_DATABASE") == "postgres" {
		return pgtest.URL(tb)
	}
	return newFile(tb)
}

// newFile returns the path of a database that no bot has used yet.
func newFile(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(storetest.TempDir(tb), "bouncer.db")
	storetest.NewFile(tb, path)
	return path
}
