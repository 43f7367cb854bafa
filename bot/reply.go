package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"bouncer/bot/say"
	"bouncer/hosts"
)

// errReplyGone: the response_url accepts no more answers (used five times, or
// older than 30 minutes).
var errReplyGone = errors.New("bot: the response_url accepts no more answers")

// errReplyHost: the response_url is on a host that is never called.
var errReplyHost = errors.New("bot: response_url on an unknown host")

// replier answers through response_urls. It calls only Slack's own hosts and
// the configured API's host, and never puts a URL into an error or a log.
type replier struct {
	http *http.Client
	host string // host:port of SLACK_API_URL
}

func newReplier(apiURL string, client *http.Client) (*replier, error) {
	u, err := url.Parse(apiURL)
	if err != nil {
		return nil, errors.New("SLACK_API_URL is not a URL")
	}
	return &replier{http: client, host: u.Host}, nil
}

// check returns an error for a response_url that must not be called.
func (r *replier) check(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil {
		return errReplyHost
	}
	slackHost := u.Host == "hooks.slack.com" || u.Host == "hooks.slack-gov.com" || u.Host == "slack-gov.com" || u.Host == r.host
	switch {
	case !slackHost:
		return errReplyHost
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && hosts.Loopback(u.Hostname()):
		return nil
	}
	return errReplyHost
}

// send posts one answer.
func (r *replier) send(ctx context.Context, to string, m say.Message, replace bool) error {
	if err := r.check(to); err != nil {
		return err
	}
	p := ephemeral(m)
	p["replace_original"] = replace
	body, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return errReplyHost
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	res, err := r.http.Do(req)
	if err != nil {
		return fmt.Errorf("answer not sent: %w", hosts.Unaddressed(err))
	}
	defer res.Body.Close() //nolint:errcheck // read to its end below, nothing is lost
	text, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	if err != nil {
		return fmt.Errorf("answer: %w", hosts.Unaddressed(err))
	}
	return replyOutcome(res.StatusCode, string(text))
}

// replyOutcome reads Slack's answer: "ok", {"ok":true} or an error.
func replyOutcome(status int, text string) error {
	text = strings.TrimSpace(text)
	switch {
	case status == http.StatusNotFound, status == http.StatusGone,
		strings.Contains(text, "used_url"), strings.Contains(text, "expired_url"):
		return errReplyGone
	case status == http.StatusOK && (text == "ok" || text == ""):
		return nil
	}
	var a struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
	}
	err := json.Unmarshal([]byte(text), &a)
	code := a.Error
	if err != nil {
		code = text
	}
	switch {
	case (status != http.StatusOK || !a.OK) && chatFaults[code] == faultShape:
		return fmt.Errorf("answer: %w", slack.SlackErrorResponse{Err: code})
	case status != http.StatusOK:
		return fmt.Errorf("answer: status %d", status)
	case err != nil || a.OK:
		return nil // accepted: the body of a 200 is not documented
	}
	return fmt.Errorf("answer: %s", code)
}
