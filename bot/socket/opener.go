package socket

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"bouncer/hosts"
)

// Opener requests one WebSocket URL from Slack. The URL contains a ticket: it
// is valid for one connection within a short time, and secret until then.
//
// A refusal by Slack is an *OpenError; any other error counts as code
// "network".
type Opener interface {
	// Open returns the URL, or the error.
	Open(ctx context.Context) (wssURL string, err error)
}

// NewOpener returns the Opener that calls apps.connections.open below apiURL
// (https://slack.com/api/, with or without the last slash; plain http on
// loopback only) with an app-level token of scope connections:write. The
// token is sent only in the Authorization header, because Slack rejects it as
// a parameter. Redirects are not followed: they could send it elsewhere.
//
// httpClient may be nil; a copy of it is used. New reports a wrong apiURL or
// token.
func NewOpener(httpClient *http.Client, apiURL, appToken string) Opener {
	var hc http.Client
	if httpClient != nil {
		hc = *httpClient
	}
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &webOpener{http: &hc, apiURL: apiURL, token: appToken}
}

type webOpener struct {
	http   *http.Client
	apiURL string
	token  string
}

// maxOpenAnswer bounds what is read of an answer. A real one has some 300 bytes.
const maxOpenAnswer = 64 << 10

// unstatedRetry is the wait after a 429 that names none: Slack's windows are
// one minute long.
const unstatedRetry = 30 * time.Second

// maxRetryAfter bounds a wrong Retry-After, which could stop the bot for
// days.
const maxRetryAfter = time.Hour

func (o *webOpener) endpoint() (string, error) {
	u, err := url.Parse(o.apiURL)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("api url must be a plain https url")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !hosts.Loopback(u.Hostname())) {
		return "", fmt.Errorf("api url must be https (http on loopback only), not %q", u.Scheme)
	}
	return strings.TrimSuffix(u.String(), "/") + "/apps.connections.open", nil
}

func (o *webOpener) validate() error {
	if _, err := o.endpoint(); err != nil {
		return err
	}
	if o.token == "" {
		return errors.New("app-level token is required")
	}
	if strings.ContainsFunc(o.token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("app-level token contains characters that a token cannot have")
	}
	return nil
}

// Open implements Opener.
func (o *webOpener) Open(ctx context.Context) (string, error) {
	if err := o.validate(); err != nil {
		return "", &OpenError{Code: "bad_settings", Err: err}
	}
	endpoint, err := o.endpoint()
	if err != nil {
		return "", &OpenError{Code: "bad_settings", Err: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, nil)
	if err != nil {
		return "", &OpenError{Code: "network", Err: hosts.Unaddressed(err)}
	}
	req.Header.Set("Authorization", "Bearer "+o.token)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := o.http.Do(req)
	if err != nil {
		return "", &OpenError{Code: "network", Err: hosts.Unaddressed(err)}
	}
	defer func() { _ = resp.Body.Close() }() // nothing is left to learn from it
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxOpenAnswer+1))
	if err != nil {
		return "", &OpenError{Code: "network", Err: hosts.Unaddressed(err)}
	}
	return readOpenAnswer(resp.StatusCode, resp.Header, body)
}

func readOpenAnswer(status int, header http.Header, body []byte) (string, error) {
	wait := retryAfter(header.Get("Retry-After"))
	var answer struct {
		OK       bool   `json:"ok"`
		URL      string `json:"url"`
		Error    string `json:"error"`
		Needed   string `json:"needed"`
		Provided string `json:"provided"`
	}
	// What a JSON error quotes could be the ticket, so only its kind is kept.
	understood := len(body) <= maxOpenAnswer && json.Unmarshal(body, &answer) == nil
	switch {
	case status == http.StatusTooManyRequests:
		if wait == 0 {
			wait = unstatedRetry
		}
		return "", &OpenError{Code: "ratelimited", RetryAfter: wait}
	case understood && !answer.OK && validCode(answer.Error):
		return "", &OpenError{Code: answer.Error, RetryAfter: wait, Needed: answer.Needed, Provided: answer.Provided}
	case status != http.StatusOK:
		return "", &OpenError{Code: "http_" + strconv.Itoa(status), RetryAfter: wait}
	case !understood:
		return "", &OpenError{Code: "bad_answer", Err: errors.New("answer is not the expected JSON object")}
	case !answer.OK || answer.URL == "":
		return "", &OpenError{Code: "bad_answer", Err: errors.New("answer has no url")}
	}
	return answer.URL, nil
}

// validCode keeps unknown text out of logs and metric labels.
func validCode(code string) bool {
	return code != "" && len(code) <= 64 && !strings.ContainsFunc(code, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_'
	})
}

// retryAfter reads the header's seconds. Slack sends no dates.
func retryAfter(v string) time.Duration {
	seconds, err := strconv.Atoi(strings.TrimSpace(v))
	if err != nil || seconds <= 0 {
		return 0
	}
	if seconds > int(maxRetryAfter/time.Second) {
		return maxRetryAfter
	}
	return time.Duration(seconds) * time.Second
}
