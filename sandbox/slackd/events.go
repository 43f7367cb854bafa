package slackd

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// SendEvent sends an Events API event (the inner event, with its type) and
// waits until one of its deliveries was acknowledged or the last one failed,
// and returns the last one. It does not check whether the app subscribed to
// it.
func (s *Server) SendEvent(ctx context.Context, event map[string]any) (Delivery, error) {
	done := make(chan Delivery, 1)
	s.emit(event, func(d Delivery) { done <- d })
	select {
	case d := <-done:
		return d, nil
	case <-ctx.Done():
		return Delivery{}, fmt.Errorf("slackd: waiting for the ack of an event: %w", ctx.Err())
	case <-s.feed.done:
		return Delivery{}, ErrClosed
	}
}

// event sends an event without waiting.
func (s *Server) event(event map[string]any) { s.emit(event, func(Delivery) {}) }

// emit wraps the event and delivers it, again after each of Timing.EventRetries.
func (s *Server) emit(event map[string]any, settled func(Delivery)) {
	s.mu.Lock()
	event = maps.Clone(event)
	if event["event_ts"] == nil {
		event["event_ts"] = s.nextTS()
	}
	kind, _ := event["type"].(string)
	user, _ := event["user"].(string)
	channel, _ := event["channel"].(string)
	ext := false
	if c := s.people.channels[channel]; c != nil {
		ext = c.ExtShared
	}
	var enterprise any
	if s.cfg.EnterpriseID != "" {
		enterprise = s.cfg.EnterpriseID
	}
	payload := object{
		"token": s.verify, "team_id": s.cfg.TeamID, "api_app_id": s.cfg.AppID, "event": event,
		"type": "event_callback", "event_id": "Ev" + code(10), "event_time": s.now().Unix(),
		"authorizations": []object{{
			"enterprise_id": enterprise, "team_id": s.cfg.TeamID, "user_id": s.cfg.BotUserID, "is_bot": true,
			"is_enterprise_install": s.cfg.OrgInstall,
		}},
		"is_ext_shared_channel": ext, "event_context": "4-" + secret(20),
	}
	s.mu.Unlock()
	p := post{typ: "events_api", kind: kind, user: user, channel: channel, payload: payload}
	p.reason = ""
	s.attempt(p, settled)
}

// attempt delivers once and plans the next try. The wait is a goroutine of the
// server so that Close ends it.
func (s *Server) attempt(p post, settled func(Delivery)) {
	retries := s.cfg.Timing.EventRetries
	pending := s.deliver(p)
	if !s.hub.enter() {
		return
	}
	go func() {
		defer s.wg.Done()
		d, err := pending.Wait(s.ctx)
		if err != nil {
			return // the server is closing
		}
		if d.Acked || p.attempt >= len(retries) {
			settled(d)
			return
		}
		timer := time.NewTimer(retries[p.attempt])
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.ctx.Done():
			return
		}
		p.attempt++
		p.reason = "timeout"
		s.attempt(p, settled)
	}()
}

// OpenHome opens the App Home tab: event app_home_opened, if the app
// subscribed. It returns the delivery of the event. The error is ErrRefused
// when Slack would not allow it, and the context's when that ends first.
func (s *Server) OpenHome(ctx context.Context, userID string) (Delivery, error) {
	s.mu.Lock()
	u := s.people.users[userID]
	if u == nil || u.Deactivated || u.TeamID != s.cfg.TeamID || !s.cfg.AppHome.HomeTab {
		s.mu.Unlock()
		return Delivery{}, fmt.Errorf("%w: %s has no home here", ErrRefused, userID)
	}
	event := object{"type": "app_home_opened", "user": userID, "channel": s.direct(userID).ID, "tab": "home"}
	if v := s.views.homes[userID]; v != nil {
		event["view"] = s.viewObject(v)
	}
	s.mu.Unlock()
	if !slices.Contains(s.cfg.Events, "app_home_opened") {
		return Delivery{}, nil
	}
	return s.SendEvent(ctx, event)
}

// SendEnvelope sends any payload in an envelope of any type and returns its
// delivery when it was acked or has failed. The error is the context's when
// that ends first.
func (s *Server) SendEnvelope(ctx context.Context, typ string, payload any, acceptsResponse bool) (Delivery, error) {
	return s.deliver(post{typ: typ, kind: typ, payload: payload, accepts: acceptsResponse}).Wait(ctx)
}
