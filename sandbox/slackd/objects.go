package slackd

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"
)

// object is a JSON object on its way out.
type object = map[string]any

// userObject is a person as users.info and user_change show them.
func (s *Server) userObject(u *User, locale bool) object {
	zone, err := time.LoadLocation(u.TZ)
	if err != nil {
		zone = time.UTC
	}
	label, offset := s.now().In(zone).Zone()
	display := cmp.Or(u.DisplayName, u.Name)
	o := object{
		"id": u.ID, "team_id": u.TeamID, "name": u.Name, "deleted": u.Deactivated, "color": "9f69e7",
		"real_name": u.RealName, "tz": u.TZ, "tz_label": label, "tz_offset": offset,
		"profile": object{
			"real_name": u.RealName, "real_name_normalized": u.RealName, "display_name": display,
			"display_name_normalized": display, "title": "", "team": u.TeamID, "avatar_hash": "g" + secret(5),
			"image_48": "https://secure.gravatar.com/avatar/0.jpg",
		},
		"is_admin": u.Admin, "is_owner": u.Owner, "is_primary_owner": false,
		"is_restricted": u.Guest || u.SingleChannelGuest, "is_ultra_restricted": u.SingleChannelGuest,
		"is_bot": u.Bot && u.ID != slackbot, "is_app_user": false, "updated": s.people.updated[u.ID],
	}
	if locale {
		o["locale"] = u.Locale
	}
	if u.WorkflowBot {
		o["is_bot"], o["is_workflow_bot"] = true, true
	}
	if u.Invited {
		o["is_invited_user"] = true
	}
	if u.TeamID != s.cfg.TeamID {
		// External people lose most flags; is_stranger is present only for
		// those who share no channel.
		for _, k := range []string{"is_admin", "is_owner", "is_primary_owner"} {
			delete(o, k)
		}
		if u.Stranger || !s.sharesChannel(u.ID) {
			o["is_stranger"] = true
		}
	}
	if u.EnterpriseID != "" {
		o["enterprise_user"] = object{
			"id": u.EnterpriseUserID, "enterprise_id": u.EnterpriseID, "enterprise_name": s.cfg.TeamName,
			"is_admin": u.Admin, "is_owner": u.Owner, "teams": []string{u.TeamID},
		}
	}
	if u.Bot && u.ID == s.cfg.BotUserID {
		profile := o["profile"].(object)
		profile["bot_id"], profile["api_app_id"] = s.cfg.BotID, s.cfg.AppID
	}
	return o
}

// groupObject is a user group as usergroups.list and events show it.
func (s *Server) groupObject(g *Group, users, count bool) object {
	deleted := int64(0)
	if g.Disabled {
		deleted = s.people.updated[g.ID]
	}
	o := object{
		"id": g.ID, "team_id": s.cfg.TeamID, "is_usergroup": true, "is_subteam": true, "name": g.Name,
		"description": "", "handle": g.Handle, "is_external": g.External, "date_create": s.people.updated[g.ID],
		"date_update": s.people.updated[g.ID], "date_delete": deleted, "auto_type": nil,
		"created_by": slackbot, "updated_by": slackbot, "deleted_by": nil,
		"prefs": object{"channels": []string{}, "groups": []string{}},
	}
	if users {
		o["users"] = append([]string{}, g.Members...)
	}
	if count {
		o["user_count"] = len(g.Members)
	}
	return o
}

// channelObject is a conversation as conversations.info shows it.
func (s *Server) channelObject(c *Channel) object {
	if c.IM {
		return object{
			"id": c.ID, "is_im": true, "is_archived": c.Archived, "is_org_shared": c.OrgShared, "user": c.Members[0],
			"created": 1700000000, "context_team_id": s.cfg.TeamID, "is_ext_shared": c.ExtShared,
			"is_user_deleted": s.people.users[c.Members[0]] != nil && s.people.users[c.Members[0]].Deactivated,
		}
	}
	shared := []string{s.cfg.TeamID}
	pending := []string{}
	if c.PendingExtShared {
		pending = append(pending, "T9OTHER")
	}
	if c.ExtShared {
		shared = append(shared, "T9OTHER")
	}
	return object{
		"id": c.ID, "name": c.Name, "name_normalized": c.Name, "is_channel": true, "is_group": false,
		"is_im": false, "is_mpim": false, "is_private": c.Private, "created": 1700000000, "creator": slackbot,
		"is_archived": c.Archived, "is_general": false, "unlinked": 0, "is_shared": c.ExtShared || c.OrgShared,
		"is_ext_shared": c.ExtShared, "is_org_shared": c.OrgShared, "is_pending_ext_shared": c.PendingExtShared,
		"pending_shared": pending, "pending_connected_team_ids": pending, "shared_team_ids": shared,
		"context_team_id": s.cfg.TeamID, "is_member": c.BotIn, "is_read_only": c.ReadOnly, "previous_names": []string{},
		"topic":   object{"value": c.Topic, "creator": "", "last_set": 0},
		"purpose": object{"value": "", "creator": "", "last_set": 0},
	}
}

// messageObject is a message as Slack answers and sends it.
func (s *Server) messageObject(m *Message) object {
	o := object{"type": "message", "ts": m.TS, "text": m.Text, "user": m.User, "team": s.cfg.TeamID}
	if m.BotID != "" {
		o["bot_id"], o["app_id"] = m.BotID, m.AppID
		o["bot_profile"] = object{
			"id": m.BotID, "app_id": m.AppID, "user_id": m.User, "name": s.cfg.BotName,
			"deleted": false, "updated": 1700000000, "team_id": s.cfg.TeamID,
		}
	}
	if m.ThreadTS != "" {
		o["thread_ts"] = m.ThreadTS
		if parent := s.conversation(m.Channel).byTS[m.ThreadTS]; parent != nil {
			o["parent_user_id"] = parent.User
		}
	} else if n, last := s.replies(m); n > 0 {
		o["thread_ts"], o["reply_count"], o["latest_reply"] = m.TS, n, last
	}
	if m.Blocks != nil {
		o["blocks"] = m.Blocks
	}
	if m.Attachments != nil {
		o["attachments"] = m.Attachments
	}
	if m.Metadata != nil {
		o["metadata"] = m.Metadata
	}
	if m.ClientMsgID != "" {
		o["client_msg_id"] = m.ClientMsgID
	}
	if len(m.Files) > 0 {
		files := make([]object, 0, len(m.Files))
		for i := range m.Files {
			files = append(files, s.fileObject(&m.Files[i]))
		}
		o["files"] = files
	}
	if m.Edits > 0 {
		o["edited"] = object{"user": m.User, "ts": fmt.Sprintf("%d.000000", m.ChangedAt.Unix())}
	}
	return o
}

func (s *Server) fileObject(f *File) object {
	private := s.origin() + s.downloadPath(f)
	o := object{
		"url_private": private, "url_private_download": private, "user_team": s.cfg.TeamID,
		"id": f.ID, "created": f.Created.Unix(), "timestamp": f.Created.Unix(), "name": f.Name, "title": f.Title,
		"mimetype": f.Mimetype, "size": f.Size, "user": f.User, "mode": "hosted", "is_external": false,
		"channels": append([]string{}, f.Channels...), "permalink": "https://" + s.cfg.TeamDomain + ".slack.com/files/" + f.User + "/" + f.ID + "/" + f.Name,
	}
	if f.AltText != "" {
		o["alt_txt"] = f.AltText
	}
	return o
}

// rawJSON marshals what was built from values that always marshal.
func rawJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("slackd: marshal %T: %v", v, err)) // only strings, numbers, bools and maps of them occur here
	}
	return b
}
