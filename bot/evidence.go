package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"bouncer/bot/say"
	"bouncer/commands"
	"bouncer/moderation"
)

// shortcutEvidence is the callback of the message shortcut "Add to case".
const shortcutEvidence = "evidence"

// offeredFor is the maximum age of a person's own cases that are offered.
const offeredFor = 24 * time.Hour

// message runs one accepted message shortcut: it stores the message for a
// while, and asks for the case to add it to or for the action of a new one.
func (b *Bot) message(ctx context.Context, h *moderation.LeasedJob) error {
	var p messaged
	if err := json.Unmarshal(h.Payload, &p); err != nil {
		return fmt.Errorf("message job %d: %w", h.ID, err)
	}
	v, err := b.clicker(ctx, p.asker)
	if err != nil {
		return err
	}
	if v = b.decide(v, moderation.Action{Verb: moderation.ShowCase}); !v.decision.Allowed {
		return b.refusedView(ctx, h, p.asker, v, nil, p.View, moderation.Body{})
	}
	if p.Callback != shortcutEvidence && p.Callback != shortcutFormMessage {
		return b.forged(ctx, h, click{asker: p.asker, verdict: v, view: p.View})
	}
	lang, now := b.langOf(v.person), b.cfg.Now()
	q := moderation.EvidenceDraft{
		Token: moderation.NewToken(), Team: b.cfg.Workspace.Team, User: p.User, Channel: p.Channel, Author: p.Author,
		Sent: sentAt(p.TS), Text: commands.PlainText(p.Text), Link: b.messageLink(p), Expires: now.Add(moderation.ListLifetime),
	}
	if p.Callback == shortcutFormMessage {
		q.Expires = now.Add(moderation.FormLifetime)
		return b.moderateMessage(ctx, h, v, p, q)
	}
	if strings.TrimSpace(q.Text) == "" {
		m := b.cfg.Speaker.Fixed(say.EvidenceEmpty, lang)
		if open, err := b.fillModal(ctx, p.View, b.cfg.Speaker.DoneModal(m, lang)); open || ctx.Err() != nil {
			return errors.Join(err, b.finish(ctx, h, moderation.Change{}))
		}
		return b.finish(ctx, h, b.toAsker(h, p.asker, m))
	}
	if err := b.cfg.Store.Append(ctx, moderation.Change{EvidenceDraft: &q}); err != nil {
		return err
	}
	offered, _, err := b.cfg.Store.SearchCases(ctx, moderation.SearchQuery{Actor: p.User, Within: offeredFor}, 0, moderation.SearchPageSize)
	if err != nil {
		return err
	}
	meta := commands.Metadata(commands.Step{Kind: commands.StepCase, ID: q.Token, Step: commands.StepEvidence}, p.Channel)
	open, err := b.fillModal(ctx, p.View, b.cfg.Speaker.EvidenceModal(q.Text, q.Link, offered, lang, meta))
	if err != nil && ctx.Err() != nil {
		return err
	}
	if !open {
		b.log.Warn("modal not filled", "job", h.ID, "err", err)
		return b.finish(ctx, h, b.toAsker(h, p.asker, b.cfg.Speaker.Fixed(say.ModalFailed, lang)))
	}
	return b.finish(ctx, h, moderation.Change{})
}

// addEvidence adds the stored message to the chosen case.
func (b *Bot) addEvidence(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	if cl.in == nil {
		return b.forged(ctx, h, cl)
	}
	q := cl.quote
	no := evidenceCase(*cl.in)
	view, err := b.cfg.Store.CaseView(ctx, no)
	if errors.Is(err, moderation.ErrNotFound) {
		return b.finish(ctx, h, b.toAsker(h, cl.asker, b.cfg.Speaker.Fixed(say.NotFoundCase, cl.lang, no)))
	}
	if err != nil {
		return err
	}
	if slices.ContainsFunc(view.Evidence, func(e moderation.Evidence) bool { return e.Link == q.Link }) {
		return b.finish(ctx, h, b.toAsker(h, cl.asker, b.cfg.Speaker.Fixed(say.EvidenceKnown, cl.lang, no)))
	}
	note, _ := commands.ParseReason(cl.in.one(say.InputNote)) // none is none
	c := b.toAsker(h, cl.asker, b.cfg.Speaker.Fixed(say.EvidenceAdded, cl.lang, no))
	c.Evidence = &moderation.Evidence{
		Case: no, By: cl.verdict.actor(), Author: q.Author, Sent: q.Sent, Text: q.Text, Link: q.Link, Note: note,
	}
	return b.finish(ctx, h, c)
}

// evidenceCase is the case that was typed, or else the one that was chosen; 0
// for none.
func evidenceCase(in submitted) int64 {
	if typed := in.one(say.InputCase); typed != "" {
		return commands.CaseNumber(typed)
	}
	return commands.CaseNumber(in.one(say.InputPick))
}

// messageLink returns the link of a message, also of one in a thread.
func (b *Bot) messageLink(p messaged) string {
	link := b.permalink(moderation.Posted{Channel: p.Channel, TS: p.TS})
	if link != "" && p.Thread != "" && p.Thread != p.TS {
		link += "?thread_ts=" + p.Thread + "&cid=" + p.Channel
	}
	return link
}

// sentAt reads the time in a message's ts; zero when it is none.
func sentAt(ts string) time.Time {
	whole, part, _ := strings.Cut(ts, ".")
	s, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}
	}
	micros, err := strconv.ParseInt(part, 10, 64)
	if err != nil || len(part) != 6 {
		micros = 0
	}
	return time.UnixMilli(s*1000 + micros/1000).UTC()
}
