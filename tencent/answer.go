package tencent

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bouncer/moderation"
)

// reply is the result of one call: its HTTP exchange in ex, and the vendor's code and message if
// there were any.
type reply struct {
	ex        *exchange
	yes       bool
	code      string // the vendor's; empty when the answer was not an API answer
	message   string
	requestID string
	renewed   string // the code after which a new UserSig was made
	took      time.Duration
}

// subject is the room and the users of a call, for error values.
type subject struct {
	room  moderation.Room
	users []string
}

// Bounds of the vendor's texts that are kept.
const (
	maxMessage = 500 // characters
	maxID      = 200
	maxUsers   = 100 // characters of users in an error's values
)

// unsent returns the answer for a request that was not sent.
func unsent(err error) moderation.Answer {
	var e *moderation.Error
	if !errors.As(err, &e) {
		e = moderation.NewError(moderation.CodeVendorInput)
		e.Cause = err
	}
	return moderation.Answer{Class: moderation.VendorRefused, Err: e}
}

// classify returns the answer that follows from a reply.
func (c *Client) classify(a api, s subject, rep reply) moderation.Answer {
	ans := moderation.Answer{
		Code:      cutRunes(c.redact.clean(rep.code), maxID),
		Message:   cutRunes(c.redact.clean(rep.message), maxMessage),
		RequestID: cutRunes(c.redact.clean(rep.requestID), maxID),
		Took:      rep.took,
	}
	if rep.yes {
		ans.Class = moderation.VendorAccepted
		if rep.renewed != "" {
			ans.Message = "a new UserSig was made after " + rep.renewed + ", and the call was sent once more"
		}
		return ans
	}
	m, detail, cause := c.classifyFailure(a, rep)
	ans.Class, ans.RetryAfter = m.class, m.after
	if ans.Code == "" && rep.ex.status != 0 && rep.ex.status != http.StatusOK {
		ans.Code = "http " + strconv.Itoa(rep.ex.status)
	}
	e := moderation.NewError(m.code, "code", ans.Code, "message", ans.Message, "request", ans.RequestID,
		"room", s.room.String(), "api", a.name)
	e.Cause = cause
	set := func(name, value string) {
		if value != "" {
			e.Values[name] = value
		}
	}
	set("user", cutRunes(strings.Join(s.users, ","), maxUsers))
	set("detail", detail)
	set("renewed", rep.renewed)
	switch m.hint {
	case HintOtherKind:
		if other, ok := s.room.Lookalike(); ok {
			set("other", other.String())
		} else {
			m.hint = ""
		}
	case HintNotOnSite:
		set("site", string(c.cfg.Site))
	case HintClock:
		if skew, ok := c.wire.clock(); ok {
			set("skew", skew.String())
		}
	}
	set("hint", m.hint)
	ans.Err = e
	return ans
}

// classifyFailure classifies a reply that is not a success.
func (c *Client) classifyFailure(a api, rep reply) (m meaning, detail string, cause error) {
	var broken *fault
	if rep.ex.err != nil {
		if !errors.As(rep.ex.err, &broken) {
			broken = &fault{text: rep.ex.err.Error()}
		}
		switch {
		case rep.ex.status != 0 || rep.ex.written.Load():
			return meaning{class: moderation.VendorNoAnswer, code: moderation.CodeVendorNoAnswer}, broken.text, broken
		case broken.setup:
			return setup(HintEndpoint), broken.text, broken
		}
		// Nothing was sent: it certainly did not happen.
		return passing(), broken.text, broken
	}
	if rep.code != "" {
		return meaningOf(a, rep.code), "", nil
	}
	// The answer did not come from the API.
	switch status := rep.ex.status; {
	case status == http.StatusTooManyRequests:
		m = limited()
		m.after = retryAfter(rep.ex.retry)
		return m, "http status 429", nil
	case status >= 300 && status < 500 && status != http.StatusSeeOther && status != http.StatusRequestTimeout:
		// The API answers everything with 200, so something else refused the call.
		return setup(HintEndpoint), fmt.Sprintf("http status %d", status), nil
	case status != http.StatusOK:
		detail = fmt.Sprintf("http status %d", status)
	case len(rep.ex.body) == 0:
		detail = "an empty answer"
	default:
		detail = "an answer that is neither yes nor no"
	}
	return meaning{class: moderation.VendorNoAnswer, code: moderation.CodeVendorUnexpected}, detail, nil
}

// retryAfter reads whole seconds, at most an hour.
func retryAfter(header string) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(header))
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(n), 3600) * time.Second
}

// redactor removes secrets from texts of others: servers and proxies sometimes repeat what they
// were sent.
type redactor struct {
	known *strings.Replacer
	sig   *regexp.Regexp
}

const hidden = "[hidden]"

func newRedactor(secrets ...string) *redactor {
	var pairs []string
	for _, s := range secrets {
		if s == "" {
			continue
		}
		pairs = append(pairs, s, hidden)
		if q := url.QueryEscape(s); q != s {
			pairs = append(pairs, q, hidden)
		}
	}
	return &redactor{
		known: strings.NewReplacer(pairs...),
		// A UserSig is zlib in base64, so it begins with eJ; in a query its stars are written as
		// %2A.
		sig: regexp.MustCompile(`eJ[0-9A-Za-z*_%+/=-]{30,}`),
	}
}

func (h *redactor) clean(s string) string {
	return h.sig.ReplaceAllString(h.known.Replace(s), hidden)
}

// cutRunes keeps at most so many characters and marks a cut.
func cutRunes(s string, most int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}
