package socket

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/gorilla/websocket"
)

// Defaults of Config. PingEvery and SilentAfter together guarantee that a
// silent link is noticed within 8 s: the last sign of life, SilentAfter, and
// half a second of grace.
const (
	defaultConnections   = 2
	maxConnections       = 4 // Slack allows 10 for an app; replacements and replicas need room
	defaultOpenEnvelopes = 512
	defaultReadLimit     = 1 << 20
	defaultPingEvery     = 2500 * time.Millisecond
	defaultSilentAfter   = 7 * time.Second
	defaultOpenGap       = time.Second
	defaultOpenTimeout   = 10 * time.Second
	defaultHelloTimeout  = 10 * time.Second
	defaultBackoffMin    = time.Second
	defaultBackoffMax    = time.Minute
	defaultCrowded       = 10 * time.Second
	defaultYoung         = 30 * time.Second
	defaultLinger        = 30 * time.Second
	defaultCloseTimeout  = 2 * time.Second
	defaultDrainTimeout  = 10 * time.Second
	defaultBudgetEvery   = time.Second
)

// Config configures a Client. Opener and Handler are required; zero in any
// other field means the default named there.
type Config struct {
	// Opener gets the WebSocket URLs. Required; NewOpener makes Slack's.
	Opener Opener
	// Handler receives the envelopes. Required.
	Handler Handler

	// Connections is the number of sockets to keep open, 1 to 4. Zero: 2.
	Connections int
	// Budget bounds it where several processes share the app. Nil: this process
	// is the only one.
	Budget Budget
	// BudgetEvery is the time between two questions to the budget. Zero: 1 s.
	BudgetEvery time.Duration
	// Dialer opens the WebSockets. Nil: proxy from the environment, TLS 1.2 or
	// later. A copy is used: TLS below 1.2 is raised, compression is off, the
	// buffers are at least 32 KiB. ws:// is dialled to loopback hosts only.
	Dialer *websocket.Dialer
	// Logger is the destination of the log. Nil: slog.Default.
	Logger *slog.Logger
	// Hooks are called on events, for metrics and alerts. Each may be nil.
	Hooks Hooks

	// OpenEnvelopes is how many envelopes of one connection may be without their
	// ack before its reading stops. Zero: 512.
	OpenEnvelopes int
	// ReadLimit is the largest message in bytes that is decoded. A larger
	// one, up to 16 times this, is skipped, acknowledged and reported as
	// undecodable; one still larger ends its connection. Zero: 1 MiB.
	ReadLimit int64

	// PingEvery is the time between our pings. Zero: 2.5 s.
	PingEvery time.Duration
	// SilentAfter is how long a link may be silent before it is closed; half
	// a second of grace is added. Must exceed PingEvery. Zero: 7 s.
	SilentAfter time.Duration

	// Linger is how long a connection that Slack announced to close is read
	// after its replacement is open; then the client closes it. Zero: 30 s.
	Linger time.Duration

	// OpenGap is the least time between the end of one apps.connections.open
	// and the start of the next. At least 1 s. Zero: 1 s.
	OpenGap time.Duration
	// OpenTimeout bounds one apps.connections.open and one dial. Zero: 10 s.
	OpenTimeout time.Duration
	// HelloTimeout bounds the wait for Slack's hello. Zero: 10 s.
	HelloTimeout time.Duration
	// BackoffMin and BackoffMax bound the wait after a failure. It doubles
	// from one to the other, and each wait is random in its upper half. Zero:
	// 1 s and 1 min.
	BackoffMin, BackoffMax time.Duration
	// CrowdedBackoff is the least wait after too_many_websockets: Slack needs
	// time to forget dead sockets. Zero: 10 s.
	CrowdedBackoff time.Duration
	// YoungAfter is the age below which the end of a connection counts as a
	// failure and is followed by a back-off. Zero: 30 s.
	YoungAfter time.Duration

	// CloseTimeout bounds the wait for the peer's half of a closing handshake.
	// Zero: 2 s.
	CloseTimeout time.Duration
	// DrainTimeout bounds everything that Run does after its context ended.
	// Zero: 10 s.
	DrainTimeout time.Duration

	// Rand returns the jitter, in [0,1). Nil: math/rand/v2.
	Rand func() float64
}

// Hooks are called from the client's goroutines, some for every envelope: they
// must be fast and must not block. Nil fields are skipped.
type Hooks struct {
	// OnAcked: an ack was handed to the kernel, latency after its envelope was
	// read. kind is the envelope's type, "undecodable" or "unknown".
	OnAcked func(kind string, latency time.Duration)
	// OnAckLost: an ack was not written because its connection ended, or (err
	// is ErrClosed) an envelope arrived during the close and was not handled.
	OnAckLost func(id string, err error)
	// OnOpen: one attempt to get a connection ended: "ok", Slack's error code,
	// "http_503" and the like, "network", "dial" or "no_hello".
	OnOpen func(result string)
	// OnDisconnect: a connection ends, for one of EndReasons. Once for each
	// connection.
	OnDisconnect func(reason string)
	// OnGhosts: Slack counts this many connections more than the client, and
	// the other processes of its budget, have open.
	OnGhosts func(excess int)
	// OnUndecodable: a frame could not be understood, or was of an unknown
	// type. It was acked if id is not empty. size is the frame's in bytes.
	OnUndecodable func(id string, err error, size int)
	// OnPanic: a handler panicked on this envelope.
	OnPanic func(id, kind string)
}

// withDefaults returns the configuration with zeros filled in, or all its
// mistakes joined.
func (c Config) withDefaults() (Config, error) {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }

	if c.Opener == nil {
		bad("opener is required")
	} else if v, ok := c.Opener.(interface{ validate() error }); ok {
		if err := v.validate(); err != nil {
			errs = append(errs, err)
		}
	}
	if c.Handler == nil {
		bad("handler is required")
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Rand == nil {
		c.Rand = rand.Float64
	}
	orInt(&c.Connections, defaultConnections)
	if c.Connections < 1 || c.Connections > maxConnections {
		bad("connections must be 1 to %d, not %d", maxConnections, c.Connections)
	}
	orInt(&c.OpenEnvelopes, defaultOpenEnvelopes)
	if c.OpenEnvelopes < 1 {
		bad("open envelopes must be positive, not %d", c.OpenEnvelopes)
	}
	orInt(&c.ReadLimit, defaultReadLimit)
	if c.ReadLimit < 1024 || c.ReadLimit > 64<<20 {
		bad("read limit must be 1 KiB to 64 MiB, not %d bytes", c.ReadLimit)
	}
	for _, d := range []struct {
		name  string
		value *time.Duration
		zero  time.Duration
	}{
		{"ping every", &c.PingEvery, defaultPingEvery},
		{"silent after", &c.SilentAfter, defaultSilentAfter},
		{"linger", &c.Linger, defaultLinger},
		{"open gap", &c.OpenGap, defaultOpenGap},
		{"open timeout", &c.OpenTimeout, defaultOpenTimeout},
		{"hello timeout", &c.HelloTimeout, defaultHelloTimeout},
		{"backoff min", &c.BackoffMin, defaultBackoffMin},
		{"backoff max", &c.BackoffMax, max(defaultBackoffMax, c.BackoffMin)},
		{"crowded backoff", &c.CrowdedBackoff, defaultCrowded},
		{"young after", &c.YoungAfter, defaultYoung},
		{"close timeout", &c.CloseTimeout, defaultCloseTimeout},
		{"drain timeout", &c.DrainTimeout, defaultDrainTimeout},
		{"budget every", &c.BudgetEvery, defaultBudgetEvery},
	} {
		if *d.value < 0 {
			bad("%s must not be negative", d.name)
		}
		if *d.value == 0 {
			*d.value = d.zero
		}
	}
	if c.SilentAfter <= c.PingEvery {
		bad("silent after (%s) must exceed ping every (%s)", c.SilentAfter, c.PingEvery)
	}
	if c.OpenGap < time.Second {
		bad("open gap must be at least 1s, not %s", c.OpenGap)
	}
	if c.BackoffMax < c.BackoffMin {
		bad("backoff max (%s) is below backoff min (%s)", c.BackoffMax, c.BackoffMin)
	}
	if len(errs) > 0 {
		return Config{}, fmt.Errorf("socket: %w", errors.Join(errs...))
	}
	c.Hooks = c.Hooks.withDefaults()
	return c, nil
}

func orInt[T int | int64](v *T, zero T) {
	if *v == 0 {
		*v = zero
	}
}

// withDefaults replaces each nil hook by an empty function.
func (h Hooks) withDefaults() Hooks {
	if h.OnAcked == nil {
		h.OnAcked = func(string, time.Duration) {}
	}
	if h.OnAckLost == nil {
		h.OnAckLost = func(string, error) {}
	}
	if h.OnOpen == nil {
		h.OnOpen = func(string) {}
	}
	if h.OnDisconnect == nil {
		h.OnDisconnect = func(string) {}
	}
	if h.OnGhosts == nil {
		h.OnGhosts = func(int) {}
	}
	if h.OnUndecodable == nil {
		h.OnUndecodable = func(string, error, int) {}
	}
	if h.OnPanic == nil {
		h.OnPanic = func(string, string) {}
	}
	return h
}
