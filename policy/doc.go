// Package policy guarantees that nothing is allowed unless a rule says so. It decides whether a
// person may do an action in a room, from a channel, and how many other people must approve;
// anything it does not know is refused. It is pure: no I/O and no clock. A *Policy never changes
// and is safe for concurrent use.
//
// A policy comes from settings (FromLists) or from a YAML file (Load); docs/policy.md describes
// all keys.
//
//	roles:                                # who
//	  approvers: [U0LEAD]
//	  moderators: [S0MODS, approvers]     # users, user groups, other roles
//	rooms:                                # names that people may type
//	  gala: live:show1
//	  gala-all: [gala, "chat:@TGS#abc"]   # a group
//	channel_rooms:                        # the room meant when none is typed
//	  C0GALA: gala
//	channels: [C0GALA, C0MOD]             # where the bot may be used
//	rules:                                # what
//	  - name: everyday
//	    roles: [moderators]
//	    verbs: [mute, unmute, kick, read]
//	    kinds: [room, strroom, chat]
//	    rooms: ["*:*"]
//	    channels: [C0MOD]
//	    max_duration: 24h
//	    max_targets: 20
//	  - name: raid
//	    roles: [moderators]
//	    verbs: [mute]
//	    approvals: 1
//	    act_now: 10m
//	approvers: [approvers]                # who approves
//	people_limit:                         # above how many people approval is required
//	  - {people: 60, within: 10m, then: approval}
//	protected:                            # people whom others may not act on
//	  - targets: [host1, "staff_*"]
//	    except: [approvers]
//
// At the top level roles and rules are required; in a rule name, roles and verbs. A key that is
// left out does not limit.
//
//   - roles: users (U…, W…), user groups (S…) and other roles. Members of a listed role have
//     this role too.
//   - verbs: verbs, or classes: all, read (who, bans, silenced), restrict (mute, ban, silence,
//     freeze), lift (unmute, unban, unsilence, unfreeze) and event (kick, close). No rule names
//     help, which everybody in the workspace may use, or what only shows what the bot knows, which
//     everybody with a role may use.
//   - kinds: room, strroom, live, chat.
//   - rooms: kind:id, where the kind may be *, or a name from rooms. In an id or a name * matches
//     any characters, or none; \* is the character itself. The name of a group means its rooms;
//     a name with * matches no group. A named room is the room that it names,
//     however it is typed; "*" alone matches every named room. Ids are compared byte for byte. A
//     text that begins with * must be quoted in YAML.
//   - channels: ids (C…, G…, D…). A list at the top level is where the bot may be used at
//     all; the default is every channel it is a member of.
//   - max_duration: 30s, 10m, 24h, 7d, 2w or a sum such as 1d12h, at most 365d. Permanent is
//     longer than any.
//   - max_targets: 1 to 100000 distinct people whom the person acts on with this rule's verbs in ten
//     minutes, in all commands together; with people_limit: off, in one command.
//   - approvals: 1 to 5 other people must approve: of the rule's approvers or the policy's, and
//     after escalate_after also of escalate_to. act_now is how long a restriction applies at once.
//     approval_ttl, remind_after and escalate_after may also be at the top level.
//   - people_limit: above this many people within a time, an approver must approve (then:
//     approval) or the command is refused (then: refuse); verbs, roles and approvers narrow it.
//     off means no limit and no counting across commands. The default is Options.PeopleLimit.
//   - break_glass: roles that may override a waiting case. The default is the people who may approve it.
//   - reviewers, review_sample (20%), digest ("09:00 Asia/Singapore"): who reviews cases, which
//     share is selected for review, and when the daily digest is posted.
//   - protected: UserIDs and patterns that restrict and event verbs may not act on, unless the
//     person has a role in except. Lifting is always possible. When several entries match a
//     target, each must except the person.
//   - reasons: preset reasons by code, each with a text (en, zh), the verbs that it is for, and
//     durations: the lengths for the first case about a person with this reason, the second, and
//     so on, counting cases within that time. reason_required: verbs that need a reason;
//     reason_pattern: what it must contain, with a reason_example for people. durations: the
//     lengths that forms offer.
//   - on_duty: a user group (S…) that requests mention first, the approvers with the reminder;
//     quiet_hours ("22:00-08:00 Asia/Singapore"): when the reminder mentions only on_duty too.
//   - report_channel: where reports appear; report_channels: others by room, of which the first
//     that has the room counts. report_actions ("ban 24h"): what a report offers with one tap.
//     report_remind: how long an unanswered report waits for each reminder.
//   - rooms at the top level: names of rooms, and groups of rooms as lists of names and kind:id, at
//     most 20 each, without groups in groups.
//   - names of rooms and groups: a name cannot be a verb or its alias, a kind, or another word of a command
//     (audio, video, perm, a duration).
//
// The first rule in the file that matches in all conditions decides: it is named in the case, and
// its approvals are required. Lifting or shortening a restriction requires the rights and
// approvals that imposing it required. When no rule matches, the refusal says what the nearest
// rule lacks: too long, too many, not in this channel, or no rule. No refusal reveals whether a
// room or a target exists.
//
// An action in several rooms is decided in each of them, and the strictest decides: one refusal
// refuses it, and its approvers are those who may approve it in every room.
package policy
