package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"time"

	"bouncer/moderation"
)

// Policy decides who may do what, where. The zero value refuses everything.
type Policy struct {
	text         string
	hash         string
	roles        []role
	rooms        map[string]moderation.Room
	groups       map[string][]moderation.Room // of rooms
	channelRooms map[string]moderation.Room
	channels     map[string]bool // nil for every channel that the bot is a member of
	rules        []rule
	protected    []protection

	approvers     []string // who approves where a rule names nobody
	overrideRoles []string // who may override; nil for the approvers of the case
	reviewerRoles []string // nil for all approver roles
	times         times
	limits        []limit
	counts        bool // across commands
	sampled       float64
	digestAt      *digest
	userID        *regexp.Regexp // nil for any
	onDuty        string         // a user group that is mentioned first; empty for none
	quietHours    *quietHours
	reasonRules   moderation.ReasonRules
	durations     []moderation.Length

	reportChannel  string          // empty for none
	reportChannels []reportChannel // in the order of the policy
	reportActions  []moderation.PresetAction
	reportRemind   time.Duration // 0 for the default
	// lists means that it was made of the settings alone: warnings name those.
	lists    bool
	oldNames []string // warnings about old names of keys and verb classes
}

// role is a role with all its ids, including those of included roles.
type role struct {
	name string
	ids  map[string]bool
}

// protection keeps everybody but some roles from acting on targets.
type protection struct {
	targets []glob
	except  map[string]bool
}

// Hash returns the SHA-256 of Text in hex, which cases and entries store.
func (p *Policy) Hash() string { return p.hash }

// Text returns the policy's text: the file's, or what FromLists wrote. Loading it returns the same
// policy.
func (p *Policy) Text() string { return p.text }

func (p *Policy) setText(text string) {
	sum := sha256.Sum256([]byte(text))
	p.text, p.hash = text, hex.EncodeToString(sum[:])
}

// Rooms returns the named rooms, by name; each includes its name.
func (p *Policy) Rooms() map[string]moderation.Room {
	if p.rooms == nil {
		return map[string]moderation.Room{}
	}
	return maps.Clone(p.rooms)
}

// RoomGroups returns the named groups of rooms, by name. A member that is written by its name
// includes that.
func (p *Policy) RoomGroups() map[string][]moderation.Room {
	groups := make(map[string][]moderation.Room, len(p.groups))
	for name, rooms := range p.groups {
		groups[name] = slices.Clone(rooms)
	}
	return groups
}

// UserID returns the pattern of this application's UserIDs, anchored at both ends; nil for any.
func (p *Policy) UserID() *regexp.Regexp { return p.userID }

// ChannelRoom returns the room of a channel, or nil.
func (p *Policy) ChannelRoom(channel string) *moderation.Room {
	room, ok := p.channelRooms[channel]
	if !ok {
		return nil
	}
	return &room
}

// Channels returns the channels where the bot may be used, sorted; none means every channel that
// it is a member of.
func (p *Policy) Channels() []string { return slices.Sorted(maps.Keys(p.channels)) }

// Groups returns the user groups (S…) of all roles, and the one on duty, sorted.
func (p *Policy) Groups() []string {
	groups := p.ids(groupLetters)
	if p.onDuty != "" && !slices.Contains(groups, p.onDuty) {
		groups = append(groups, p.onDuty)
		slices.Sort(groups)
	}
	return groups
}

// Users returns the users (U…, W…) of all roles, sorted.
func (p *Policy) Users() []string { return p.ids(userLetters) }

func (p *Policy) ids(letters string) []string {
	found := map[string]bool{}
	for _, r := range p.roles {
		for id := range r.ids {
			if slackID(id, letters) {
				found[id] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// Warnings returns what is valid in a policy but probably not intended, and its old names.
func (p *Policy) Warnings() []string {
	warnings := slices.Clone(p.oldNames)
	asks := slices.ContainsFunc(p.rules, func(r rule) bool { return r.approval.approvals > 0 }) ||
		slices.ContainsFunc(p.limits, func(b limit) bool { return !b.refuse })
	if asks && len(p.idsOf(p.Approvers())) == 0 {
		who := "the policy names no approvers"
		if p.lists {
			who = "APPROVERS is empty"
		}
		warnings = append(warnings, who+": what needs an approval is refused")
	} else {
		for _, name := range p.Approvers() {
			if len(p.idsOf([]string{name})) == 0 {
				warnings = append(warnings, "role "+name+" may approve but has no members")
			}
		}
	}
	return warnings
}

func (p *Policy) role(name string) *role {
	for i := range p.roles {
		if p.roles[i].name == name {
			return &p.roles[i]
		}
	}
	return nil
}

// holders returns all ids that have one of the roles.
func (p *Policy) holders(roles map[string]bool) map[string]bool {
	all := map[string]bool{}
	for name := range roles {
		if r := p.role(name); r != nil {
			maps.Copy(all, r.ids)
		}
	}
	return all
}
