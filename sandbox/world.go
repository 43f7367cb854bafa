// Package sandbox lets people try all of Bouncer without any account: it
// starts a simulated Slack workspace and a simulated Tencent application on
// loopback, fills both with people and rooms, and returns the settings that
// point the real bot at them.
//
// Nothing leaves the machine and nothing stays on it: keys are random for
// each world, and files are in a temporary folder that is removed with it.
package sandbox

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"bouncer/commands"
	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// sdkAppID is the demo application's number.
const sdkAppID = 20010987

// Config configures a world. The zero Config is the demo on free ports
// without random events.
type Config struct {
	// SlackAddr and TencentAddr are host:port on loopback; empty means a free
	// port of 127.0.0.1.
	SlackAddr, TencentAddr string
	// DatabasePath is the bot's database. Empty means a file in the world's
	// temporary folder, which is removed with it.
	DatabasePath string
	// Language is the language of channels, en or zh. Empty means en.
	Language string
	// Policy replaces top-level keys of the demo's policy, or adds them, as
	// in approval_ttl: 3s. The bot checks whether the key exists.
	Policy map[string]string
	// Limits are Slack's limits; zero fields mean the documented or strict value.
	Limits slackd.Limits
	// EventInterval is the average time between random events: a person
	// joins, leaves or switches a microphone. Zero means none, as scripts and
	// tests need.
	EventInterval time.Duration
	// Seed determines the random events. Zero means a random seed.
	Seed uint64
	// Now is the clock of both simulators. Nil means time.Now.
	Now func() time.Time
	// Logger receives what the simulators do, at Debug. Nil logs nothing.
	Logger *slog.Logger
}

// World is a running workspace and application.
type World struct {
	// Slack and Tencent are the simulators, to act in and to inspect.
	Slack   *slackd.Server
	Tencent *tencentd.Server

	cfg                          Config
	folder                       string
	secretID, secretKey, chatKey string
	reports                      reportClient
	cancel                       context.CancelFunc
	group                        *errgroup.Group
}

// New returns a started world that lives until ctx ends and Close is called. It
// fails when an address cannot be had or the temporary folder cannot be
// written.
func New(ctx context.Context, cfg Config) (_ *World, err error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(ctx)
	w := &World{
		cfg: cfg, cancel: cancel, group: &errgroup.Group{},
		secretID: "IKID" + secret(14), secretKey: secret(16), chatKey: secret(32),
		reports: reportClient{secret: secret(32)},
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	if w.folder, err = os.MkdirTemp("", "bouncer-sandbox-"); err != nil {
		return nil, fmt.Errorf("sandbox: temporary folder: %w", err)
	}
	text, err := withSettings(demoPolicy, cfg.Policy)
	if err != nil {
		return nil, err
	}
	if err = os.WriteFile(w.policyFile(), []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("sandbox: policy: %w", err)
	}
	seed := workspace()
	w.Slack, err = slackd.New(ctx, slackd.Config{Addr: cfg.SlackAddr, BotName: "bouncer", Seed: &seed, Limits: cfg.Limits, Clock: cfg.Now, Logger: cfg.Logger})
	if err != nil {
		return nil, err
	}
	w.Tencent, err = tencentd.New(ctx, tencentd.Config{
		Addr: cfg.TencentAddr, SDKAppID: sdkAppID, SecretID: w.secretID, SecretKey: w.secretKey, ChatKey: w.chatKey,
		Now: cfg.Now, Logger: cfg.Logger,
	})
	if err != nil {
		return nil, err
	}
	if err = furnish(w.Tencent); err != nil {
		return nil, fmt.Errorf("sandbox: rooms: %w", err)
	}
	if cfg.EventInterval > 0 {
		w.group.Go(func() error { w.runEvents(ctx); return nil })
	}
	return w, nil
}

// Close stops both simulators and removes the temporary folder. It returns the
// errors of both, joined.
func (w *World) Close() error {
	w.cancel()
	err := w.group.Wait()
	if w.Slack != nil {
		err = errors.Join(err, w.Slack.Close())
	}
	if w.Tencent != nil {
		err = errors.Join(err, w.Tencent.Close())
	}
	if w.folder != "" {
		err = errors.Join(err, os.RemoveAll(w.folder))
	}
	return err
}

// Environment returns the settings of "bouncer run" that point it at this
// world. They contain the world's keys, which are valid nowhere else.
func (w *World) Environment() map[string]string {
	db := w.cfg.DatabasePath
	if db == "" {
		db = filepath.Join(w.folder, "bouncer.db")
	}
	return map[string]string{
		"SLACK_BOT_TOKEN": w.Slack.BotToken(), "SLACK_APP_TOKEN": w.Slack.AppToken(),
		"SLACK_API_URL": w.Slack.URL(), "SLACK_COMMAND": w.Slack.CommandName(),
		"AUDIT_CHANNEL": ChannelAudit, "CASE_CHANNEL": ChannelCases, "POLICY_FILE": w.policyFile(),
		"TENCENTCLOUD_SECRET_ID": w.secretID, "TENCENTCLOUD_SECRET_KEY": w.secretKey, "TENCENT_SITE": string(tencentd.SiteIntl),
		"TRTC_ENDPOINT": w.Tencent.CloudURL(), "SDK_APP_ID": strconv.Itoa(sdkAppID),
		"CHAT_SECRET_KEY": w.chatKey, "CHAT_ENDPOINT": w.Tencent.ChatURL(),
		"DATABASE_URL": db, "HTTP_ADDR": "127.0.0.1:0", "LANGUAGE": cmp.Or(w.cfg.Language, "en"),
	}
}

// ParseContext returns what this world's policy means for a person who types
// in the channel: named rooms, and the channel's own.
func (w *World) ParseContext(channel string) commands.ParseContext {
	s := commands.ParseContext{Command: w.Slack.CommandName(), Rooms: map[string]moderation.Room{}}
	for name, text := range namedRooms {
		room, _ := moderation.RoomFromKey(text)
		room.Name = name
		s.Rooms[name] = room
		if channel == ChannelGala && name == galaRoom {
			s.ChannelRoom = &room
		}
	}
	return s
}

// Policy returns the keys of the demo's policy that this world replaces.
func (w *World) Policy() map[string]string { return maps.Clone(w.cfg.Policy) }

// Now returns the time of the world's clock.
func (w *World) Now() time.Time { return w.cfg.Now() }

func (w *World) policyFile() string { return filepath.Join(w.folder, "policy.yaml") }

// secret is 2n hexadecimal digits.
func secret(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // crypto/rand.Read never fails
	return hex.EncodeToString(b)
}
