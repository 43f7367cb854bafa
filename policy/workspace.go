package policy

import (
	"slices"

	"bouncer/moderation"
)

// Workspace identifies our workspace, to check who is a member.
type Workspace struct {
	// Team is our workspace (T…). Required: without it nobody is a member.
	Team string
	// Enterprise is our Enterprise Grid organization (E…); empty outside one: then nobody is a
	// member through an enterprise.
	Enterprise string
}

// CheckMember returns nil for a member of our workspace, and else the refusal. Members are people
// of our team, and people who are in our team through the enterprise. Slack's is_stranger is not
// used, since it is unset for external people with whom a channel is shared. External people,
// bots, guests, deactivated and invited people are refused, and so are people about whom Slack
// returned too little.
func (h Workspace) CheckMember(p moderation.Person) *moderation.Error {
	if refusal := checkAccount(p); refusal != nil {
		return refusal
	}
	if h.Team == "" {
		return moderation.NewError(moderation.RefuseUnknownPerson, "detail", "our own team is not known")
	}
	if p.Team == "" {
		return moderation.NewError(moderation.RefuseUnknownPerson, "detail", "no team")
	}
	if h.Enterprise != "" && p.Enterprise != "" && p.Enterprise != h.Enterprise {
		return moderation.NewError(moderation.RefuseExternalPerson)
	}
	if p.Team == h.Team {
		return nil
	}
	// A team of another organization cannot make its people members by listing our team: both
	// sides must name the enterprise, and it must be ours.
	if h.Enterprise != "" && p.Enterprise == h.Enterprise && slices.Contains(p.EnterpriseTeams, h.Team) {
		return nil
	}
	return moderation.NewError(moderation.RefuseExternalPerson)
}

// checkAccount refuses accounts that can have no rights in any team. Evaluate calls it too, so
// that bots and guests are refused even if a caller omits CheckMember.
func checkAccount(p moderation.Person) *moderation.Error {
	switch {
	case p.User == "":
		return moderation.NewError(moderation.RefuseUnknownPerson, "detail", "no user id")
	case p.Bot || p.User == slackbot:
		return moderation.NewError(moderation.RefuseBot)
	case p.External:
		return moderation.NewError(moderation.RefuseExternalPerson)
	case p.Deactivated || p.Invited:
		return moderation.NewError(moderation.RefuseDeactivated)
	case p.Guest:
		return moderation.NewError(moderation.RefuseGuest)
	}
	return nil
}
