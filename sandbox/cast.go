package sandbox

import "bouncer/sandbox/slackd"

// The channels that settings and the page speak of.
const (
	ChannelLive  = "C0LIVE"
	ChannelGala  = "C0GALA"
	ChannelAudit = "C0AUDIT"
	ChannelCases = "C0CASES"
)

// Persona is a person whose place a visitor of the page can take.
type Persona struct {
	// ID is the Slack user, Name the handle.
	ID, Name string
	// Role is one or two words, About a sentence on what to expect as this person.
	Role, About string
}

// Cast returns the people to choose from; the first is preselected.
func Cast() []Persona {
	return []Persona{
		{"U07MEI", "mei", "moderator", "Mei moderates: mute, kick, ban, silence, and freeze the gala."},
		{"U07XIA", "xiao", "moderator, reads Chinese", "Xiao moderates too. The bot answers in Chinese; verbs and times can be typed in Chinese."},
		{"U07RAJ", "raj", "lead", "Raj leads: everything that Mei can, and closing rooms with Lin's approval. The protection of host1 does not apply to leads."},
		{"U07LIN", "lin", "lead", "Lin leads too. No one can approve their own request: Lin decides about Raj's, and Raj about Lin's."},
		{"U07ANA", "ana", "member", "Ana works here but is not a moderator: the bot refuses her commands."},
		{"U07GUS", "gus", "guest", "Gus is a guest of the workspace: the bot refuses his commands."},
		{"U0EVE", "eve", "external", "Eve works for another company and shares #partners. Slack does not offer her the command."},
	}
}

// enterprise is where Raj has two accounts: raj-2 is the other one. It is not
// in the cast and has no role until a script adds one.
const enterprise = "E0ACME"

// workspace is the demo's Slack. The first moderator reads English, so that
// the first impression does; the Chinese one is a pick away.
func workspace() slackd.Seed {
	all := []string{"U07MEI", "U07XIA", "U07RAJ", "U07LIN", "U07RJ2", "U07ANA", "U07GUS"}
	team := []string{"U07MEI", "U07XIA", "U07RAJ", "U07LIN"}
	return slackd.Seed{
		Users: []slackd.User{
			{ID: "U07MEI", Name: "mei", RealName: "Mei Lin", DisplayName: "Mei Lin", TZ: "Asia/Singapore"},
			{ID: "U07XIA", Name: "xiao", RealName: "陈晓 Chen Xiao", DisplayName: "陈晓 Chen Xiao", Locale: "zh-CN", TZ: "Asia/Shanghai"},
			{
				ID: "U07RAJ", Name: "raj", RealName: "Raj Patel", DisplayName: "Raj Patel", TZ: "Asia/Kolkata", Admin: true,
				EnterpriseID: enterprise, EnterpriseUserID: "W07RAJ",
			},
			{ID: "U07LIN", Name: "lin", RealName: "Lin Tan", DisplayName: "Lin Tan", TZ: "Asia/Singapore"},
			{
				ID: "U07RJ2", Name: "raj-2", RealName: "Raj Patel (2)", DisplayName: "Raj Patel (2)", TZ: "Asia/Kolkata",
				EnterpriseID: enterprise, EnterpriseUserID: "W07RAJ",
			},
			{ID: "U07ANA", Name: "ana", RealName: "Ana Souza", DisplayName: "Ana Souza", TZ: "America/Sao_Paulo"},
			{ID: "U07GUS", Name: "gus", RealName: "Gus Berg", DisplayName: "Gus Berg", TZ: "Europe/Berlin", Guest: true},
			{ID: "U0EVE", TeamID: "T9OTHER", Name: "eve", RealName: "Eve Other", DisplayName: "Eve Other"},
		},
		Groups: []slackd.Group{
			{ID: "S1MODS", Handle: "mods", Name: "Moderators", Members: []string{"U07MEI", "U07XIA"}},
			{ID: "S2LEADS", Handle: "leads", Name: "Leads", Members: []string{"U07RAJ", "U07LIN"}},
			{ID: "S3ONCALL", Handle: "oncall", Name: "On call", Members: []string{"U07LIN"}},
		},
		Channels: []slackd.Channel{
			{ID: ChannelLive, Name: "live", BotIn: true, Members: all, Topic: "Moderating the live rooms"},
			{ID: ChannelGala, Name: "gala", BotIn: true, Members: team, Topic: "The gala tonight. Commands here need no room: it is live:show1"},
			{ID: ChannelCases, Name: "cases", BotIn: true, Members: team, Topic: "Cards of cases from channels where the bot cannot post"},
			{ID: ChannelAudit, Name: "audit", Private: true, BotIn: true, Members: team, Topic: "One line for every case and refusal"},
			{ID: "C0PARTNER", Name: "partners", BotIn: true, ExtShared: true, Members: append([]string{"U0EVE"}, all...), Topic: "Shared with another company: no command works here"},
			{ID: "C0RANDOM", Name: "random", Members: all, Topic: "The bot is not a member here"},
		},
	}
}

// demoPolicy is the policy of the demo, as an operator would write one.
const demoPolicy = `# Who may do what in the sandbox. Nothing is allowed unless a rule says so.
roles:
  leads: [S2LEADS]
  moderators: [S1MODS, leads]

rooms:
  gala: live:show1
  gala-chat: chat:@TGS#aJRGC4MH6
  lobby: strroom:lobby

channel_rooms:
  C0GALA: gala

# Who approves requests that need a second person, and reviews them afterwards.
approvers: [leads]
approval_ttl: 10m
remind_after: 2m

# Rules without approval come first: the first rule that matches decides.
rules:
  - name: everyday
    roles: [moderators]
    verbs: [mute, ban, silence, kick, lift, read]
    rooms: ["*:*"]
    max_duration: 7d
    max_targets: 20

  - name: gala-night
    roles: [moderators]
    verbs: [freeze]
    rooms: [gala, gala-chat]
    max_duration: 30m

  # A raid: many people at once. It applies for ten minutes at once, and for
  # the whole time after a lead's approval.
  - name: raid
    roles: [moderators]
    verbs: [mute, silence, ban]
    max_duration: 7d
    max_targets: 100
    approvals: 1
    act_now: 10m

  - name: two-people
    roles: [moderators]
    verbs: [mute, ban, silence, kick, lift]
    max_duration: 30d
    max_targets: 100
    approvals: 1

  # Closing rooms, and everything longer or larger: one lead requests it, another
  # approves.
  - name: leads
    roles: [leads]
    verbs: [all]
    approvals: 1

# People who cannot be muted, kicked or banned. Lifting is always possible.
protected:
  - targets: [host1]
    except: [leads]
`
