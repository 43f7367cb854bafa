package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/slack-go/slack"
	"golang.org/x/sync/errgroup"

	"bouncer/bot/socket"
	"bouncer/moderation"
	"bouncer/store"
)

// spareThreads run Go code beside one for each processor. While the writer waits for the disk, and all
// others are busy, Go looks for arrived deliveries only every 10 ms; a spare one is woken at once.
const spareThreads = 2

// run is bouncer run.
func run(ctx context.Context, args []string, out, errs io.Writer) error {
	fs := flags("run", errs)
	fs.Usage = func() { printSettings(out) }
	if err := parse(fs, args); err != nil {
		return err
	}
	s, err := environment()
	if err != nil {
		return err
	}
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + spareThreads)
	}
	got, stop := hangups()
	defer stop()
	return runWith(ctx, s, builtTiming(), got, errs)
}

// pace replaces the paces of messages in Timing. Released programs leave it empty. A test that sends
// tens of thousands of commands beside a Slack without limits builds with -ldflags "-X main.pace=20ms".
var pace string

func builtTiming() moderation.Timing {
	d, err := time.ParseDuration(pace)
	if err != nil { // empty
		return moderation.Timing{}
	}
	return moderation.Timing{MessagePace: d, UpdatePace: d, PrivatePace: d}
}

// runWith is bouncer run with settings, timing and signals from the caller.
// Its log goes to errs.
func runWith(ctx context.Context, s settings, timing moderation.Timing, hangups <-chan os.Signal, errs io.Writer) error {
	c, err := s.check()
	if err != nil {
		return err
	}
	c.timing, c.hangups = timing, hangups
	log := slog.New(slog.NewJSONHandler(errs, &slog.HandlerOptions{Level: c.level}))
	for _, w := range c.warnings() {
		log.Warn("setting is deprecated", "detail", w)
	}
	return runUntil(ctx, func() error { return serve(ctx, c, log, nil) })
}

// stopWithin bounds a stop: Docker and systemd kill the process a moment
// later.
const stopWithin = 9500 * time.Millisecond

// runUntil runs work, and abandons it if it does not end in time after ctx has:
// a disk that hangs cannot be awaited. Acknowledged commands are on disk.
func runUntil(ctx context.Context, work func() error) error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(stopWithin):
		return errors.New("stopped before all work was finished, because the disk of the database (DATABASE_URL) or a connection does not respond: the next start continues it")
	}
}

// serve works until ctx ends. ready is called once a socket is open; it may
// be nil.
func serve(ctx context.Context, c config, log *slog.Logger, ready func(*app)) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.HTTPAddr)
	if err != nil {
		return fmt.Errorf("HTTP_ADDR: %w", err)
	}
	listener = &limitedListener{Listener: listener}
	began := time.Now()
	var current atomic.Pointer[app]
	server := newServer(handler(&current, log))
	intakeURL, closeIntake := "", func() {}
	g, ctx := errgroup.WithContext(ctx)
	if c.IntakeAddr != "" {
		if intakeURL, closeIntake, err = serveIntake(ctx, g, c.IntakeAddr, &current); err != nil {
			return errors.Join(err, listener.Close())
		}
	}
	g.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("HTTP_ADDR: %w", err)
		}
		return nil
	})
	g.Go(func() (err error) {
		defer func() { _ = server.Close() }() // only health and metrics are cut off
		defer closeIntake()
		a, err := build(ctx, c, log)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, a.store.Close()) }()
		defer a.tracer.Begin(ctx)()
		a.intakeURL = intakeURL
		current.Store(a)
		g.Go(func() error {
			select {
			case <-ctx.Done():
			case <-a.bot.Connected():
				log.Info("ready", "version", version, "after_ms", time.Since(began).Milliseconds(), "policy", c.policy.Hash())
				if ready != nil {
					ready(a)
				}
				a.speaker.LoadChannelLanguage()
				debug.FreeOSMemory() // what only the start needed
			}
			return nil
		})
		g.Go(func() error { return watchToken(ctx, a.slack, tokenEvery) })
		g.Go(func() error { reloads(ctx, c, a, log); return nil })
		return fatalSentence(behindSentence(a.bot.Run(ctx)))
	})
	return g.Wait()
}

// fatalSentence names the setting behind an error that ended the sockets.
func fatalSentence(err error) error {
	var fatal *socket.FatalError
	if !errors.As(err, &fatal) {
		return err
	}
	setting := map[string]string{
		socket.SubjectAppToken: "SLACK_APP_TOKEN", socket.SubjectAPIURL: "SLACK_API_URL",
		socket.SubjectSocketMode: "SLACK_APP_TOKEN", socket.SubjectWorkspace: "SLACK_APP_TOKEN",
	}[fatal.Subject]
	return sentencef("%s: %s (Slack says %s)", setting, fatal.Advice, fatal.Code)
}

// tokenEvery is how often a running bot checks whether its token is valid.
const tokenEvery = 30 * time.Second

// watchToken returns an error when Slack no longer accepts the bot token: a
// bot that can neither look up people nor post must not look healthy.
func watchToken(ctx context.Context, api *slack.Client, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if _, err := whoAmI(ctx, api); err != nil && !passing(err) {
				return err
			}
		}
	}
}

// maxConns is the maximum number of connections to the health page.
const maxConns = 128

// limitedListener closes further connections: they must not use up the file descriptors
// that Slack's connections and the database need.
type limitedListener struct {
	net.Listener
	open atomic.Int32
}

// Accept implements net.Listener.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.open.Add(1) <= maxConns {
			return &limitedConn{Conn: c, done: func() { l.open.Add(-1) }}, nil
		}
		l.open.Add(-1)
		_ = c.Close() // without an answer
	}
}

// limitedConn counts as long as it is not closed.
type limitedConn struct {
	net.Conn
	once sync.Once
	done func()
}

func (c *limitedConn) Close() error {
	c.once.Do(c.done)
	return c.Conn.Close()
}

// newServer bounds what a client can keep open, and for how long.
func newServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 20 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
}

// handler answers health, readiness and metrics; before the app is built it is
// healthy and not ready.
func handler(current *atomic.Pointer[app], log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		a := current.Load()
		if a == nil {
			answer(w, http.StatusServiceUnavailable, "starting")
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		switch err := a.store.Ping(ctx); {
		case errors.Is(err, store.ErrNewerMissing):
			answer(w, http.StatusServiceUnavailable, err.Error())
		case err != nil:
			log.Error("database does not respond", "err", err)
			answer(w, http.StatusServiceUnavailable, "the database does not respond")
		case !a.bot.Ready():
			answer(w, http.StatusServiceUnavailable, "no connection to Slack is open")
		default:
			answer(w, http.StatusOK, "ready")
		}
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		a := current.Load()
		if a == nil {
			answer(w, http.StatusServiceUnavailable, "starting")
			return
		}
		promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second}).ServeHTTP(w, r)
	})
	return mux
}

func answer(w http.ResponseWriter, status int, text string) {
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // the client has disconnected
}
