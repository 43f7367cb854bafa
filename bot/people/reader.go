package people

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"bouncer/backoff"
	"bouncer/moderation"
)

// A request that met a passing fault is repeated twice, a moment later: all
// three methods only read.
const (
	attempts = 3
	pause    = 200 * time.Millisecond
	// shortWait is the wait after a rate limit that names none.
	shortWait = time.Second
)

// failure is a failed lookup: a detail that people and logs may read, and the
// cause for the log.
type failure struct {
	detail string
	code   string // Slack's own, where it sent one
	lasts  bool   // asking again gets the same
	cause  error
}

func (f *failure) Error() string { return f.detail }
func (f *failure) Unwrap() error { return f.cause }

// IsUnknownChannel reports whether err says that Slack knows no such channel, or none
// that the bot can see.
func IsUnknownChannel(err error) bool {
	var f *failure
	return errors.As(err, &f) && f.code == "channel_not_found"
}

// IsTransient reports whether the cause of err may pass without intervention.
// Slack's error codes last until a person changes something.
func IsTransient(err error) bool {
	var f *failure
	return err != nil && (!errors.As(err, &f) || !f.lasts)
}

// reader makes requests: it retries transient failures and does not call a
// method while Slack forbids it.
type reader struct {
	now func() time.Time

	mu      sync.Mutex
	blocked map[string]time.Time // method -> not before
}

// read makes one request of a method until it has an answer, meets a
// permanent failure, or ctx leaves no time.
func (r *reader) read(ctx context.Context, method string, request func(context.Context) error) error {
	for attempt := 1; ; attempt++ {
		if err := r.wait(ctx, method, r.blockedFor(method), "ratelimited"); err != nil {
			return err
		}
		err := request(ctx)
		if err == nil {
			return nil
		}
		fault, after := classify(method, err)
		switch {
		case after > 0:
			// All callers pause, not only this one; the number of retries is
			// bounded by the caller's time.
			r.block(method, after)
		case fault.lasts || attempt == attempts:
			return fault
		default:
			if err := r.wait(ctx, method, backoff.Policy{First: pause, Max: time.Second}.Wait(attempt), fault.detail); err != nil {
				return fault
			}
		}
	}
}

// wait sleeps, or returns an error at once if the caller's time is too short.
func (r *reader) wait(ctx context.Context, method string, d time.Duration, why string) error {
	if d <= 0 {
		return nil
	}
	fault := &failure{detail: fmt.Sprintf("%s: %s, again after %s", method, why, d.Round(time.Millisecond))}
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return fault
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		fault.cause = ctx.Err()
		return fault
	}
}

func (r *reader) blockedFor(method string) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	until, ok := r.blocked[method]
	if !ok {
		return 0
	}
	left := until.Sub(r.now())
	if left <= 0 {
		delete(r.blocked, method)
	}
	return left
}

func (r *reader) block(method string, d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if until := r.now().Add(d); until.After(r.blocked[method]) {
		r.blocked[method] = until
	}
}

// classify returns the failure of an error and the pause that Slack demands,
// 0 for none.
func classify(method string, err error) (f *failure, quiet time.Duration) {
	f = &failure{cause: err}
	defer func() { f.detail = method + ": " + f.detail }()
	var limited *slack.RateLimitedError
	var status slack.StatusCodeError
	var said slack.SlackErrorResponse
	var own *failure
	switch {
	case errors.As(err, &own):
		f.detail, f.lasts = own.detail, true
	case errors.As(err, &limited):
		f.detail, quiet = "ratelimited", max(limited.RetryAfter, shortWait)
	case errors.As(err, &status):
		if status.Code == http.StatusTooManyRequests {
			f.detail, quiet = "ratelimited", shortWait
			break
		}
		f.detail, f.lasts = fmt.Sprintf("http %d", status.Code), status.Code < 500
	case errors.As(err, &said):
		f.code = safeCode(said.Err)
		f.detail = f.code
		switch f.code {
		case "ratelimited", "rate_limited":
			f.detail, quiet = "ratelimited", shortWait
		case "internal_error", "fatal_error", "service_unavailable", "request_timeout",
			"team_added_to_org", "org_login_required": // the last two are a migration, which ends
		case "missing_scope":
			f.lasts = true
			if said.Needed != "" {
				f.detail += ", needed is " + safeCode(said.Needed)
			}
		default:
			f.lasts = true
		}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		f.detail = "no answer in time"
	default:
		f.detail = "no answer that could be read"
	}
	return f, quiet
}

// safeCode returns an error code of Slack, or a placeholder for any other
// text, because details are shown to people.
func safeCode(code string) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:,"
	if code == "" || len(code) > 80 || strings.Trim(code, letters) != "" {
		return "an odd error"
	}
	return code
}

// unknown makes the refusal.
func unknown(code moderation.Code, err error) *moderation.Error {
	detail := "no answer in time"
	var f *failure
	switch {
	case errors.As(err, &f):
		detail = f.detail
	case errors.Is(err, errOvertaken):
		detail = "it keeps changing"
	}
	no := moderation.NewError(code, "detail", detail)
	no.Cause = err
	return no
}

// isID keeps invalid ids out of requests and memory.
func isID(s string) bool {
	if len(s) < 2 || len(s) > 32 {
		return false
	}
	for i := range len(s) {
		if (s[i] < 'A' || s[i] > 'Z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}
