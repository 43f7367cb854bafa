package intake

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"bouncer/moderation"
)

// Bounds of what is taken in.
const (
	maxBody = 64 << 10
	// perSecond and burst bound what a sender with a valid signature may send. They are far above
	// what people report, so that only a sender that runs wild is refused.
	perSecond = 200
	burst     = 1000
)

// Config configures a Handler. Fields are required unless their comment says otherwise.
type Config struct {
	// Secrets are the keys that a signature may be made with.
	Secrets []string
	// Accept makes reports durable, all or none. reused says which have the id of another report.
	Accept func(ctx context.Context, reports []moderation.NewReport) (reused []bool, err error)
	// UserID returns the pattern of this application's UserIDs; nil for any. Optional.
	UserID func() *regexp.Regexp
	// Tencent's moderation results are accepted if it is set. Optional.
	Tencent *Tencent
	// Result is called with the result of each request. Optional.
	Result func(Result)
	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: none
}

// Result is what a request was answered with.
type Result string

// The results.
const (
	Accepted     Result = "accepted" // also a repeat
	Ignored      Result = "ignored"  // a moderation result that concerns no room
	Unsigned     Result = "unsigned"
	Malformed    Result = "malformed"
	TooLarge     Result = "too_large"
	TooMany      Result = "too_many"
	NotStored    Result = "not_stored"
	Reused       Result = "reused" // the id of another report
	unknownRoute Result = ""
)

// Results returns all results.
func Results() []Result {
	return []Result{Accepted, Ignored, Unsigned, Malformed, TooLarge, TooMany, NotStored, Reused}
}

// problem is a request that is refused, with a sentence for its sender.
type problem struct {
	result Result
	text   string
}

func (p *problem) Error() string { return p.text }

var statusOf = map[Result]int{
	Accepted: http.StatusAccepted, Ignored: http.StatusAccepted, Unsigned: http.StatusUnauthorized, Malformed: http.StatusBadRequest,
	TooLarge: http.StatusRequestEntityTooLarge, TooMany: http.StatusTooManyRequests, NotStored: http.StatusServiceUnavailable, Reused: http.StatusConflict,
	unknownRoute: http.StatusNotFound,
}

// Handler is an http.Handler for reports.
type Handler struct {
	cfg   Config
	limit *rate.Limiter
	group *grouper
	mux   http.ServeMux
	// unsigned bounds the log: who has no secret must not be able to fill a disk with it.
	unsigned rate.Sometimes
}

// New returns a Handler. Its error says what the config lacks.
func New(cfg Config) (*Handler, error) {
	if len(cfg.Secrets) == 0 || cfg.Accept == nil {
		return nil, errors.New("intake: a required field of Config is missing")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.UserID == nil {
		cfg.UserID = func() *regexp.Regexp { return nil }
	}
	if cfg.Result == nil {
		cfg.Result = func(Result) {}
	}
	h := &Handler{cfg: cfg, limit: rate.NewLimiter(perSecond, burst), group: &grouper{accept: cfg.Accept},
		unsigned: rate.Sometimes{First: 10, Interval: time.Second}}
	h.mux.HandleFunc("POST /v1/reports", h.reports)
	if cfg.Tencent != nil {
		h.mux.HandleFunc("POST /v1/tencent/{path}", h.tencent)
	}
	return h, nil
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// reports answers POST /v1/reports.
func (h *Handler) reports(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(w, r)
	if err == nil {
		err = verify(h.cfg.Secrets, r.Header.Get(headerTime), r.Header.Get(headerSignature), body, h.cfg.Now())
	}
	if err == nil {
		err = h.take()
	}
	var report moderation.NewReport
	if err == nil {
		report, err = decode(body, h.cfg.UserID(), h.cfg.Now())
	}
	if err == nil {
		err = h.store(r.Context(), report)
	}
	result, text := h.resultOf(err)
	h.cfg.Result(result)
	answer := map[string]string{"status": string(Accepted)}
	if err != nil {
		answer = map[string]string{"error": text}
	}
	writeJSON(w, statusOf[result], answer)
}

// take takes a turn of the rate limit.
func (h *Handler) take() error {
	if !h.limit.AllowN(h.cfg.Now(), 1) {
		return &problem{TooMany, "More than 200 reports a second: wait a second and send it again."}
	}
	return nil
}

func (h *Handler) store(ctx context.Context, r moderation.NewReport) error {
	err := h.group.add(ctx, r)
	if errors.Is(err, errReused) {
		return &problem{Reused, "Another report was received with this id: send this one with an id of its own."}
	}
	if err != nil {
		h.cfg.Logger.Error("report not stored, its sender was informed", "err", err)
		return &problem{NotStored, "The report could not be stored: send it again with the same id."}
	}
	return nil
}

func (h *Handler) resultOf(err error) (Result, string) {
	var p *problem
	switch {
	case err == nil:
		return Accepted, ""
	case errors.As(err, &p):
		if p.result == Unsigned {
			h.unsigned.Do(func() { h.cfg.Logger.Warn("report refused", "err", p.text) })
		}
		return p.result, p.text
	}
	return Malformed, "The request could not be read: send it again."
}

// readBody reads a body up to the maximum.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, &problem{TooLarge, "The body has more than 65536 bytes: shorten the text."}
	}
	return body, err
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has disconnected
}

// same compares secrets in constant time.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// clean replaces the character NUL, which PostgreSQL stores in no text.
func clean(s string) string { return strings.ReplaceAll(s, "\x00", "\ufffd") }
