package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"bouncer/bot/say"
	"bouncer/commands"
	"bouncer/moderation"
)

// command runs one accepted slash command: it authorizes, then decides and
// records in one transaction.
func (b *Bot) command(ctx context.Context, h *moderation.LeasedJob) error {
	var t typed
	if err := json.Unmarshal(h.Payload, &t); err != nil {
		return fmt.Errorf("command job %d: %w", h.ID, err)
	}
	return b.run(ctx, h, t, cmp.Or(t.Source, "command"), "")
}

// run authorizes the author of a command and runs or explains it. draft is
// the token of the stored draft, if any.
func (b *Bot) run(ctx context.Context, h *moderation.LeasedJob, t typed, source, draft string) error {
	if t.Report != "" {
		source = moderation.SourceReport
	}
	v, err := b.identify(ctx, t.asker, decideFresh)
	if err != nil {
		return err
	}
	v, action, mistake := b.parse(v, t)
	switch {
	case !v.decision.Allowed && action.Verb == "": // the intended verb is unknown
		return b.refused(ctx, h, t.asker, v, nil, moderation.Body{Typed: t.Text})
	case !v.decision.Allowed:
		return b.refused(ctx, h, t.asker, v, &action, moderation.Body{Typed: t.Text})
	case mistake != nil:
		return b.explain(ctx, h, t, v, mistake)
	}
	if !t.Fields && t.filed == nil { // no word of these is in doubt
		if question, err := b.checkAmbiguous(ctx, v, t, action); err != nil || question != nil {
			if err != nil {
				return err
			}
			return b.explain(ctx, h, t, v, question)
		}
	}
	lang := b.langOf(v.person)
	body := b.bodyOf(v, t, action, source)
	switch action.Verb {
	case moderation.Help:
		return b.finish(ctx, h, b.toAsker(h, t.asker, b.cfg.Speaker.Help(action.Topic, lang)))
	case moderation.Rooms:
		c := b.toAsker(h, t.asker, b.cfg.Speaker.RoomsList(b.cfg.Policy().Rooms(), b.cfg.Policy().RoomGroups(), lang))
		c.Entries = append(c.Entries, moderation.NewEntry{Kind: moderation.EntryRead, Body: body})
		return b.finish(ctx, h, c)
	case moderation.ShowCase:
		return b.showCase(ctx, h, t.asker, action.Number, body, lang)
	}
	if action.Effect() == moderation.EffectRead {
		return b.runOnSlowQueue(ctx, h, v.actor(), func() error { return b.read(ctx, h, t.asker, action, body, lang) })
	}
	ask := request{typed: t, verdict: v, action: action, source: source, draft: draft, lang: lang}
	if do, ok := b.localCommands()[action.Verb]; ok {
		return do(ctx, h, ask, body)
	}
	if action.Dry {
		return b.dryRun(ctx, h, ask, body)
	}
	return b.open(ctx, h, ask)
}

// localCommands are the verbs that are answered from what the bot knows, or that ask for
// something about a case.
func (b *Bot) localCommands() map[moderation.Verb]func(context.Context, *moderation.LeasedJob, request, moderation.Body) error {
	return map[moderation.Verb]func(context.Context, *moderation.LeasedJob, request, moderation.Body) error{
		moderation.Undo:      b.undoTyped,
		moderation.Extend:    b.extendTyped,
		moderation.SetReason: b.setReason,
		moderation.Why:       b.why,
		moderation.History:   b.history,
		moderation.Search:    b.search,
		moderation.Active:    b.active,
		moderation.AddNote:   b.note,
		moderation.Status:    b.status,
		moderation.WhoAmI:    b.whoAmI,
		moderation.Stats:     b.statistics,
		moderation.ReviewAll: b.reviewTyped,
		moderation.Suspend:   b.suspend,
		moderation.Unsuspend: b.suspend,
	}
}

// parse parses what was typed, unless that was done at intake, and decides on
// it without any lookup. Explaining a mistake needs no role, only a person
// and a place that may get help. Names of rooms are known only to people with
// a role; for others a name is like any other word, so that they cannot find
// out which names exist.
func (b *Bot) parse(v verdict, t typed) (verdict, moderation.Action, *commands.Mistake) {
	if t.Action != nil {
		return b.decide(v, *t.Action), *t.Action, nil
	}
	explained := b.decide(v, moderation.Action{Verb: moderation.Help})
	action, mistake := commands.Parse(t.Text, b.parseContext(explained, t))
	if mistake != nil {
		action.Verb = mistake.Verb // all that is known of it
		if v.suspended == nil && (seesRoomNames(explained) || mistake.Code != commands.CodeRoomUnknown) {
			return explained, action, mistake
		}
	}
	return b.decide(v, action), action, nil
}

// seesRoomNames reports whether a person may learn the names of rooms.
func seesRoomNames(v verdict) bool { return len(v.decision.Roles) > 0 && v.suspended == nil }

// parseContext returns what the parser may know for this person and channel.
func (b *Bot) parseContext(v verdict, t typed) commands.ParseContext {
	s := commands.ParseContext{Command: b.cfg.Command}
	if seesRoomNames(v) {
		pol := b.cfg.Policy()
		s.Rooms, s.Groups, s.ChannelRoom, s.UserID, s.Reasons = pol.Rooms(), pol.RoomGroups(), pol.ChannelRoom(t.Channel), pol.UserID(), pol.Reasons()
	}
	return s
}

// editText returns a text that a person may open in the form, or "".
func editText(v verdict, text string) string {
	if !seesRoomNames(v) || utf8.RuneCountInString(text) > mostForm || !utf8.ValidString(text) {
		return ""
	}
	return text
}

// explain answers with what is wrong with the command.
func (b *Bot) explain(ctx context.Context, h *moderation.LeasedJob, t typed, v verdict, m *commands.Mistake) error {
	if err := b.withProposal(ctx, m); err != nil {
		return err
	}
	kept := make(chan []string, 1)
	b.saveDrafts(t, m, editText(v, t.Text), func(tokens []string) { kept <- tokens })
	select {
	case tokens := <-kept:
		return b.finish(ctx, h, b.toAsker(h, t.asker, b.cfg.Speaker.Mistake(m, b.langOf(v.person), tokens)))
	case <-ctx.Done():
		return ctx.Err()
	}
}

// refused counts and logs a refusal and answers with the reason. said is what was typed, or the
// step of the button that was pressed.
func (b *Bot) refused(ctx context.Context, h *moderation.LeasedJob, from asker, v verdict, action *moderation.Action, said moderation.Body) error {
	c := b.toAsker(h, from, b.cfg.Speaker.Refusal(v.decision.Refusal, b.langOf(v.person)))
	c.Refusal = b.refusalOf(from, v, action, said)
	return b.finish(ctx, h, c)
}

// refusalOf counts and logs a refusal and returns it as it is written down.
func (b *Bot) refusalOf(from asker, v verdict, action *moderation.Action, said moderation.Body) *moderation.Refusal {
	no, actor := v.decision.Refusal, v.actor()
	b.metrics.refusals.WithLabelValues(string(no.Code)).Inc()
	b.log.Warn("refused", "envelope", from.Envelope, "user", from.User, "team", from.Team, "code", no.Code, "err", no)
	return &moderation.Refusal{
		Channel: b.cfg.AuditChannel,
		Body: moderation.Body{
			Actor: &actor, Typed: cut(said.Typed, mostRefused), Detail: said.Detail, Involved: said.Involved, Action: action, Code: no.Code, Values: no.Values,
			Rule: v.decision.Rule, Policy: v.decision.Policy,
			Origin: &moderation.Origin{Channel: from.Channel, Envelope: from.Envelope, Bot: b.cfg.Version},
		},
	}
}

func (b *Bot) bodyOf(v verdict, t typed, action moderation.Action, source string) moderation.Body {
	actor := v.actor()
	return moderation.Body{
		Actor: &actor, Typed: t.Text, Action: &action, Rule: v.decision.Rule, Policy: v.decision.Policy,
		Origin: &moderation.Origin{Channel: t.Channel, Envelope: t.Envelope, Source: source, Bot: b.cfg.Version},
	}
}

func (b *Bot) finish(ctx context.Context, h *moderation.LeasedJob, c moderation.Change) error {
	return b.cfg.Store.Finish(ctx, h.Job, c)
}

func (b *Bot) langOf(p moderation.Person) say.Lang { return say.LangOf(p.Locale, b.cfg.Lang) }

// showCase answers with everything known of a case; reading it is an entry.
func (b *Bot) showCase(ctx context.Context, h *moderation.LeasedJob, from asker, no int64, body moderation.Body, lang say.Lang) error {
	v, err := b.cfg.Store.CaseView(ctx, no)
	m := b.cfg.Speaker.Fixed(say.NotFoundCase, lang, no)
	switch {
	case err == nil:
		m = b.cfg.Speaker.ShowCase(v, lang)
	case !errors.Is(err, moderation.ErrNotFound):
		return err
	}
	c := b.toAsker(h, from, m)
	c.Entries = append(c.Entries, moderation.NewEntry{Kind: moderation.EntryRead, Body: body})
	return b.finish(ctx, h, c)
}
