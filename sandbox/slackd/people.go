package slackd

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const slackbot = "USLACKBOT"

// people is the content of the workspace: users, groups and channels.
// Server.mu guards it.
type people struct {
	users    map[string]*User
	groups   map[string]*Group
	channels map[string]*Channel
	// Listings go in the order of arrival.
	userOrder, groupOrder, channelOrder []string
	updated                             map[string]int64 // when a user or group last changed, Unix seconds
}

func (s *Server) seed(seed Seed) error {
	s.people = people{
		users: map[string]*User{}, groups: map[string]*Group{}, channels: map[string]*Channel{},
		updated: map[string]int64{},
	}
	s.putUser(User{ID: slackbot, Name: "slackbot", RealName: "Slackbot"})
	s.putUser(User{ID: s.cfg.BotUserID, Name: s.cfg.BotName, RealName: s.cfg.BotName, Bot: true})
	for _, u := range seed.Users {
		if u.ID == "" {
			return fmt.Errorf("slackd: user %q has no id", u.Name)
		}
		s.putUser(u)
	}
	for _, g := range seed.Groups {
		if g.ID == "" {
			return fmt.Errorf("slackd: group %q has no id", g.Handle)
		}
		s.putGroup(g)
	}
	for _, c := range seed.Channels {
		if c.ID == "" {
			return fmt.Errorf("slackd: channel %q has no id", c.Name)
		}
		for _, m := range c.Members {
			if s.people.users[m] == nil {
				return fmt.Errorf("slackd: channel %s has the unknown member %s", c.ID, m)
			}
		}
		s.putChannel(c)
	}
	return nil
}

func (s *Server) putUser(u User) *User {
	u.TeamID = cmp.Or(u.TeamID, s.cfg.TeamID)
	u.Name = cmp.Or(u.Name, strings.ToLower(u.ID))
	u.RealName = cmp.Or(u.RealName, u.Name)
	u.Locale = cmp.Or(u.Locale, "en-US")
	u.TZ = cmp.Or(u.TZ, "UTC")
	if u.TeamID == s.cfg.TeamID {
		u.EnterpriseID = cmp.Or(u.EnterpriseID, s.cfg.EnterpriseID)
	}
	if u.EnterpriseID != "" {
		u.EnterpriseUserID = cmp.Or(u.EnterpriseUserID, u.ID)
	}
	if s.people.users[u.ID] == nil {
		s.people.userOrder = append(s.people.userOrder, u.ID)
	}
	s.people.users[u.ID] = &u
	s.people.updated[u.ID] = s.now().Unix()
	return &u
}

func (s *Server) putGroup(g Group) *Group {
	g.Handle = cmp.Or(g.Handle, strings.ToLower(g.ID))
	g.Name = cmp.Or(g.Name, g.Handle)
	g.Members = slices.Clone(g.Members)
	if s.people.groups[g.ID] == nil {
		s.people.groupOrder = append(s.people.groupOrder, g.ID)
	}
	s.people.groups[g.ID] = &g
	s.people.updated[g.ID] = s.now().Unix()
	return &g
}

func (s *Server) putChannel(c Channel) *Channel {
	c.Name = cmp.Or(c.Name, strings.ToLower(c.ID))
	c.Members = slices.Clone(c.Members)
	if s.people.channels[c.ID] == nil {
		s.people.channelOrder = append(s.people.channelOrder, c.ID)
	}
	s.people.channels[c.ID] = &c
	return &c
}

// actor returns a person who acts. Callers hold mu.
func (s *Server) actor(userID string) (*User, error) {
	switch u := s.people.users[userID]; {
	case u == nil:
		return nil, fmt.Errorf("%w: there is no user %s", ErrRefused, userID)
	case u.Deactivated:
		return nil, fmt.Errorf("%w: %s is deactivated", ErrRefused, userID)
	default:
		return u, nil
	}
}

// Users returns everybody in the order of arrival, Slackbot and the bot first.
func (s *Server) Users() []User {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]User, 0, len(s.people.userOrder))
	for _, id := range s.people.userOrder {
		out = append(out, *s.people.users[id])
	}
	return out
}

// User returns one person.
func (s *Server) User(id string) (User, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.people.users[id]; u != nil {
		return *u, true
	}
	return User{}, false
}

// SetUser adds or replaces a person and sends team_join or user_change.
func (s *Server) SetUser(u User) {
	s.mu.Lock()
	kind := "user_change"
	if s.people.users[u.ID] == nil {
		kind = "team_join"
	}
	put := s.putUser(u)
	event := map[string]any{"type": kind, "user": s.userObject(put, true), "cache_ts": s.now().Unix(), "event_ts": s.nextTS()}
	s.mu.Unlock()
	s.announce(event)
}

// Groups returns the user groups.
func (s *Server) Groups() []Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Group, 0, len(s.people.groupOrder))
	for _, id := range s.people.groupOrder {
		g := *s.people.groups[id]
		g.Members = slices.Clone(g.Members)
		out = append(out, g)
	}
	return out
}

// SetGroup adds or replaces a user group and sends subteam_created, or
// subteam_updated and subteam_members_changed.
func (s *Server) SetGroup(g Group) {
	s.mu.Lock()
	old := s.people.groups[g.ID]
	before := s.people.updated[g.ID]
	put := s.putGroup(g)
	kind := "subteam_created"
	if old != nil {
		kind = "subteam_updated"
	}
	events := []map[string]any{{"type": kind, "subteam": s.groupObject(put, true, true), "event_ts": s.nextTS()}}
	if old != nil {
		if e := s.membersChanged(put, old.Members, before); e != nil {
			events = append(events, e)
		}
	}
	s.mu.Unlock()
	s.announce(events...)
}

// DeleteGroup switches a user group off, which is all that Slack calls deleting
// one, and sends subteam_updated. The error says that there is no such group.
func (s *Server) DeleteGroup(id string) error {
	s.mu.Lock()
	g := s.people.groups[id]
	if g == nil {
		s.mu.Unlock()
		return fmt.Errorf("slackd: no user group %s", id)
	}
	off := *g
	s.mu.Unlock()
	off.Disabled = true
	s.SetGroup(off)
	return nil
}

// SetGroupMembers replaces a group's members and sends subteam_members_changed.
// The error says that there is no such group.
func (s *Server) SetGroupMembers(id string, members ...string) error {
	s.mu.Lock()
	g := s.people.groups[id]
	if g == nil {
		s.mu.Unlock()
		return fmt.Errorf("slackd: no user group %s", id)
	}
	old, before := g.Members, s.people.updated[id]
	changed := *g
	changed.Members = members
	event := s.membersChanged(s.putGroup(changed), old, before)
	s.mu.Unlock()
	if event != nil {
		s.announce(event)
	}
	return nil
}

func (s *Server) membersChanged(g *Group, old []string, before int64) map[string]any {
	added, removed := []string{}, []string{}
	for _, m := range g.Members {
		if !slices.Contains(old, m) {
			added = append(added, m)
		}
	}
	for _, m := range old {
		if !slices.Contains(g.Members, m) {
			removed = append(removed, m)
		}
	}
	if len(added)+len(removed) == 0 {
		return nil
	}
	return map[string]any{
		"type": "subteam_members_changed", "subteam_id": g.ID, "team_id": s.cfg.TeamID,
		"date_previous_update": before, "date_update": s.people.updated[g.ID],
		"added_users": added, "added_users_count": len(added),
		"removed_users": removed, "removed_users_count": len(removed), "event_ts": s.nextTS(),
	}
}

// Channels returns the conversations, direct messages included.
func (s *Server) Channels() []Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Channel, 0, len(s.people.channelOrder))
	for _, id := range s.people.channelOrder {
		out = append(out, s.people.channels[id].copy())
	}
	return out
}

// Channel returns one conversation.
func (s *Server) Channel(id string) (Channel, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.people.channels[id]; c != nil {
		return c.copy(), true
	}
	return Channel{}, false
}

func (c *Channel) copy() Channel {
	out := *c
	out.Members = slices.Clone(c.Members)
	return out
}

// SetChannel adds or replaces a conversation and sends channel_shared or
// channel_unshared when that changed.
func (s *Server) SetChannel(c Channel) {
	s.mu.Lock()
	old := s.people.channels[c.ID]
	put := s.putChannel(c)
	var events []map[string]any
	if old != nil && old.ExtShared != put.ExtShared {
		kind := "channel_unshared"
		if put.ExtShared {
			kind = "channel_shared"
		}
		events = append(events, map[string]any{
			"type": kind, "channel": c.ID, "connected_team_id": "T9OTHER",
			"previously_connected_team_id": "T9OTHER", "is_ext_shared": put.ExtShared, "event_ts": s.nextTS(),
		})
	}
	s.mu.Unlock()
	s.announce(events...)
}

// announce informs subscribers that people changed and sends the events that
// the app subscribed to, without waiting for their acks.
func (s *Server) announce(events ...map[string]any) {
	s.feed.publish(Change{Kind: PeopleChanged, At: s.now()})
	for _, e := range events {
		if kind, _ := e["type"].(string); slices.Contains(s.cfg.Events, kind) {
			s.event(e)
		}
	}
}

// direct is the conversation between the bot and a person, made when there is none.
func (s *Server) direct(userID string) *Channel {
	for _, id := range s.people.channelOrder {
		if c := s.people.channels[id]; c.IM && len(c.Members) == 1 && c.Members[0] == userID {
			return c
		}
	}
	return s.putChannel(Channel{ID: "D" + code(10), Name: "directmessage", IM: true, Private: true, BotIn: true, Members: []string{userID}})
}

// sharesChannel reports whether the person is in a channel that the bot is
// in: an external person who is in none is a stranger.
func (s *Server) sharesChannel(userID string) bool {
	for _, c := range s.people.channels {
		if c.BotIn && slices.Contains(c.Members, userID) {
			return true
		}
	}
	return false
}

// canSee reports whether a person can read a conversation.
func (s *Server) canSee(u *User, c *Channel) bool {
	if slices.Contains(c.Members, u.ID) {
		return true
	}
	return !c.Private && u.TeamID == s.cfg.TeamID && !u.Guest
}

// handles maps what people type after @ and # to ids.
func (s *Server) handles() (users, groups, channels map[string]string) {
	users, groups, channels = map[string]string{}, map[string]string{}, map[string]string{}
	for id, u := range s.people.users {
		users[u.Name] = id
	}
	for id, g := range s.people.groups {
		groups[g.Handle] = id
	}
	for id, c := range s.people.channels {
		if !c.IM {
			channels[c.Name] = id
		}
	}
	return users, groups, channels
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
