package policy

import (
	"slices"

	"bouncer/moderation"
)

// Workspace says which people are ours.
type Workspace struct {
	// Team is our workspace (T…). Required: without it nobody is ours.
	Team string
	// Enterprise is our Enterprise Grid organization (E…); empty outside one:
	// then nobody is ours through an enterprise.
	Enterprise string
}

// CheckMember gives nil for a person of ours, and else the refusal. Ours is whose team
// is ours, or who is in our team through the enterprise; the vendor's
// is_stranger alone tells nothing, since it is unset for outsiders with whom a
// channel is shared. Strangers, bots, guests and people who are deactivated or
// only invited are refused, and so is everybody of whom too little is known.
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
	// A team of another organization cannot make its people ours by listing our
	// team: the enterprise must be said on both sides, and be ours.
	if h.Enterprise != "" && p.Enterprise == h.Enterprise && slices.Contains(p.EnterpriseTeams, h.Team) {
		return nil
	}
	return moderation.NewError(moderation.RefuseExternalPerson)
}

// checkAccount refuses whom no team makes fit. Decide asks it too, so that a caller
// who forgot Ours still lets no bot and no guest in.
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
