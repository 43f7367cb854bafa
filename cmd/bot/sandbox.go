//go:build !nosandbox

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"bouncer/bot/say"
	"bouncer/moderation"
	"bouncer/sandbox"
	"bouncer/sandbox/page"
	"bouncer/sandbox/script"
	"bouncer/sandbox/slackd"
)

// eventInterval is how often a random event happens in the page's rooms.
const eventInterval = 5 * time.Second

// sandboxOptions are the flags of bouncer sandbox.
type sandboxOptions struct {
	addr, script, db, log, language string
	// servers is the folder of -servers; slack and tencent are the simulators' addresses.
	servers, slack, tencent string
}

// sandboxCommand is the row of bouncer sandbox. A program built with the tag
// nosandbox has none, and contains no simulators.
func sandboxCommand() []subcommand {
	return []subcommand{
		{"sandbox", "bouncer sandbox [-addr HOST:PORT] [-script FILE] [-language en|zh] [-db PATH] [-log FILE] [-servers FOLDER [-slack HOST:PORT] [-tencent HOST:PORT]]", "try Bouncer with simulated Slack and Tencent servers; nothing to configure", runSandbox},
	}
}

// runSandbox is bouncer sandbox: the bot as it is, between a Slack and a Tencent
// of its own, with a page in the browser or a written conversation.
func runSandbox(ctx context.Context, args []string, out, errs io.Writer) error {
	return sandboxWith(ctx, moderation.Timing{}, slackd.Limits{}, args, out, errs)
}

// sandboxWith is bouncer sandbox with a timing of the bot and limits of its Slack.
func sandboxWith(ctx context.Context, timing moderation.Timing, limits slackd.Limits, args []string, out, errs io.Writer) (err error) {
	var o sandboxOptions
	fs := flags("sandbox", errs)
	fs.StringVar(&o.addr, "addr", "127.0.0.1:8080", "`HOST:PORT` of the page; loopback only")
	fs.StringVar(&o.script, "script", "", "run the conversation in this `FILE` (- is standard input) and print it, without a page")
	fs.StringVar(&o.language, "language", "en", "`LANGUAGE` of channels, en or zh; private answers use each person's own")
	fs.StringVar(&o.db, "db", "", "keep the bot's database at this `PATH`; without it, it is deleted at the end")
	fs.StringVar(&o.log, "log", "", "append the bot's log to this `FILE` (- is standard error); default: only errors, on standard error")
	fs.StringVar(&o.servers, "servers", "", "run no bot: only the simulators and the page, and write the settings of the bots that use them into this `FOLDER`, one file a setting")
	fs.StringVar(&o.slack, "slack", "127.0.0.1:0", "`HOST:PORT` of the simulated Slack; loopback only")
	fs.StringVar(&o.tencent, "tencent", "127.0.0.1:0", "`HOST:PORT` of the simulated Tencent; loopback only")
	if err := parse(fs, args); err != nil {
		return err
	}
	if o.servers != "" && o.script != "" {
		return errors.New("-servers and -script cannot be used together: a script needs its own bot")
	}
	if _, err := say.ParseLang(o.language); err != nil {
		return fmt.Errorf("-language: %s is neither en nor zh", shown(o.language))
	}
	log, closeLog, err := o.logger(errs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	text, err := o.text()
	if err != nil {
		return err
	}
	c := sandbox.Config{SlackAddr: o.slack, TencentAddr: o.tencent, DatabasePath: o.db, Language: o.language, Policy: text.Settings(), Limits: limits}
	if text == nil {
		c.EventInterval = eventInterval
	}
	world, err := sandbox.New(context.WithoutCancel(ctx), c) // it outlives the bot, so that the bot can disconnect properly
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, world.Close()) }()
	if o.servers != "" {
		if err := writeSettings(o.servers, world.Environment()); err != nil {
			return err
		}
		return showPage(ctx, world, o.addr, log, out, onlyServers)
	}
	if text != nil {
		return withBot(ctx, world, timing, log, func(ctx context.Context) error { return script.Run(ctx, script.Config{World: world, Out: out}, text) })
	}
	return showPage(ctx, world, o.addr, log, out, withBot)
}

// writeSettings writes each setting into a file with its name, and the policy
// into policy.yaml, for bots in other processes.
func writeSettings(folder string, env map[string]string) error {
	text, err := os.ReadFile(env["POLICY_FILE"])
	if err != nil {
		return fmt.Errorf("the sandbox's policy: %w", err)
	}
	env["policy.yaml"] = string(text)
	for name, value := range env {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(value), 0o600); err != nil {
			return fmt.Errorf("-servers: %w", err)
		}
	}
	return nil
}

// onlyServers is withBot without the bot.
func onlyServers(ctx context.Context, _ *sandbox.World, _ moderation.Timing, _ *slog.Logger, do func(context.Context) error) error {
	return do(ctx)
}

// showPage serves the page, beside what run runs, until ctx ends.
func showPage(ctx context.Context, world *sandbox.World, addr string, log *slog.Logger, out io.Writer,
	run func(context.Context, *sandbox.World, moderation.Timing, *slog.Logger, func(context.Context) error) error) error {
	p, err := page.New(ctx, page.Config{Addr: addr, World: world, Logger: log})
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is in use: stop the other program, or choose another address with -addr 127.0.0.1:0", addr)
	}
	if err != nil {
		return err
	}
	err = run(ctx, world, moderation.Timing{}, log, func(ctx context.Context) error {
		if _, err := fmt.Fprintf(out, "Bouncer sandbox: open %s (Ctrl-C ends it)\n", p.URL()); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	})
	return errors.Join(err, p.Close())
}

// withBot runs the bot in the world, and while it works, do; the bot ends
// when do does.
func withBot(ctx context.Context, world *sandbox.World, timing moderation.Timing, log *slog.Logger, do func(context.Context) error) error {
	env := world.Environment()
	env["INTAKE_ADDR"], env["INTAKE_SECRET"] = "127.0.0.1:0", world.IntakeSecret()
	c, err := settingsOf(env).check()
	if err != nil {
		return fmt.Errorf("the sandbox's settings are wrong: %w", err)
	}
	c.timing = timing
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ready := make(chan struct{})
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := serve(ctx, c, log, func(a *app) { world.SetIntake(a.intakeURL); close(ready) }); err != nil && ctx.Err() == nil {
			return err
		}
		return nil
	})
	g.Go(func() error {
		defer cancel()
		select {
		case <-ready:
			return do(ctx)
		case <-ctx.Done():
			return nil
		}
	})
	return g.Wait()
}

// logger writes errors to errs, or everything to the file that was named.
func (o sandboxOptions) logger(errs io.Writer) (*slog.Logger, func() error, error) {
	none := func() error { return nil }
	switch o.log {
	case "":
		return slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: slog.LevelError})), none, nil
	case "-":
		return slog.New(slog.NewJSONHandler(errs, nil)), none, nil
	}
	f, err := os.OpenFile(o.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("-log: %w", err)
	}
	return slog.New(slog.NewJSONHandler(f, nil)), f.Close, nil
}

// text reads the script; nil when none was asked for.
func (o sandboxOptions) text() (*script.Script, error) {
	if o.script == "" {
		return nil, nil
	}
	name, in := o.script, io.Reader(os.Stdin)
	if name != "-" {
		f, err := os.Open(name) //nolint:gosec // the person at the keyboard names the file
		if err != nil {
			return nil, fmt.Errorf("-script: %w", err)
		}
		defer func() { _ = f.Close() }() // it was only read
		in = f
	}
	return script.Read(name, in)
}
