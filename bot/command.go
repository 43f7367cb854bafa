package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"bouncer/bot/say"
	"bouncer/commands"
	"bouncer/moderation"
)

// command does one accepted slash command: judge, then decide and write it
// down in one transaction.
func (b *Bot) command(ctx context.Context, h *moderation.Held) error {
	var t typed
	if err := json.Unmarshal(h.Payload, &t); err != nil {
		return fmt.Errorf("command job %d: %w", h.ID, err)
	}
	return b.run(ctx, h, t, "command", "")
}

// run parses what was typed, judges its author and lets it happen. A draft is
// the token of the stored draft it came from.
func (b *Bot) run(ctx context.Context, h *moderation.Held, t typed, source, draft string) error {
	action, mistake := commands.Parse(t.Text, b.setting(t.Channel))
	if b.foreign(t.asker) == nil && (mistake != nil || action.Verb == moderation.Help) {
		return b.explain(ctx, h, t, action, mistake)
	}
	v, err := b.judge(ctx, t.asker, action, decideFresh)
	if err != nil {
		return err
	}
	lang := b.langOf(v.person)
	if !v.decision.Allowed {
		return b.refused(ctx, h, t.asker, v, &action, t.Text, lang)
	}
	body := b.bodyOf(v, t, action, source)
	switch action.Verb {
	case moderation.Rooms:
		c := b.toAsker(h, t.asker, b.cfg.Speaker.RoomsList(b.cfg.Policy.Rooms(), lang))
		c.Entries = append(c.Entries, moderation.NewEntry{Kind: moderation.EntryRead, Body: body})
		return b.finish(ctx, h, c)
	case moderation.ShowCase:
		return b.showCase(ctx, h, t.asker, action.Number, body, lang)
	}
	if action.Effect() == moderation.EffectRead {
		return b.read(ctx, h, t.asker, action, body, lang)
	}
	return b.open(ctx, h, t, v, action, source, draft, lang)
}

// explain answers a mistake or a request for help that was not answered in its
// ack: the language was not known then, or the policy has changed meanwhile.
func (b *Bot) explain(ctx context.Context, h *moderation.Held, t typed, action moderation.Action, mistake *commands.Mistake) error {
	if _, known := b.cfg.People.Locale(t.User); !known {
		// Only the language is wanted: who cannot be read gets the channels' one.
		if _, err := b.cfg.People.Person(ctx, t.User, decideFresh); ctx.Err() != nil {
			return err
		}
	}
	lang := b.lang(t.User)
	if mistake == nil {
		return b.finish(ctx, h, b.toAsker(h, t.asker, b.cfg.Speaker.Help(action.Topic, lang, nil)))
	}
	kept := make(chan []string, 1)
	b.keepDrafts(t.asker, mistake, func(tokens []string) { kept <- tokens })
	select {
	case tokens := <-kept:
		return b.finish(ctx, h, b.toAsker(h, t.asker, b.cfg.Speaker.Mistake(mistake, lang, tokens)))
	case <-ctx.Done():
		return ctx.Err()
	}
}

// open makes a case of it, with the private answer in the same transaction.
func (b *Bot) open(ctx context.Context, h *moderation.Held, t typed, v verdict, action moderation.Action, source, draft string, lang say.Lang) error {
	card, elsewhere := t.Channel, false
	if !v.channel.Member {
		card, elsewhere = b.cfg.CaseChannel, true
	}
	also := []moderation.NewJob{b.caseAnswer(h, t.asker, lang, false)}
	if elsewhere && h.ReplyURL != "" {
		also = append(also, b.caseAnswer(h, t.asker, lang, true))
	}
	c, err := b.service.Open(ctx, h.Job, moderation.Asked{
		Action: action, Actor: v.actor(), Decision: v.decision, Typed: t.Text,
		Origin: moderation.Origin{Channel: t.Channel, Envelope: t.Envelope, Source: source, Bot: b.cfg.Version},
		Team:   b.cfg.Home.Team, At: h.Queued, Card: card, Draft: draft, Also: also,
	})
	var no *moderation.Error
	switch {
	case err == nil:
		b.log.Info("case opened", "case", c.No, "job", h.ID, "verb", action.Verb, "room", action.Room.String(),
			"targets", len(action.Targets), "user", t.User, "state", c.State)
		return nil
	case errors.Is(err, moderation.ErrStale):
		return b.finish(ctx, h, b.toAsker(h, t.asker, b.cfg.Speaker.DraftUsed(c.No, lang)))
	case errors.As(err, &no): // the vendor has no such call: nothing was opened
		return b.finish(ctx, h, b.toAsker(h, t.asker, b.cfg.Speaker.Refusal(no, lang)))
	}
	return err
}

// refused counts and writes down a refusal and tells the asker why.
func (b *Bot) refused(ctx context.Context, h *moderation.Held, from asker, v verdict, action *moderation.Action, text string, lang say.Lang) error {
	no := v.decision.Refusal
	actor := v.actor()
	b.metrics.refusals.WithLabelValues(string(no.Code)).Inc()
	b.log.Warn("refused", "job", h.ID, "user", from.User, "team", from.Team, "code", no.Code, "err", no)
	c := b.toAsker(h, from, b.cfg.Speaker.Refusal(no, lang))
	c.Refused = &moderation.Refusal{
		Channel: b.cfg.AuditChannel,
		Body: moderation.Body{
			Actor: &actor, Typed: text, Action: action, Code: no.Code, Values: no.Values,
			Rule: v.decision.Rule, Policy: v.decision.Policy,
			Origin: &moderation.Origin{Channel: from.Channel, Envelope: from.Envelope, Bot: b.cfg.Version},
		},
	}
	return b.finish(ctx, h, c)
}

func (b *Bot) bodyOf(v verdict, t typed, action moderation.Action, source string) moderation.Body {
	actor := v.actor()
	return moderation.Body{
		Actor: &actor, Typed: t.Text, Action: &action, Rule: v.decision.Rule, Policy: v.decision.Policy,
		Origin: &moderation.Origin{Channel: t.Channel, Envelope: t.Envelope, Source: source, Bot: b.cfg.Version},
	}
}

func (b *Bot) finish(ctx context.Context, h *moderation.Held, c moderation.Change) error {
	return b.cfg.Store.Finish(ctx, h.Job, c)
}

func (b *Bot) langOf(p moderation.Person) say.Lang { return say.LangOf(p.Locale, b.cfg.Lang) }

// showCase answers with everything known of a case; reading it is an entry.
func (b *Bot) showCase(ctx context.Context, h *moderation.Held, from asker, no int64, body moderation.Body, lang say.Lang) error {
	v, err := b.cfg.Store.View(ctx, no)
	m := b.cfg.Speaker.NotFoundCase(no, lang)
	switch {
	case err == nil:
		m = b.cfg.Speaker.CaseShown(v, lang)
	case !errors.Is(err, moderation.ErrNotFound):
		return err
	}
	c := b.toAsker(h, from, m)
	c.Entries = append(c.Entries, moderation.NewEntry{Kind: moderation.EntryRead, Body: body})
	return b.finish(ctx, h, c)
}
