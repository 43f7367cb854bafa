package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"bouncer/bot"
	"bouncer/intake"
	"bouncer/moderation"
	"bouncer/policy"
)

// minKey is how many characters a key of signatures must have.
const minKey = 32

var tencentPath = regexp.MustCompile(`^[A-Za-z0-9_-]{20,200}$`)

// intake checks the settings of the listener for reports and returns its keys.
func (s settings) intake(p *problems) (keys []string) {
	keys = strings.FieldsFunc(s.IntakeKeys, func(r rune) bool { return r == ',' })
	if s.IntakeAddr == "" {
		if s.IntakeKeys != "" || s.IntakePath != "" || s.IntakeToken != "" {
			p.add("INTAKE_ADDR is missing: without it no reports are taken. Set it, or remove INTAKE_SECRET, INTAKE_TENCENT_PATH and INTAKE_TENCENT_TOKEN")
		}
		return nil
	}
	address(p, "INTAKE_ADDR", s.IntakeAddr)
	if len(keys) == 0 && s.fileProblems["INTAKE_SECRET"] == "" {
		p.add("INTAKE_SECRET is missing: INTAKE_ADDR takes only signed reports")
	}
	if len(keys) > 2 {
		p.add("INTAKE_SECRET has more than two keys")
	}
	for _, k := range keys {
		if len(k) < minKey {
			p.add("INTAKE_SECRET: a key has fewer than %d characters; make one with: openssl rand -hex 32", minKey)
		}
	}
	if (s.IntakePath == "") != (s.IntakeToken == "") {
		p.add("INTAKE_TENCENT_PATH and INTAKE_TENCENT_TOKEN must be set together")
	} else if s.IntakePath != "" && !tencentPath.MatchString(s.IntakePath) {
		p.add("INTAKE_TENCENT_PATH must have 20 to 200 letters, digits, - and _; make one with: openssl rand -hex 20")
	}
	return keys
}

// newIntake returns the handler of reports, or nil without INTAKE_ADDR.
func newIntake(c config, b *bot.Bot, inForce func() *policy.Policy, log *slog.Logger) (*intake.Handler, error) {
	if c.IntakeAddr == "" {
		return nil, nil
	}
	for _, r := range intake.Results() {
		b.CountReports(string(r), 0)
	}
	cfg := intake.Config{
		Secrets: c.intakeKeys, Accept: b.AcceptReports, Logger: log,
		UserID: func() *regexp.Regexp { return inForce().UserID() },
		Result: func(r intake.Result) { b.CountReports(string(r), 1) },
	}
	if c.IntakePath != "" {
		cfg.Tencent = &intake.Tencent{Path: c.IntakePath, Token: c.IntakeToken, SDKAppID: c.sdkAppID, Room: groupRoom(inForce)}
	}
	return intake.New(cfg)
}

// groupRoom returns the room of a Chat group: a Live room has a group with its own id.
func groupRoom(inForce func() *policy.Policy) func(group string) moderation.Room {
	return func(group string) moderation.Room {
		for _, r := range inForce().Rooms() {
			if r.Kind == moderation.KindLive && r.ID == group {
				return moderation.Room{Kind: r.Kind, ID: r.ID}
			}
		}
		return moderation.Room{Kind: moderation.KindChat, ID: group}
	}
}

// serveIntake serves INTAKE_ADDR in a group until it is closed. url is the address that was chosen.
func serveIntake(ctx context.Context, g *errgroup.Group, addr string, current *atomic.Pointer[app]) (url string, closeIt func(), err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return "", nil, fmt.Errorf("INTAKE_ADDR: %w", err)
	}
	server := newServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a := current.Load(); a != nil {
			a.intake.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Retry-After", "1")
		w.Header().Set("Content-Type", "application/json")
		answer(w, http.StatusServiceUnavailable, `{"error":"Bouncer is starting: send the report again with the same id."}`)
	}))
	g.Go(func() error {
		if err := server.Serve(&limitedListener{Listener: listener}); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("INTAKE_ADDR: %w", err)
		}
		return nil
	})
	return "http://" + listener.Addr().String(), func() { _ = server.Close() }, nil // a sender without an answer sends the report again
}
