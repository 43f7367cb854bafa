package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"bouncer/bot/say"
	"bouncer/moderation"
)

// answer is the payload of a private answer: either a ready message, or a
// case to describe as it is when the answer is sent.
type answer struct {
	Channel string   `json:"channel"`
	User    string   `json:"user"`
	Lang    say.Lang `json:"lang"`
	// OfCase describes the case of the answer's job.
	OfCase bool `json:"of_case,omitempty"`
	// Step is the button that was pressed; empty to describe the case only.
	Step string `json:"step,omitempty"`
	// Link waits for the card and links to it. Why is the reason why the card
	// is not where the command was typed, as say.CardElsewhere expects it.
	Link bool   `json:"link,omitempty"`
	Why  string `json:"why,omitempty"`
	// End waits for the end of the case and replaces the earlier answer,
	// where Slack allows it.
	End    bool            `json:"end,omitempty"`
	Text   string          `json:"text,omitempty"`
	Blocks json.RawMessage `json:"blocks,omitempty"`
	// Plain are the blocks for a workspace without tables.
	Plain   json.RawMessage `json:"plain,omitempty"`
	Replace bool            `json:"replace,omitempty"`
}

// Values of Step for answers that no button causes: to a command that an
// existing case already carries out, and to the author of a case that another
// person has undone.
const (
	stepRepeated = "repeated"
	stepUndone   = "undone"
)

// How long what fails in passing is tried again: it is a courtesy, the card and
// the log are the record. A response_url has replyFor, where there is one.
const (
	answerFor = 10 * time.Minute
	replyFor  = 3 * time.Second
	cardFor   = time.Minute      // how long an answer waits for the card that it links to
	endFor    = 25 * time.Minute // how long one waits for the end of its case; a response_url lives for 30
)

// answerTo returns the answer m to the sender of a delivery.
func answerTo(from asker, m say.Message) answer {
	return answer{Channel: from.Channel, User: from.User, Text: m.Text, Blocks: blocksJSON(m.Blocks), Plain: blocksJSON(m.Plain)}
}

// toAsker returns the change that queues a private answer.
func (b *Bot) toAsker(h *moderation.LeasedJob, from asker, m say.Message) moderation.Change {
	return moderation.Change{Jobs: []moderation.NewJob{b.answerJob(h, answerTo(from, m), "")}}
}

// caseAnswer queues a private answer that describes the case.
func (b *Bot) caseAnswer(h *moderation.LeasedJob, from asker, lang say.Lang) moderation.NewJob {
	return b.answerJob(h, answer{Channel: from.Channel, User: from.User, Lang: lang, OfCase: true}, "")
}

// stepAnswer queues a private answer with the result of a click on a case.
func (b *Bot) stepAnswer(h *moderation.LeasedJob, cl click) moderation.NewJob {
	return b.answerJob(h, answer{Channel: cl.Channel, User: cl.User, Lang: cl.lang, OfCase: true, Step: cl.step.Step}, "")
}

// requesterAnswer queues an answer to a case's requester after another person
// decided about it. It does not use the click's response_url, which belongs
// to that person.
func (b *Bot) requesterAnswer(h *moderation.LeasedJob, c moderation.Case) moderation.NewJob {
	job := b.answerJob(h, answer{
		Channel: c.Origin.Channel, User: c.Actor.User, Lang: say.LangOf(c.Actor.Locale, b.cfg.Lang), OfCase: true,
	}, ":requester")
	job.ReplyURL = ""
	return job
}

// directAnswer queues a direct message to a person who did not act.
func (b *Bot) directAnswer(h *moderation.LeasedJob, who moderation.Actor, suffix string, m say.Message) moderation.NewJob {
	job := b.answerJob(h, answer{User: who.User, Text: m.Text, Blocks: blocksJSON(m.Blocks), Plain: blocksJSON(m.Plain)}, suffix)
	job.ReplyURL = ""
	return job
}

func (b *Bot) langOfActor(a moderation.Actor) say.Lang { return say.LangOf(a.Locale, b.cfg.Lang) }

// undoneAnswer queues a message to the author of a case, sent once another
// person's undo of it is done. There is none for the author's own undo.
func (b *Bot) undoneAnswer(ctx context.Context, h *moderation.LeasedJob, a moderation.Action, by moderation.Actor) ([]moderation.NewJob, error) {
	if a.Relation != moderation.RelUndo {
		return nil, nil
	}
	was, err := b.cfg.Store.Case(ctx, a.RelatedCase)
	if err != nil || was.Actor.Kind != moderation.ActorPerson || was.Actor.Same(by) {
		return nil, err
	}
	job := b.answerJob(h, answer{User: was.Actor.User, Lang: b.langOfActor(was.Actor), OfCase: true, Step: stepUndone}, ":undone")
	job.ReplyURL = ""
	return []moderation.NewJob{job}, nil
}

// answersOf queues the answers to the person who let a case run and, if
// another person requested it, to the requester.
func (b *Bot) answersOf(ctx context.Context, h *moderation.LeasedJob, cl click, c moderation.Case) ([]moderation.NewJob, error) {
	jobs := []moderation.NewJob{b.stepAnswer(h, cl)}
	if c.Actor.User != cl.User {
		jobs = append(jobs, b.requesterAnswer(h, c))
	}
	undone, err := b.undoneAnswer(ctx, h, c.Action, c.Actor)
	return append(jobs, undone...), err
}

// linkAnswer queues an answer that links to the card and says why it is
// elsewhere.
func (b *Bot) linkAnswer(h *moderation.LeasedJob, from asker, lang say.Lang, why string) moderation.NewJob {
	return b.answerJob(h, answer{Channel: from.Channel, User: from.User, Lang: lang, OfCase: true, Link: true, Why: why}, ":link")
}

// endAnswer queues an answer with the result of a case whose card the
// requester cannot see.
func (b *Bot) endAnswer(h *moderation.LeasedJob, from asker, lang say.Lang) moderation.NewJob {
	return b.answerJob(h, answer{Channel: from.Channel, User: from.User, Lang: lang, OfCase: true, End: true, Replace: true}, ":end")
}

func (b *Bot) answerJob(h *moderation.LeasedJob, a answer, suffix string) moderation.NewJob {
	raw, err := json.Marshal(a)
	if err != nil { // strings only: cannot fail
		panic("bot: " + err.Error())
	}
	return moderation.NewJob{
		Key:   "answer:" + strconv.FormatInt(h.ID, 10) + suffix,
		Queue: moderation.QueueAnswer, Kind: moderation.JobAnswer, RunAt: b.cfg.Now(),
		Payload: raw, ReplyURL: h.ReplyURL,
	}
}

// sendPrivateAnswer sends one private answer: through the response_url while
// that works, otherwise as an ephemeral message. Waiting for a card or for a
// turn is not a failure; failures are bounded by time.
func (b *Bot) sendPrivateAnswer(ctx context.Context, h *moderation.LeasedJob) error {
	var a answer
	if err := json.Unmarshal(h.Payload, &a); err != nil {
		return fmt.Errorf("answer job %d: %w", h.ID, err)
	}
	m, wait, err := b.answerText(ctx, h.Case, a)
	if err != nil {
		return err
	}
	age := b.cfg.Now().Sub(h.Queued)
	switch {
	case wait && a.End && age < endFor:
		return b.cfg.Store.Retry(ctx, h.Job, min(time.Second+age/4, 15*time.Second))
	case wait && a.End: // the card shows it
		return b.finish(ctx, h, moderation.Change{})
	case wait && age < cardFor:
		return b.cfg.Store.Retry(ctx, h.Job, time.Second)
	}
	if m.Text == "" && len(m.Blocks) == 0 { // nothing to say
		return b.finish(ctx, h, moderation.Change{})
	}
	if h.ReplyURL != "" {
		_, err := b.inAnyForm(h, m, func(m say.Message) (time.Duration, error) { return 0, b.reply.send(ctx, h.ReplyURL, m, a.Replace) })
		if err != nil && (errors.Is(err, errReplyGone) || age >= replyFor) {
			return b.resendWithoutURL(ctx, h, err)
		}
		return b.finishAnswer(ctx, h, a, err)
	}
	turn, err := b.inAnyForm(h, m, func(m say.Message) (time.Duration, error) { return b.sendAnswer(ctx, h, a, m) })
	if turn > 0 {
		return b.cfg.Store.Retry(ctx, h.Job, turn)
	}
	return b.finishAnswer(ctx, h, a, err)
}

// inAnyForm sends an answer in the form that Slack takes. turn is as in sendAnswer.
func (b *Bot) inAnyForm(h *moderation.LeasedJob, m say.Message, send func(say.Message) (turn time.Duration, err error)) (turn time.Duration, err error) {
	err = inAnyForm(m, &b.noTables, b.metrics.postFaults.WithLabelValues(faultForm), b.log.With("job", h.ID), func(m say.Message) (err error) {
		turn, err = send(m)
		return err
	})
	return turn, err
}

// finishAnswer ends the job of a sent answer, or schedules another attempt.
func (b *Bot) finishAnswer(ctx context.Context, h *moderation.LeasedJob, a answer, err error) error {
	age := b.cfg.Now().Sub(h.Queued)
	switch {
	case err == nil:
		return b.finish(ctx, h, moderation.Change{})
	case transient(err) && age < answerFor:
		_, wait := faultOf(err)
		if wait == 0 { // as long again as it was tried for
			wait = min(max(age, 400*time.Millisecond), 30*time.Second)
		}
		b.log.Warn("private answer failed, retrying", "job", h.ID, "case", h.Case, "attempt", h.Attempt, "err", err)
		return b.cfg.Store.Retry(ctx, h.Job, wait)
	}
	b.metrics.answersLost.Inc()
	b.log.Error("private answer abandoned", "job", h.ID, "case", h.Case, "user", a.User, "err", err)
	return b.finish(ctx, h, moderation.Change{})
}

// resendWithoutURL queues the answer again without its response_url, which
// accepts no more answers, so that it is not called again while the answer
// waits for a turn.
func (b *Bot) resendWithoutURL(ctx context.Context, h *moderation.LeasedJob, err error) error {
	b.log.Warn("response_url expired, sending the private answer as a message", "job", h.ID, "err", err)
	return b.finish(ctx, h, moderation.Change{Jobs: []moderation.NewJob{{
		Key: h.Key + ":post", Queue: h.Queue, Kind: h.Kind, RunAt: b.cfg.Now(), Case: h.Case, Payload: h.Payload,
	}}})
}

// answerText builds the message. wait is true while the card is not posted,
// or while the case whose result it reports is not finished.
func (b *Bot) answerText(ctx context.Context, no int64, a answer) (m say.Message, wait bool, err error) {
	if a.Text == "" && len(a.Blocks) == 0 {
		a.OfCase = true // an older version wrote its number into the payload
	}
	if !a.OfCase {
		m.Text = a.Text
		if m.Blocks, err = blocksOf(a.Blocks); err == nil {
			m.Plain, err = blocksOf(a.Plain)
		}
		return m, false, err
	}
	v, err := b.cfg.Store.CardView(ctx, no, 0)
	if err != nil {
		return m, false, err
	}
	link := b.permalink(v.Case.Card)
	if a.Step == stepUndone {
		switch {
		case v.Case.State == moderation.Open:
			return m, true, nil
		case v.Case.Counts[moderation.Accepted] == 0: // it is waiting, or had no effect
			return m, false, nil
		}
		return b.cfg.Speaker.YourCaseUndone(v, a.Lang, link), false, nil
	}
	if a.Link {
		return b.cfg.Speaker.CardElsewhere(v, a.Lang, link, a.Why), link == "", nil
	}
	if a.Step == stepRepeated {
		return b.cfg.Speaker.Repeated(v, a.Lang, link), false, nil
	}
	if a.Step != "" {
		return b.cfg.Speaker.StepDone(v, a.Step, a.Lang), false, nil
	}
	return b.cfg.Speaker.CaseAnswer(v, a.Lang, link), a.End && v.Case.State != moderation.Done, nil
}

// sendAnswer posts an answer. turn is how long to wait before it can be: then
// nothing was sent.
func (b *Bot) sendAnswer(ctx context.Context, h *moderation.LeasedJob, a answer, m say.Message) (turn time.Duration, err error) {
	if a.Channel != "" {
		turn, err = b.slack.ephemeral(ctx, a.Channel, a.User, m)
		if err == nil || transient(err) {
			return turn, err
		}
	}
	// Where the bot may not speak to him, the person's own messages are left.
	return b.slack.directMessage(ctx, a.User, m, newMark(b.database, a.User, h.Key, 0, 0))
}

// ephemeral is a message as an ack carries it.
func ephemeral(m say.Message) map[string]any {
	p := map[string]any{"response_type": "ephemeral", "text": m.Text}
	if len(m.Blocks) > 0 {
		p["blocks"] = m.Blocks
	}
	return p
}

func blocksJSON(blocks []slack.Block) json.RawMessage {
	if len(blocks) == 0 {
		return nil
	}
	raw, err := json.Marshal(blocks)
	if err != nil { // made of strings by ourselves: cannot fail
		panic("bot: blocks: " + err.Error())
	}
	return raw
}

func blocksOf(raw json.RawMessage) ([]slack.Block, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var blocks slack.Blocks
	if err := json.Unmarshal(raw, &blocks); err != nil {
		return nil, fmt.Errorf("blocks of an answer: %w", err)
	}
	return blocks.BlockSet, nil
}
