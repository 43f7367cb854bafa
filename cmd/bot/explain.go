package main

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"bouncer/bot/say"
	"bouncer/commands"
	"bouncer/moderation"
	"bouncer/policy"
)

var (
	userID  = regexp.MustCompile(`^[UW][A-Z0-9]{1,20}$`)
	groupID = regexp.MustCompile(`^S[A-Z0-9]{1,20}$`)
)

// policyExplain is bouncer policy explain: what a policy decides on a
// command, if the person has no earlier actions and the targets have no
// restrictions.
func policyExplain(_ context.Context, args []string, out, errs io.Writer) error {
	fs := flags("policy explain", errs)
	as := fs.String("as", "", "the requester: a user id, and the user groups of that person, such as U123,S456")
	in := fs.String("in", "", "the channel's id, such as C456")
	p, rest, err := policyArgs(fs, args)
	if err != nil {
		return everyProblem(err)
	}
	person, err := personOf(*as)
	if err != nil {
		return err
	}
	if !channelID.MatchString(*in) {
		return fmt.Errorf("--in: %q is not a channel id", *in)
	}
	if len(rest) == 0 {
		return fmt.Errorf(`a command is missing, such as "ban live:show1 troll 30d"`)
	}
	speaker := say.New(say.Config{Lang: say.EN})
	a, mistake := commands.Parse(strings.Join(rest, " "), commands.ParseContext{Rooms: p.Rooms(), Groups: p.RoomGroups(), ChannelRoom: p.ChannelRoom(*in), UserID: p.UserID(), Reasons: p.Reasons()})
	if mistake != nil {
		return fmt.Errorf("the command cannot be read: %s", oneLine(speaker.Mistake(mistake, say.EN, nil).Text))
	}
	if _, err := fmt.Fprintf(out, "%s\nrequested by %s in %s, without earlier actions and without restrictions on the targets\n\n", acted(a), *as, *in); err != nil {
		return err
	}
	d := p.Evaluate(moderation.PolicyInput{
		Person: person, Channel: moderation.Channel{ID: *in, Member: true}, Action: a,
		Facts: moderation.Facts{At: time.Now(), Recent: []moderation.PastAction{}},
	})
	if d.Allowed && (a.Verb == moderation.Suspend || a.Verb == moderation.Unsuspend) {
		d = p.Authorize(policy.RightSuspend, person, moderation.ApprovalRequirement{}, false)
	}
	return explain(out, d, speaker)
}

// personOf parses the requester.
func personOf(as string) (moderation.Person, error) {
	var p moderation.Person
	for i, id := range splitList(as) {
		switch {
		case i == 0 && userID.MatchString(id):
			p.User = id
		case i > 0 && groupID.MatchString(id):
			p.Groups = append(p.Groups, id)
		default:
			return p, fmt.Errorf("--as: %q is not a user id (U…, W…) followed by user groups (S…)", id)
		}
	}
	if p.User == "" {
		return p, fmt.Errorf("--as is missing: the requester's user id and user groups, such as U123,S456")
	}
	return p, nil
}

// explain prints a decision, the result of each rule, and the approvers. A
// refusal is errRefused, so that a script can test a policy.
func explain(out io.Writer, d moderation.Decision, speaker *say.Speaker) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	via := ""
	if len(d.Via) > 0 {
		via = " (by " + strings.Join(d.Via, ", ") + ")"
	}
	write := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) } // Flush returns the error
	write("policy\t%s\nroles\t%s%s\n", d.Policy, orNone(d.Roles), via)
	if d.Room != "" {
		write("decided by\t%s\n", d.Room)
	}
	for _, v := range d.Verdicts {
		detail := ""
		if v.Detail != "" {
			detail = " (" + v.Detail + ")"
		}
		write("rule %s\t%s%s\n", v.Rule, verdictWords(v.Verdict), detail)
	}
	switch n := d.Requirement; {
	case !d.Allowed:
		write("\nREFUSED\t%s\n", oneLine(speaker.Refusal(d.Refusal, say.EN).Text))
	case !n.Required():
		write("\nALLOWED\t%s, without approval\n", byRule(d.Rule))
	case d.Override:
		write("\nOVERRIDE\t%s, without the required %s: %s\n", byRule(d.Rule), approvals(n), requirementReason(n))
	default:
		write("\nNEEDS APPROVAL\t%s, %s: %s\n", byRule(d.Rule), approvals(n), requirementReason(n))
		write("approvers\t%s\n", holders(n.Approvers, n.Mention))
		if len(n.EscalateTo) > 0 {
			write("next group\t%s, after %s\n", holders(n.EscalateTo, n.MentionNext), commands.FormatDuration(n.EscalateAfter))
		}
		if n.RemindAfter > 0 {
			write("reminder\tafter %s\n", commands.FormatDuration(n.RemindAfter))
		}
		write("expires\tafter %s\n", commands.FormatDuration(n.TTL))
		if n.ActNow > 0 {
			write("acts now\tfor %s, the rest after approval\n", commands.FormatDuration(n.ActNow))
		}
		write("override\tby %s\n", orNone(n.OverrideRoles))
	}
	if err := w.Flush(); err != nil || d.Allowed {
		return err
	}
	return errRefused
}

func byRule(rule string) string {
	if rule == "" {
		return "without a rule"
	}
	return "by rule " + rule
}

func approvals(n moderation.ApprovalRequirement) string {
	return counted(n.Approvals, "approval")
}

func holders(roles, ids []string) string {
	text := orNone(roles)
	if len(ids) > 0 {
		text += " (" + strings.Join(ids, ", ") + ")"
	}
	return text
}

// verdictWords returns a sentence for the result of a rule.
func verdictWords(v string) string {
	words := map[string]string{
		"role": "is for other roles", "verb": "is for other verbs", "room": "is for other rooms", "channel": "is for other channels",
		"duration": "allows only shorter durations", "targets": "allows only fewer people", "allows": "allows it",
	}
	if w := words[v]; w != "" {
		return w
	}
	return v
}

// requirementReason returns why an approval is required.
func requirementReason(n moderation.ApprovalRequirement) string {
	v := n.Values
	switch n.Why {
	case moderation.RequireForDuration:
		return "it lasts " + v["got"] + ", and without approval the maximum is " + v["most"]
	case moderation.RequireForPeople:
		return v["got"] + " people, and without approval the maximum is " + v["most"]
	case moderation.RequireForLimit:
		return v["got"] + " people within " + v["within"] + ", and the limit is " + v["most"]
	case moderation.RequireForLifting:
		return "it would lift or shorten #" + v["case"] + ", which needed approval"
	}
	return "the rule requires it"
}

// acted is an action as text that is safe on a terminal.
func acted(a moderation.Action) string {
	parts := []string{string(a.Verb)}
	add := func(s string) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if a.Number > 0 {
		add("#" + strconv.FormatInt(a.Number, 10))
	}
	if a.Room.Kind != "" {
		add(say.RoomKeys(a))
	}
	switch n := len(a.Targets); {
	case n > 5:
		add(strconv.Itoa(n) + " people")
	default:
		add(strings.Join(a.Targets, ","))
	}
	add(a.Person)
	switch {
	case a.Permanent:
		add("perm")
	case a.Duration > 0:
		add(commands.FormatDuration(a.Duration))
	}
	return plain(strings.Join(parts, " "))
}

// plain is foreign text without what a terminal would obey or hide.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}

func oneLine(s string) string { return plain(strings.Join(strings.Fields(s), " ")) }
