package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// httpClient follows no redirect, because that could send a token or an
// answer elsewhere, and has a timeout.
func httpClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost, t.MaxResponseHeaderBytes = 16, 256<<10
	return &http.Client{
		Timeout: 30 * time.Second, Transport: bounded{t},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// mostAnswer is how much is read of one answer of Slack: a file of people may
// have 10 MB, and the largest page of anything else a tenth of that.
const mostAnswer = 12 << 20

// mostWait is how long an answer may have us wait. Slack means a minute at most;
// a proxy's nonsense must not silence a channel for a day.
const mostWait = 5 * time.Minute

// bounded ends an answer that is larger than any real one with an error, and
// bounds its Retry-After.
type bounded struct{ base http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := b.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if wait := retryAfter(res, time.Now()); wait > 0 {
		res.Header.Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		if res.StatusCode == http.StatusServiceUnavailable {
			// slack-go reads Retry-After only with a 429. Both mean that
			// nothing was done.
			res.StatusCode = http.StatusTooManyRequests
		}
	}
	if res.ContentLength > mostAnswer {
		return nil, errors.Join(errTooLarge, res.Body.Close())
	}
	if res.StatusCode != http.StatusSwitchingProtocols { // its body is the connection
		res.Body = &limited{body: res.Body, left: mostAnswer}
	}
	return res, nil
}

var errTooLarge = fmt.Errorf("the answer has more than %d bytes", mostAnswer)

type limited struct {
	body io.ReadCloser
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, errTooLarge
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.body.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n, errTooLarge
	}
	return n, err
}

func (l *limited) Close() error { return l.body.Close() }

// slackClient is a client that also returns the Retry-After of other 5xx
// answers, after which it is unknown whether something was done.
func slackClient(c *http.Client) *http.Client {
	patient := *c
	patient.Transport = patient5xx{c.Transport}
	return &patient
}

type patient5xx struct{ base http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (p patient5xx) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := p.base.RoundTrip(req)
	if err != nil || res.StatusCode < http.StatusInternalServerError {
		return res, err
	}
	if wait := retryAfter(res, time.Now()); wait > 0 {
		return nil, errors.Join(&unavailableError{status: res.StatusCode, wait: wait}, res.Body.Close())
	}
	return res, nil
}

// unavailableError is a 5xx with a Retry-After.
type unavailableError struct {
	status int
	wait   time.Duration
}

func (e *unavailableError) Error() string {
	return fmt.Sprintf("slack server error: %d, retry after %s", e.status, e.wait)
}

// Retryable is what slack-go's errors have, too.
func (e *unavailableError) Retryable() bool { return true }

// RetryAfter returns how long Slack asks to wait.
func (e *unavailableError) RetryAfter() time.Duration { return e.wait }

// retryAfter returns how long a 429 or 5xx asks to wait, given in seconds or
// as a date, and at most mostWait. A 429 without it means one second; 0 means
// none.
func retryAfter(res *http.Response, now time.Time) (wait time.Duration) {
	if res.StatusCode != http.StatusTooManyRequests && res.StatusCode < http.StatusInternalServerError {
		return 0
	}
	said := strings.TrimSpace(res.Header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(said, 10, 64); err == nil {
		wait = time.Duration(min(seconds, uint64(mostWait/time.Second))) * time.Second
	} else if at, err := http.ParseTime(said); err == nil {
		wait = min(at.Sub(now), mostWait)
	}
	if res.StatusCode == http.StatusTooManyRequests {
		wait = max(wait, time.Second)
	}
	return max(wait, 0)
}
