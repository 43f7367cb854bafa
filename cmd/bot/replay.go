package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"text/tabwriter"
	"time"

	"bouncer/bot/say"
	"bouncer/commands"
	"bouncer/moderation"
	"bouncer/policy"
	"bouncer/store"
)

// policyReplay is bouncer policy replay: what a policy would have decided on
// the cases of a database.
func policyReplay(ctx context.Context, args []string, out, errs io.Writer) (err error) {
	s, err := environment()
	if err != nil {
		return err
	}
	fs := flags("policy replay", errs)
	since := fs.String("since", "30d", "how far back: a `DURATION` such as 30d or 12h")
	url := databaseFlag(fs)
	defer func() { err = aboutDatabase(*url, err) }()
	p, rest, err := policyArgs(fs, args)
	if err == nil {
		err = noMoreArgs(fs, rest)
	}
	if err != nil {
		return everyProblem(err)
	}
	back, perm, mistake := commands.ParseDuration(*since)
	if mistake != nil || perm || back <= 0 {
		return fmt.Errorf("-since: %q is not a duration such as 30d or 12h", *since)
	}
	st, err := openToRead(ctx, s, *url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	from := time.Now().Add(-back)
	sum, err := p.Replay(pastCases(ctx, st, from))
	if err != nil {
		return err
	}
	return replayed(out, sum, from)
}

// errEnough ends a walk early.
var errEnough = errors.New("enough")

// pastCases reads the cases since a time, one by one.
func pastCases(ctx context.Context, st *store.Store, since time.Time) iter.Seq2[moderation.Case, error] {
	return func(yield func(moderation.Case, error) bool) {
		err := st.EachCaseSince(ctx, since, func(c moderation.Case) error {
			if !yield(c, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(moderation.Case{}, err)
		}
	}
}

// replayed prints the totals, and each case that would have been decided
// differently.
func replayed(out io.Writer, sum policy.ReplayResult, from time.Time) error {
	if _, err := fmt.Fprintf(out, "%d cases since %s UTC: %d allowed, %d needing approval, %d refused; %d not evaluated\n", sum.Cases,
		from.UTC().Format("2006-01-02 15:04"), sum.Allowed, sum.NeedApproval, sum.Refused, sum.Skipped); err != nil {
		return err
	}
	if len(sum.Differences) == 0 {
		_, err := fmt.Fprintln(out, "the decision would have been the same for all of them")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	write := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) } // Flush returns the error
	write("%d would have been decided differently:\n\ncase\trequested (UTC)\tby\tcommand\tdecision then\tdecision now\twhy\n", len(sum.Differences))
	speaker := say.New(say.Config{Lang: say.EN})
	for _, d := range sum.Differences {
		c := d.Case
		write("#%s\t%s\t%s\t%s\t%s\t%s\t%s\n", strconv.FormatInt(c.No, 10), c.AskedAt.UTC().Format("2006-01-02 15:04"),
			plain(c.Actor.Label()), acted(c.Action), answerWords(d.Was), answerWords(d.Now), replayWhy(d, speaker))
	}
	return w.Flush()
}

// answerWords returns a decision as the table shows it.
func answerWords(a policy.Answer) string {
	switch a {
	case policy.AnswerAllowed:
		return "allowed"
	case policy.AnswerNeedsApproval:
		return "needs approval"
	default:
		return "refused"
	}
}

// replayWhy returns in one line why a policy would have decided so.
func replayWhy(d policy.Difference, speaker *say.Speaker) string {
	switch d.Now {
	case policy.AnswerRefused:
		return oneLine(speaker.Refusal(d.Decision.Refusal, say.EN).Text)
	case policy.AnswerNeedsApproval:
		return byRule(d.Decision.Rule) + ", " + approvals(d.Decision.Requirement) + " of " + orNone(d.Decision.Requirement.Approvers) + ": " + plain(requirementReason(d.Decision.Requirement))
	}
	return byRule(d.Decision.Rule)
}
