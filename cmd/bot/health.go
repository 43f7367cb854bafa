package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// health is bouncer health: the image has no shell and no curl.
func health(ctx context.Context, args []string, out, errs io.Writer) error {
	if err := parse(flags("health", errs), args); err != nil {
		return err
	}
	s, err := environment()
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(s.HTTPAddr)
	if err != nil {
		return fmt.Errorf("HTTP_ADDR: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return err
	}
	res, err := httpClient().Do(req)
	if err != nil {
		return fmt.Errorf("no answer: %w; is the bot running, and is HTTP_ADDR the same?", err)
	}
	defer res.Body.Close() //nolint:errcheck // only its status is wanted
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	_, err = fmt.Fprintln(out, "ok")
	return err
}
