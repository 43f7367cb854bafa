package say

import (
	"strings"
	"time"

	"github.com/slack-go/slack"

	"bouncer/commands"
	"bouncer/moderation"
)

// short answers of one or two sentences.
func (s *speech) answer(lines ...phrase) Message {
	return s.sheet().para(lines...).message()
}

// CaseAnswer returns the private answer to the requester: what was understood,
// its number, and that it is running, or what came of it. permalink of the card
// may be empty.
func (s *Speaker) CaseAnswer(v moderation.CaseView, lang Lang, permalink string) Message {
	sp := s.in(lang)
	c := v.Case
	key := "answer.asked"
	switch c.State {
	case moderation.AwaitingApproval:
		key = "answer.waiting"
	case moderation.AwaitingConfirmation:
		key = "answer.asking"
	case moderation.Done:
		switch o := moderation.OverallOutcome(c.Counts); {
		case o == moderation.Pending:
		case o == moderation.Failed && c.Counts[moderation.Accepted] > 0:
			key = "answer.partly"
		default:
			key = "answer." + string(o)
		}
	}
	what := vals{
		"no": c.No, "what": sp.summary(v),
		"n": need(c).Approvals, "roles": sp.deciders(c.Approval), "by": sp.deadline(c),
	}
	lines := []phrase{cat(own(icon(c)+" "), sp.say(key, what))}
	switch {
	case c.State == moderation.AwaitingApproval, notRun(c):
		lines = append(append(lines, sp.request(v)...), sp.related(v)...)
	case c.State == moderation.Done && key != "answer.accepted":
		lines = append(lines, sp.outcome(v)...)
	}
	return sp.answer(append(lines, sp.cardLink(permalink))...)
}

// cardLink leads to a card whose address is known.
func (s *speech) cardLink(permalink string) phrase {
	if permalink == "" {
		return nil
	}
	return links(permalink, s.own("answer.card", nil))
}

// CardElsewhere returns the message that says where the card is that could not,
// or must not, be where the command was typed. permalink is empty while it is
// nowhere. why is Slack's error code, or "outsiders" for a channel that
// external people read; empty when there is nothing to say.
func (s *Speaker) CardElsewhere(v moderation.CaseView, lang Lang, permalink, why string) Message {
	sp := s.in(lang)
	what := vals{"no": v.Case.No, "what": sp.act(v.Case.Action, titleTargets), "channel": channelOf(v.Case.Card.Channel)}
	reason := phrase(nil)
	if why != "" {
		reason = sp.say("answer.moved", vals{"why": sp.slackWhy(why)})
	}
	if permalink == "" || v.Case.Card.Channel == "" {
		return sp.answer(sp.say("answer.noplace", what), reason)
	}
	return sp.answer(sp.say("answer.elsewhere", what), reason, sp.cardLink(permalink))
}

// sameWhy are Slack's codes that mean the same to the requester as another one.
var sameWhy = map[string]string{
	"is_inactive": "is_archived", "team_not_found": "team_access_not_granted",
	"access_denied": "admins", "app_access_restricted": "admins", "ekm_access_denied": "admins",
	"channel_is_limited_access": "admins", "posting_to_channel_denied": "admins",
	"user_not_in_channel": "person", "user_not_found": "person", "user_disabled": "person", "cannot_dm_bot": "person",
}

// slackWhy says why a channel takes no message. Slack has one code for each
// way in which posting is restricted to others; to the requester they are one.
func (s *speech) slackWhy(code string) phrase {
	if strings.HasPrefix(code, "restricted_action") {
		code = "restricted_action"
	}
	key := "why." + code
	if same, ok := sameWhy[code]; ok {
		key = "why." + same
	}
	if s.has(key) {
		return s.say(key, nil)
	}
	return s.say("why.other", vals{"code": code})
}

// Refusal returns the message that says why not: a refusal, something that a
// kind of room cannot do, or an answer of the vendor's.
func (s *Speaker) Refusal(err *moderation.Error, lang Lang) Message {
	sp := s.in(lang)
	if err == nil {
		return s.plainly("answer.trouble", nil, lang)
	}
	if !sp.has("code." + string(err.Code)) {
		return sp.answer(sp.say("answer.trouble.code", vals{"detail": supplied(string(err.Code), 80)}))
	}
	return sp.answer(sp.why(string(err.Code), err.Values, nil))
}

// RefusalText returns the sentence of a refusal as Slack shows it beside an input, which is plain text.
func (s *Speaker) RefusalText(err *moderation.Error, lang Lang) string {
	sp := s.in(lang)
	if !sp.has("code." + string(err.Code)) {
		return clip(sp.say("answer.trouble.code", vals{"detail": supplied(string(err.Code), 80)}).plain(), refusalText)
	}
	return clip(sp.why(string(err.Code), err.Values, nil).plain(), refusalText)
}

// refusalText bounds a sentence beside an input, in characters.
const refusalText = 300

// FixedText returns a fixed message as Slack shows it beside an input.
func (s *Speaker) FixedText(p FixedMessage, lang Lang) string {
	return clip(s.in(lang).say(string(p), vals{}).plain(), refusalText)
}

// Mistake returns the message that says what is wrong with what was typed, or
// asks which of two readings was meant, and offers commands. drafts are the
// tokens of m.Offers, in order, and then that of the text itself, which Edit
// opens in the form; where there is none, there is no button.
func (s *Speaker) Mistake(m *commands.Mistake, lang Lang, drafts []string) Message {
	sp := s.in(lang)
	sh := sp.sheet()
	lines := []phrase{sp.wrong(m)}
	offers := m.Offers
	lead := "mistake.lead"
	if strings.HasPrefix(string(m.Code), "no-") {
		lead = "mistake.instead"
	}
	switch len(offers) {
	case 0:
	case 1:
		lines = append(lines, sp.say(lead, vals{"command": sp.offered(offers[0])}))
	default:
		lines = append(lines, sp.say("mistake.leads", nil))
		for i, o := range offers {
			lines = append(lines, sp.say("mistake.option", vals{"n": i + 1, "command": sp.offered(o)}))
		}
	}
	var buttons []slack.BlockElement
	for i, token := range drafts[:min(len(drafts), len(offers))] {
		text := sp.say("button.run", nil)
		if len(offers) > 1 {
			text = sp.runLabel(offers[i], i+1)
		}
		buttons = append(buttons, press(text, commands.Step{Kind: commands.StepDraft, ID: token, Step: commands.StepRun}, ""))
	}
	sh.para(lines...)
	var edit []slack.BlockElement
	if len(drafts) > len(offers) {
		edit = append(edit, press(sp.say("button.edit", nil), commands.Step{Kind: commands.StepDraft, ID: drafts[len(offers)], Step: commands.StepEdit}, ""))
	}
	for i, b := range buttons { // a block each: their action ids are alike
		if i == len(buttons)-1 {
			sh.buttons(append([]slack.BlockElement{b}, edit...)...)
			return sh.message()
		}
		sh.buttons(b)
	}
	if len(edit) > 0 {
		sh.buttons(edit...)
	}
	return sh.message()
}

// offered is an offer's command, with what it makes of the text.
func (s *speech) offered(o commands.Offer) phrase {
	what := phrase(nil)
	if o.Effect == commands.OfferLadder {
		return cat(s.slash(s.oneLine(o.Command, 500).text()), s.brackets(s.proposed(o.Proposal, "ladder.proposes")))
	}
	if key := "offer." + string(o.Effect); o.Effect != commands.OfferCorrected && s.has(key) {
		n := len(o.Action.Targets)
		if n == 0 && o.Effect == commands.OfferReason {
			key = "offer.whole"
		}
		what = s.say(key, vals{"n": n, "length": s.span(o.Action), "verb": s.verb(o.Action.Verb)})
	}
	return cat(s.slash(s.oneLine(o.Command, 500).text()), s.brackets(what))
}

// runLabel is the label of the button of one of two offers.
func (s *speech) runLabel(o commands.Offer, n int) phrase {
	if preset, ok := s.cfg.Reasons().Preset(o.Action.ReasonCode); ok && o.Effect == commands.OfferPreset {
		return supplied(preset.Text(string(s.lang)), 70)
	}
	if key := "button." + string(o.Effect); (o.Effect == commands.OfferPeople || o.Effect == commands.OfferReason) && len(o.Action.Targets) > 0 {
		return s.say(key, vals{"n": len(o.Action.Targets)})
	}
	return s.say("button.run.of", vals{"n": n})
}

// slash is a command as it is typed.
func (s *speech) slash(text string) phrase {
	return command(strings.TrimSpace(s.cfg.Command+" "+text), 600)
}

// wrong is the sentence about a mistake.
func (s *speech) wrong(m *commands.Mistake) phrase {
	key := "mistake." + string(m.Code)
	if !s.has(key) {
		values := map[string]string{}
		for k, x := range m.Values {
			values[k] = x
		}
		return s.why(string(m.Code), values, &moderation.Action{Verb: m.Verb})
	}
	key = mistakeKey(m)
	v := vals{"command": own(s.cfg.Command), "dry": s.verb(moderation.DryRun)}
	for name, x := range m.Values {
		v[name] = supplied(x, 200)
	}
	example := m.Values["example"]
	if example == "" {
		example = commands.Usage(m.Verb).Typed
	}
	if example != "" {
		v["example"] = s.slash(example)
	}
	v["reasons"] = supplied(strings.ReplaceAll(m.Values["reasons"], ", ", s.comma), 200)
	v["piece"] = s.oneLine(m.Text, 200)
	if verb := m.Values["verb"]; verb != "" {
		v["verb"] = s.verb(moderation.Verb(verb))
	} else if m.Verb != "" {
		v["verb"] = s.verb(m.Verb)
	}
	if d, perm, bad := commands.ParseDuration(m.Values["most"]); bad == nil && !perm {
		v["most"] = own(s.length(d))
	}
	if d, perm, bad := commands.ParseDuration(m.Values["days"]); bad == nil && !perm {
		v["days"] = own(s.length(d))
	}
	for _, name := range []string{"end", "now"} {
		if at, err := time.Parse(time.RFC3339, m.Values[name]); err == nil {
			v[name] = moment(at)
		}
	}
	v["char"] = s.char(m.Values)
	return s.say(key, v)
}

// mistakeKey is the row of a mistake: some codes have one for where something is
// missing, or for verbs that are about no room.
func mistakeKey(m *commands.Mistake) string {
	spec, _ := m.Verb.Spec()
	switch {
	case m.Text == "" && m.Code == commands.CodeVerbUnknown && spec.Takes.Command:
		return "mistake.command-missing"
	case m.Text == "" && m.Code == commands.CodeVerbUnknown:
		return "mistake.verb-missing"
	case m.Text == "" && m.Code == commands.CodeCaseNumber:
		return "mistake.case-missing"
	case m.Text == "" && m.Code == commands.CodePersonNeeded:
		return "mistake.person-missing"
	case m.Code == commands.CodeReasonMissing && m.Values["example"] == "": // typed into a modal
		return "mistake.reason-empty"
	case m.Code == commands.CodeDurationZero && (spec.Takes.Number || spec.Takes.Person):
		return "mistake.duration-none"
	}
	return "mistake." + string(m.Code)
}

// char describes a character that no id has.
func (s *speech) char(values map[string]string) phrase {
	if values["point"] == "" {
		return s.say("char.bare", nil)
	}
	name := s.say("char.other", nil)
	if key := "char." + values["class"]; s.has(key) {
		name = s.say(key, nil)
	}
	v := vals{"name": name, "point": supplied(values["point"], 12)}
	if values["char"] == "" {
		return s.say("char.unseen", v)
	}
	v["char"] = supplied(values["char"], 8)
	if values["class"] == "plain" {
		return s.say("char.plain", v)
	}
	return s.say("char.seen", v)
}

// Repeated returns the message that answers a command that a case carries out
// already.
func (s *Speaker) Repeated(v moderation.CaseView, lang Lang, permalink string) Message {
	sp := s.in(lang)
	key := "answer.repeated"
	if v.Case.State != moderation.Done {
		key = "answer.repeated.open"
	}
	what := vals{"no": v.Case.No, "what": sp.act(v.Case.Action, titleTargets), "person": sp.person(v.Case.Actor)}
	return sp.answer(sp.say(key, what), sp.cardLink(permalink))
}

// FixedMessage is an answer of one sentence that is always the same.
type FixedMessage string

// The fixed messages.
const (
	DraftExpired         FixedMessage = "answer.draftgone"  // a Run button whose time is over
	ListExpired          FixedMessage = "answer.listgone"   // a button of a list whose time is over
	SearchExpired        FixedMessage = "found.gone"        // a button of pages whose time is over
	RowsOfRooms          FixedMessage = "rows.rooms"        // chosen rows of several rooms
	RowsOfOne            FixedMessage = "rows.one"          // the history of one person only
	RowsTooMany          FixedMessage = "rows.many"         // chosen rows of more people than the form takes
	CSVSent              FixedMessage = "answer.csvsent"    // the CSV button: the file is sent
	CSVFailed            FixedMessage = "answer.csvfailed"  // it could not be sent
	NotStored            FixedMessage = "answer.full"       // in place of an ack when nothing can be made durable
	ModalFailed          FixedMessage = "answer.nomodal"    // a modal could not be shown
	FormFailed           FixedMessage = "answer.noform"     // the form could not be shown
	FormQuoteGone        FixedMessage = "answer.noquote"    // the message that the form was opened from is not kept any more
	FormFields           FixedMessage = "answer.formfields" // a form was sent before it showed the fields of its action
	EvidenceDraftExpired FixedMessage = "evidence.gone"     // the modal that asks for a case was open for too long
	EvidenceEmpty        FixedMessage = "evidence.empty"    // a message without text

	FileDropped FixedMessage = "file.dropped" // the list of a file was deleted unused

	ReportGone      FixedMessage = "answer.reportgone"      // a button of a report that was erased, or is too old
	ReportChanged   FixedMessage = "answer.reportchanged"   // a button whose action the policy offers no more
	ReportDismissed FixedMessage = "answer.reportdismissed" // the presser dismissed it

	// Those about a case have its number.

	NotFoundCase  FixedMessage = "answer.nocase"    // a number that no case has
	RowEnded      FixedMessage = "rows.ended"       // a row whose restriction is not in force any more
	DraftUsed     FixedMessage = "answer.draftused" // a Run button that was pressed before: the case
	Changed       FixedMessage = "answer.reason"    // a case has another reason
	EvidenceAdded FixedMessage = "evidence.kept"    // a message was put to a case
	EvidenceKnown FixedMessage = "evidence.known"   // a message that the case has already
)

// Fixed returns a message of one sentence; no is the number of the case that it
// is about.
func (s *Speaker) Fixed(p FixedMessage, lang Lang, no ...int64) Message {
	v := vals{}
	if len(no) > 0 {
		v["no"] = no[0]
	}
	return s.plainly(string(p), v, lang)
}

// plainly is one sentence.
func (s *Speaker) plainly(key string, v vals, lang Lang) Message {
	return s.in(lang).answer(s.in(lang).say(key, v))
}

// Stale returns the message that answers a click that came too late with the
// state of the case.
func (s *Speaker) Stale(v moderation.CaseView, lang Lang) Message {
	sp, c := s.in(lang), v.Case
	if lines := sp.staleRequest(c); lines != nil {
		return sp.answer(lines...)
	}
	key, row, o := "answer.stale.done", vals{"no": c.No}, moderation.OverallOutcome(c.Counts)
	switch {
	case c.State != moderation.Done:
		key = "answer.stale." + string(c.State)
	case o == moderation.Pending:
		key = "answer.stale.open"
	default:
		row["outcome"], row["at"] = sp.say("stale."+string(o), nil), moment(c.DoneAt)
	}
	return sp.answer(sp.say(key, row))
}
