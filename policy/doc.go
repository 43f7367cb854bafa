// Package policy guarantees that nothing is allowed unless a rule says so: it
// answers whether a person may do an action in a room, from a channel, and how
// many others must agree, and everything it does not know it refuses. It is
// pure: no I/O and no clock. A *Policy never changes and may be asked by many at
// once.
//
// A policy comes from lists (FromLists) or from a YAML file (Load).
//
//	roles:                                # who
//	  approvers: [U0LEAD]
//	  moderators: [S0MODS, approvers]     # users, user groups, other roles
//	rooms:                                # names that people may type
//	  gala: live:show1
//	channel_rooms:                        # the room of a channel, for ROOM left out
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
//	approvers: [approvers]                # who agrees
//	brake:                                # how many people before somebody must
//	  - {people: 60, within: 10m, then: approval}
//	protected:                            # whom not
//	  - targets: [host1, "staff_*"]
//	    except: [approvers]
//
// Needed are roles and rules; in a rule name, roles and verbs. What is left
// out of a rule does not limit it.
//
//   - roles: a role's members are users (U…, W…), user groups (S…) and names of
//     other roles: whoever holds such a role holds this one too.
//   - verbs: names from the verb table, or all, read (who, bans, silenced),
//     bind (mute, ban, silence, freeze), free (what lifts those) and event
//     (kick, close). help is for everybody of ours, what only shows what the bot
//     knows for everybody who holds any role, so no rule names them.
//   - kinds: room, strroom, live, chat.
//   - rooms: kind:id where kind may be *, or a name from rooms. In an id and in
//     a name * stands for any characters, none too; \* is the character itself.
//     A name stands for the room it names, however that room is typed, and "*"
//     alone is every room that has a name. Ids are compared byte for byte.
//     A scalar that begins with * must be quoted in YAML.
//   - channels: ids (C…, G…, D…). Without a list at the top the bot may be used
//     wherever it is a member; with one, there only.
//   - max_duration: 30s, 10m, 24h, 7d, 2w or a sum such as 1d12h, at most 365d.
//     "perm" is longer than any.
//   - max_targets: 1 to 1000 distinct people on whom the person acts with the
//     rule's verbs over ten minutes, across actions. With the brake off it
//     counts one action's.
//   - approvals: 1 to 5 others, of the rule's approvers or the policy's, and
//     after escalate_after of escalate_to. act_now runs it for so long at once.
//     approval_ttl, remind_after and escalate_after stand at the top too.
//   - brake: more people than that, within a time, need an approver (then:
//     approval) or are refused (then: refuse); verbs, roles and approvers narrow
//     it. off is none, and no counting across actions. Without the key the
//     Options say it.
//   - break_glass: roles that may run alone what waits; else its approvers.
//   - reviewers, review_sample (20%), digest ("09:00 Asia/Singapore"): who looks
//     at cases afterwards, which are marked for it, and when they are summed up.
//   - protected: UserIDs and * patterns that verbs of bind and event do not touch,
//     except by who holds a role in except. Freeing them is not hindered. If
//     several entries hold a target, each must except the person.
//   - rooms: no name may be a verb, one of its aliases, a kind, or a word that a
//     command may hold in another place (audio, video, perm, a duration).
//
// A rule allows; an action is allowed when some rule matches in all its
// conditions, and the first such rule in the file decides: it is the one that is
// named, and its approvals are those that are needed. Freeing somebody needs the
// right to bind him so, and as many approvals. When no rule allows it, the
// refusal tells what the nearest rule lacks: too long, too many, not here, or
// simply no rule. Nothing in a refusal depends on whether a room or a target
// exists.
package policy
