package say

import (
	"time"

	"github.com/slack-go/slack"

	"bouncer/commands"
	"bouncer/moderation"
)

// LineMessage is a message of lines.
type LineMessage struct {
	Message
	// Items are its lines, by their place in what was passed.
	Items []int
	// Folded says that several share it: its one button opens the list of them.
	// Else each has buttons of its own.
	Folded bool
	// Separate are those of its lines that are to have a message with buttons of
	// their own once every line was posted.
	Separate []int
}

// Bounds of a message of lines, in characters of JSON.
const (
	perLine    = 2     // its newline
	perBlock   = 230   // the braces of a block and of its runs of text
	perLink    = 60    // an element of its own, twice the text around it
	perButton  = 215   // with its value
	perButtons = 40    // their block
	fitLines   = 12900 // of 13,200
	fitBlocks  = 48    // two to a line with buttons
)

// burst is the number of lines due together from which selected ones are posted
// among the others, so that all are in time, and get their buttons later.
const burst = 25

// levelOf is how short so many lines are.
func levelOf(n int, late bool) int {
	level := 0
	switch {
	case n > 150:
		level = 2
	case n > burst:
		level = 1
	}
	if late {
		level = min(2, level+1)
	}
	return level
}

// AuditLines writes lines for the audit channel in the channels' language, as many
// to a message as Slack takes. behind is how long the oldest has
// waited. token returns the opaque id of the button of a message that folds some
// of them. What was flagged or overridden has a message of its own; what was
// selected for review has buttons of its own, too, several to a message.
func (s *Speaker) AuditLines(items []LineItem, behind time.Duration, token func(of []int) string) []LineMessage {
	sp := s.in(s.cfg.Lang)
	level := levelOf(len(items), behind > behindAt)
	all := sp.lines(items, level)
	var folded, stacked []int
	var out, single []LineMessage
	for i, it := range items {
		switch {
		case it.alone():
			single = append(single, LineMessage{Items: []int{i}, Message: sp.stacked(all[i : i+1])})
		case it.Separate, it.needsReview() && level == 0:
			stacked = append(stacked, i)
		default:
			folded = append(folded, i)
		}
	}
	for _, of := range batches(all, folded, false) {
		m := LineMessage{Items: of, Folded: len(of) > 1}
		if m.Folded {
			m.Message = sp.folded(pick(all, of), token(of))
			for _, i := range of {
				if items[i].needsReview() {
					m.Separate = append(m.Separate, i)
				}
			}
		} else {
			m.Message = sp.stacked(pick(all, of))
		}
		out = append(out, m)
	}
	out = append(out, single...)
	for _, of := range batches(all, stacked, true) {
		out = append(out, LineMessage{Items: of, Message: sp.stacked(pick(all, of))})
	}
	return out
}

// UpdatedLines returns the present form of a message that several lines share.
// It always fits into one message: the more lines, the shorter each is.
func (s *Speaker) UpdatedLines(items []LineItem, folded bool, token string) Message {
	sp := s.in(s.cfg.Lang)
	level := levelOf(len(items), false)
	of := make([]int, len(items))
	for i := range items {
		of[i] = i
	}
	all := sp.lines(items, level)
	for level < len(folds)-1 && len(batches(all, of, !folded)) > 1 {
		level++
		all = sp.lines(items, level)
	}
	if folded {
		return sp.folded(all, token)
	}
	return sp.stacked(all)
}

// auditLine is a line with its text.
type auditLine struct {
	LineItem
	text phrase // none of a day's sum, which is a message of its own
}

func (s *speech) lines(items []LineItem, level int) []auditLine {
	out := make([]auditLine, len(items))
	for i, it := range items {
		if out[i].LineItem = it; it.Body.Digest == nil {
			out[i].text = s.line(it, folds[level])
			if !folds[level].link {
				out[i].text = out[i].text.inUTC()
			}
		}
	}
	return out
}

// alone reports whether a line has a message of its own whatever others are due.
func (it LineItem) alone() bool {
	if entryRows[it.Kind].alone {
		return true
	}
	return it.Subject != nil && it.Subject.Review.Pending() && it.Subject.Review.Why != moderation.ReviewSample
}

// needsReview reports whether the case of a line must be reviewed.
func (it LineItem) needsReview() bool { return it.Subject != nil && it.Subject.Review.Pending() }

func pick(all []auditLine, of []int) []auditLine {
	out := make([]auditLine, len(of))
	for i, at := range of {
		out[i] = all[at]
	}
	return out
}

// batches parts lines so that each part fits into a message.
func batches(all []auditLine, of []int, buttons bool) (out [][]int) {
	used, blocks := 0, 0
	for _, i := range of {
		w, b := all[i].text.weight()+perLine, 0
		w += all[i].text.dates()
		for _, a := range all[i].text {
			if a.kind == link {
				w += perLink * 2
			}
		}
		if buttons {
			w, b = w+perBlock+perButtons+2*perButton, 2
		}
		if len(out) == 0 || used+w > fitLines || blocks+b > fitBlocks {
			out, used, blocks = append(out, nil), perBlock+perButtons+perButton, 0
		}
		out[len(out)-1] = append(out[len(out)-1], i)
		used, blocks = used+w, blocks+b
	}
	return out
}

// folded is one block of lines, and one button that opens the list of their
// cases while one of them can be reviewed.
func (s *speech) folded(all []auditLine, token string) Message {
	sh := s.sheet()
	lines := make([]phrase, len(all))
	open := false
	for i, l := range all {
		lines[i] = l.text
		open = open || len(s.reviewButtons(l.Subject, false)) > 0
	}
	sh.para(lines...)
	if open && token != "" {
		sh.buttons(press(s.say("button.reviews", nil), commands.Step{Kind: commands.StepLine, ID: token, Step: commands.StepReviews}, ""))
	}
	return sh.message()
}

// stacked are lines with their own buttons, or one alone.
func (s *speech) stacked(all []auditLine) Message {
	sh := s.sheet()
	for _, l := range all {
		if l.Body.Digest != nil {
			return s.digest(l.LineItem)
		}
		sh.para(l.text)
		sh.buttons(s.reviewButtons(l.Subject, len(all) > 1)...)
	}
	return sh.message()
}

// reviewButtons are the steps of a review that are open. named says that others
// are in the same message.
func (s *speech) reviewButtons(c *moderation.Case, named bool) []slack.BlockElement {
	if c == nil || c.Token == "" || c.Review.State == moderation.ReviewReviewed {
		return nil
	}
	out := []slack.BlockElement{s.stepButton(*c, named, "reviewed", commands.StepReviewed, "")}
	if c.Review.State != moderation.ReviewFlagged {
		out = append(out, s.stepButton(*c, named, "flag", commands.StepFlag, ""))
	}
	return out
}

// reviewIcon is what one sees first of a case's review.
func (s *speech) reviewIcon(r moderation.Review) phrase {
	switch {
	case r.State == moderation.ReviewFlagged:
		return own("🚩")
	case r.State == moderation.ReviewReviewed:
		return own("👀")
	case r.Pending() && r.Why == moderation.ReviewOverride:
		return own("🔨")
	case r.Pending():
		return own("🔎")
	}
	return nil
}

// reviewed says who reviewed a case, or that it must be, where there is room for it.
func (s *speech) reviewed(r moderation.Review, f fold) phrase {
	if !f.link { // so many that each has but a few words: the icon says it
		return nil
	}
	who := vals{"person": s.personIn(r.By, f.name)}
	switch r.State {
	case moderation.ReviewFlagged:
		note := supplied(r.Note, f.reason)
		if len(note) == 0 {
			return s.say("line.flagged", who)
		}
		return cat(s.say("line.flagged", who), own(s.colon), note)
	case moderation.ReviewReviewed:
		return s.say("line.reviewed", who)
	case moderation.ReviewPending:
		if r.Why == moderation.ReviewOverride {
			return s.say("line.alone", nil)
		}
		return s.say("line.chosen", nil)
	}
	return nil
}
