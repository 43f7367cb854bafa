package say

import (
	"time"

	"github.com/slack-go/slack"

	"bouncer/commands"
	"bouncer/moderation"
)

// FilePreview is what a file of people would do.
type FilePreview struct {
	// Name is the file's name, user-supplied.
	Name string
	File commands.PeopleFile
	// Protected are people of the file who are left out.
	Protected []string
	// New is how many people are in no earlier case.
	New   int
	Would DryRun
	// Takes is how long its calls take; 0 where that is not known.
	Takes time.Duration
	// Draft is the token of the stored command, and Expires its end; empty for a dry run.
	Draft   string
	Expires time.Time
}

// FilePreview returns the message that says what a file has in it and what would be done, with the
// buttons that do it or delete the list.
func (s *Speaker) FilePreview(p FilePreview, lang Lang) Message {
	sp := s.in(lang)
	a := p.Would.Action
	title := "file.title"
	if p.Draft == "" {
		title = "file.title.dry"
	}
	sh := sp.sheet()
	lines := []phrase{
		sp.say(title, vals{"people": sp.people(len(a.Targets)), "file": fileName(p.Name)}).strong(),
		sp.fileLines(p.File),
	}
	if p.File.Column != "" {
		lines = append(lines, sp.say("file.column", vals{"column": quoted(supplied(p.File.Column, 80))}))
	}
	lines = append(lines, sp.fileBad(p.File)...)
	if n := len(p.Protected); n > 0 {
		lines = append(lines, sp.say("file.protected", vals{"n": n, "list": sp.some(p.Protected, titleTargets)}))
	}
	if p.New > 0 {
		lines = append(lines, sp.say("file.new", vals{"n": p.New}))
	}
	sh.para(level(lines, maxWeight/2-400)...)
	would := sp.wouldDo(p.Would)
	if p.Would.Calls > 0 {
		would = append(would, sp.say("file.takes", vals{"n": p.Would.Calls, "api": supplied(p.Would.API, 80), "length": own(sp.length(max(p.Takes, time.Second)))}))
	}
	if p.outlasts() {
		would = append(would, sp.say("file.outlasts", nil))
	}
	if p.Draft != "" {
		would = append(would, sp.say("file.expires", vals{"at": dated(p.Expires, clockMinute)}))
	}
	sh.para(level(would, maxWeight/2-400)...)
	if p.Draft != "" {
		step := func(name string) commands.Step {
			return commands.Step{Kind: commands.StepDraft, ID: p.Draft, Step: name}
		}
		sh.buttons([]slack.BlockElement{
			press(sp.say("button.run", nil), step(commands.StepRun), slack.StyleDanger),
			press(sp.say("button.cancel", nil), step(commands.StepAbandon), ""),
		}...)
	}
	return sh.message()
}

// outlasts reports whether the calls take longer than what they do lasts.
func (p FilePreview) outlasts() bool {
	a := p.Would.Action
	return a.Effect() == moderation.EffectRestrict && !a.Permanent && a.Duration > 0 && p.Takes >= a.Duration
}

// fileName is a file's name in quotation marks; empty for none.
func fileName(name string) phrase { return quoted(supplied(name, 80)) }

// fileLines counts the lines of a file.
func (s *speech) fileLines(f commands.PeopleFile) phrase {
	parts := []phrase{s.say("file.lines", vals{"n": f.Lines})}
	if f.Repeated > 0 {
		parts = append(parts, s.say("file.repeated", vals{"n": f.Repeated}))
	}
	if f.BadLines > 0 {
		parts = append(parts, s.say("file.bad", vals{"n": f.BadLines}))
	}
	return fields(parts...)
}

// fileBad names the first lines without a usable UserID.
func (s *speech) fileBad(f commands.PeopleFile) []phrase {
	var out []phrase
	for _, b := range f.Bad {
		out = append(out, s.say("file.bad.line", vals{"line": b.Line, "why": s.wrong(b.Why)}))
	}
	if n := f.BadLines - len(f.Bad); n > 0 && len(f.Bad) > 0 {
		out = append(out, s.say("file.bad.more", vals{"n": n}))
	}
	return out
}

// FileNobody returns the message that a file leaves nobody to act on, and why.
func (s *Speaker) FileNobody(p FilePreview, lang Lang) Message {
	sp := s.in(lang)
	lines := append([]phrase{sp.say("file.nobody", vals{"file": fileName(p.Name)}), sp.fileLines(p.File)}, sp.fileBad(p.File)...)
	if n := len(p.Protected); n > 0 {
		lines = append(lines, sp.say("file.protected", vals{"n": n, "list": sp.some(p.Protected, titleTargets)}))
	}
	return sp.answer(level(lines, maxWeight-800)...)
}

// FileGone returns the message that a file is not there any more, or is another person's.
func (s *Speaker) FileGone(name string, lang Lang) Message {
	return s.plainly("file.gone", vals{"file": fileName(name)}, lang)
}

// FileFailed returns the message that Slack did not send a file.
func (s *Speaker) FileFailed(name string, lang Lang) Message {
	return s.plainly("file.failed", vals{"file": fileName(name)}, lang)
}
