package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"bouncer/policy"
)

// hangups returns the SIGHUPs that this process receives from now on, instead
// of ending it; stop restores the default.
func hangups() (got <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	return c, func() { signal.Stop(c) }
}

// reloads loads the policy file again at each SIGHUP, until ctx ends.
func reloads(ctx context.Context, c config, a *app, log *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.hangups: // nil if SIGHUP is not handled
		}
		if c.PolicyFile == "" {
			log.Warn("SIGHUP: there is no policy file to reload; MODERATORS, APPROVERS and CHANNELS are read only at start, so restart")
			continue
		}
		if err := a.bot.Reload(ctx, func() (*policy.Policy, error) { return loadPolicy(c.PolicyFile, c.policyOptions) }); err != nil {
			log.Error("SIGHUP: the policy could not be loaded", "err", err)
		}
	}
}

// mostPolicy is how large a policy file may be.
const mostPolicy = 1 << 20

// loadPolicy reads a policy file.
func loadPolicy(path string, o policy.Options) (*policy.Policy, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, mostPolicy+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if len(text) > mostPolicy {
		return nil, fmt.Errorf("%s has more than %d bytes, too many for a policy", path, mostPolicy)
	}
	return policy.Load(path, text, o)
}
