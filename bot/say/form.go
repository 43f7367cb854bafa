package say

import (
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"bouncer/commands"
	"bouncer/moderation"
)

// Form is the modal that builds a command.
type Form struct {
	State commands.FormState
	// Rooms are State.Rooms with what they mean.
	Rooms []RoomChoice
	// Given is the choice of a room that the form was opened with, which nobody has chosen yet. The
	// first choice of another room replaces it. Empty for none.
	Given string
	// Presets are the preset reasons for the verb, Lengths the durations that the policy offers.
	Presets []moderation.PresetReason
	Lengths []moderation.Length
	// Mistake is what is wrong with the text that the form was filled in from; nil for none.
	Mistake *commands.Mistake
	// Quote is the message that becomes evidence, Link its address; empty for none.
	Quote, Link string
	// Files says that people can be chosen by a file.
	Files bool
	// Flags keeps the choices of an override and of a dry run, which only a typed text adds.
	Flags bool
	// Proposal is what the ladder of the preset reason proposes; its Step is 0 for none.
	Proposal moderation.Proposal
	// Would is what sending it would do; nil while that is not known. Wrong are mistakes in what
	// was entered.
	Would *DryRun
	Wrong []*commands.Mistake
	// Meta is the view's private metadata, ExternalID its external id.
	Meta, ExternalID string
}

// The values of the form's checkboxes.
const (
	FlagOverride = "override"
	FlagDry      = "dry"
)

// InputCommand is the block of a whole command, where the form has no field for its verb.
const InputCommand = "command"

// BothMedia is the value of the choice of audio and video.
const BothMedia = "both"

// OpenForm returns the step of the button that opens the form from the Home tab.
func OpenForm() commands.Step {
	return commands.Step{Kind: commands.StepForm, ID: "00000000000000000000000000000000", Step: commands.StepOpen}
}

// FormCallback is the callback id of the form's view.
func FormCallback() string {
	return commands.Step{Kind: commands.StepForm, Step: commands.StepSend}.ActionID()
}

// LengthBlock returns the block id of the form's durations. It changes with what the ladder proposes,
// so that Slack shows the proposal instead of what was chosen before.
func LengthBlock(p moderation.Proposal) string {
	if p.Step == 0 {
		return string(commands.FieldLength)
	}
	return string(commands.FieldLength) + "." + p.Code + "." + strconv.Itoa(p.Step)
}

// FormModal returns the form with its fields filled in. Fields that the verb does not take are left
// out.
func (s *Speaker) FormModal(f Form, lang Lang) Modal {
	sp := s.in(lang)
	sh := sp.sheet()
	if f.Mistake != nil {
		sh.para(sp.wrong(f.Mistake))
	}
	if f.Quote != "" {
		sh.para(sp.say("modal.form.quote", nil), suppliedLine(f.Quote, 600), links(f.Link, sp.own("modal.evidence.link", nil)))
	}
	spec, _ := f.State.Verb.Spec()
	sp.formVerb(sh, f)
	sp.formRoom(sh, f)
	if spec.Takes.Users || f.State.Verb == "" {
		sp.formPeople(sh, f)
	}
	if spec.Takes.Media {
		sp.formMedia(sh, f)
	}
	if spec.Takes.Duration {
		sp.formLength(sh, f, spec)
	}
	if spec.Takes.Reason {
		sp.formReason(sh, f)
	}
	if f.Flags {
		sp.formFlags(sh, f)
	}
	sp.formWould(sh, f)
	return sp.formView(sh, f)
}

// CommandModal returns the form for a command whose verb the form has no fields for: its text.
func (s *Speaker) CommandModal(text string, f Form, lang Lang) Modal {
	sp := s.in(lang)
	sh := sp.sheet()
	if f.Mistake != nil {
		sh.para(sp.wrong(f.Mistake))
	}
	sh.input(input{block: InputCommand, label: "input.command", initial: text, most: targetMost})
	sh.para(sp.say("modal.form.help", vals{"command": own(s.cfg.Command)}))
	return sp.formView(sh, f)
}

func (s *speech) formView(sh *sheet, f Form) Modal {
	m := s.modal(s.say("title.form", nil), "button.submit.form", sh)
	m.View.CallbackID, m.View.PrivateMetadata, m.View.ExternalID = FormCallback(), f.Meta, f.ExternalID
	return m
}

// ask adds a field whose choice the app is informed of at once.
func (sh *sheet) ask(field, label string, hint phrase, optional bool, el slack.BlockElement) {
	s := sh.speech
	b := slack.NewInputBlock(field, s.plainText(s.say(label, nil), 2000), nil, el)
	b.Optional, b.DispatchAction = optional, true
	if len(hint) > 0 {
		b.Hint = s.plainText(hint, 2000)
	}
	sh.blocks = append(sh.blocks, b)
}

func (s *speech) plainText(p phrase, most int) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, clip(p.plain(), most), false, false)
}

// option is a choice; ok is false for a value that Slack does not take.
func (s *speech) option(value string, text phrase) (o *slack.OptionBlockObject, ok bool) {
	if value == "" || utf8.RuneCountInString(value) > optionText {
		return nil, false
	}
	return slack.NewOptionBlockObject(value, s.plainText(text.cut(optionText-2), optionText), nil), true
}

// choice makes a select of options; initial is the value that is chosen.
func choice(options []*slack.OptionBlockObject, initial string) *slack.SelectBlockElement {
	el := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, InputValue, options[:min(len(options), choiceMost)]...)
	for _, o := range el.Options {
		if o.Value == initial {
			el.InitialOption = o
		}
	}
	return el
}

func (s *speech) formVerb(sh *sheet, f Form) {
	var options []*slack.OptionBlockObject
	for _, spec := range commands.FormVerbs() {
		if o, ok := s.option(string(spec.Verb), cat(s.verb(spec.Verb), own(" · "), s.say("what."+string(spec.Verb), nil))); ok {
			options = append(options, o)
		}
	}
	sh.ask(string(commands.FieldVerb), "input.verb", nil, false, choice(options, string(f.State.Verb)))
}

func (s *speech) formPeople(sh *sheet, f Form) {
	typed := f.State.Typed
	el := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeExternal, s.plainText(s.say("input.people.find", nil), 150), InputValue)
	most := choiceMost // with more, the form as it was filled in would be larger than Slack takes
	el.MinQueryLength, el.MaxSelectedItems = new(int), &most
	tooLong := func(id string) bool { return utf8.RuneCountInString(id) > optionText }
	if chosen := f.State.People; len(chosen) <= most && !slices.ContainsFunc(chosen, tooLong) {
		el.InitialOptions = s.options(chosen)
	} else {
		typed = commands.UserList(chosen)
	}
	sh.ask(string(commands.FieldPeople), "input.people", nil, true, el)
	sh.input(input{block: string(commands.FieldTyped), label: "input.people.typed", hint: "tip.people.typed", initial: typed, most: targetMost, lines: true, optional: true})
	if f.Files {
		s.formFile(sh)
	}
}

// formFile takes one file of any kind: what is in it is checked when it is read, which can say what is
// wrong with it.
func (s *speech) formFile(sh *sheet) {
	el := slack.NewFileInputBlockElement(InputValue).WithMaxFiles(1)
	b := slack.NewInputBlock(string(commands.FieldFile), s.plainText(s.say("input.people.file", nil), 2000), nil, el)
	b.Hint, b.Optional = s.plainText(s.say("tip.people.file", vals{"n": commands.MaxFilePeople}), 2000), true
	sh.blocks = append(sh.blocks, b)
}

func (s *speech) formMedia(sh *sheet, f Form) {
	var options []*slack.OptionBlockObject
	for _, m := range []moderation.Medium{"", moderation.Audio, moderation.Video} {
		value, text := string(m), s.say("input.media.all", nil)
		if m == "" {
			value = BothMedia
		} else {
			text = s.say("medium."+string(m), nil)
		}
		if o, ok := s.option(value, text); ok {
			options = append(options, o)
		}
	}
	initial := string(f.State.Medium)
	if initial == "" {
		initial = BothMedia
	}
	sh.ask(string(commands.FieldMedia), "input.media", nil, false, choice(options, initial))
}

func (s *speech) formLength(sh *sheet, f Form, spec moderation.VerbSpec) {
	var options []*slack.OptionBlockObject
	seen := map[string]bool{}
	add := func(l moderation.Length) {
		value := commands.LengthText(l)
		not := func(r moderation.Room) bool { return !moderation.Supports(f.State.Verb, r.Kind).Permanent }
		if value == "" || seen[value] || l.Permanent && slices.ContainsFunc(f.AllRooms(), not) {
			return
		}
		if o, ok := s.option(value, s.span(moderation.Action{Duration: l.Duration, Permanent: l.Permanent})); ok {
			seen[value] = true
			options = append(options, o)
		}
	}
	for _, l := range f.Lengths {
		add(l)
	}
	if f.Proposal.Step > 0 {
		add(f.Proposal.Length)
	}
	if d, perm, m := commands.ParseDuration(f.State.Length); m == nil {
		add(moderation.Length{Duration: d, Permanent: perm})
	}
	label := "input.lasts"
	if len(options) > 0 {
		var hint phrase
		if f.Proposal.Step > 0 {
			hint = s.proposed(f.Proposal, "ladder.line")
		}
		sh.ask(LengthBlock(f.Proposal), label, hint, true, choice(options, f.State.Length))
		label = "input.lasts.typed"
	}
	sh.ask(string(commands.FieldOther), label, join(s.gap, s.say("tip.lasts.typed", nil), s.withoutLength(spec)), true, s.oneLineInput(f.State.LengthTyped, 40))
}

// oneLineInput is a text of one line, of which the app is informed when Enter is pressed.
func (s *speech) oneLineInput(initial string, most int) *slack.PlainTextInputBlockElement {
	el := slack.NewPlainTextInputBlockElement(nil, InputValue)
	el.MaxLength, el.InitialValue = max(most, utf8.RuneCountInString(initial)), initial
	el.DispatchActionConfig = &slack.DispatchActionConfig{TriggerActionsOn: []string{"on_enter_pressed"}}
	return el
}

func (s *speech) formReason(sh *sheet, f Form) {
	var options []*slack.OptionBlockObject
	for _, p := range f.Presets {
		if o, ok := s.option(p.Code, supplied(s.presetText(p), optionText)); ok {
			options = append(options, o)
		}
	}
	label := "input.reason"
	if len(options) > 0 {
		sh.ask(string(commands.FieldPreset), "input.preset", nil, true, choice(options, f.State.Preset))
		label = "input.detail"
	}
	sh.input(input{block: string(commands.FieldReason), label: label, initial: f.State.Reason, most: targetMost, optional: true})
}

func (s *speech) formFlags(sh *sheet, f Form) {
	var options, chosen []*slack.OptionBlockObject
	for _, x := range []struct {
		value, text string
		on          bool
	}{{FlagOverride, "input.flags.alone", f.State.Override}, {FlagDry, "input.flags.dry", f.State.Dry}} {
		o, _ := s.option(x.value, s.say(x.text, nil))
		options = append(options, o)
		if x.on {
			chosen = append(chosen, o)
		}
	}
	boxes := slack.NewCheckboxGroupsBlockElement(InputValue, options...)
	boxes.InitialOptions = chosen
	sh.ask(string(commands.FieldFlags), "input.flags", nil, true, boxes)
}

// formWould says whom it would reach and whose approval it would need.
func (s *speech) formWould(sh *sheet, f Form) {
	help := s.say("modal.form.help", vals{"command": own(s.cfg.Command)})
	if f.Would == nil {
		var lines []phrase
		for _, m := range f.Wrong {
			lines = append(lines, s.wrong(m))
		}
		if len(lines) == 0 && f.State.FromFile {
			lines = []phrase{s.say("modal.form.file", nil)}
		}
		if len(lines) == 0 {
			lines = []phrase{s.say("modal.form.open", nil)}
		}
		sh.para(append(lines, help)...)
		return
	}
	sh.para(level(append(append([]phrase{s.say("modal.form.would", nil).strong()}, s.wouldDo(*f.Would)...), help), maxWeight-800)...)
}

// PeopleOptions returns UserIDs to choose from.
func (s *Speaker) PeopleOptions(ids []string, lang Lang) []*slack.OptionBlockObject {
	return s.in(lang).options(ids[:min(len(ids), choiceMost)])
}
