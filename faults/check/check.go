package check

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"bouncer/moderation"
)

// Kind is a promise that can be broken.
type Kind string

// The kinds of violations.
const (
	Lost           Kind = "lost"
	RefusedAndDone Kind = "answered as not taken, and carried out"
	NoEntry        Kind = "called without an entry"
	NoApproval     Kind = "called without its approval"
	Doubled        Kind = "doubled and not reported"
	Late           Kind = "ends late or missing, not reported"
	Differs        Kind = "final state differs from the log"
	Message        Kind = "message missing or doubled"
	Chain          Kind = "chain broken"
	Unfinished     Kind = "not quiet at the end"
)

// Kinds returns all kinds, in the order of the report.
func Kinds() []Kind {
	return []Kind{Lost, RefusedAndDone, NoEntry, NoApproval, Doubled, Late, Differs, Message, Chain, Unfinished}
}

// Report is the result of a check.
type Report struct {
	Sent, Deliveries, Acked, Refused, Unacked int // commands, but for Deliveries
	Cases, Calls, Entries, Messages           int
	// Repeated are events that were called again after an answer was lost, and LateEnds the ends that
	// were late; both are reported to people.
	Repeated, LateEnds int
	// Unknown are the targets whose outcome is unknown.
	Unknown    int
	Violations map[Kind][]string
}

// Total returns the number of violations.
func (r *Report) Total() (n int) {
	for _, list := range r.Violations {
		n += len(list)
	}
	return n
}

func (r *Report) add(k Kind, format string, args ...any) {
	r.Violations[k] = append(r.Violations[k], fmt.Sprintf(format, args...))
}

// Check compares a history with what Bouncer promises.
func Check(h History) *Report {
	r := &Report{
		Sent: len(h.Commands), Cases: len(h.Cases), Calls: len(h.Calls), Entries: len(h.Entries), Messages: len(h.Messages),
		Violations: map[Kind][]string{},
	}
	l := readLog(h, r)
	r.commands(h, l)
	r.announced(h, l)
	r.approvals(h, l)
	r.events(h, l)
	r.ends(h, l)
	r.final(h)
	r.messages(h)
	if h.Chain != nil {
		r.add(Chain, "%v", h.Chain)
	}
	for _, what := range h.Restless {
		r.add(Unfinished, "%s", what)
	}
	return r
}

// entry is an entry of the log with its body.
type entry struct {
	moderation.Entry
	body moderation.Body
}

// log is the log, by what is looked up in it.
type log struct {
	all    []entry
	byCase map[int64][]entry
	// recorded are the markers of commands that the log refuses or recognizes as repeated.
	recorded map[string]bool
	// folded are, by person, the minutes in which refusals beyond the first ten were only counted.
	folded map[string][]*foldedMinute
}

// foldedMinute is a minute's end, and how many refusals were only counted in it.
type foldedMinute struct {
	end  time.Time
	left int
}

// counted reports whether the refusal of a person's command is one that was only counted, at any
// time after it was sent, and takes it off the count.
func (l *log) counted(user string, at time.Time) bool {
	for _, f := range l.folded[user] {
		if f.left > 0 && f.end.After(at) {
			f.left--
			return true
		}
	}
	return false
}

func readLog(h History, r *Report) *log {
	l := &log{byCase: map[int64][]entry{}, recorded: map[string]bool{}, folded: map[string][]*foldedMinute{}}
	for _, e := range h.Entries {
		in := entry{Entry: e}
		if err := json.Unmarshal(e.Body, &in.body); err != nil {
			r.add(Chain, "entry %d is no JSON: %v", e.ID, err)
			continue
		}
		l.all = append(l.all, in)
		l.byCase[e.Case] = append(l.byCase[e.Case], in)
		switch e.Kind {
		case moderation.EntryRefused, moderation.EntryConfirmation:
			if m := Marker(in.body.Typed); m != "" {
				l.recorded[m] = true
			}
		case moderation.EntryFolded:
			if in.body.Actor != nil {
				l.folded[in.body.Actor.User] = append(l.folded[in.body.Actor.User], &foldedMinute{in.body.Until, in.body.Count})
			}
		default:
		}
	}
	return l
}

func (l *log) of(no int64, kinds ...moderation.EntryKind) (out []entry) {
	for _, e := range l.byCase[no] {
		if slices.Contains(kinds, e.Kind) {
			out = append(out, e)
		}
	}
	return out
}

// commands checks that each command that was taken has one case, which ended, or a recorded refusal,
// and that each one that was not taken has none.
func (r *Report) commands(h History, l *log) {
	cases := map[string][]moderation.Case{}
	for _, c := range h.Cases {
		if m := Marker(c.Typed); m != "" {
			cases[m] = append(cases[m], c)
		}
		if c.State != moderation.Done {
			r.add(Lost, "case %d did not end: it is %q", c.No, c.State)
		}
		r.Unknown += c.Counts[moderation.Unknown]
	}
	for _, c := range h.Commands {
		r.Deliveries += len(c.Deliveries)
		taken := slices.ContainsFunc(c.Deliveries, Delivery.taken)
		answered := !slices.ContainsFunc(c.Deliveries, func(d Delivery) bool { return !d.Acked || d.Answer == "" })
		got := len(cases[c.Marker])
		switch {
		case taken:
			r.Acked++
		case answered:
			r.Refused++
		default:
			r.Unacked++
		}
		switch {
		case got > 1:
			r.add(Lost, "%s: %d cases for one command: %s", c.Marker, got, c.Text)
		case taken && got == 0 && !l.recorded[c.Marker] && !l.counted(c.User, c.Deliveries[0].At):
			r.add(Lost, "%s: acknowledged, and neither a case nor a refusal: %s", c.Marker, c.Text)
		case answered && got > 0:
			r.add(RefusedAndDone, "%s: case %d: %s", c.Marker, cases[c.Marker][0].No, c.Text)
		}
	}
}

// approvals checks that no call was made for a case before another person approved it.
func (r *Report) approvals(h History, l *log) {
	requires := map[string]bool{}
	for _, c := range h.Commands {
		requires[c.Marker] = c.NeedsApproval
	}
	for _, c := range h.Cases {
		asked := l.of(c.No, moderation.EntryOpened)
		required := requires[Marker(c.Typed)] || len(asked) > 0 && asked[0].body.Requirement != nil && asked[0].body.Requirement.Required()
		if !required {
			continue
		}
		approved := false
		for _, e := range l.byCase[c.No] {
			switch e.Kind {
			case moderation.EntryApproved:
				byOther := e.body.Actor != nil && e.body.Actor.User != c.Actor.User
				approved = approved || byOther && h.Pressed[c.No]
			case moderation.EntryCall:
				if e.body.Purpose == moderation.PurposeAct && !approved {
					r.add(NoApproval, "case %d: entry %d announces a call: %s", c.No, e.ID, c.Typed)
				}
			default:
			}
		}
	}
}
