package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"bouncer/bot/say"
	"bouncer/bot/socket"
	"bouncer/commands"
	"bouncer/moderation"
)

// The types of envelopes.
const (
	envelopeCommand     = "slash_commands"
	envelopeInteractive = "interactive"
	envelopeEvent       = "events_api"
)

// receive handles one envelope: pure work, then a durable row, then the ack.
// An unusable envelope is acknowledged and reported.
func (b *Bot) receive(ctx context.Context, env socket.Envelope, ack socket.Ack) {
	var err error
	env.Payload = withoutNUL(env.Payload)
	switch env.Type {
	case envelopeCommand:
		err = b.receiveCommand(ctx, env, ack)
	case envelopeInteractive:
		err = b.receiveInteractive(ctx, env, ack)
	case envelopeEvent:
		err = b.receiveEvent(ctx, env, ack)
	default:
		err = fmt.Errorf("type %q", env.Type)
	}
	if err != nil {
		b.undecodable(ctx, env.ID, err, len(env.Payload))
		b.acked(env, ack(nil))
	}
}

// withoutNUL replaces the character NUL in the strings of a payload: no name, id or text that
// people type has it, and PostgreSQL stores it in no text.
func withoutNUL(payload []byte) []byte {
	return bytes.ReplaceAll(payload, []byte(`\u0000`), []byte(`\ufffd`))
}

// receiveCommand answers a typing mistake and a request for help in the ack
// itself, with a stored draft behind its Run button, if the cached person and
// channel may be answered. Anything else is committed as a job first, because
// a worker must ask Slack before it answers.
func (b *Bot) receiveCommand(ctx context.Context, env socket.Envelope, ack socket.Ack) error {
	var p slashPayload
	if err := json.Unmarshal(env.Payload, &p); err != nil {
		return err
	}
	if p.User == "" || p.Channel == "" {
		return fmt.Errorf("a slash command without user or channel")
	}
	t := typed{Text: cut(p.Text, mostTyped), asker: asker{
		App: appOf(env, p.App), Team: p.Team, Enterprise: p.Enterprise, Channel: p.Channel, User: p.User,
		Envelope: env.ID, trigger: p.Trigger,
	}}
	if b.opensForm(t) {
		if v, known := b.cachedIdentity(t.asker); !known || seesRoomNames(b.decide(v, moderation.Action{Verb: moderation.Help})) {
			b.accept(ctx, env, ack, jobForm, t.asker, formed{asker: t.asker, View: b.openLoading(ctx, t.asker, false), Text: t.Text}, p.ResponseURL)
			return nil
		}
	}
	if v, known := b.cachedIdentity(t.asker); known {
		v, action, mistake := b.parse(v, t)
		lang := b.langOf(v.person)
		switch {
		case !v.decision.Allowed: // a refusal is written down, which a worker does
		case mistake != nil && b.proposes(mistake): // a worker looks at the store
		case mistake != nil:
			b.saveDrafts(t, mistake, editText(v, t.Text), func(tokens []string) {
				b.ackWith(env, ack, b.cfg.Speaker.Mistake(mistake, lang, tokens))
			})
			return nil
		case action.Verb == moderation.Help:
			b.ackWith(env, ack, b.cfg.Speaker.Help(action.Topic, lang))
			return nil
		default:
			t.Action = &action
		}
	}
	b.accept(ctx, env, ack, jobCommand, t.asker, t, p.ResponseURL)
	return nil
}

// saveDrafts stores the corrected commands, and the text itself unless it is empty, and passes their
// tokens to then.
func (b *Bot) saveDrafts(t typed, m *commands.Mistake, text string, then func(tokens []string)) {
	texts := make([]string, len(m.Offers))
	for i, o := range m.Offers {
		texts[i] = o.Command
	}
	if text != "" {
		texts = append(texts, text)
	}
	b.saveTexts(t, texts, then)
}

// saveTexts stores commands that their author can run with a button instead of t, for the same
// report and with the same message as evidence, and passes their tokens to then: none if there are
// no texts or they could not be stored, so that the answer goes out without buttons. then must not
// block.
func (b *Bot) saveTexts(t typed, texts []string, then func(tokens []string)) {
	if len(texts) == 0 {
		then(nil)
		return
	}
	tokens := make([]string, len(texts))
	drafts := make([]moderation.Draft, len(texts))
	for i, text := range texts {
		tokens[i] = moderation.NewToken()
		drafts[i] = moderation.Draft{
			Token: tokens[i], Team: t.Team, User: t.User, Channel: t.Channel,
			Text: text, Quote: t.Quote, Report: t.Report, Expires: b.cfg.Now().Add(moderation.DraftLifetime),
		}
	}
	b.cfg.Store.SaveDrafts(drafts, func(err error) {
		if err != nil {
			b.log.Error("drafts not stored", "err", err)
			tokens = nil
		}
		then(tokens)
	})
}

// receiveInteractive commits each pressed button, submitted modal and used
// shortcut. If a modal will open, an empty one is requested at once: the
// right to open it expires after 3 s, and it shows nothing until a job has
// authorized the person.
func (b *Bot) receiveInteractive(ctx context.Context, env socket.Envelope, ack socket.Ack) error {
	var p interactivePayload
	if err := json.Unmarshal(env.Payload, &p); err != nil {
		return err
	}
	if p.User.ID == "" {
		return fmt.Errorf("interactive %q without a user", p.Type)
	}
	from := p.asker(env)
	inForm := p.View != nil && p.View.Callback == say.FormCallback()
	switch {
	case p.Type == "block_suggestion":
		b.suggest(ctx, env, ack, from, p)
	case p.Type == "block_actions" && inForm:
		b.acked(env, ack(nil))
		b.chosen(ctx, choice{from, *p.View, p.madeAt(b.cfg.Now())})
	case p.choosesRow():
		b.acked(env, ack(nil))
	case p.Type == "view_submission" && inForm:
		b.submitForm(ctx, env, ack, from, *p.View)
	case p.Type == "shortcut" && p.Callback == shortcutForm, p.pressed(say.OpenForm().ActionID()):
		from.Channel = b.cfg.CaseChannel
		b.accept(ctx, env, ack, jobForm, from, formed{asker: from, View: b.openLoading(ctx, from, false), Nowhere: true}, "")
	case p.Type == "block_actions" && len(p.Actions) == 1:
		a := p.Actions[0]
		press := pressed{asker: from, ActionID: a.ActionID, Value: a.Value, Home: p.View != nil && p.View.Type == "home", Rows: p.rows()}
		if b.opensModal(a.ActionID, a.Value) {
			press.View = b.openLoading(ctx, from, p.View.isModal())
		} else if p.View.isModal() {
			press.View, press.Within = p.View.External, p.View.Metadata
		}
		b.accept(ctx, env, ack, jobPress, from, press, p.ResponseURL)
	case p.Type == "view_submission" && p.View != nil:
		in := submitted{asker: from, Callback: p.View.Callback, Metadata: p.View.Metadata, Inputs: p.View.inputs()}
		if step, channel, err := commands.ParseMetadata(p.View.Metadata); err == nil {
			in.Channel = channel
			if check := b.steps[stepKey(step)].wrong; check != nil {
				if wrong := check(in, b.lang(in.User)); len(wrong) > 0 {
					b.acked(env, ack(map[string]any{"response_action": "errors", "errors": wrong}))
					return nil
				}
			}
		}
		b.accept(ctx, env, ack, jobSubmit, in.asker, in, "")
	case p.Type == "message_action" && p.Message != nil:
		b.accept(ctx, env, ack, jobMessage, from, p.messaged(from, b.openLoading(ctx, from, false)), p.ResponseURL)
	case p.Type == "view_closed":
		b.acked(env, ack(nil))
	default:
		return fmt.Errorf("interactive %q with %d actions", p.Type, len(p.Actions))
	}
	return nil
}

// appOf returns the app that a delivery is for: the one that its payload
// names, or else (for a shortcut) the one that Slack's hello named for the
// connection. If the two differ it returns no app.
func appOf(env socket.Envelope, payload string) string {
	switch {
	case payload == "":
		return env.AppID
	case env.AppID != "" && env.AppID != payload:
		return payload + " on a connection of " + env.AppID
	}
	return payload
}

func (p interactivePayload) asker(env socket.Envelope) asker {
	from := asker{
		App: appOf(env, p.App), Channel: p.Channel.ID, User: p.User.ID, Envelope: env.ID, trigger: p.Trigger,
	}
	if from.Channel == "" {
		from.Channel = p.Container.Channel
	}
	if from.Channel == "" && p.View != nil { // a button in a modal
		if _, channel, err := commands.ParseMetadata(p.View.Metadata); err == nil {
			from.Channel = channel
		}
	}
	if p.Team != nil {
		from.Team, from.Enterprise = p.Team.ID, p.Team.Enterprise
	}
	if p.Enterprise != nil && from.Enterprise == "" {
		from.Enterprise = p.Enterprise.ID
	}
	return from
}

func (p interactivePayload) messaged(from asker, view string) messaged {
	m := messaged{
		asker: from, Callback: p.Callback, View: view, TS: p.Message.TS, Thread: p.Message.Thread,
		Author: p.Message.User, Text: p.Message.Text,
	}
	if m.Author == "" {
		m.Author = p.Message.Username
	}
	if m.Author == "" {
		m.Author = p.Message.Bot
	}
	m.Text = cut(m.Text, moderation.MaxEvidenceLength)
	return m
}

// Bounds of what is taken in. Slack's own are lower, where it has any.
const (
	// mostTyped is one more than the longest command, so that a cut text is
	// still reported as too long.
	mostTyped = commands.DefaultMaxText + 1
	// mostRefused bounds the text stored for a refused person.
	mostRefused = 1000
	mostDetail  = 300      // of why something is not understood, in characters
	mostPayload = 64 << 10 // of a job, in bytes
)

// cut returns the first characters of a text, as valid UTF-8.
func cut(text string, most int) string {
	n := 0
	for i := range text {
		if n == most {
			return text[:i]
		}
		n++
	}
	return text
}

// events are the events of Slack's that mean something here, and what each
// changes; manifest.yaml subscribes to them.
func events() map[string]func(*Bot, slackEvent) {
	channel := func(b *Bot, e slackEvent) { b.cfg.People.ForgetChannel(string(e.Channel)) }
	return map[string]func(*Bot, slackEvent){
		"user_change": func(b *Bot, e slackEvent) { b.cfg.People.ForgetUser(string(e.User)) },
		"app_home_opened": func(b *Bot, e slackEvent) {
			if e.Tab == "home" {
				b.homes.open(string(e.User))
			}
		},
		"subteam_members_changed": func(b *Bot, e slackEvent) {
			b.cfg.People.ForgetGroup(e.Subteam)
			b.triggerGroupCheck()
		},
		"subteam_updated": func(b *Bot, e slackEvent) {
			if e.SubteamIn != nil {
				b.cfg.People.ForgetGroup(e.SubteamIn.ID)
				b.triggerGroupCheck()
			}
		},
		"channel_shared": channel, "channel_unshared": channel, "channel_archive": channel, "channel_unarchive": channel,
		"group_archive": channel, "group_unarchive": channel, "member_joined_channel": channel, "channel_left": channel, "group_left": channel,
	}
}

// Events returns the names of the events that the bot does something with.
func Events() []string { return slices.Sorted(maps.Keys(events())) }

// receiveEvent makes the directory drop what an event says has changed.
func (b *Bot) receiveEvent(ctx context.Context, env socket.Envelope, ack socket.Ack) error {
	var p eventPayload
	if err := json.Unmarshal(env.Payload, &p); err != nil {
		return err
	}
	if no := b.checkEventTeam(env, p); no != nil {
		return no
	}
	if p.Type == "app_rate_limited" {
		b.eventsDelayed(ctx, env.ID, time.Unix(p.Limited, 0))
		b.acked(env, ack(nil))
		return nil
	}
	heard, ok := events()[p.Event.Type]
	if !ok {
		return fmt.Errorf("event %q", p.Event.Type)
	}
	heard(b, p.Event)
	b.acked(env, ack(nil))
	return nil
}

// accept commits a delivery and then acknowledges it. If it cannot be
// committed, the person learns from the ack, or from its absence, that it was
// not accepted.
func (b *Bot) accept(ctx context.Context, env socket.Envelope, ack socket.Ack, kind moderation.JobKind, from asker, payload any, replyURL string) {
	raw, err := json.Marshal(payload)
	if err == nil && len(raw) > mostPayload {
		err = fmt.Errorf("%s of %d bytes", kind, len(raw))
	}
	if err != nil {
		b.undecodable(ctx, env.ID, err, len(env.Payload))
		b.acked(env, ack(nil))
		return
	}
	if replyURL != "" && b.reply.check(replyURL) != nil {
		replyURL = "" // an unknown host is never called and never stored
		b.metrics.badReplyURL.Inc()
	}
	in := moderation.Delivery{Key: from.key(), Kind: kind, Payload: raw, ReplyURL: replyURL, Waited: time.Since(env.Received)}
	b.cfg.Store.Accept(in, func(fresh bool, err error) {
		if err != nil {
			b.log.Error("delivery not stored, its author was informed", "envelope", env.ID, "err", err)
			b.metrics.notStored.Inc()
			if env.Type != envelopeCommand {
				// Slack shows nothing of an ack to a button: without an ack it
				// shows its own sign of failure.
				b.acked(env, ack(socket.NoAck{}))
				return
			}
			b.ackWith(env, ack, b.cfg.Speaker.Fixed(say.NotStored, b.lang(from.User)))
			return
		}
		b.acked(env, ack(nil))
		if fresh {
			b.traceDelivery(env, kind)
		}
	})
}

// checkEventTeam refuses an event that is not for this app, or that none of its
// authorizations entitles us to see. The outer team is where the event happened:
// in a channel that is shared with another organization it may be theirs.
func (b *Bot) checkEventTeam(env socket.Envelope, p eventPayload) *moderation.Error {
	from := asker{App: appOf(env, p.App), Team: p.Team, Enterprise: p.Enterprise}
	no := b.checkTeam(from)
	for _, a := range p.Authorizations {
		from.Team, from.Enterprise = a.Team, a.Enterprise
		if no == nil {
			break
		}
		no = b.checkTeam(from)
	}
	return no
}

// checkTeam refuses what was not sent to this app in this team: a second
// installation, or a copied app token.
func (b *Bot) checkTeam(a asker) *moderation.Error {
	if a.App != b.cfg.AppID {
		return moderation.NewError(moderation.RefuseForeignApp, "app", a.App)
	}
	if a.Team == b.cfg.Workspace.Team || (b.cfg.Workspace.Enterprise != "" && a.Enterprise == b.cfg.Workspace.Enterprise) {
		return nil
	}
	return moderation.NewError(moderation.RefuseForeignApp, "team", a.Team)
}

// lang is the person's language as far as it is known without asking.
func (b *Bot) lang(user string) say.Lang {
	locale, _ := b.cfg.People.Locale(user)
	return say.LangOf(locale, b.cfg.Lang)
}

// ackWith answers in the ack. If the ack cannot carry a payload, the bare ack
// goes out and the lost answer is logged.
func (b *Bot) ackWith(env socket.Envelope, ack socket.Ack, m say.Message) {
	b.acked(env, ack(ephemeral(m)))
}

func (b *Bot) acked(env socket.Envelope, err error) {
	if err != nil {
		b.log.Warn("acknowledgement failed", "envelope", env.ID, "type", env.Type, "err", err, "after_ms", time.Since(env.Received).Milliseconds())
	}
}
