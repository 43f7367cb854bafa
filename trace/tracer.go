package trace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"bouncer/backoff"
	"bouncer/hosts"
)

// Bounds of what waits to be sent. A trace is worth less than the work that it describes: what
// exceeds them is dropped and counted.
const (
	maxWaiting = 4096 // spans
	maxBatch   = 512  // spans in a request
	sendEvery  = 2 * time.Second
	maxTries   = 5
	// flushWithin bounds what a stop adds.
	flushWithin = time.Second
)

// Tracer collects spans and sends them. A nil Tracer traces nothing.
type Tracer struct {
	cfg  Config
	wake chan struct{}

	mu      sync.Mutex
	waiting []*Span
	dropped int
}

// New returns a Tracer, which sends nothing before Begin. It returns nil when the config names no
// collector, and an error that says what is wrong with the config.
func New(cfg Config) (*Tracer, error) {
	if cfg.endpoint() == "" {
		return nil, nil //nolint:nilnil // nil is the Tracer that does nothing
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.HTTP == nil {
		cfg.HTTP = http.DefaultClient
	}
	return &Tracer{cfg: cfg, wake: make(chan struct{}, 1)}, nil
}

// add queues an ended span.
func (t *Tracer) add(s *Span) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) >= maxWaiting {
		t.dropped++
		return
	}
	t.waiting = append(t.waiting, s)
	if len(t.waiting) >= maxBatch {
		select {
		case t.wake <- struct{}{}:
		default:
		}
	}
}

// take returns the spans of the next request, and how many were dropped since the last one.
func (t *Tracer) take() (batch []*Span, dropped int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := min(len(t.waiting), maxBatch)
	batch, t.waiting = t.waiting[:n:n], t.waiting[n:]
	dropped, t.dropped = t.dropped, 0
	return batch, dropped
}

// Begin sends spans in the background until end is called, which sends what is left, within a
// second. ctx carries values only: the last spans end after it. A nil Tracer begins nothing.
func (t *Tracer) Begin(ctx context.Context) (end func()) {
	if t == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var sending sync.WaitGroup
	sending.Go(func() { t.run(ctx) })
	return func() { cancel(); sending.Wait() }
}

func (t *Tracer) run(ctx context.Context) {
	tick := time.NewTicker(sendEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-t.wake:
		}
		t.sendAll(ctx)
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushWithin)
	defer cancel()
	t.sendAll(last)
}

// sendAll sends what waits, in batches, until nothing is left or ctx ends.
func (t *Tracer) sendAll(ctx context.Context) {
	for ctx.Err() == nil {
		batch, dropped := t.take()
		if dropped > 0 {
			t.cfg.Logger.Warn("spans dropped: more than the collector takes", "count", dropped)
		}
		if len(batch) == 0 {
			return
		}
		if err := t.deliver(ctx, batch); err != nil {
			if ctx.Err() != nil { // the last attempt, at the stop, sends them
				t.mu.Lock()
				t.waiting = append(batch, t.waiting...)
				t.mu.Unlock()
				return
			}
			t.cfg.Logger.Warn("spans not sent", "count", len(batch), "err", err)
		}
	}
}

// deliver sends one batch, again where the collector may take it later.
func (t *Tracer) deliver(ctx context.Context, batch []*Span) error {
	body := t.cfg.encode(batch)
	waits := backoff.Policy{First: 500 * time.Millisecond, Max: 5 * time.Second}
	for try := 1; ; try++ {
		err := t.post(ctx, body)
		var later *laterError
		if err == nil || !errors.As(err, &later) || try == maxTries {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(max(waits.Wait(try), later.after)):
		}
	}
}

// laterError is a failure after which the same request may succeed.
type laterError struct {
	err   error
	after time.Duration
}

func (e *laterError) Error() string { return e.err.Error() }

// post makes one request. Its error contains neither the address nor a header.
func (t *Tracer) post(ctx context.Context, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.cfg.endpoint(), bytes.NewReader(body))
	if err != nil {
		return errors.New("the address of the collector cannot be used")
	}
	for name, value := range t.cfg.headers() {
		req.Header.Set(name, value)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := t.cfg.HTTP.Do(req)
	if err != nil {
		return &laterError{err: hosts.Unaddressed(err)}
	}
	defer func() { _ = res.Body.Close() }()                      // it was read
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection is used again
	err = fmt.Errorf("the collector answered with status %d", res.StatusCode)
	switch {
	case res.StatusCode/100 == 2:
		return nil
	case res.StatusCode == http.StatusTooManyRequests, res.StatusCode == http.StatusBadGateway,
		res.StatusCode == http.StatusServiceUnavailable, res.StatusCode == http.StatusGatewayTimeout:
		return &laterError{err: err, after: retryAfter(res)}
	}
	return err
}

// retryAfter returns how long the collector asks to wait, in seconds and at most a minute.
func retryAfter(res *http.Response) time.Duration {
	seconds, err := strconv.ParseUint(res.Header.Get("Retry-After"), 10, 64)
	if err != nil {
		return 0
	}
	return time.Duration(min(seconds, 60)) * time.Second
}
