//go:build !nosandbox

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

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
	addr, script, db, log string
}

// sandboxCommand is the row of bouncer sandbox. A program built with the tag
// nosandbox has none, and contains no simulators.
func sandboxCommand() []subcommand {
	return []subcommand{
		{"sandbox", "bouncer sandbox [-addr HOST:PORT] [-script FILE] [-db PATH] [-log FILE]", "try Bouncer with simulated Slack and Tencent servers; nothing to configure", runSandbox},
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
	fs.StringVar(&o.db, "db", "", "keep the bot's database at this `PATH`; without it, it is deleted at the end")
	fs.StringVar(&o.log, "log", "", "append the bot's log to this `FILE` (- is standard error); default: only errors, on standard error")
	if err := parse(fs, args); err != nil {
		return err
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
	c := sandbox.Config{DatabasePath: o.db, Policy: text.Settings(), Limits: limits}
	if text == nil {
		c.EventInterval = eventInterval
	}
	world, err := sandbox.New(context.WithoutCancel(ctx), c) // it outlives the bot, so that the bot can disconnect properly
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, world.Close()) }()
	if text != nil {
		return withBot(ctx, world, timing, log, func(ctx context.Context) error { return script.Run(ctx, script.Config{World: world, Out: out}, text) })
	}
	return showPage(ctx, world, o.addr, log, out)
}

// showPage serves the page until ctx ends.
func showPage(ctx context.Context, world *sandbox.World, addr string, log *slog.Logger, out io.Writer) error {
	p, err := page.New(ctx, page.Config{Addr: addr, World: world, Logger: log})
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is in use: stop the other program, or choose another address with -addr 127.0.0.1:0", addr)
	}
	if err != nil {
		return err
	}
	err = withBot(ctx, world, moderation.Timing{}, log, func(ctx context.Context) error {
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
	c, err := settingsOf(world.Environment()).check()
	if err != nil {
		return fmt.Errorf("the sandbox's settings are wrong: %w", err)
	}
	c.timing = timing
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ready := make(chan struct{})
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := serve(ctx, c, log, func(*app) { close(ready) }); err != nil && ctx.Err() == nil {
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
