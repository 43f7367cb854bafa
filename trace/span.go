package trace

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"
)

// ID identifies a trace and the span at its beginning, whose span id is derived from the same
// hash: a span of another process can name it as its parent.
type ID struct {
	trace [16]byte
	root  [8]byte
}

// NewID returns the ID of the work that the parts identify: always the same for the same parts.
func NewID(parts ...string) ID {
	h := sha256.New()
	h.Write([]byte("bouncer trace"))
	for _, p := range parts {
		h.Write([]byte{0})
		h.Write([]byte(p))
	}
	sum := h.Sum(nil)
	return ID{trace: [16]byte(sum[:16]), root: [8]byte(sum[16:24])}
}

// String returns the trace id as collectors show it: 32 hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id.trace[:]) }

// Kind is a span's role, with OTLP's numbers.
type Kind int

// The kinds.
const (
	Internal Kind = 1
	Server   Kind = 2 // it answers a request from outside
	Client   Kind = 3 // it makes a request and waits for the answer
)

// Span is one step of a trace. A nil Span records nothing: its methods do nothing.
type Span struct {
	tracer     *Tracer
	id         ID
	span       [8]byte
	parent     [8]byte // zero for the first of a trace
	name       string
	kind       Kind
	start, end time.Time
	failed     bool

	mu    sync.Mutex
	attrs []attribute
	links []ID
}

// attribute is a name with a text, or with a number.
type attribute struct {
	name, text string
	number     int64
	isNumber   bool
}

// Set adds a text to the span. It must not be typed by a person, nor be a secret: everybody who
// can read the collector can read it.
func (s *Span) Set(name, text string) {
	if s == nil || text == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attrs = append(s.attrs, attribute{name: name, text: text})
}

// SetInt adds a number to the span.
func (s *Span) SetInt(name string, number int64) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attrs = append(s.attrs, attribute{name: name, number: number, isNumber: true})
}

// Link says that the span is also about other work.
func (s *Span) Link(to ID) {
	if s == nil || to == s.id {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.links = append(s.links, to)
}

// Fail marks the span as failed. The reason is in the log: an error may quote what a person typed.
func (s *Span) Fail() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = true
}

// End ends the span now, as failed if err is not nil, and passes it on to be sent.
func (s *Span) End(err error) {
	if s == nil {
		return
	}
	s.EndAt(time.Now(), err)
}

// EndAt is End with the time at which the step ended.
func (s *Span) EndAt(at time.Time, err error) {
	if s == nil {
		return
	}
	if err != nil {
		s.Fail()
	}
	s.end = at
	s.tracer.add(s)
}

type contextKey struct{}

// Start begins a step of the span that ctx carries. Where ctx carries none it returns ctx and nil.
func Start(ctx context.Context, name string, kind Kind) (context.Context, *Span) {
	parent := FromContext(ctx)
	if parent == nil {
		return ctx, nil
	}
	s := parent.tracer.newSpan(parent.id, name, kind, time.Now())
	s.parent = parent.span
	return context.WithValue(ctx, contextKey{}, s), s
}

// FromContext returns the span that ctx carries; nil for none.
func FromContext(ctx context.Context) *Span {
	s, _ := ctx.Value(contextKey{}).(*Span)
	return s
}

// First returns the first span of a trace, which began at a time. A nil Tracer returns nil.
func (t *Tracer) First(id ID, name string, kind Kind, at time.Time) *Span {
	if t == nil {
		return nil
	}
	s := t.newSpan(id, name, kind, at)
	s.span = id.root
	return s
}

// Join begins a step below the first span of a trace, which may be another process's. A nil Tracer
// returns ctx and nil.
func (t *Tracer) Join(ctx context.Context, id ID, name string, kind Kind, at time.Time) (context.Context, *Span) {
	if t == nil {
		return ctx, nil
	}
	s := t.newSpan(id, name, kind, at)
	s.parent = id.root
	return context.WithValue(ctx, contextKey{}, s), s
}

func (t *Tracer) newSpan(id ID, name string, kind Kind, at time.Time) *Span {
	s := &Span{tracer: t, id: id, name: name, kind: kind, start: at}
	_, _ = rand.Read(s.span[:]) // crypto/rand.Read never fails
	return s
}
