package tencentd

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// Outcomes of calls that are not codes of the vendor.
const (
	CodeOK      = "OK"      // done, and answered so
	CodeRaw     = "raw"     // a fault's own answer was sent
	CodeDropped = "dropped" // the connection was cut
)

// Call is one request with its answer. It contains no signature.
type Call struct {
	// Seq numbers calls in the order of arrival, from 1.
	Seq int `json:"seq"`
	// At is the time of arrival, by the application's clock.
	At time.Time `json:"at"`
	// API is the action, or service/command; for a request without a
	// recognizable one, its path.
	API string `json:"api"`
	// Body is what was sent.
	Body string `json:"body"`
	// Identifier and Random are the v4 URL's.
	Identifier string `json:"identifier,omitempty"`
	Random     string `json:"random,omitempty"`
	// RequestID is the answer's; Chat's answers have none.
	RequestID string `json:"request_id,omitempty"`
	// Code is the vendor's code or one of the Code constants; empty while the
	// call is under way.
	Code string `json:"code"`
	// Effect numbers calls in the order in which they took effect, from 1;
	// zero had no effect.
	Effect int `json:"effect,omitempty"`
	// EffectAt is when it took effect, by the application's clock; zero had no effect.
	EffectAt time.Time `json:"effect_at,omitzero"`
	// Fault says that a fault affected it.
	Fault bool `json:"fault,omitempty"`
}

// Counters count all calls since the start or the last ResetCalls. Unlike
// Calls they forget none.
type Counters struct {
	Total int `json:"total"`
	// Open are the calls under way.
	Open   int            `json:"open"`
	ByAPI  map[string]int `json:"by_api"`
	ByCode map[string]int `json:"by_code"`
}

// journal remembers calls.
type journal struct {
	keep    int
	now     func() time.Time
	publish func(Change)

	mu       sync.Mutex
	calls    []*Call
	byID     map[int]*Call
	seq      int
	counters Counters
}

func newJournal(keep int, now func() time.Time, publish func(Change)) *journal {
	return &journal{keep: keep, now: now, publish: publish, byID: map[int]*Call{}, counters: newCounters()}
}

func newCounters() Counters {
	return Counters{ByAPI: map[string]int{}, ByCode: map[string]int{}}
}

// open records that a call arrived.
func (j *journal) open(c Call) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	c.Seq, c.At = j.seq, j.now()
	if len(j.calls) >= 2*j.keep {
		// Halved at once and not one by one, so that recording stays cheap.
		j.calls = append([]*Call(nil), j.calls[len(j.calls)-j.keep:]...)
	}
	j.calls = append(j.calls, &c)
	j.byID[c.Seq] = &c
	j.counters.Total++
	j.counters.Open++
	j.counters.ByAPI[c.API]++
	return c.Seq
}

// close notes how a call ended.
func (j *journal) close(seq int, code string, effect int, fault bool) {
	j.mu.Lock()
	c := j.byID[seq]
	if c == nil { // ResetCalls was called in between
		j.mu.Unlock()
		return
	}
	delete(j.byID, seq)
	c.Code, c.Effect, c.Fault = code, effect, fault
	if effect > 0 {
		c.EffectAt = j.now()
	}
	j.counters.Open--
	j.counters.ByCode[code]++
	change := Change{What: "call", Call: c.Seq, API: c.API, Code: code}
	j.mu.Unlock()
	j.publish(change)
}

// Calls returns the last Config.KeepCalls requests or more, oldest first, those
// under way included.
func (s *Server) Calls() []Call {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	calls := make([]Call, len(s.journal.calls))
	for i, c := range s.journal.calls {
		calls[i] = *c
	}
	return calls
}

// Counters returns the sums over all calls.
func (s *Server) Counters() Counters {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	c := s.journal.counters
	c.ByAPI, c.ByCode = maps.Clone(c.ByAPI), maps.Clone(c.ByCode)
	return c
}

// ResetCalls forgets all calls and sets the counters and LimitHits to zero.
// Calls under way are not counted when they end. Seq and Effect go on.
func (s *Server) ResetCalls() {
	s.limits.resetHits()
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	s.journal.calls = nil
	clear(s.journal.byID)
	s.journal.counters = newCounters()
}

// Change is an event, for a page that follows the rooms. It says what
// changed: Room and Calls return the current state. Terms that end by the
// clock cause no change.
type Change struct {
	At   time.Time `json:"at"`
	Kind Kind      `json:"kind,omitempty"`
	Room string    `json:"room,omitempty"`
	// What is created, closed, joined, left, kicked, banned, unbanned,
	// blocked, unblocked, silenced, unsilenced, frozen, unfrozen, media or
	// call.
	What  string   `json:"what"`
	Users []string `json:"users,omitempty"`
	// Call, API and Code are those of a call that ended.
	Call int    `json:"call,omitempty"`
	API  string `json:"api,omitempty"`
	Code string `json:"code,omitempty"`
	// Missed is how many changes before this one the subscriber was too slow
	// for.
	Missed int `json:"missed,omitempty"`
}

type subscriber struct {
	ch     chan Change
	missed int
}

// subscriberBuffer is how many changes wait for a slow subscriber.
const subscriberBuffer = 1024

// Subscribe returns a channel of each change from now on, until ctx or the
// server ends; then the channel is closed. A slow subscriber misses changes; it
// never delays the server.
func (s *Server) Subscribe(ctx context.Context) <-chan Change {
	w := s.world
	sub := &subscriber{ch: make(chan Change, subscriberBuffer)}
	w.subMu.Lock()
	defer w.subMu.Unlock()
	if w.closed {
		close(sub.ch)
		return sub.ch
	}
	w.subscribers[sub] = struct{}{}
	context.AfterFunc(ctx, func() { w.unsubscribe(sub) })
	return sub.ch
}

func (w *world) unsubscribe(sub *subscriber) {
	w.subMu.Lock()
	defer w.subMu.Unlock()
	if _, there := w.subscribers[sub]; there {
		delete(w.subscribers, sub)
		close(sub.ch)
	}
}

func (w *world) closeSubscribers() {
	w.subMu.Lock()
	defer w.subMu.Unlock()
	w.closed = true
	for sub := range w.subscribers {
		delete(w.subscribers, sub)
		close(sub.ch)
	}
}

// changed informs the subscribers of a change in a room.
func (w *world) changed(r *room, what string, users ...string) {
	w.emit(Change{Kind: r.kind, Room: r.id, What: what, Users: slices.Clone(users)})
}

func (w *world) emit(c Change) {
	c.At = w.now()
	w.subMu.Lock()
	defer w.subMu.Unlock()
	for sub := range w.subscribers {
		c.Missed = sub.missed
		select {
		case sub.ch <- c:
			sub.missed = 0
		default:
			sub.missed++
		}
	}
}
