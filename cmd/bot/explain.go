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

// policyExplain is bouncer policy explain: what a policy decides on a command of a
// person who has done nothing yet, on people of whom nobody is bound.
func policyExplain(_ context.Context, args []string, out, errs io.Writer) error {
	fs := flags("policy explain", errs)
	as := fs.String("as", "", "who asks: a user id, and the user groups that he is in, such as U123,S456")
	in := fs.String("in", "", "the channel's id, such as C456")
	p, rest, err := fileAnd(fs, args)
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
	a, mistake := commands.Parse(strings.Join(rest, " "), commands.ParseContext{Rooms: p.Rooms(), ChannelRoom: p.ChannelRoom(*in), UserID: p.UserID()})
	if mistake != nil {
		return fmt.Errorf("the command cannot be read: %s", oneLine(speaker.Mistake(mistake, say.EN, nil).Text))
	}
	if _, err := fmt.Fprintf(out, "%s\nasked by %s in %s, who did nothing before, on nobody who is bound\n\n", acted(a), *as, *in); err != nil {
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

// personOf reads who asks.
func personOf(as string) (moderation.Person, error) {
	var p moderation.Person
	for i, id := range words(as) {
		switch {
		case i == 0 && userID.MatchString(id):
			p.User = id
		case i > 0 && groupID.MatchString(id):
			p.Groups = append(p.Groups, id)
		default:
			return p, fmt.Errorf("--as: %q is not what is meant: first a user id (U…, W…), then the user groups (S…) that he is in", id)
		}
	}
	if p.User == "" {
		return p, fmt.Errorf("--as is missing: the user id of who asks, and his user groups, such as U123,S456")
	}
	return p, nil
}

// explain writes a decision, what each rule says, and whom it asks. A refusal is
// errRefused, so that a script can test a policy.
func explain(out io.Writer, d moderation.Decision, speaker *say.Speaker) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	via := ""
	if len(d.Via) > 0 {
		via = " (by " + strings.Join(d.Via, ", ") + ")"
	}
	write := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) } // Flush tells
	write("policy\t%s\nroles\t%s%s\n", d.Policy, orNone(d.Roles), via)
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
		write("\nALLOWED\t%s, nobody else is asked\n", byRule(d.Rule))
	case d.Override:
		write("\nRUNS ALONE\t%s, without the %s that it needs: %s\n", byRule(d.Rule), approvals(n), needWhy(n))
	default:
		write("\nASKS\t%s, for %s: %s\n", byRule(d.Rule), approvals(n), needWhy(n))
		write("of\t%s\n", holders(n.Approvers, n.Mention))
		if len(n.EscalateTo) > 0 {
			write("then of\t%s, after %s\n", holders(n.EscalateTo, n.MentionNext), commands.FormatDuration(n.EscalateAfter))
		}
		if n.RemindAfter > 0 {
			write("reminds\tafter %s\n", commands.FormatDuration(n.RemindAfter))
		}
		write("ends\tafter %s\n", commands.FormatDuration(n.TTL))
		if n.ActNow > 0 {
			write("runs now\tfor %s, approval makes it last\n", commands.FormatDuration(n.ActNow))
		}
		write("runs alone\tby %s\n", orNone(n.OverrideRoles))
	}
	if err := w.Flush(); err != nil || d.Allowed {
		return err
	}
	return errRefused
}

func byRule(rule string) string {
	if rule == "" {
		return "by itself"
	}
	return "by rule " + rule
}

func approvals(n moderation.ApprovalRequirement) string {
	if n.Approvals == 1 {
		return "1 approval"
	}
	return strconv.Itoa(n.Approvals) + " approvals"
}

func holders(roles, ids []string) string {
	text := orNone(roles)
	if len(ids) > 0 {
		text += " (" + strings.Join(ids, ", ") + ")"
	}
	return text
}

// verdictWords say what a rule found.
func verdictWords(v string) string {
	words := map[string]string{
		"role": "is for other roles", "verb": "is about other verbs", "room": "is about other rooms", "channel": "is for other channels",
		"duration": "is for shorter ones", "targets": "is for fewer people", "allows": "allows it",
	}
	if w := words[v]; w != "" {
		return w
	}
	return v
}

// needWhy says why an approval is needed.
func needWhy(n moderation.ApprovalRequirement) string {
	v := n.Values
	switch n.Why {
	case moderation.RequireForDuration:
		return "it lasts " + v["got"] + ", and without one at most " + v["most"] + " are possible"
	case moderation.RequireForPeople:
		return v["got"] + " people, and without one at most " + v["most"] + " are possible"
	case moderation.RequireForLimit:
		return v["got"] + " people within " + v["within"] + ", and the brake is at " + v["most"]
	case moderation.RequireForLifting:
		return "it frees whom #" + v["case"] + " binds, which needed it"
	}
	return "the rule asks for it"
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
		add(a.Room.String())
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
