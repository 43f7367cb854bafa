package bot

import (
	"slices"
	"strings"

	"bouncer/bot/say"
	"bouncer/commands"
	"bouncer/moderation"
)

// formView is the form as a person filled it in.
type formView struct {
	step   commands.Step
	state  commands.FormState
	blocks map[commands.FormField]string // the block ids of the fields that are shown
	// command is the text of a whole command; it is set with isCommand.
	command   string
	isCommand bool
	// file is Slack's id of the chosen file; empty for none.
	file string
}

// readFormView reads what was entered into the form. ok is false for a view that this bot never
// made.
func readFormView(v viewPayload) (f formView, ok bool) {
	step, _, err := commands.ParseMetadata(v.Metadata)
	if err != nil || step.Kind != commands.StepForm || !formSteps[step.Step] || (step.Step == commands.StepSend) != (step.Digest == "") {
		return f, false
	}
	f.step, f.blocks = step, map[commands.FormField]string{}
	in := map[commands.FormField][]string{}
	inputs := v.inputs()
	for block := range v.State.Values {
		name, _, _ := strings.Cut(block, ".") // behind it is what the ladder proposes
		f.blocks[commands.FormField(name)], in[commands.FormField(name)] = block, inputs[block]
	}
	one := func(field commands.FormField) string {
		if x := in[field]; len(x) > 0 {
			return x[0]
		}
		return ""
	}
	if _, f.isCommand = f.blocks[say.InputCommand]; f.isCommand {
		f.command = one(say.InputCommand)
		return f, true
	}
	f.file = one(commands.FieldFile)
	f.state = commands.FormState{
		FromFile: f.file != "",
		Verb:     moderation.Verb(one(commands.FieldVerb)), Rooms: in[commands.FieldRoom], People: in[commands.FieldPeople], Typed: one(commands.FieldTyped),
		Length: one(commands.FieldLength), LengthTyped: one(commands.FieldOther), Preset: one(commands.FieldPreset), Reason: one(commands.FieldReason),
	}
	if m := moderation.Medium(one(commands.FieldMedia)); m == moderation.Audio || m == moderation.Video {
		f.state.Medium = m
	}
	for _, flag := range in[commands.FieldFlags] {
		f.state.Override, f.state.Dry = f.state.Override || flag == say.FlagOverride, f.state.Dry || flag == say.FlagDry
	}
	return f, true
}

// formSteps are the steps of a form's submission.
var formSteps = map[string]bool{commands.StepSend: true, commands.StepQuote: true, commands.StepHandle: true}

// typed is the command of the form without its text, from a person.
func (f formView) typed(from asker) typed {
	t := typed{asker: from, Source: sourceForm}
	switch f.step.Step {
	case commands.StepQuote:
		t.Quote = f.step.Digest
	case commands.StepHandle:
		t.Report = f.step.Digest
	}
	return t
}

// given returns the room that the form was opened with and that no choice has replaced yet; empty
// for none.
func (f formView) given() string {
	_, given, _ := strings.Cut(f.blocks[commands.FieldRoom], ".")
	return given
}

// roomsAndGiven returns the rooms without the one that the form was opened with, once another was
// chosen: who chooses a room means that one, and may not see that the first is still there.
func (f formView) roomsAndGiven() (rooms []string, given string) {
	given = f.given()
	if given == "" || len(f.state.Rooms) == 0 {
		return f.state.Rooms, ""
	}
	rooms = slices.DeleteFunc(slices.Clone(f.state.Rooms), func(text string) bool { return text == given })
	if len(rooms) > 0 {
		return rooms, ""
	}
	return f.state.Rooms, given
}

// block returns the block id of a field, or where it is not shown that of the verb.
func (f formView) block(field commands.FormField) string {
	if f.isCommand {
		return say.InputCommand
	}
	if id := f.blocks[field]; id != "" {
		return id
	}
	return f.blocks[commands.FieldVerb]
}

// shown reports whether the form shows what its state needs: exactly the fields of the verb, and no
// room beside another that was not chosen.
func (f formView) shown(form say.Form) bool {
	if given := f.given(); given != "" && len(f.state.Rooms) > 1 { // its replacement was not shown
		return false
	}
	spec, _ := form.State.Verb.Spec()
	for field, takes := range map[commands.FormField]bool{
		commands.FieldTyped: spec.Takes.Users, commands.FieldMedia: spec.Takes.Media,
		commands.FieldOther: spec.Takes.Duration, commands.FieldReason: spec.Takes.Reason,
	} {
		if _, is := f.blocks[field]; is != takes {
			return false
		}
	}
	return true
}
