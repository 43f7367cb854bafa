// Package tencentd simulates a Tencent application on loopback, as strict as
// the vendor's own servers: it verifies every signature, manages rooms by the
// vendor's rules, and answers with the vendor's codes.
//
// It serves two APIs from one listener: the TRTC cloud API 3.0 on POST / and
// the REST APIs of Live and Chat on POST /v4/<service>/<command>. For
// behaviour that the vendor does not document, one choice is made and noted
// in the code, so that tests that depend on it can be found.
package tencentd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"bouncer/sandbox/loopback"
)

// Site is where an account was made. It decides which actions exist.
type Site string

// The two sites. SetUserBlocked and its string twin exist on the
// international one only.
const (
	SiteIntl Site = "intl"
	SiteCN   Site = "cn"
)

// maxBody is the cloud API's own limit for a signed POST, in bytes.
const maxBody = 10 << 20

// Config configures the application.
type Config struct {
	// Addr is the host:port to listen on, which must be loopback; zero is a
	// free port of 127.0.0.1.
	Addr string
	// SDKAppID is the application's number. Required.
	SDKAppID uint64
	// SecretID and SecretKey sign the cloud API. Required.
	SecretID, SecretKey string
	// Token is the session token that every cloud call must have; empty means
	// a permanent key, with which a token is refused.
	Token string
	// ChatKey signs UserSigs. Required.
	ChatKey string
	// ChatAdmins are the accounts that may call the v4 APIs; empty means only
	// "administrator".
	ChatAdmins []string
	// Site is where the account was made; zero is SiteIntl.
	Site Site
	// Now is the application's clock for the end of bans and mutes and for
	// signatures. Zero is time.Now. Request rates are measured in real,
	// monotonic time.
	Now func() time.Time
	// Limits are the request rates; zero fields are the vendor's.
	Limits Limits
	// ForgetBlocks says that a user who leaves a TRTC room loses what
	// SetUserBlocked had blocked. The vendor does not document this; false
	// keeps it for the life of the room.
	ForgetBlocks bool
	// KeepCalls is how many calls are remembered in full; zero is 10,000.
	// Counters count all of them.
	KeepCalls int
	// Logger gets one debug line per call; zero logs nothing.
	Logger *slog.Logger
}

// Server is one running application. All methods may be called from any
// goroutine.
type Server struct {
	cfg     Config
	log     *slog.Logger
	base    string
	creds   credentials
	world   *world
	limits  *limiter
	faults  *faultBook
	journal *journal
	cloud   map[string]*cloudAction
	rest    map[string]*restCommand
	liveSeq atomic.Int64 // numbers Live's answers, as the vendor's request ids do

	ctx     context.Context
	cancel  context.CancelFunc
	group   *errgroup.Group
	mu      sync.Mutex // guards closing
	closing bool
	running sync.WaitGroup
}

// New returns a server that listens, and serves until ctx ends or Close is
// called. It fails on a missing setting and on an address that is not loopback
// or cannot be had.
func New(ctx context.Context, cfg Config) (*Server, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	ln, err := loopback.Listen(ctx, cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("tencentd: %w", err)
	}
	actions, err := cloudActions()
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	w := newWorld(cfg.Now, cfg.ForgetBlocks)
	s := &Server{
		cfg:  cfg,
		log:  cfg.Logger,
		base: "http://" + ln.Addr().String(),
		creds: credentials{
			id: cfg.SecretID, key: cfg.SecretKey, token: cfg.Token, chatKey: cfg.ChatKey,
		},
		world:   w,
		limits:  newLimiter(time.Now),
		faults:  &faultBook{},
		journal: newJournal(cfg.KeepCalls, cfg.Now, w.emit),
		cloud:   actions,
		rest:    restCommands(),
	}
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.group = &errgroup.Group{}
	srv := &http.Server{
		Handler:           http.HandlerFunc(s.serveHTTP),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.group.Go(func() error {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			s.cancel()
			return fmt.Errorf("tencentd: serve: %w", err)
		}
		return nil
	})
	s.group.Go(func() error {
		<-s.ctx.Done()
		s.mu.Lock()
		s.closing = true
		s.mu.Unlock()
		err := srv.Close()
		s.running.Wait()
		s.world.closeSubscribers()
		return err
	})
	return s, nil
}

// complete checks the required settings and fills in the others.
func (c *Config) complete() error {
	var missing []string
	for _, f := range []struct {
		name string
		ok   bool
	}{
		{"SDKAppID", c.SDKAppID != 0}, {"SecretID", c.SecretID != ""},
		{"SecretKey", c.SecretKey != ""}, {"ChatKey", c.ChatKey != ""},
	} {
		if !f.ok {
			missing = append(missing, f.name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("tencentd: missing %s", strings.Join(missing, ", "))
	}
	if c.Site == "" {
		c.Site = SiteIntl
	}
	if c.Site != SiteIntl && c.Site != SiteCN {
		return fmt.Errorf("tencentd: site %q is neither %q nor %q", c.Site, SiteIntl, SiteCN)
	}
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	if len(c.ChatAdmins) == 0 {
		c.ChatAdmins = []string{"administrator"}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.KeepCalls == 0 {
		c.KeepCalls = 10_000
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Limits.complete()
	return nil
}

// CloudURL returns the base of the cloud API, without a path.
func (s *Server) CloudURL() string { return s.base }

// ChatURL returns the base of the v4 APIs, without the /v4.
func (s *Server) ChatURL() string { return s.base }

// Close stops the server at once: connections are cut, delayed calls do not
// take effect any more, subscriptions end. It returns when no goroutine of the
// server is left. Its error is that of closing the listeners.
func (s *Server) Close() error {
	s.cancel()
	return s.group.Wait()
}

// begin registers running work, unless the server is closing.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.running.Add(1)
	return true
}

func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.begin() {
		panic(http.ErrAbortHandler)
	}
	defer s.running.Done()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	tooLarge := false
	if err != nil {
		if _, tooLarge = errors.AsType[*http.MaxBytesError](err); !tooLarge {
			panic(http.ErrAbortHandler) // the client disconnected during its request
		}
	}
	switch {
	case r.URL.Path == "/":
		s.serve(w, s.cloudExchange(r, body, tooLarge))
	case strings.HasPrefix(r.URL.Path, "/v4/"):
		s.serve(w, s.restExchange(r, body, tooLarge))
	default:
		http.NotFound(w, r)
	}
}
