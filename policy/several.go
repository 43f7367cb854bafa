package policy

import (
	"slices"
	"time"

	"bouncer/moderation"
)

// roomDecision is what the rules decide on an action in one room, or in several together.
type roomDecision struct {
	room     moderation.Room
	rule     string
	need     moderation.ApprovalRequirement
	verdicts []moderation.RuleResult
}

// evaluateRooms decides on an action in each of its rooms, and returns what all of them require
// together:
//   - The first room that refuses refuses the action.
//   - Approvers are those who may approve it in every room; where nobody may, it is refused.
//   - It applies at once, before approval, only if each room that requires approval allows that, for
//     the shortest time that one of them allows, and only if it shortens nothing in any room.
//
// The rule and verdicts in d are those of the room that refuses, or that requires most approvals.
func (p *Policy) evaluateRooms(d *moderation.Decision, q moderation.PolicyInput, spec moderation.VerbSpec) (roomDecision, *moderation.Error) {
	rooms := roomsOf(q.Action)
	var all, strictest roomDecision
	for i, room := range rooms {
		r, no := p.evaluateRoom(inRoom(q, room), spec, d.Roles)
		if no == nil && i > 0 && !p.canApproveBoth(all.need, r.need, q.Action, d.Roles) {
			no = moderation.NewError(moderation.RefuseRoomApprovers)
		}
		if no != nil {
			d.Verdicts = r.verdicts
			return r, inThat(no, d, room, rooms)
		}
		if i == 0 {
			all, strictest = r, r
			continue
		}
		now := shortest(all.need, r.need)
		all.need = p.combine(r.need, all.need) // the first of equal ones
		all.need.ActNow = now
		if r.need.Approvals > strictest.need.Approvals {
			strictest = r
		}
	}
	all.need.ActNow = actNow(q, all.need.ActNow)
	all.room, all.rule = strictest.room, strictest.rule
	if d.Verdicts = strictest.verdicts; len(rooms) > 1 {
		d.Room = strictest.room.String()
	}
	return all, nil
}

// shortest returns how long an action may apply at once that has both requirements.
func shortest(a, b moderation.ApprovalRequirement) time.Duration {
	switch {
	case !a.Required():
		return b.ActNow
	case !b.Required():
		return a.ActNow
	}
	return min(a.ActNow, b.ActNow)
}

// canApproveBoth reports whether some role may approve both requirements. An override needs no
// approval, where the policy says who may override.
func (p *Policy) canApproveBoth(a, b moderation.ApprovalRequirement, action moderation.Action, roles []string) bool {
	if !a.Required() || !b.Required() || action.Override && intersects(roles, p.overrideRoles) {
		return true
	}
	return len(p.commonRoles(a.Approvers, b.Approvers)) > 0 || slices.Equal(a.Approvers, b.Approvers)
}

// inThat returns a refusal in one of several rooms with that room.
func inThat(no *moderation.Error, d *moderation.Decision, room moderation.Room, rooms []moderation.Room) *moderation.Error {
	if len(rooms) < 2 {
		return no
	}
	d.Room = room.String()
	if no.Values == nil {
		no.Values = map[string]string{}
	}
	no.Values["in"] = d.Room
	return no
}

// roomsOf returns the rooms that an action is evaluated in: one without a name where it has none,
// which no rule allows.
func roomsOf(a moderation.Action) []moderation.Room {
	if rooms := a.Rooms(); len(rooms) > 0 {
		return rooms
	}
	return append([]moderation.Room{a.Room}, a.MoreRooms...)
}

// inRoom returns the question about one room of an action, with the restrictions in it. Those in
// none of the action's rooms count in every one.
func inRoom(q moderation.PolicyInput, room moderation.Room) moderation.PolicyInput {
	rooms := roomsOf(q.Action)
	q.Action = q.Action.In(room)
	if len(rooms) < 2 {
		return q
	}
	is := func(r moderation.Room) func(moderation.Room) bool {
		return func(x moderation.Room) bool { return x.String() == r.String() }
	}
	q.Facts.Existing = slices.DeleteFunc(slices.Clone(q.Facts.Existing), func(s moderation.ExistingRestriction) bool {
		where := roomOf(s)
		return !is(where)(room) && slices.ContainsFunc(rooms, is(where))
	})
	return q
}
