package tencentd

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault makes the application fail in one way. A zero Fault does nothing.
// Signatures and rates are checked first, so a fault affects only requests
// that would have been served.
type Fault struct {
	// Times is how many requests it meets; zero is every one until
	// ClearFaults.
	Times int
	// Code answers with this error code of the vendor's ("InternalError", or
	// for the v4 APIs a number such as "10002"). Nothing is done, unless Done.
	Code string
	// Message is the message of Code; empty for a default sentence.
	Message string
	// HTTPStatus answers with this status and Body, like a gateway in front
	// of the API; zero is 200 if Body or EmptyBody is set.
	HTTPStatus int
	// Body is the raw answer.
	Body string
	// EmptyBody answers with no body at all.
	EmptyBody bool
	// Done carries out the request although Code, HTTPStatus, Body or
	// EmptyBody say otherwise.
	Done bool
	// DelayBefore delays the effect and the answer: the call takes effect
	// late, also if its client has gone by then.
	DelayBefore time.Duration
	// DelayAnswer delays only the answer; the effect is immediate.
	DelayAnswer time.Duration
	// HoldBefore and HoldAnswer are the same until a channel is closed, for
	// tests that must not wait by the clock.
	HoldBefore, HoldAnswer <-chan struct{}
	// DropRequest cuts the connection and does nothing.
	DropRequest bool
	// DropAnswer does what was asked, then cuts the connection.
	DropAnswer bool
}

// answers reports whether the fault replaces the answer.
func (f Fault) answers() bool {
	return f.Code != "" || f.HTTPStatus != 0 || f.Body != "" || f.EmptyBody
}

func (f Fault) status() int {
	if f.HTTPStatus != 0 {
		return f.HTTPStatus
	}
	return http.StatusOK
}

func (f Fault) message() string {
	if f.Message != "" {
		return f.Message
	}
	return "The request was refused on purpose."
}

// faultBook has the pending faults, oldest first.
type faultBook struct {
	mu      sync.Mutex
	waiting []*armed
}

type armed struct {
	pattern string
	apis    *regexp.Regexp
	fault   Fault
	left    int // below zero: without end
}

// Waiting is a fault that is armed.
type Waiting struct {
	Pattern string
	// Left is how many requests it will still meet; below zero, every one.
	Left  int
	Fault Fault
}

// Faults returns the armed faults, in the order in which they go.
func (s *Server) Faults() []Waiting {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	list := make([]Waiting, len(s.faults.waiting))
	for i, a := range s.faults.waiting {
		list[i] = Waiting{Pattern: a.pattern, Left: a.left, Fault: a.fault}
	}
	return list
}

// APIs returns the names of all that the application serves, sorted: actions,
// and service/command.
func (s *Server) APIs() []string {
	list := slices.AppendSeq(slices.Collect(maps.Keys(s.cloud)), maps.Keys(s.rest))
	slices.Sort(list)
	return list
}

// Fail arms a fault for the APIs that match the pattern, in which * matches
// any characters: "SetUserBlocked", "RemoveUser*", "live_engine_http_srv/*".
// The oldest of several is used first. It returns an error for a pattern that
// matches no API, and for a code that the matched API cannot return.
func (s *Server) Fail(pattern string, f Fault) error {
	re, err := regexp.Compile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`) + "$")
	if err != nil {
		return fmt.Errorf("tencentd: pattern %q: %w", pattern, err)
	}
	if f.Times < 0 {
		return fmt.Errorf("tencentd: a fault cannot occur %d times", f.Times)
	}
	matched := false
	_, notNumber := strconv.Atoi(f.Code)
	for api := range s.cloud {
		if re.MatchString(api) {
			matched = true
			if f.Code != "" && notNumber == nil {
				return fmt.Errorf("tencentd: code %s is none of the cloud API's, which %s is", f.Code, api)
			}
		}
	}
	for api := range s.rest {
		if re.MatchString(api) {
			matched = true
			if f.Code != "" && notNumber != nil {
				return fmt.Errorf("tencentd: code %q is not a number, as the codes of %s are", f.Code, api)
			}
		}
	}
	if !matched {
		return fmt.Errorf("tencentd: no API matches %q", pattern)
	}
	left := f.Times
	if left == 0 {
		left = -1
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.waiting = append(s.faults.waiting, &armed{pattern: pattern, apis: re, fault: f, left: left})
	return nil
}

// ClearFaults disarms all faults. Requests that a fault delays stay delayed.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.waiting = nil
}

func (b *faultBook) take(api string) (Fault, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, a := range b.waiting {
		if !a.apis.MatchString(api) {
			continue
		}
		if a.left > 0 {
			if a.left--; a.left == 0 {
				b.waiting = slices.Delete(b.waiting, i, i+1)
			}
		}
		return a.fault, true
	}
	return Fault{}, false
}
