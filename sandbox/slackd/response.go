package slackd

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// origin is what a response URL belongs to.
type origin struct {
	channel, user string
	// ts is the message of the action, empty for a slash command: then
	// nothing can be replaced or deleted.
	ts string
	// thread is the thread of that message.
	thread string
}

// responseURLState is a response URL's life.
type responseURLState struct {
	origin
	until time.Time
	uses  int
}

type responseTable struct {
	byPath map[string]*responseURLState
	order  []string
}

func newResponseTable() responseTable {
	return responseTable{byPath: map[string]*responseURLState{}}
}

// responseURL creates a response URL with an unguessable path. Callers hold
// mu.
func (s *Server) responseURL(kind string, from origin) string {
	t := &s.responses
	now := s.now()
	for len(t.order) > 0 && now.Sub(t.byPath[t.order[0]].until) > time.Minute {
		delete(t.byPath, t.order[0])
		t.order = t.order[1:]
	}
	path := "/" + kind + "/" + s.cfg.TeamID + "/" + s.serial() + "/" + secret(12)
	t.byPath[path] = &responseURLState{origin: from, until: now.Add(s.cfg.Timing.ResponseURL)}
	t.order = append(t.order, path)
	return s.origin() + path
}

// serveResponse answers a POST to a response URL.
func (s *Server) serveResponse(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	a, bad := readResponse(w, r)
	f, over := s.strike(w, r, "response_url", a.values, start)
	if over {
		return
	}
	if bad == nil && f.Error != "" {
		bad = fail(f.Error)
	}
	if bad == nil {
		s.mu.Lock()
		bad = s.respond(r.URL.Path, a)
		s.mu.Unlock()
	}
	status, code, body := http.StatusOK, "", "ok"
	kind := "text/plain; charset=utf-8"
	if bad != nil {
		code, body = bad.code, string(rawJSON(bad.answer()))
		status, kind = http.StatusBadRequest, "application/json; charset=utf-8"
		switch bad.code {
		case "expired_url", "used_url", "invalid_url":
			status = http.StatusNotFound
		}
	}
	if f.DropAnswer {
		s.record("response_url", a.values, start, 0, code, nil)
		panic(http.ErrAbortHandler)
	}
	s.record("response_url", a.values, start, status, code, nil)
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // the client has disconnected
}

func readResponse(w http.ResponseWriter, r *http.Request) (args, *apiError) {
	a := args{values: map[string]string{}}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		return a, fail("invalid_payload")
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && kind == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return a, fail("invalid_payload")
		}
		body = []byte(form.Get("payload"))
	}
	if a.readJSON(body) != nil {
		return a, fail("invalid_payload")
	}
	return a, nil
}

// respond does what a use of a response URL asks for.
func (s *Server) respond(path string, a args) *apiError {
	t := s.responses.byPath[path]
	switch {
	case t == nil:
		return fail("invalid_url")
	case s.now().After(t.until):
		return fail("expired_url")
	case t.uses >= s.cfg.Limits.ResponseURLUses:
		return fail("used_url")
	}
	t.uses++ // a use that fails counts
	var original *Message
	if t.ts != "" {
		original = s.conversation(t.channel).newest(t.ts)
		if original != nil && original.Deleted {
			original = nil
		}
	}
	if a.yes("delete_original") {
		if original == nil {
			return fail("message_not_found")
		}
		s.remove(original)
		return nil
	}
	said, err := s.content(a)
	if err != nil {
		return err
	}
	if a.yes("replace_original") && original != nil {
		s.replace(original, said)
		return nil
	}
	m := s.fromApp(t.channel, said, "response_url")
	if ts := a.str("thread_ts"); ts != "" && !a.yes("replace_original") {
		c := s.people.channels[t.channel]
		if c != nil {
			if err := s.thread(c, ts); err != nil {
				return err
			}
		}
		m.ThreadTS = ts
	}
	if a.str("response_type") != "in_channel" {
		m.Ephemeral, m.To = true, t.user
	}
	s.put(m)
	return nil
}

// replace replaces the content of a message. An ephemeral one never becomes
// public: the old one is marked, and a new one replaces it.
func (s *Server) replace(m *Message, said content) {
	if !m.Ephemeral {
		if m.BotID == s.cfg.BotID {
			m.Text, m.Blocks, m.Attachments = said.text, said.blocks, said.attachments
			if said.hasMetadata {
				m.Metadata = said.metadata
			}
			m.Edits++
			m.ChangedAt = s.now()
			s.publishMessage(MessageUpdated, m)
		}
		return
	}
	next := s.fromApp(m.Channel, said, "response_url")
	next.Ephemeral, next.To, next.ThreadTS = true, m.To, m.ThreadTS
	m.Replaced = true
	m.ChangedAt = s.now()
	s.publishMessage(EphemeralChanged, m)
	s.conversation(m.Channel).successor[m.TS] = s.put(next).TS
}

// ResponseURLUses returns how often a response URL was used and whether it
// still lives.
func (s *Server) ResponseURLUses(responseURL string) (uses int, alive bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.responses.byPath[strings.TrimPrefix(responseURL, s.origin())]
	if t == nil {
		return 0, false
	}
	return t.uses, t.uses < s.cfg.Limits.ResponseURLUses && !s.now().After(t.until)
}
