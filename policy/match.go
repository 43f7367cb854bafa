package policy

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"bouncer/commands"
	"bouncer/moderation"
)

// maxVerdicts bounds the verdicts of a decision: each case stores them.
const maxVerdicts = 50

// ruleInput is what rules are matched against.
type ruleInput struct {
	spec    moderation.VerbSpec
	room    moderation.Room
	channel string
	roles   []string
	// length is the total duration; endless means permanent.
	length  time.Duration
	endless bool
	// served is the part of length that is over already.
	served time.Duration
	// targets is how many people the action names.
	targets int
	// people returns how many people a rule counts; nil for none.
	people func(*rule) int
}

// matchResult is the result of matching all rules.
type matchResult struct {
	rule     *rule // the first that allows it; nil when none does
	verdicts []moderation.RuleResult
	// refusal says what the nearest rule lacks; nil when a rule allows it.
	refusal *moderation.Error
	// why and values are the reason for the rule's approvals, if any.
	why    moderation.Code
	values map[string]string
}

// match returns the first rule that allows the action, or what the nearest rule lacks. Nearest is
// the rule for this verb and room that fails in the fewest conditions; of equally near ones a
// limit is more helpful than a place, and the higher limit is reported. The reason for a rule's
// approvals is what the nearest earlier rule without approvals lacks.
func (p *Policy) match(a ruleInput) matchResult {
	m := matchResult{}
	possible := moderation.Supports(a.spec.Verb, a.room.Kind).Supported && a.room.Check() == nil
	var nearest, free shortfall
	for i := range p.rules {
		r := &p.rules[i]
		verdict := moderation.RuleResult{Rule: r.name}
		switch {
		case !slices.ContainsFunc(a.roles, func(name string) bool { return r.roles[name] }):
			verdict.Verdict = "role"
		case !r.verbs[a.spec.Verb]:
			verdict.Verdict = "verb"
		case !possible || !r.rooms.has(a.room):
			verdict.Verdict = "room"
		default:
			s := r.lacks(a)
			verdict.Verdict, verdict.Detail = s.verdict()
			switch {
			case m.rule != nil:
			case s.weight() == 0:
				m.rule = r
			default:
				nearest = nearest.nearer(s)
				if r.approval.approvals == 0 {
					free = free.nearer(s)
				}
			}
		}
		if len(m.verdicts) < maxVerdicts {
			m.verdicts = append(m.verdicts, verdict)
		} else if m.rule == r {
			m.verdicts[maxVerdicts-1] = verdict // the deciding rule is always included
		}
	}
	switch {
	case m.rule == nil && nearest.rule == nil:
		m.refusal = p.withOthers(noRule(a.spec.Verb), a, possible)
	case m.rule == nil:
		m.refusal = p.withOthers(nearest.refusal(a), a, possible)
	default:
		m.why, m.values = free.reason(a)
	}
	return m
}

// withOthers adds to a refusal the roles that a rule allows this, from this channel. The number of
// people that each has acted on is not considered: only those of the action are.
func (p *Policy) withOthers(no *moderation.Error, a ruleInput, possible bool) *moderation.Error {
	could := map[string]bool{}
	for i := range p.rules {
		r := &p.rules[i]
		if !possible || !r.verbs[a.spec.Verb] || !r.rooms.has(a.room) {
			continue
		}
		if s := r.lacks(a); !s.time && !s.place && (r.most == 0 || a.targets <= r.most) {
			maps.Copy(could, r.roles)
		}
	}
	for _, mine := range a.roles { // their own roles were not enough, for another reason
		delete(could, mine)
	}
	return p.naming(no, could)
}

// naming adds to a refusal the roles that could do what is refused; its value is could.
func (p *Policy) naming(no *moderation.Error, roles map[string]bool) *moderation.Error {
	if len(roles) == 0 {
		return no
	}
	if no.Values == nil {
		no.Values = map[string]string{}
	}
	no.Values["could"] = strings.Join(p.inOrder(roles), ",")
	return no
}

// shortfall is what a rule for this verb and room does not allow.
type shortfall struct {
	rule                 *rule
	time, targets, place bool
	people               int // as the rule counts them; 0 where it does not
}

func (r *rule) lacks(a ruleInput) shortfall {
	s := shortfall{
		rule:  r,
		time:  r.longest > 0 && a.spec.Takes.Duration && (a.endless || a.length > r.longest),
		place: r.within != nil && !r.within[a.channel],
	}
	if r.most > 0 && a.spec.Takes.Users && a.people != nil {
		s.people = a.people(r)
		s.targets = s.people > r.most
	}
	return s
}

// verdict returns the first condition that does not match, and its limit.
func (s shortfall) verdict() (verdict, detail string) {
	switch {
	case s.place:
		return "channel", ""
	case s.time:
		return "duration", s.rule.longestText
	case s.targets:
		return "targets", strconv.Itoa(s.rule.most)
	}
	return "allows", ""
}

// nearer returns the nearer of two; the first of equally near ones.
func (s shortfall) nearer(other shortfall) shortfall {
	switch a, b := other.weight(), s.weight(); {
	case s.rule == nil:
		return other
	case a != b && a < b, a == b && other.time && other.rule.longest > s.rule.longest,
		a == b && !other.time && other.targets && other.rule.most > s.rule.most:
		return other
	}
	return s
}

// weight orders by the number of conditions that fail, then by which; 0 when all match.
func (s shortfall) weight() int {
	n := 0
	for i, failed := range []bool{s.time, s.targets, s.place} {
		if failed {
			n += 10 + i
		}
	}
	return n
}

func (s shortfall) refusal(a ruleInput) *moderation.Error {
	switch {
	case s.time:
		no := moderation.NewError(moderation.RefuseTooLong, "most", s.rule.longestText)
		a.explain(no.Values)
		return no
	case s.targets:
		return moderation.NewError(moderation.RefuseTooMany, "most", strconv.Itoa(s.rule.most), "got", strconv.Itoa(s.people))
	}
	return moderation.NewError(moderation.RefuseChannel)
}

// reason returns why approval is required, from what the nearest rule without approvals lacks.
func (s shortfall) reason(a ruleInput) (moderation.Code, map[string]string) {
	switch {
	case s.time:
		values := map[string]string{"most": s.rule.longestText, "got": a.lasts()}
		a.explain(values)
		return moderation.RequireForDuration, values
	case s.targets:
		return moderation.RequireForPeople, map[string]string{"most": strconv.Itoa(s.rule.most), "got": strconv.Itoa(s.people)}
	}
	return moderation.RequireForVerb, map[string]string{"verb": string(a.spec.Verb)}
}

// explain adds to values how a total longer than the requested duration comes about.
func (a ruleInput) explain(values map[string]string) {
	if a.served <= 0 {
		return
	}
	values["asked"] = commands.FormatDuration(a.length - a.served)
	values["served"] = commands.FormatDuration(max(a.served.Round(time.Second), time.Second))
}

// lasts formats the length as a command would.
func (a ruleInput) lasts() string {
	if a.endless {
		return "perm"
	}
	return commands.FormatDuration(max(a.length.Round(time.Second), time.Second))
}

func noRule(v moderation.Verb) *moderation.Error {
	return moderation.NewError(moderation.RefuseNoRule, "verb", string(v))
}
