package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/slack-go/slack"

	"bouncer/bot/say"
	"bouncer/moderation"
)

// answer is the payload of a private answer: a message made when it was
// decided, or a case to be told as it stands when the answer leaves.
type answer struct {
	Channel string   `json:"channel"`
	User    string   `json:"user"`
	Lang    say.Lang `json:"lang"`
	// Case is the case's number as text, since the store fills it in.
	Case string `json:"case,omitempty"`
	// Link waits for the card and tells where it stands.
	Link    bool            `json:"link,omitempty"`
	Text    string          `json:"text,omitempty"`
	Blocks  json.RawMessage `json:"blocks,omitempty"`
	Replace bool            `json:"replace,omitempty"`
}

// answerTries is how often a private answer is tried; it is a courtesy, the
// card and the log are the record. replyTries of them go to the response_url,
// when there is one.
const (
	answerTries = 6
	replyTries  = 3
)

// toAsker is the change that tells somebody something privately.
func (b *Bot) toAsker(h *moderation.Held, from asker, m say.Message) moderation.Change {
	a := answer{Channel: from.Channel, User: from.User, Text: m.Text, Blocks: blocksJSON(m)}
	return moderation.Change{Jobs: []moderation.NewJob{b.answerJob(h, a, "")}}
}

// caseAnswer tells the asker how a case stands, or where its card is.
func (b *Bot) caseAnswer(h *moderation.Held, from asker, lang say.Lang, link bool) moderation.NewJob {
	suffix := ""
	if link {
		suffix = ":link"
	}
	return b.answerJob(h, answer{Channel: from.Channel, User: from.User, Lang: lang, Case: "{case}", Link: link}, suffix)
}

func (b *Bot) answerJob(h *moderation.Held, a answer, suffix string) moderation.NewJob {
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

// replacing makes an answer take the place of the message that was clicked.
func (b *Bot) replacing(j moderation.NewJob) moderation.NewJob {
	var a answer
	if err := json.Unmarshal(j.Payload, &a); err != nil { // our own JSON
		panic("bot: " + err.Error())
	}
	a.Replace = true
	raw, err := json.Marshal(a)
	if err != nil {
		panic("bot: " + err.Error())
	}
	j.Payload = raw
	return j
}

// tell sends one private answer: through the response_url while it works, else
// as an ephemeral message.
func (b *Bot) tell(ctx context.Context, h *moderation.Held) error {
	var a answer
	if err := json.Unmarshal(h.Payload, &a); err != nil {
		return fmt.Errorf("answer job %d: %w", h.ID, err)
	}
	m, wait, err := b.answerText(ctx, a)
	if err != nil {
		return err
	}
	if wait && b.cfg.Now().Sub(h.Queued) < time.Minute {
		return b.cfg.Store.Retry(ctx, h.Job, time.Second)
	}
	err = b.sendAnswer(ctx, h, a, m)
	if err != nil && h.Attempt < answerTries {
		var limited *slack.RateLimitedError
		if errors.As(err, &limited) {
			return b.cfg.Store.Retry(ctx, h.Job, limited.RetryAfter)
		}
		b.log.Warn("private answer will be tried again", "job", h.ID, "case", a.Case, "attempt", h.Attempt, "err", err)
		return b.cfg.Store.Retry(ctx, h.Job, 200*time.Millisecond<<h.Attempt)
	}
	if err != nil {
		b.metrics.answersLost.Inc()
		b.log.Error("private answer given up", "job", h.ID, "case", a.Case, "user", a.User, "err", err)
	}
	return b.finish(ctx, h, moderation.Change{})
}

// answerText makes the message; wait is true while its card stands nowhere.
func (b *Bot) answerText(ctx context.Context, a answer) (m say.Message, wait bool, err error) {
	if a.Case == "" {
		blocks, err := blocksOf(a.Blocks)
		return say.Message{Text: a.Text, Blocks: blocks}, false, err
	}
	no, err := strconv.ParseInt(a.Case, 10, 64)
	if err != nil {
		return m, false, fmt.Errorf("answer about case %q: %w", a.Case, err)
	}
	v, err := b.cfg.Store.View(ctx, no)
	if err != nil {
		return m, false, err
	}
	link := b.permalink(v.Case.Card)
	if a.Link {
		return b.cfg.Speaker.CardElsewhere(v, a.Lang, link), link == "", nil
	}
	return b.cfg.Speaker.CaseAnswer(v, a.Lang, link), false, nil
}

func (b *Bot) sendAnswer(ctx context.Context, h *moderation.Held, a answer, m say.Message) error {
	if h.ReplyURL != "" {
		err := b.reply.send(ctx, h.ReplyURL, m, a.Replace)
		if err == nil {
			return nil
		}
		if !errors.Is(err, errReplyGone) && h.Attempt < replyTries {
			return err
		}
	}
	if a.Channel == "" {
		return b.slack.whisper(ctx, a.User, m, answerMark(h))
	}
	err := b.slack.ephemeral(ctx, a.Channel, a.User, m)
	if f, _ := faultOf(err); err != nil && f == faultNoPost {
		// Where the bot may not speak, the person's own messages are left.
		return b.slack.whisper(ctx, a.User, m, answerMark(h))
	}
	return err
}

// answerMark makes the same client_msg_id for each try to send an answer.
func answerMark(h *moderation.Held) mark {
	return mark{Key: h.Key, ID: uuid.NewSHA1(uuid.Nil, []byte(h.Key)).String()}
}

// ephemeral is a message as an ack carries it.
func ephemeral(m say.Message) map[string]any {
	p := map[string]any{"response_type": "ephemeral", "text": m.Text}
	if len(m.Blocks) > 0 {
		p["blocks"] = m.Blocks
	}
	return p
}

func blocksJSON(m say.Message) json.RawMessage {
	if len(m.Blocks) == 0 {
		return nil
	}
	raw, err := json.Marshal(m.Blocks)
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
