package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"

	"bouncer/moderation"
)

// Policy answers who may do what, where. The zero value refuses everything.
type Policy struct {
	text         string
	hash         string
	roles        []role
	rooms        map[string]moderation.Room
	channelRooms map[string]moderation.Room
	channels     map[string]bool // nil for wherever the bot is a member
	rules        []rule
	protected    []protection

	approvers     []string // who agrees where a rule names nobody
	overrideRoles []string // who may run alone; nil for the approvers of what is asked
	reviewerRoles []string // nil for all approver roles
	times         times
	limits        []limit
	counts        bool // across commands
	sampled       float64
	digestAt      *digest
	userID        *regexp.Regexp // nil for anything
	// lists says that it was made of the settings alone: warnings name those.
	lists    bool
	oldNames []string // warnings about old names of keys and verb classes
}

// role is a role with all its ids, those of included roles too.
type role struct {
	name string
	ids  map[string]bool
}

// protection keeps targets from everybody but some roles.
type protection struct {
	targets []glob
	except  map[string]bool
}

// Hash is the SHA-256 of Text in hex: what cases and entries name the policy by.
func (p *Policy) Hash() string { return p.hash }

// Text is the policy's text in force: the file's, or what FromLists wrote. Load
// of it gives the same policy.
func (p *Policy) Text() string { return p.text }

func (p *Policy) setText(text string) {
	sum := sha256.Sum256([]byte(text))
	p.text, p.hash = text, hex.EncodeToString(sum[:])
}

// Rooms gives the rooms that have a name, by name; each carries its name.
func (p *Policy) Rooms() map[string]moderation.Room {
	if p.rooms == nil {
		return map[string]moderation.Room{}
	}
	return maps.Clone(p.rooms)
}

// UserID is what UserIDs of this application look like, anchored at both ends;
// nil for anything.
func (p *Policy) UserID() *regexp.Regexp { return p.userID }

// ChannelRoom gives the room that a channel has, or nil.
func (p *Policy) ChannelRoom(channel string) *moderation.Room {
	room, ok := p.channelRooms[channel]
	if !ok {
		return nil
	}
	return &room
}

// Channels gives the channels where the bot may be used, sorted; none means
// wherever it is a member.
func (p *Policy) Channels() []string { return slices.Sorted(maps.Keys(p.channels)) }

// Groups gives the user groups (S…) that some role names, sorted.
func (p *Policy) Groups() []string { return p.ids(groupLetters) }

// Users gives the users (U…, W…) that some role names, sorted.
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

// Warnings tells what is allowed in a policy but seldom meant.
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

// holders gives all ids that hold one of the roles.
func (p *Policy) holders(roles map[string]bool) map[string]bool {
	all := map[string]bool{}
	for name := range roles {
		if r := p.role(name); r != nil {
			maps.Copy(all, r.ids)
		}
	}
	return all
}
