package tencent

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// callV4 sends one call of Live or Chat. When the vendor calls the UserSig too old, a new one is
// made and the call is tried once more: it was refused before anything was done.
func (c *Client) callV4(ctx context.Context, a api, content fields) reply {
	sig, err := c.sigs.get()
	if err != nil {
		return reply{ex: &exchange{err: &fault{text: "no UserSig could be made", setup: true}}}
	}
	first := c.tryV4(ctx, a, content, sig)
	if !renewing(first.code) {
		return first
	}
	sig, err = c.sigs.renew(sig)
	if err != nil {
		return first
	}
	c.cfg.Logger.WarnContext(ctx, "usersig renewed", "api", a.name, "code", first.code)
	second := c.tryV4(ctx, a, content, sig)
	second.renewed = first.code
	return second
}

func (c *Client) tryV4(ctx context.Context, a api, content fields, sig string) reply {
	ctx, ex := withExchange(ctx)
	rep := reply{ex: ex}
	raw, err := json.Marshal(content)
	if err != nil { // strings, numbers and maps of them only: cannot fail
		ex.err = &fault{text: "the request could not be made"}
		return rep
	}
	number := random32()
	// Chat answers have no RequestId. The vendor can find the call by our random number and the time.
	rep.requestID = fmt.Sprintf("random %d at %s", number, c.cfg.Now().UTC().Format("2006-01-02T15:04:05.000Z07:00"))
	query := url.Values{
		"sdkappid":    {strconv.FormatUint(uint64(c.cfg.SDKAppID), 10)},
		"identifier":  {c.cfg.ChatAdmin},
		"usersig":     {sig},
		"random":      {strconv.FormatUint(uint64(number), 10)},
		"contenttype": {"json"},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.v4base+"/v4/"+a.call+"?"+query.Encode(), bytes.NewReader(raw))
	if err != nil {
		ex.err = &fault{text: "the request could not be made"}
		return rep
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.v4.Do(req)
	if err != nil { // contains the URL: only what the wire recorded may be shown
		if ex.err == nil {
			ex.err = &fault{text: "the network failed"}
		}
		return rep
	}
	_ = resp.Body.Close() // the wire has already read it
	rep.read()
	return rep
}

// random32 returns the random number that every v4 call has.
func random32() uint32 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails: the program ends instead
	return binary.BigEndian.Uint32(b[:])
}

// envelope is the part of every v4 answer around its data. Numbers and strings are
// interchangeable: the documents and the servers disagree.
type envelope struct {
	ActionStatus text
	ErrorCode    *text
	ErrorInfo    text
	RequestID    text `json:"RequestId"`
}

// read reads a v4 answer. Only ErrorCode counts; the HTTP status is always 200, so with another
// one it is not a success. The data is not read here: invalid data must not make a success
// uncertain.
func (r *reply) read() {
	var e envelope
	if err := json.Unmarshal(r.ex.body, &e); err != nil || e.ErrorCode == nil {
		return
	}
	if e.RequestID != "" {
		r.requestID = string(e.RequestID)
	}
	code := strings.TrimSpace(string(*e.ErrorCode))
	switch {
	case code == "0" && e.ActionStatus != "FAIL" && r.ex.status == http.StatusOK:
		r.yes = true
	case code != "" && code != "0":
		r.code, r.message = code, string(e.ErrorInfo)
	}
}

// text is a string that may have been sent as a number, with all its digits.
type text string

// UnmarshalJSON accepts strings, numbers, true, false and null.
func (t *text) UnmarshalJSON(raw []byte) error {
	switch {
	case len(raw) == 0 || string(raw) == "null":
		*t = ""
		return nil
	case raw[0] == '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return fmt.Errorf("tencent: string: %w", err)
		}
		*t = text(strings.ReplaceAll(s, "\x00", "\ufffd")) // PostgreSQL stores no NUL
		return nil
	case raw[0] == '{' || raw[0] == '[':
		return errors.New("tencent: neither a string nor a number")
	}
	*t = text(raw)
	return nil
}

// int returns the number; 0 when it is invalid.
func (t text) int() int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(string(t)), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// time returns Unix seconds as a time; zero for 0, for an invalid number, and for the permanent
// value.
func (t text) time() time.Time {
	n := t.int()
	if n <= 0 || n >= permanent {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}
