package slackd

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// page cuts a list by the limit and cursor of a call.
func page[T any](a args, all []T, def, max int) (part []T, next string, err *apiError) {
	limit := a.number("limit", def)
	if limit < 1 || limit > max {
		return nil, "", fail("invalid_limit")
	}
	start := 0
	if c := a.str("cursor"); c != "" {
		raw, decodeErr := base64.StdEncoding.DecodeString(c)
		n, convErr := strconv.Atoi(strings.TrimPrefix(string(raw), "next:"))
		if decodeErr != nil || convErr != nil || n < 0 || n > len(all) {
			return nil, "", fail("invalid_cursor")
		}
		start = n
	}
	end := min(start+limit, len(all))
	if end < len(all) {
		next = base64.StdEncoding.EncodeToString([]byte("next:" + strconv.Itoa(end)))
	}
	return all[start:end], next, nil
}

// team checks the team_id that org-wide tokens must name.
func (s *Server) team(a args) *apiError {
	id := a.str("team_id")
	switch {
	case id == "" && s.cfg.OrgInstall:
		return fail("missing_argument", "[ERROR] missing required field: team_id")
	case id != "" && id != s.cfg.TeamID:
		return fail("team_not_found")
	}
	return nil
}

// look is target for methods that read: the scope depends on the kind of
// conversation.
func (s *Server) look(id, what string) (*Channel, *apiError) {
	c := s.people.channels[id]
	if c == nil {
		if s.need(tokenBot, "channels:"+what) != nil && s.need(tokenBot, "groups:"+what) != nil {
			return nil, s.need(tokenBot, "channels:"+what)
		}
		return nil, fail("channel_not_found")
	}
	if err := s.need(tokenBot, channelScope(c, what)); err != nil {
		return nil, err
	}
	return s.readable(c)
}

func conversationsInfo(s *Server, a args) (object, *apiError) {
	c, err := s.look(a.str("channel"), "read")
	if err != nil {
		return nil, err
	}
	o := s.channelObject(c)
	if a.yes("include_num_members") {
		n := len(c.Members)
		if c.BotIn {
			n++
		}
		o["num_members"] = n
	}
	return object{"channel": o}, nil
}

func conversationsMembers(s *Server, a args) (object, *apiError) {
	c, err := s.look(a.str("channel"), "read")
	if err != nil {
		return nil, err
	}
	members := slices.Clone(c.Members)
	if c.BotIn {
		members = append(members, s.cfg.BotUserID)
	}
	part, next, err := page(a, members, 100, 1000)
	if err != nil {
		return nil, err
	}
	return object{"members": part, "response_metadata": object{"next_cursor": next}}, nil
}

func conversationsList(s *Server, a args) (object, *apiError) {
	if err := s.team(a); err != nil {
		return nil, err
	}
	types := a.str("types")
	if types == "" {
		types = "public_channel"
	}
	kinds := strings.Split(types, ",")
	scopes := map[string]string{"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read", "mpim": "mpim:read"}
	for _, k := range kinds {
		scope, ok := scopes[strings.TrimSpace(k)]
		if !ok {
			return nil, fail("invalid_types")
		}
		if err := s.need(tokenBot, scope); err != nil {
			return nil, err
		}
	}
	all := []object{}
	for _, id := range s.people.channelOrder {
		c := s.people.channels[id]
		kind := "public_channel"
		switch {
		case c.IM:
			kind = "im"
		case c.Private:
			kind = "private_channel"
		}
		if !slices.Contains(kinds, kind) || (c.Private && !c.BotIn) || (c.Archived && a.yes("exclude_archived")) {
			continue
		}
		all = append(all, s.channelObject(c))
	}
	part, next, err := page(a, all, 100, 1000)
	if err != nil {
		return nil, err
	}
	return object{"channels": part, "response_metadata": object{"next_cursor": next}}, nil
}

func conversationsOpen(s *Server, a args) (object, *apiError) {
	if id := a.str("channel"); id != "" {
		c := s.people.channels[id]
		if c == nil || !c.IM {
			return nil, fail("channel_not_found")
		}
		return object{"channel": s.channelObject(c), "already_open": true, "no_op": true}, nil
	}
	users := strings.Split(a.str("users"), ",")
	if a.str("users") == "" {
		return nil, fail("users_list_not_supplied")
	}
	if len(users) > 8 {
		return nil, fail("too_many_users")
	}
	if len(users) > 1 {
		return nil, s.need(tokenBot, "mpim:write").or("not_enough_users")
	}
	u := s.people.users[strings.TrimSpace(users[0])]
	switch {
	case u == nil:
		return nil, fail("user_not_found")
	case u.Bot || u.ID == slackbot:
		return nil, fail("cannot_dm_bot")
	case u.Deactivated:
		return nil, fail("user_disabled")
	}
	c := s.direct(u.ID)
	if a.yes("return_im") {
		return object{"channel": s.channelObject(c)}, nil
	}
	return object{"channel": object{"id": c.ID}}, nil
}

func (e *apiError) or(code string) *apiError {
	if e != nil {
		return e
	}
	return fail(code)
}

func conversationsHistory(s *Server, a args) (object, *apiError) {
	return s.history(a, func(m *Message) bool { return m.ThreadTS == "" }, true)
}

func conversationsReplies(s *Server, a args) (object, *apiError) {
	if c := s.people.channels[a.str("channel")]; c != nil && s.visible(c.ID, a.str("ts")) == nil {
		return nil, fail("thread_not_found")
	}
	return s.history(a, func(m *Message) bool { return m.TS == a.str("ts") || m.ThreadTS == a.str("ts") }, false)
}

// history answers messages, newest first for a channel and oldest first for a thread.
func (s *Server) history(a args, want func(*Message) bool, newestFirst bool) (object, *apiError) {
	c, err := s.look(a.str("channel"), "history")
	if err != nil {
		return nil, err
	}
	if !c.BotIn {
		return nil, fail("not_in_channel")
	}
	oldest, latest := a.str("oldest"), a.str("latest")
	all := []object{}
	for _, m := range s.conversation(c.ID).order {
		if m.Deleted || m.Ephemeral || !want(m) {
			continue
		}
		if inclusive := a.yes("inclusive"); (oldest != "" && (m.TS < oldest || (m.TS == oldest && !inclusive))) ||
			(latest != "" && (m.TS > latest || (m.TS == latest && !inclusive))) {
			continue
		}
		o := s.messageObject(m)
		if m.Metadata != nil {
			if a.yes("include_all_metadata") {
				o["metadata"] = m.Metadata
			} else {
				o["metadata"] = object{"event_type": eventType(m.Metadata)}
			}
		}
		all = append(all, o)
	}
	if newestFirst {
		slices.Reverse(all)
	}
	part, next, err := page(a, all, 100, 999)
	if err != nil {
		return nil, err
	}
	return object{"messages": part, "has_more": next != "", "response_metadata": object{"next_cursor": next}}, nil
}

func usersInfo(s *Server, a args) (object, *apiError) {
	u := s.people.users[a.str("user")]
	if u == nil {
		return nil, fail("user_not_found")
	}
	return object{"user": s.userObject(u, a.yes("include_locale"))}, nil
}

func usersList(s *Server, a args) (object, *apiError) {
	if err := s.team(a); err != nil {
		return nil, err
	}
	all := []object{}
	for _, id := range s.people.userOrder {
		all = append(all, s.userObject(s.people.users[id], a.yes("include_locale")))
	}
	part, next, err := page(a, all, 1000, 1000)
	if err != nil {
		return nil, err
	}
	return object{"members": part, "cache_ts": s.now().Unix(), "response_metadata": object{"next_cursor": next}}, nil
}

func usergroupsList(s *Server, a args) (object, *apiError) {
	if err := s.team(a); err != nil {
		return nil, err
	}
	all := []object{}
	for _, id := range s.people.groupOrder {
		if g := s.people.groups[id]; !g.Disabled || a.yes("include_disabled") {
			all = append(all, s.groupObject(g, a.yes("include_users"), a.yes("include_count")))
		}
	}
	return object{"usergroups": all}, nil
}

func usergroupsUsersList(s *Server, a args) (object, *apiError) {
	if err := s.team(a); err != nil {
		return nil, err
	}
	g := s.people.groups[a.str("usergroup")]
	if g == nil || (g.Disabled && !a.yes("include_disabled")) {
		return nil, fail("no_such_subteam")
	}
	return object{"users": append([]string{}, g.Members...)}, nil
}

func teamInfo(s *Server, a args) (object, *apiError) {
	if id := a.str("team"); id != "" && id != s.cfg.TeamID {
		return nil, fail("team_not_found")
	}
	o := object{"id": s.cfg.TeamID, "name": s.cfg.TeamName, "domain": s.cfg.TeamDomain, "email_domain": "", "icon": object{"image_default": true}}
	if s.cfg.EnterpriseID != "" {
		o["enterprise_id"], o["enterprise_name"] = s.cfg.EnterpriseID, s.cfg.TeamName
	}
	return object{"team": o}, nil
}

func botsInfo(s *Server, a args) (object, *apiError) {
	if id := a.str("bot"); id != "" && id != s.cfg.BotID {
		return nil, fail("bot_not_found")
	}
	return object{"bot": object{
		"id": s.cfg.BotID, "app_id": s.cfg.AppID, "user_id": s.cfg.BotUserID, "name": s.cfg.BotName,
		"deleted": false, "updated": 1700000000, "icons": object{},
	}}, nil
}
