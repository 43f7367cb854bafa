package slackd

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"bouncer/sandbox/loopback"
)

// ErrRefused is wrapped by the errors of methods that act as a person, if
// Slack's client would not have let the person do it; nothing was sent.
var ErrRefused = errors.New("slack refuses")

// ErrClosed is returned by what waits when the server is closed meanwhile.
var ErrClosed = errors.New("slackd: server closed")

// Server is one workspace with one installed app. Its methods may be called
// from any goroutine.
type Server struct {
	cfg      Config
	log      *slog.Logger
	listener net.Listener
	http     *http.Server
	methods  map[string]method
	verify   string // the deprecated verification token that payloads carry

	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	once   sync.Once

	feed *feed
	hub  *hub
	seq  atomic.Int64

	mu        sync.Mutex // guards everything below; taken before hub.mu, never after
	people    people
	talk      map[string]*conversation
	views     viewTable
	triggers  triggerTable
	responses responseTable
	uploads   map[string]*upload
	files     []*File
	attached  map[string]*File // what people uploaded into forms
	limiter   limiter
	faults    map[string][]*Fault
	calls     ring[*Call]
	notified  ring[Notification]
	scopes    []string
	revoked   map[string]bool
	lastTS    int64
	typed     map[string]stateValues    // what people chose in a message's elements
	offered   map[string]map[string]any // what an external select offered, by offerKey
	said      map[string]saidAt         // by client_msg_id
}

// New returns a started workspace that listens on loopback until ctx ends or
// Close is called. It fails when the address is not loopback or cannot be had,
// and when the seed names people or channels that do not fit together.
func New(ctx context.Context, cfg Config) (*Server, error) {
	cfg = cfg.resolved()
	if cfg.OrgInstall && cfg.EnterpriseID == "" {
		return nil, errors.New("slackd: OrgInstall needs EnterpriseID")
	}
	if err := checkShortcuts(cfg.Shortcuts); err != nil {
		return nil, err
	}
	listener, err := loopback.Listen(ctx, cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("slackd: %w", err)
	}
	s := &Server{
		cfg: cfg, log: cfg.Logger, listener: listener, verify: secret(12),
		feed: newFeed(), talk: map[string]*conversation{}, uploads: map[string]*upload{}, attached: map[string]*File{},
		faults: map[string][]*Fault{}, scopes: cfg.Scopes, revoked: map[string]bool{},
		typed: map[string]stateValues{}, said: map[string]saidAt{},
		offered: map[string]map[string]any{},
	}
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.calls.max, s.notified.max = cfg.Limits.Keep, cfg.Limits.Keep
	s.views = newViewTable()
	s.triggers = newTriggerTable()
	s.responses = newResponseTable()
	s.limiter = newLimiter(cfg.Limits)
	s.hub = newHub(s)
	s.methods = methodTable()
	if err := s.seed(*cfg.Seed); err != nil {
		s.cancel()
		return nil, errors.Join(err, listener.Close())
	}
	s.http = &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.wg.Go(func() {
		if err := s.http.Serve(tapListener{listener}); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("slackd stopped serving", "err", err)
		}
	})
	s.wg.Go(s.hub.watchDeadlines)
	s.wg.Go(func() {
		<-s.ctx.Done()
		s.shutdown()
	})
	return s, nil
}

// Close drops all connections and waits for the server's goroutines. It may be
// called twice. Its error is always nil.
func (s *Server) Close() error {
	s.cancel()
	s.shutdown()
	s.wg.Wait()
	return nil
}

func (s *Server) shutdown() {
	s.once.Do(func() {
		if err := s.http.Close(); err != nil {
			s.log.Debug("close", "err", err)
		}
		s.hub.closeAll()
		s.feed.close()
	})
}

// Handler returns the handler that serves the workspace, for another listener.
// Freezing connections and recognizing fragmented acks need the server's own.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{method}", s.serveMethod)
	mux.HandleFunc("/api/", s.serveMethod)
	mux.HandleFunc("GET /link/", s.serveSocket)
	mux.HandleFunc("POST /upload/v1/{secret}", s.serveUpload)
	mux.HandleFunc("GET /files-pri/{file}/download/{name}", s.serveFile)
	mux.HandleFunc("POST /commands/", s.serveResponse)
	mux.HandleFunc("POST /actions/", s.serveResponse)
	mux.HandleFunc("POST /app/", s.serveResponse)
	return mux
}

// URL returns the Web API's base, such as http://127.0.0.1:41234/api/ .
func (s *Server) URL() string { return s.origin() + "/api/" }

func (s *Server) origin() string { return "http://" + s.listener.Addr().String() }

// BotToken returns the token for Web API calls.
func (s *Server) BotToken() string { return s.cfg.BotToken }

// AppToken returns the token for apps.connections.open.
func (s *Server) AppToken() string { return s.cfg.AppToken }

// AppID returns what identifies the app in payloads and hello.
func (s *Server) AppID() string { return s.cfg.AppID }

// TeamID returns what identifies the workspace.
func (s *Server) TeamID() string { return s.cfg.TeamID }

// BotUserID returns the bot's user.
func (s *Server) BotUserID() string { return s.cfg.BotUserID }

// CommandName returns the slash command with its slash.
func (s *Server) CommandName() string { return s.cfg.Command }

func (s *Server) now() time.Time { return s.cfg.Clock() }

// nextTS returns a unique message timestamp. Callers hold mu.
func (s *Server) nextTS() string {
	micros := s.now().UnixMicro()
	if micros <= s.lastTS {
		micros = s.lastTS + 1
	}
	s.lastTS = micros
	return fmt.Sprintf("%d.%06d", micros/1e6, micros%1e6)
}

func (c Config) resolved() Config {
	text := func(p *string, def string) {
		if *p == "" {
			*p = def
		}
	}
	text(&c.Addr, "127.0.0.1:0")
	text(&c.AppID, "A"+code(10))
	text(&c.TeamID, "T0ACME")
	text(&c.BotUserID, "U"+code(10))
	text(&c.BotID, "B"+code(10))
	text(&c.BotName, "bouncer")
	text(&c.TeamName, "Acme")
	text(&c.TeamDomain, "acme")
	text(&c.BotToken, "xoxb-"+digits(12)+"-"+digits(12)+"-"+secret(12))
	text(&c.AppToken, "xapp-1-"+c.AppID+"-"+digits(12)+"-"+secret(32))
	text(&c.Command, "/mod")
	if c.Scopes == nil {
		c.Scopes = DefaultScopes()
	}
	if c.AppScopes == nil {
		c.AppScopes = []string{"connections:write"}
	}
	if c.Events == nil {
		c.Events = DefaultEvents()
	}
	if c.Shortcuts == nil {
		c.Shortcuts = DefaultShortcuts()
	}
	if c.AppHome == nil {
		home := DefaultAppHome()
		c.AppHome = &home
	}
	if c.Seed == nil {
		demo := Demo()
		c.Seed = &demo
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Limits = c.Limits.resolved()
	c.Timing = c.Timing.resolved()
	return c
}

// ring remembers the newest max items.
type ring[T any] struct {
	items []T
	max   int
}

func (r *ring[T]) add(v T) {
	r.items = append(r.items, v)
	if len(r.items) > r.max+r.max/4 {
		r.items = append(r.items[:0:0], r.items[len(r.items)-r.max:]...)
	}
}

// back is the item that was added n items ago, 0 being the newest.
func (r *ring[T]) back(n int) (T, bool) {
	if i := len(r.items) - 1 - n; i >= 0 {
		return r.items[i], true
	}
	var none T
	return none, false
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // crypto/rand.Read never fails
	return b
}

// secret is 2n hexadecimal digits.
func secret(n int) string { return hex.EncodeToString(random(n)) }

// code is n characters as Slack's ids have them.
func code(n int) string {
	return strings.TrimRight(base32.StdEncoding.EncodeToString(random(n)), "=")[:n]
}

// digits is n decimal digits, the first no zero.
func digits(n int) string {
	b := random(n)
	for i := range b {
		b[i] = '0' + b[i]%10
	}
	if b[0] == '0' {
		b[0] = '1'
	}
	return string(b)
}

func (s *Server) serial() string { return strconv.FormatInt(s.seq.Add(1), 10) }
