package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"bouncer/bot/say"
	"bouncer/commands"
	"bouncer/moderation"
)

// The form only builds a command: what it submits is queued as if it had been typed, and takes the
// same path.

// The callbacks of the global shortcut "Moderate" and of the message shortcut "Moderate…".
const (
	shortcutForm        = "form"
	shortcutFormMessage = "moderate"
)

// sourceForm is the source of a command that a form built.
const sourceForm = "form"

// mostForm is the longest text that the form can be filled in from: Slack's inputs take no more.
const mostForm = 3000

// formed is a request for the form.
type formed struct {
	asker
	View string `json:"view"`
	// Text is the command that it is filled in from; it may be empty.
	Text string `json:"text,omitempty"`
	// Nowhere says that it was asked for outside of all channels. It acts in CASE_CHANNEL then, for
	// its members only, because rights depend on the channel.
	Nowhere bool `json:"nowhere,omitempty"`
}

// opensForm reports whether a typed command asks for the form: it is empty, or a verb with nothing
// behind it that the channel's room does not complete.
func (b *Bot) opensForm(t typed) bool {
	verb, ok := commands.BareVerb(t.Text, b.cfg.Command)
	spec, _ := verb.Spec()
	return ok && (verb == "" || spec.Takes.Users || b.cfg.Policy().ChannelRoom(t.Channel) == nil)
}

// form fills in the form that was opened, for a person with a role. Others get help.
func (b *Bot) form(ctx context.Context, h *moderation.LeasedJob) error {
	var p formed
	if err := json.Unmarshal(h.Payload, &p); err != nil {
		return fmt.Errorf("form job %d: %w", h.ID, err)
	}
	v, err := b.clicker(ctx, p.asker)
	if err != nil {
		return err
	}
	if v = b.decide(v, moderation.Action{Verb: moderation.ShowCase}); !v.decision.Allowed {
		if no := v.decision.Refusal; p.Text == "" && no != nil && no.Code == moderation.RefuseNoRole {
			return b.fillForm(ctx, h, p.asker, v, p.View, b.cfg.Speaker.DoneModal(b.cfg.Speaker.Help("", b.langOf(v.person)), b.langOf(v.person)))
		}
		return b.refusedView(ctx, h, p.asker, v, nil, p.View, moderation.Body{Typed: p.Text})
	}
	if p.Nowhere {
		no, err := b.notThere(ctx, p.asker)
		if err != nil {
			return err
		}
		if no != nil {
			return b.refusedView(ctx, h, p.asker, v.refused(no), nil, p.View, moderation.Body{Detail: "form"})
		}
	}
	return b.showForm(ctx, h, typed{asker: p.asker, Text: p.Text}, v, p.View)
}

// showForm fills in the form from a text, with what is wrong with it.
func (b *Bot) showForm(ctx context.Context, h *moderation.LeasedJob, t typed, v verdict, view string) error {
	set, lang, text, from := b.parseContext(v, t), b.langOf(v.person), t.Text, t.asker
	f := say.Form{Meta: formMeta(t), ExternalID: view}
	if err := b.formQuote(ctx, t, &f); err != nil {
		return err
	}
	if _, isBare := commands.BareVerb(text, b.cfg.Command); !isBare {
		_, f.Mistake = commands.Parse(text, set)
	}
	state, ok := commands.ReadForm(text, set)
	if !ok && strings.TrimSpace(text) != "" {
		return b.fillForm(ctx, h, from, v, view, b.cfg.Speaker.CommandModal(text, f, lang))
	}
	if room := set.ChannelRoom; room != nil {
		given := []string{commands.RoomText(*room)}
		if len(state.Rooms) == 0 {
			state.Rooms = given
		}
		set.ChannelRoom = nil
		if typed, _ := commands.ReadForm(text, set); slices.Equal(state.Rooms, given) && !slices.Equal(typed.Rooms, given) {
			f.Given = given[0]
		}
	}
	f.State, f.Flags = state, state.Override || state.Dry
	return b.showState(ctx, h, from, v, f)
}

// showState fills in the form with a state.
func (b *Bot) showState(ctx context.Context, h *moderation.LeasedJob, from asker, v verdict, f say.Form) error {
	if err := b.completeForm(ctx, v, typed{asker: from}, &f, ""); err != nil {
		return err
	}
	return b.fillForm(ctx, h, from, v, f.ExternalID, b.cfg.Speaker.FormModal(f, b.langOf(v.person)))
}

// fillForm fills the modal that waits, or says that there is none.
func (b *Bot) fillForm(ctx context.Context, h *moderation.LeasedJob, from asker, v verdict, view string, m say.Modal) error {
	open, err := b.fillModal(ctx, view, m)
	if err != nil && ctx.Err() != nil {
		return err
	}
	if !open {
		b.log.Warn("form not filled", "job", h.ID, "err", err)
		return b.finish(ctx, h, b.toAsker(h, from, b.cfg.Speaker.Fixed(say.FormFailed, b.langOf(v.person))))
	}
	return b.finish(ctx, h, moderation.Change{})
}

// formMeta is the metadata of a form: an id by which a second submission is known, and the message
// or report that its command belongs to.
func formMeta(t typed) string {
	s := commands.Step{Kind: commands.StepForm, ID: moderation.NewToken(), Step: commands.StepSend}
	switch {
	case t.Quote != "":
		s.Step, s.Digest = commands.StepQuote, t.Quote
	case t.Report != "":
		s.Step, s.Digest = commands.StepHandle, t.Report
	}
	return commands.Metadata(s, t.Channel)
}

// formQuote adds the message that becomes evidence to the form, as long as it is kept.
func (b *Bot) formQuote(ctx context.Context, t typed, f *say.Form) error {
	if t.Quote == "" {
		return nil
	}
	q, err := b.cfg.Store.EvidenceDraft(ctx, t.Quote)
	if err == nil && q.User == t.User {
		f.Quote, f.Link = q.Text, q.Link
	}
	if errors.Is(err, moderation.ErrNotFound) { // the submission says so
		return nil
	}
	return err
}

// editDraft opens the form with a text that had a mistake.
func (b *Bot) editDraft(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	v := b.decide(cl.verdict, moderation.Action{Verb: moderation.ShowCase})
	if !v.decision.Allowed {
		return b.refusedView(ctx, h, cl.asker, v, nil, cl.view, moderation.Body{Detail: cl.step.Step})
	}
	return b.showForm(ctx, h, typed{asker: cl.asker, Text: cl.draft.Text, Quote: cl.draft.Quote, Report: cl.draft.Report}, v, cl.view)
}

// moderateMessage opens the form from a message, which becomes evidence of the case.
func (b *Bot) moderateMessage(ctx context.Context, h *moderation.LeasedJob, v verdict, p messaged, q moderation.EvidenceDraft) error {
	t := typed{asker: p.asker}
	f := say.Form{ExternalID: p.View}
	if strings.TrimSpace(q.Text) != "" {
		if err := b.cfg.Store.Append(ctx, moderation.Change{EvidenceDraft: &q}); err != nil {
			return err
		}
		t.Quote, f.Quote, f.Link = q.Token, q.Text, q.Link
	}
	f.Meta = formMeta(t)
	set := b.parseContext(v, t)
	rooms, people := commands.Named(p.Text, set)
	f.State.People = people[:min(len(people), mostNamed)]
	switch {
	case len(rooms) == 1:
		f.Given = commands.RoomText(rooms[0])
	case len(rooms) == 0 && set.ChannelRoom != nil:
		f.Given = commands.RoomText(*set.ChannelRoom)
	}
	if f.Given != "" {
		f.State.Rooms = []string{f.Given}
	}
	if err := b.completeForm(ctx, v, t, &f, ""); err != nil {
		return err
	}
	return b.fillForm(ctx, h, p.asker, v, p.View, b.cfg.Speaker.FormModal(f, b.langOf(v.person)))
}

// mostNamed is how many people of a message the form chooses at first.
const mostNamed = 20

// completeForm adds what the policy offers for the form's state and what sending it would do.
// shown is the block of the durations that the person sees; "" for none yet.
func (b *Bot) completeForm(ctx context.Context, v verdict, t typed, f *say.Form, shown string) error {
	pol, set := b.cfg.Policy(), b.parseContext(v, t)
	f.Rooms = nil
	for _, text := range f.State.Rooms {
		chosen := say.RoomChoice{Text: text}
		chosen.Rooms, _ = commands.ParseRooms(text, set)
		f.Rooms = append(f.Rooms, chosen)
	}
	f.Files = b.cfg.CanReadFiles
	f.Lengths, f.Presets = pol.Lengths(), pol.Reasons().For(f.State.Verb)
	set.Reasons.Required = nil // asked for when it is submitted
	action, wrong := f.State.Action(set)
	var err error
	about := moderation.Action{Verb: f.State.Verb, Targets: f.State.People, ReasonCode: f.State.Preset}
	if rooms := f.AllRooms(); len(rooms) > 0 {
		about.Room, about.MoreRooms = rooms[0], rooms[1:]
	}
	if len(wrong) == 0 {
		about = action
	}
	if len(about.Targets) > 0 {
		if f.Proposal, _, err = b.proposal(ctx, about); err != nil {
			return err
		}
	}
	if f.Proposal.Step > 0 && shown != say.LengthBlock(f.Proposal) && (shown != "" || f.State.Length == "") {
		f.State.Length = commands.LengthText(f.Proposal.Length)
		action, wrong = f.State.Action(set)
	}
	if len(wrong) > 0 {
		f.Wrong = entered(wrong)
		return nil
	}
	if f.State.FromFile { // the preview says it
		return nil
	}
	would, err := b.wouldDo(ctx, b.decide(v, action), action)
	if err != nil {
		return err
	}
	would.Proposal = moderation.Proposal{} // it is beside the durations
	f.Would = &would
	return nil
}

// firstRoom is the first room of the form; zero while it names none.
func firstRoom(f commands.FormState, set commands.ParseContext) moderation.Room {
	for _, text := range f.Rooms {
		if rooms, m := commands.ParseRooms(text, set); m == nil {
			return rooms[0]
		}
	}
	return moderation.Room{}
}

// entered are the mistakes in what was entered, without those about what is still empty.
func entered(wrong map[commands.FormField]*commands.Mistake) (out []*commands.Mistake) {
	for _, field := range []commands.FormField{
		commands.FieldRoom, commands.FieldPeople, commands.FieldTyped, commands.FieldFile, commands.FieldLength, commands.FieldOther, commands.FieldReason,
	} {
		m := wrong[field]
		if m == nil {
			continue
		}
		switch m.Code {
		case commands.CodeRoomMissing, commands.CodeUsersMissing, commands.CodeDurationMissing, commands.CodeOverrideReason:
		default:
			out = append(out, m)
		}
	}
	return out
}

// wouldDo says what a command would do, on the current data: it decides like the command itself and
// calls nothing.
func (b *Bot) wouldDo(ctx context.Context, v verdict, a moderation.Action) (out say.DryRun, err error) {
	out = say.DryRun{Action: a}
	evaluator, err := b.evaluateApprovable(ctx, v, a)
	if err != nil {
		return out, err
	}
	if out.Facts, err = b.cfg.Store.Facts(ctx, v.actor(), a, evaluator.Lookback); err != nil {
		return out, err
	}
	if out.Decision = evaluator.Evaluate(out.Facts); a.Effect() == moderation.EffectRead {
		return out, nil
	}
	if out.API, out.Calls, err = b.describeCalls(a); err == nil {
		return out, nil
	}
	if no, ok := errors.AsType[*moderation.Error](err); ok { // it cannot be sent in one of the rooms
		out.Decision.Refusal, err = no, nil
	}
	return out, err
}
