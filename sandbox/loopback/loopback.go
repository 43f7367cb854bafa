// Package loopback guarantees that the sandbox's servers, which have no
// access control, cannot be reached from other machines.
package loopback

import (
	"context"
	"fmt"
	"net"

	"bouncer/hosts"
)

// Listen listens for TCP on addr, a host:port of this machine: localhost, or
// an address such as 127.0.0.1 or ::1. It returns an error if addr is
// anything else or cannot be opened.
func Listen(ctx context.Context, addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("address %q is not host:port", addr)
	}
	if !hosts.Loopback(host) {
		return nil, fmt.Errorf("address %q is not on loopback: the sandbox has no login and must not be reached from outside", addr)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	return listener, nil
}
