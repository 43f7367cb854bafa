package policy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"bouncer/commands"
)

// defaultRules are the rules of a policy from settings: first what needs no approval, then what
// applies briefly before approval, then what waits.
const defaultRules = `rules:
  - name: everyday
    roles: [moderators]
    verbs: [mute, unmute, silence, unsilence, kick, freeze, unfreeze, read]
    max_targets: 50
  - name: bans
    roles: [moderators]
    verbs: [ban, unban]
    max_duration: 7d
    max_targets: 5
  - name: raid
    roles: [moderators]
    verbs: [mute, silence, ban]
    max_duration: 7d
    approvals: 1
    act_now: 10m
  - name: with-approval
    roles: [moderators]
    verbs: [all]
    approvals: 1
`

// FromLists returns the policy of the settings alone. Its roles are "approvers" and "moderators";
// approvers are moderators too, and every verb is allowed in every room. Close, bans over 7 days,
// bans and unbans of more than 5 people, and kick, mute, silence and their opposites for more than
// 50 people need one approval. Without approvers those are refused, and Warnings reports it.
// moderators and approvers are users (U…, W…) and user groups (S…); channels are where the
// bot may be used, none for every channel it is a member of. Spaces around an id and empty items
// are ignored; anything else is an error that names each invalid item.
func FromLists(moderators, approvers, channels []string, limit PeopleLimit) (*Policy, error) {
	return FromSettings(moderators, approvers, channels, Options{PeopleLimit: limit})
}

// FromSettings returns what FromLists returns, with all other settings. The UserID pattern is part
// of the policy's text, so that changing it makes another policy. Its errors are those of
// FromLists.
func FromSettings(moderators, approvers, channels []string, o Options) (*Policy, error) {
	var wrong []error
	read := func(setting, expected, letters string, pieces []string) []string {
		ids := map[string]bool{}
		for _, piece := range pieces {
			switch id := strings.TrimSpace(piece); {
			case id == "":
			case id == slackbot && letters != channelLetters:
				wrong = append(wrong, fmt.Errorf("%s: Slackbot (%s) cannot be one", setting, id))
			case !slackID(id, letters):
				wrong = append(wrong, fmt.Errorf("%s: %q is not a %s", setting, id, expected))
			default:
				ids[id] = true
			}
		}
		return slices.Sorted(maps.Keys(ids))
	}
	const people = "user id (U…, W…) or user-group id (S…)"
	mods := read("moderators", people, userLetters+groupLetters, moderators)
	leads := read("approvers", people, userLetters+groupLetters, approvers)
	rooms := read("channels", channelWords, channelLetters, channels)
	if len(wrong) == 0 && len(mods)+len(leads) == 0 {
		wrong = append(wrong, errors.New("moderators: the list is empty, so nothing would be allowed"))
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "roles:\n  approvers: [%s]\n", strings.Join(leads, ", "))
	fmt.Fprintf(&b, "  moderators: [%s]\n", strings.Join(append(mods, "approvers"), ", "))
	b.WriteString("approvers: [approvers]\n" + defaultRules)
	if len(rooms) > 0 {
		fmt.Fprintf(&b, "channels: [%s]\n", strings.Join(rooms, ", "))
	}
	if o.UserID != "" {
		if _, err := UserIDPattern(o.UserID); err != nil {
			return nil, fmt.Errorf("user_id_pattern: %w", err)
		}
		fmt.Fprintf(&b, "user_id: '%s'\n", strings.ReplaceAll(o.UserID, "'", "''"))
	}
	if o.PeopleLimit > 0 {
		fmt.Fprintf(&b, "people_limit:\n  - {people: %d, within: %s, then: approval}\n", o.PeopleLimit, commands.FormatDuration(countWindow))
	} else {
		b.WriteString("people_limit: off\n")
	}
	p, err := Load("settings", []byte(b.String()), Options{})
	if err != nil {
		return nil, err
	}
	p.lists = true
	return p, nil
}
