// Package page serves the sandbox's page and guarantees that only that page,
// in a browser on this machine, can control it.
//
// It listens on loopback, answers only to a Host that is its own address,
// refuses requests from other origins, and runs under a
// Content-Security-Policy that loads nothing from elsewhere. Names of people
// and rooms reach the browser as JSON and are inserted as text, never as
// markup.
//
// One stream of server-sent events (/api/events) carries a person's view of
// the workspace and the rooms; everything else is a small JSON request.
package page

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"bouncer/sandbox"
	"bouncer/sandbox/loopback"
)

//go:embed assets
var assets embed.FS

// policy allows the page its own files and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// Config configures a Page.
type Config struct {
	// Addr is the host:port to listen on, which must be loopback. Required.
	Addr string
	// World is what the page shows. Required.
	World *sandbox.World
	// Logger gets requests that failed. Nil logs nothing.
	Logger *slog.Logger
}

// Page is a running page.
type Page struct {
	world *sandbox.World
	log   *slog.Logger
	url   string
	hosts map[string]bool

	ctx    context.Context
	cancel context.CancelFunc
	group  *errgroup.Group
	server *http.Server
}

// New returns a page that listens and serves until ctx ends or Close is called.
// It fails when the address is not loopback or is in use.
func New(ctx context.Context, cfg Config) (*Page, error) {
	listener, err := loopback.Listen(ctx, cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("the page: %w", err)
	}
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	p := &Page{
		world: cfg.World, log: cfg.Logger, url: "http://" + listener.Addr().String() + "/", group: &errgroup.Group{},
		hosts: map[string]bool{listener.Addr().String(): true, "localhost:" + port: true},
	}
	p.ctx, p.cancel = context.WithCancel(ctx)
	p.server = &http.Server{
		Handler: p.guard(p.routes(files)), ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
		// Streams end with the page and not only with their readers.
		BaseContext: func(net.Listener) context.Context { return p.ctx },
	}
	p.group.Go(func() error {
		if err := p.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("the page stopped: %w", err)
		}
		return nil
	})
	p.group.Go(func() error {
		<-p.ctx.Done()
		return p.server.Close()
	})
	return p, nil
}

// URL returns what to open in a browser.
func (p *Page) URL() string { return p.url }

// Close ends the page and all its streams. It returns the error of the HTTP
// server.
func (p *Page) Close() error {
	p.cancel()
	return p.group.Wait()
}

func (p *Page) routes(files fs.FS) http.Handler {
	mux := http.NewServeMux()
	static := http.FileServerFS(files)
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache") // another build may serve here tomorrow
		static.ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /api/events", p.events)
	mux.HandleFunc("GET /api/hints", p.hints)
	mux.HandleFunc("GET /api/file/{id}", p.file)
	for path, act := range p.actions() {
		mux.HandleFunc("POST /api/"+path, p.action(act))
	}
	return mux
}

// guard accepts only requests of this page, opened under its own address.
func (p *Page) guard(next http.Handler) http.Handler {
	// Browsers send the origin of a request; one that changes something must
	// come from this page.
	same := http.NewCrossOriginProtection()
	same.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusForbidden, "other pages cannot use the sandbox")
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		// The name of another site that resolves to this machine is refused.
		if !p.hosts[strings.ToLower(r.Host)] {
			refuse(w, http.StatusMisdirectedRequest, "the sandbox answers only at its own address")
			return
		}
		if strings.HasPrefix(r.URL.Path, "/api/") && !own(r) {
			refuse(w, http.StatusForbidden, "other pages cannot read the sandbox")
			return
		}
		same.Handler(next).ServeHTTP(w, r)
	})
}

// own reports whether a request was made by this page, or by no page at all.
func own(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return false
	}
	origin := r.Header.Get("Origin")
	return origin == "" || origin == "http://"+r.Host
}
