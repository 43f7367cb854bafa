package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"bouncer/bot/say"
	"bouncer/moderation"
	"bouncer/store"
)

// timeline writes each case as a list of what happened, in Markdown.
type timeline struct {
	w     io.Writer
	zone  *time.Location
	words *say.Speaker
	of    int64 // the case that is being written; -1 before the first
}

func newTimeline(w io.Writer, zone *time.Location) logFormat {
	return &timeline{w: w, zone: zone, words: say.New(say.Config{}), of: -1}
}

func (f *timeline) begin(x store.LogExcerpt) error {
	return print(f.w, "# Audit log\n\nDatabase %s, application %d. Entries %d to %d; the last has the hash `%s`. Times are those of %s.\n",
		x.Database, x.App, x.First, x.Last, x.Hash, f.zone)
}

func (f *timeline) entry(e *store.LoggedEntry) error {
	if e.Case != f.of {
		f.of = e.Case
		title := "Entries without a case"
		if e.Case > 0 {
			title = fmt.Sprintf("Case %d", e.Case)
		}
		if err := print(f.w, "\n## %s\n\n", title); err != nil {
			return err
		}
	}
	b := readBody(e)
	who := ""
	if b.Actor != nil {
		who = " by " + md(actorName(*b.Actor))
	}
	what := strings.Join(facts(b, f.zone), "; ")
	if what != "" {
		what = ": " + what
	}
	return print(f.w, "- %s **%s**%s%s (entry %d, %.8s)\n",
		e.At.In(f.zone).Format("2006-01-02 15:04:05 MST"), f.words.EntryName(e.Kind, say.EN), who, what, e.Number, e.Hash)
}

func (f *timeline) end() error { return nil }

// mostTargets is how many targets a line names.
const mostTargets = 20

// facts are what a body says, each ready for Markdown.
func facts(b moderation.Body, zone *time.Location) (all []string) {
	add := func(format, value string) {
		if value != "" {
			all = append(all, fmt.Sprintf(format, md(value)))
		}
	}
	if b.ContentErased {
		return []string{contentErased}
	}
	targets := b.Targets
	if a := b.Action; a != nil {
		targets = a.Targets
		add("%s", strings.TrimSpace(string(a.Verb)+" "+say.RoomKeys(*a)))
		add("reason: %s", a.Reason)
		add("preset reason: %s", a.ReasonCode)
	}
	if n := len(targets); n > mostTargets {
		targets = append(slices.Clone(targets[:mostTargets]), fmt.Sprintf("and %d more", n-mostTargets))
	}
	add("on %s", strings.Join(targets, ", "))
	add("in %s", b.Room)
	add("typed: %s", b.Typed)
	add("about %s", b.Person)
	add("%s", b.API)
	add("outcome: %s", b.Outcome)
	if v := b.Vendor; v != nil {
		add("Tencent says %s", strings.TrimSpace(v.Code+" "+v.Message))
		add("request %s", v.RequestID)
	}
	for _, o := range slices.Sorted(maps.Keys(b.Counts)) {
		all = append(all, fmt.Sprintf("%s: %d", md(string(o)), b.Counts[o]))
	}
	add("code %s", string(b.Code))
	add("before: %s", b.Before)
	add("%s", b.Detail)
	add("%s", b.Link)
	if !b.Until.IsZero() {
		all = append(all, "until "+b.Until.In(zone).Format("2006-01-02 15:04:05 MST"))
	}
	if b.Requirement != nil && b.Requirement.Required() {
		all = append(all, fmt.Sprintf("needs %d of %s", b.Requirement.Approvals, md(strings.Join(b.Requirement.Approvers, ", "))))
	}
	if p := b.Pruned; p != nil {
		all = append(all, fmt.Sprintf("up to entry %d", p.Number))
	}
	return all
}

// md returns user-supplied text that Markdown shows as it is, in one line.
func md(s string) string { return mdEscapes.Replace(say.OneLine(s)) }

var mdEscapes = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "&", `\&`, "|", `\|`, "~", `\~`, "#", `\#`, "$", `\$`, "://", `:\//`)
