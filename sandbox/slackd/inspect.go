package slackd

import (
	"encoding/json"
	"slices"
	"time"
)

// record stores a call for inspection and informs subscribers.
func (s *Server) record(method string, args map[string]string, start time.Time, status int, code string, answer json.RawMessage) {
	delete(args, "token")
	c := &Call{Method: method, Args: args, At: start, Took: time.Since(start), Status: status, Error: code, Answer: answer}
	s.mu.Lock()
	s.calls.add(c)
	if old, ok := s.calls.back(payloadsKept); ok && old.Answer != nil {
		slim := *old
		slim.Answer = nil
		s.calls.items[len(s.calls.items)-1-payloadsKept] = &slim
	}
	s.mu.Unlock()
	out := *c
	s.feed.publish(Change{Kind: Called, At: s.now(), Call: &out})
	s.log.Debug("slack call", "method", method, "status", status, "error", code)
}

func errorOf(body json.RawMessage) string {
	var a struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &a) != nil {
		return ""
	}
	return a.Error
}

// Calls returns the app's calls of a method ("" for all) in the order in which
// they were answered.
func (s *Server) Calls(method string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Call
	for _, c := range s.calls.items {
		if method == "" || c.Method == method {
			out = append(out, *c)
		}
	}
	return out
}

// Files returns the uploads that were completed.
func (s *Server) Files() []File {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]File, 0, len(s.files))
	for _, f := range s.files {
		c := *f
		c.Channels = slices.Clone(f.Channels)
		out = append(out, c)
	}
	return out
}
