package say

import "bouncer/moderation"

// mostMentions is how many people and groups one message mentions.
const mostMentions = 20

// mention mentions those who must act, and no one anywhere else, since a
// mention pushes a phone: the approvers while a case waits for them, the
// requester where something is left to do. A message that is changed pushes
// nothing again, so each of them is mentioned once by a card.
func (s *speech) mention(v moderation.CaseView) phrase {
	c := v.Case
	if c.State == moderation.AwaitingApproval {
		if who := s.mentions(c.Approval.Requirement.FirstMention()); len(who) > 0 {
			return s.say("card.call.waiting", vals{"list": who, "no": c.No})
		}
		return nil
	}
	who := s.requester(c)
	if who == nil {
		return nil
	}
	room := len(c.Action.Targets) == 0 && !several(c.Action)
	switch {
	case c.State == moderation.AwaitingConfirmation:
		return s.say("card.call.asking", who)
	case c.State != moderation.Done:
		return nil
	case c.Counts[moderation.Unknown] > 0:
		if room {
			return s.say("card.call.doubt", who)
		}
		who["n"] = s.affected(v, moderation.Unknown)
		return s.say("card.call.unknown", who)
	case c.Counts[moderation.Failed] > 0:
		if room {
			return s.say("card.call.room", who)
		}
		who["n"] = s.affected(v, moderation.Failed)
		return s.say("card.call.failed", who)
	}
	for _, t := range v.Targets {
		if t.Outcome == moderation.Dropped && !knownToRequester[t.Code] {
			if c.Counts[moderation.Dropped] < rowCount(c.Action) {
				who["n"] = s.affected(v, moderation.Dropped)
				return s.say("card.call.partly", who)
			}
			return s.say("card.call.dropped", who)
		}
	}
	return nil
}

// knownToRequester are the ways in which a case is not sent that its requester knows of:
// the requester did it.
var knownToRequester = map[moderation.Code]bool{
	moderation.CodeDropped: true, moderation.CodeWithdrawn: true, moderation.CodeUndone: true, moderation.CodeSuspended: true,
}

// requester is the person who asked, mentioned; nil for what is no person.
func (s *speech) requester(c moderation.Case) vals {
	if c.Actor.Kind != moderation.ActorPerson || !slackUser.MatchString(c.Actor.User) {
		return nil
	}
	return vals{"person": mentionOf(c.Actor.User)}
}

// mentions mentions users and groups; what is neither is left out.
func (s *speech) mentions(ids []string) phrase {
	var parts []phrase
	for _, x := range ids {
		if p := mentionOf(x); len(p) == 1 && p[0].kind != userText && len(parts) < mostMentions {
			parts = append(parts, p)
		}
	}
	return s.list(parts...)
}
