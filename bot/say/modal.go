package say

import (
	"github.com/slack-go/slack"

	"bouncer/commands"
	"bouncer/moderation"
)

// Modal is a view, within Slack's limits: 100 blocks, 250 KB, 24 characters of
// title and buttons. Its callback_id is the action id of the step that it
// belongs to, its private_metadata what the caller passed.
type Modal struct{ View slack.ModalViewRequest }

// The block ids of inputs. An error of response_action "errors" is keyed by one
// of them; each input's own action id is InputValue.
const (
	InputReason  = "reason"
	InputNote    = "note"
	InputLength  = "length"
	InputTargets = "targets"
	InputCase    = "case"
	InputPick    = "pick"

	InputValue = "value"
)

// Bounds of what is typed into a modal, in characters.
const (
	MaxReason  = 500
	MaxNote    = 500
	targetMost = 3000 // Slack's own for a text input
)

const modalWord = 24 // characters of a title or a button

// modal puts a view together from a sheet. submit is the row of its button;
// empty for a view without inputs.
func (s *speech) modal(title phrase, submit string, sh *sheet) Modal {
	plain := func(p phrase) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, clip(p.plain(), modalWord), false, false)
	}
	v := slack.ModalViewRequest{Type: slack.VTModal, Title: plain(title), Blocks: slack.Blocks{BlockSet: sh.blocks}}
	v.Close = plain(s.say("button.close", nil))
	if submit != "" {
		v.Submit, v.Close = plain(s.say(submit, nil)), plain(s.say("button.cancel", nil))
	}
	return Modal{v}
}

// of says which step a modal belongs to, and what the caller wants to find in
// its submission again.
func (m Modal) of(step, meta string) Modal {
	m.View.CallbackID = commands.Step{Kind: commands.StepCase, Step: step}.ActionID()
	m.View.PrivateMetadata = meta
	return m
}

// input is a text field. Its label and hint are ours; initial is raw.
type input struct {
	block, label, hint, initial string
	most                        int
	lines, optional             bool
}

func (sh *sheet) input(in input) {
	s := sh.speech
	el := slack.NewPlainTextInputBlockElement(nil, InputValue)
	el.Multiline, el.MaxLength, el.InitialValue = in.lines, in.most, in.initial
	sh.field(in.block, s.say(in.label, nil), in.hint, in.optional, el)
}

func (sh *sheet) field(block string, label phrase, hint string, optional bool, el slack.BlockElement) {
	plain := func(p phrase) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, p.plain(), false, false)
	}
	b := slack.NewInputBlock(block, plain(label), nil, el)
	if hint != "" {
		b.Hint = plain(sh.speech.say(hint, vals{"command": own(sh.speech.cfg.Command)}))
	}
	b.Optional = optional
	sh.blocks = append(sh.blocks, b)
}

// Loading returns the empty view that opens at once, before anything is known.
func (s *Speaker) Loading(lang Lang, externalID string) Modal {
	sp := s.in(lang)
	m := sp.modal(sp.say("title.loading", nil), "", sp.sheet().para(sp.say("modal.loading", nil)))
	m.View.ExternalID = externalID
	return m
}

// DoneModal returns the view that shows a message in place of a view's content.
func (s *Speaker) DoneModal(m Message, lang Lang) Modal { return s.instead("title.done", m, lang) }

// RefusedModal returns the view that says, in place of a view's content why
// there is none.
func (s *Speaker) RefusedModal(err *moderation.Error, lang Lang) Modal {
	return s.instead("title.refused", s.Refusal(err, lang), lang)
}

// StaleModal returns the view that shows the state of the case in place of a
// view's content.
func (s *Speaker) StaleModal(v moderation.CaseView, lang Lang) Modal {
	return s.instead("title.stale", s.Stale(v, lang), lang)
}

// GoneModal returns the view that says, in place of a view's content, that what it was about is not
// there any more.
func (s *Speaker) GoneModal(m Message, lang Lang) Modal { return s.instead("title.stale", m, lang) }

func (s *Speaker) instead(title string, m Message, lang Lang) Modal {
	sp := s.in(lang)
	sh := sp.sheet()
	sh.blocks = m.Blocks
	return sp.modal(sp.say(title, nil), "", sh)
}
