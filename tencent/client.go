// Package tencent guarantees a truthful answer to each call: done, certainly not done, refused, or
// unknown. An answer is a success only when the vendor's own fields say so; a call that may have
// been sent and has no answer is unknown, never a failure. It sends one moderation call at a time
// to Tencent's two APIs.
//
// TRTC rooms (numbered and named) use the cloud API 3.0, signed with TC3-HMAC-SHA256 by the
// vendor's SDK; Live rooms and Chat groups use the v4 REST API with a UserSig made here. The
// domain decides on retries, with one exception: a UserSig that the vendor calls too old is
// renewed and the call tried once more, since the first attempt was refused before anything was
// done.
//
// No secret (keys, token, UserSig) is in any error, answer, description or printed form of the
// types here.
package tencent

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"bouncer/moderation"
)

// Client calls Tencent. It is safe for concurrent use and implements moderation.Vendor.
type Client struct {
	cfg    Config
	wire   *wire
	sdk    *common.Client
	v4     *http.Client
	v4base string // scheme, host and path up to and without "/v4/"
	sigs   *signer
	redact *redactor
}

var _ moderation.Vendor = (*Client)(nil)

// New checks the configuration and returns a client. Nothing is sent. Its error lists every
// problem by the name of its setting and repeats no value.
func New(cfg Config) (*Client, error) {
	cloudAt, chatAt, err := cfg.fill()
	if err != nil {
		return nil, fmt.Errorf("tencent: settings:\n%w", err)
	}
	w := newWire(cfg.Now)
	return &Client{
		cfg:  cfg,
		wire: w,
		sdk:  newSDK(cfg, cloudAt, w),
		v4: &http.Client{
			Transport:     w,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		v4base: chatAt.scheme + "://" + chatAt.host + chatAt.path,
		sigs:   &signer{app: cfg.SDKAppID, key: cfg.ChatSecretKey, identifier: cfg.ChatAdmin, now: cfg.Now},
		redact: newRedactor(cfg.SecretID, cfg.SecretKey, cfg.Token, cfg.ChatSecretKey),
	}, nil
}

// Close closes idle connections. Calls in flight are not affected.
func (c *Client) Close() { c.wire.base.CloseIdleConnections() }

// String returns the settings without secrets.
func (c *Client) String() string { return c.cfg.String() }

// GoString returns String: %#v must not print secrets either.
func (c *Client) GoString() string { return c.cfg.String() }

// LogValue returns String for slog.
func (c *Client) LogValue() slog.Value { return c.cfg.LogValue() }

// Plan returns how an action will be sent. For reads ChunkSize is 0 and API is the first call; a
// whole-room action has a ChunkSize of 1, for its one empty target. Its error is a
// *moderation.Error.
func (c *Client) Plan(a moderation.Action) (moderation.Plan, error) {
	if !a.Room.Kind.Valid() {
		return moderation.Plan{}, a.Room.Check()
	}
	line := cellOf(a.Verb, a.Room.Kind)
	if line.body == nil && line.list == nil {
		return moderation.Plan{}, unsupported(a.Verb, a.Room)
	}
	if err := a.Room.Check(); err != nil {
		return moderation.Plan{}, err
	}
	if line.list != nil {
		return moderation.Plan{API: line.api}, nil
	}
	if err := checkAction(line, a); err != nil {
		return moderation.Plan{}, err
	}
	return moderation.Plan{API: line.api, ChunkSize: max(line.chunk, 1)}, nil
}

func checkAction(line cell, a moderation.Action) error {
	people := slices.DeleteFunc(slices.Clone(a.Targets), func(id string) bool { return id == "" })
	switch {
	case line.chunk == 0 && len(people) > 0:
		return input(a.Room, string(a.Verb)+" applies to the whole room and takes no user")
	case line.chunk > 0 && (len(people) == 0 || len(people) != len(a.Targets)):
		return input(a.Room, string(a.Verb)+" needs a user")
	case a.Permanent && !line.perm:
		return input(a.Room, string(a.Verb)+" requires a duration here: the vendor documents no value for permanent")
	case line.timed && !a.Permanent && a.Duration <= 0:
		return input(a.Room, string(a.Verb)+" needs a duration")
	case line.timed && a.Duration > moderation.MaxDuration:
		return input(a.Room, "longer than 365 days")
	}
	for _, id := range people {
		if err := moderation.CheckUserID(id); err != nil {
			return err
		}
	}
	return nil
}

// Describe returns the API and the body of a request exactly as Do sends it. The body contains no
// credentials. Its error is a *moderation.Error.
func (c *Client) Describe(r moderation.Request) (name, body string, err error) {
	a, content, err := c.prepare(r)
	if err != nil {
		return "", "", err
	}
	raw, err := json.Marshal(content)
	if err != nil { // strings, numbers and maps of them only: cannot fail
		return "", "", fmt.Errorf("tencent: request body: %w", err)
	}
	return a.name, string(raw), nil
}

// Do sends one request, once, and returns its answer.
func (c *Client) Do(ctx context.Context, r moderation.Request) moderation.Answer {
	a, content, err := c.prepare(r)
	if err != nil {
		return unsent(err)
	}
	return c.classify(a, subject{r.Room, r.Targets}, c.call(ctx, a, content))
}

// call sends one request to its API.
func (c *Client) call(ctx context.Context, a api, content fields) reply {
	start := c.cfg.Now()
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	var rep reply
	if a.side == cloud {
		rep = c.callCloud(ctx, a, content)
	} else {
		rep = c.callV4(ctx, a, content)
	}
	rep.took = c.cfg.Now().Sub(start)
	return rep
}
