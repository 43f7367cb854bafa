package policy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// FromLists makes the policy of the two settings alone. Its roles are
// "approvers" and "moderators"; approvers are moderators too. Its one rule,
// "moderators", allows every verb in every room. moderators and approvers are
// users (U…, W…) and user groups (S…); channels are where the bot may be used,
// none for wherever it is a member. Blanks around an id and empty pieces do not
// matter; anything else is an error that names each wrong piece.
func FromLists(moderators, approvers []string, channels []string) (*Policy, error) {
	var wrong []error
	read := func(setting, expected, letters string, pieces []string) []string {
		ids := map[string]bool{}
		for _, piece := range pieces {
			switch id := strings.TrimSpace(piece); {
			case id == "":
			case id == slackbot && letters != channelLetters:
				wrong = append(wrong, fmt.Errorf("%s: Slackbot (%s) can be none", setting, id))
			case !slackID(id, letters):
				wrong = append(wrong, fmt.Errorf("%s: %q is no %s", setting, id, expected))
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
		wrong = append(wrong, errors.New("moderators: nobody is named, so nothing would be allowed"))
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "roles:\n  approvers: [%s]\n", strings.Join(leads, ", "))
	fmt.Fprintf(&b, "  moderators: [%s]\n", strings.Join(append(mods, "approvers"), ", "))
	b.WriteString("rules:\n  - name: moderators\n    roles: [moderators]\n    verbs: [all]\n")
	if len(rooms) > 0 {
		fmt.Fprintf(&b, "channels: [%s]\n", strings.Join(rooms, ", "))
	}
	return Load("settings", []byte(b.String()))
}
