//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"bouncer/faults/check"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
	"bouncer/store/pgtest"
)

// The setups.
const (
	postgres = "postgres"
	sqlite   = "sqlite"
)

var titles = map[string]string{postgres: "Two replicas on PostgreSQL", sqlite: "One process on SQLite"}

const (
	app       = 1400188366
	chatKey   = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
	audit     = "C0AUDIT"
	approvals = "C0BANS" // where bans need an approval
	people    = 400      // in each room
	policy    = `
roles:
  moderators: [S1MODS]
  leads: [S2LEADS]
people_limit: off
approval_ttl: 1m
remind_after: 30s
rules:
  - {name: approved, roles: [moderators, leads], verbs: [ban, unban], channels: [C0BANS], approvals: 1, approvers: [leads]}
  - {name: everyday, roles: [moderators, leads], verbs: [all]}
`
)

var (
	moderators = []string{"U0MOD1", "U0MOD2", "U0MOD3", "U0MOD4"}
	leads      = []string{"U0LEAD1", "U0LEAD2"}
	channels   = []string{"C0LIVE", "C0GALA", "C0NIGHT"}
)

// setup is the processes of one database between a simulated Slack and a simulated Tencent.
type setup struct {
	options
	name, folder string
	slack        *slackd.Server
	tencent      *tencentd.Server
	skew         atomic.Int64 // how far Slack's clock is off
	bots         []*process
	database     string // past all proxies
	server       *pgtest.Server
	proxies      []*pgtest.Proxy
	index        *index
	journal      *journal

	mu       sync.Mutex
	commands []check.Command
}

// runSetup runs one setup to its end and checks it. The error says what could not be done.
func runSetup(ctx context.Context, o options, name, folder string, j *journal) (report *check.Report, err error) {
	s := &setup{options: o, name: name, folder: folder, journal: j}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	for _, b := range s.bots {
		if err := b.start(); err != nil {
			return nil, err
		}
	}
	if err := s.ready(ctx, time.Minute); err != nil {
		return nil, err
	}
	watching, stopWatching := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() { s.index.run(watching) })
	sending, sent := context.WithCancel(ctx)
	group.Go(func() { s.faults(sending) })
	err = s.send(ctx)
	sent()
	if err == nil {
		err = s.recover(ctx)
	}
	restless := s.settle(ctx)
	stopWatching()
	group.Wait()
	if err != nil || ctx.Err() != nil {
		return nil, errors.Join(err, ctx.Err())
	}
	h, err := s.history(ctx)
	if err != nil {
		return nil, err
	}
	h.Restless = restless
	return check.Check(h), nil
}

func (s *setup) open(ctx context.Context) (err error) {
	everybody := append(append([]string(nil), moderators...), leads...)
	seed := slackd.Seed{Groups: []slackd.Group{
		{ID: "S1MODS", Handle: "mods", Name: "Moderators", Members: moderators}, {ID: "S2LEADS", Handle: "leads", Name: "Leads", Members: leads},
	}}
	for _, u := range everybody {
		seed.Users = append(seed.Users, slackd.User{ID: u, Name: u[2:], RealName: "Person " + u[2:]})
	}
	for _, c := range append([]string{audit, approvals, "C0CASES"}, channels...) {
		seed.Channels = append(seed.Channels, slackd.Channel{ID: c, Name: "channel-" + c[2:], BotIn: true, Members: everybody})
	}
	if s.slack, err = slackd.New(ctx, slackd.Config{
		Seed: &seed, Scopes: append(slackd.DefaultScopes(), "channels:history", "groups:history"),
		Clock:  func() time.Time { return time.Now().Add(time.Duration(s.skew.Load())) },
		Timing: slackd.Timing{Warning: 2 * time.Second},
		Limits: slackd.Limits{
			MessageBurst: -1, MessagesPerMinute: -1, Tier1: -1, Tier2: -1, Tier3: -1, Tier4: -1, ConnectionsOpenPerMinute: -1, Keep: 1_000_000,
		},
	}); err != nil {
		return err
	}
	if s.tencent, err = tencentd.New(ctx, tencentd.Config{
		SDKAppID: app, SecretID: "AKIDFAULTS", SecretKey: "SECRETFAULTS", ChatKey: chatKey, KeepCalls: 1_000_000,
	}); err != nil {
		return err
	}
	if err := s.furnish(); err != nil {
		return err
	}
	rules := filepath.Join(s.folder, "policy.yaml")
	if err := os.WriteFile(rules, []byte(policy), 0o600); err != nil {
		return err
	}
	urls := []string{filepath.Join(s.folder, "bouncer.db")}
	s.database = urls[0]
	if s.name == postgres {
		if s.server, err = pgtest.NewServer(); err != nil { //nolint:contextcheck // it ends with this process
			return err
		}
		s.database, urls = s.server.URL, nil
		for range 2 {
			p, err := pgtest.OpenProxy(s.server.URL) //nolint:contextcheck // closed with the setup
			if err != nil {
				return err
			}
			s.proxies, urls = append(s.proxies, p), append(urls, p.URL)
		}
	}
	for i, url := range urls {
		addr, err := freeAddr()
		if err != nil {
			return err
		}
		s.bots = append(s.bots, &process{path: s.bot, addr: addr, log: filepath.Join(s.folder, fmt.Sprintf("bot%d.log", i+1)), env: append(os.Environ(),
			"SLACK_BOT_TOKEN="+s.slack.BotToken(), "SLACK_APP_TOKEN="+s.slack.AppToken(), "SLACK_API_URL="+s.slack.URL(),
			"DATABASE_URL="+url, "HTTP_ADDR="+addr, "POLICY_FILE="+rules, "LOG_LEVEL=warn", "LANGUAGE=en",
			"AUDIT_CHANNEL="+audit, "CASE_CHANNEL=C0CASES", "SDK_APP_ID="+strconv.Itoa(app), "CHAT_SECRET_KEY="+chatKey,
			"TENCENTCLOUD_SECRET_ID=AKIDFAULTS", "TENCENTCLOUD_SECRET_KEY=SECRETFAULTS",
			"TRTC_ENDPOINT="+s.tencent.CloudURL(), "CHAT_ENDPOINT="+s.tencent.ChatURL())})
	}
	s.index = newIndex(s)
	return nil
}

// furnish makes the rooms and their people.
func (s *setup) furnish() error {
	users := make([]string, people)
	for i := range users {
		users[i] = user(i)
	}
	t := s.tencent
	return errors.Join(
		t.CreateLive("show1", "Gala", "host"), t.Join(tencentd.KindLive, "show1", users...),
		t.CreateRoom(tencentd.KindRoom, "10006"), t.Join(tencentd.KindRoom, "10006", users...),
		t.CreateRoom(tencentd.KindStrRoom, "lobby"), t.Join(tencentd.KindStrRoom, "lobby", users...),
		t.CreateRoom(tencentd.KindRoom, "1234"),
	)
}

func user(i int) string { return fmt.Sprintf("u%03d", i) }

// ready waits until every process is ready.
func (s *setup) ready(ctx context.Context, within time.Duration) error {
	for _, b := range s.bots {
		if err := await(ctx, within, b.ready); err != nil {
			return fmt.Errorf("%s is not ready: %w", b.log, err)
		}
	}
	return nil
}

// dice returns a source of chance that depends on the seed and the setup.
func (s *setup) dice(of uint64) *rand.Rand {
	return rand.New(rand.NewPCG(s.seed, of+uint64(len(s.name)))) //nolint:gosec // a run can be repeated
}

func (s *setup) close() (err error) {
	for _, b := range s.bots {
		err = errors.Join(err, b.stop())
	}
	for _, p := range s.proxies {
		err = errors.Join(err, p.Close())
	}
	if s.server != nil {
		err = errors.Join(err, s.server.Close())
	}
	if s.slack != nil {
		err = errors.Join(err, s.slack.Close())
	}
	if s.tencent != nil {
		err = errors.Join(err, s.tencent.Close())
	}
	return err
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // ends at once
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// await polls a condition. The error says that it did not come true in time.
func await(ctx context.Context, within time.Duration, done func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("not within %s", within)
		}
	}
	return nil
}
