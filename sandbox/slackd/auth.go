package slackd

import (
	"net/http"
	"slices"
	"strings"
)

// tokenKind is which of the app's two tokens a method accepts.
type tokenKind int

const (
	tokenBot tokenKind = iota
	tokenApp
	tokenNone
)

// RevokeToken makes a token answer token_revoked from now on.
func (s *Server) RevokeToken(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked[token] = true
}

// SetScopes replaces the bot token's scopes.
func (s *Server) SetScopes(scopes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scopes = slices.Clone(scopes)
}

// authorize checks the token of a request and whether it may call the method.
// Slack checks the token before the arguments and the scope before the limits.
func (s *Server) authorize(r *http.Request, a args, m method) *apiError {
	if m.token == tokenNone {
		return nil
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok && !a.json {
		token = a.token // only form bodies may carry it, and never an app token
		if strings.HasPrefix(token, "xapp-") {
			return fail("not_allowed_token_type")
		}
	}
	token = strings.TrimSpace(token)
	switch {
	case token == "":
		return fail("not_authed")
	case s.revoked[token]:
		return fail("token_revoked")
	case token == s.cfg.BotToken:
		if m.token != tokenBot {
			return fail("not_allowed_token_type")
		}
	case token == s.cfg.AppToken:
		if m.token != tokenApp {
			return fail("not_allowed_token_type")
		}
	default:
		return fail("invalid_auth")
	}
	for _, scope := range m.scopes {
		if err := s.need(m.token, scope); err != nil {
			return err
		}
	}
	return nil
}

// need answers missing_scope when the token lacks the scope.
func (s *Server) need(kind tokenKind, scope string) *apiError {
	have := s.scopes
	if kind == tokenApp {
		have = s.cfg.AppScopes
	}
	if slices.Contains(have, scope) {
		return nil
	}
	e := fail("missing_scope")
	e.extra = object{"needed": scope, "provided": strings.Join(have, ",")}
	return e
}

// channelScope returns the scope that lets an app see conversations of this
// kind.
func channelScope(c *Channel, what string) string {
	switch {
	case c.IM:
		return "im:" + what
	case c.Private:
		return "groups:" + what
	}
	return "channels:" + what
}
