package bot

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"bouncer/bot/say"
	"bouncer/commands"
	"bouncer/moderation"
)

// A modal is opened empty at the click and filled by the click's job, because
// the right to open one expires after 3 s, and nothing of a case may be shown
// before the job has authorized the person.

// Bounds of opening a modal.
const (
	openWithin  = 2500 * time.Millisecond // Slack's right to it ends after 3 s
	openWorkers = 32                      // at once; beyond that people are asked to press again
	// openingKept is how long the result of an opening is remembered; the job
	// that fills the modal comes within seconds.
	openingKept = 10 * time.Minute
)

// fillPauses are the waits before each attempt to fill a modal, about 5 s in
// total. views.update allows about 100 calls a minute per workspace.
var fillPauses = []time.Duration{0, 200 * time.Millisecond, 600 * time.Millisecond, 1400 * time.Millisecond, 3 * time.Second}

// unchosen is the time of the first content of a form: it is older than every choice.
const unchosen = 0

// opening is one call that opens an empty modal, as the job that fills it needs
// to know of it.
type opening struct {
	at   time.Time
	done chan struct{} // closed when the call has ended; err and hash are set then
	err  error
	hash string // of the modal while it is empty, by which Slack knows that it was not filled yet
}

// openings are the modals that this process opened lately, by external id.
type openings struct {
	mu    sync.Mutex
	of    map[string]*opening
	begun chan struct{} // the places of those under way
}

// errNotOpened: the modal was never asked for, since too many were at once or
// Slack sent no trigger.
var errNotOpened = errors.New("bot: the modal was not opened")

// begin returns the opening for an external id, and whether the caller must
// carry it out: not if it is in progress already or no slot is free.
func (o *openings) begin(external string, possible bool) (op *opening, carryOut bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if op = o.of[external]; op != nil {
		return op, false
	}
	now := time.Now()
	for id, old := range o.of {
		if now.Sub(old.at) > openingKept {
			delete(o.of, id)
		}
	}
	op = &opening{at: now, done: make(chan struct{})}
	o.of[external] = op
	if possible {
		select {
		case o.begun <- struct{}{}:
			return op, true
		default:
		}
	}
	op.err = errNotOpened
	close(op.done)
	return op, false
}

func (o *openings) end(op *opening, hash string, err error) {
	o.mu.Lock()
	op.hash, op.err = hash, err
	o.mu.Unlock()
	close(op.done)
	<-o.begun
}

// filled records that a modal is not empty any more.
func (o *openings) filled(op *opening) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if op != nil {
		op.hash = ""
	}
}

// emptyHash returns the hash of an empty modal; "" where it is not known or the modal was filled.
func (o *openings) emptyHash(op *opening) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if op == nil {
		return ""
	}
	return op.hash
}

func (o *openings) find(external string) *opening {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.of[external]
}

// openLoading asks for an empty modal and returns the external id by which it is
// filled. It does not wait: the ack must not.
func (b *Bot) openLoading(ctx context.Context, from asker, above bool) (external string) {
	external = "bouncer-" + from.key()
	op, carryOut := b.openings.begin(external, from.trigger != "")
	if !carryOut {
		return external
	}
	m := b.cfg.Speaker.Loading(b.lang(from.User), external)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), openWithin)
	b.modals.Go(func() error {
		defer cancel()
		open := b.cfg.Slack.OpenViewContext
		if above { // the click came from a modal: push the new one on top
			open = b.cfg.Slack.PushViewContext
		}
		res, err := open(ctx, from.trigger, m.View)
		hash := ""
		if err == nil {
			hash = res.Hash
		} else {
			b.metrics.postFaults.WithLabelValues(faultModal).Inc()
			b.log.Warn("modal not opened", "envelope", from.Envelope, "err", err)
		}
		b.openings.end(op, hash, err)
		return nil
	})
	return external
}

// fillModal replaces "Loading" by the modal's content. It waits for the call
// that opens the modal and stops at once if that failed. For a modal opened
// by another process only the answer of views.update is known.
//
// It does not overwrite what a person chose in a form since: an attempt whose answer was lost may have
// filled it. Slack compares the hash of the empty modal, and where that is not known, because another
// process opened it, a choice that was recorded says so.
func (b *Bot) fillModal(ctx context.Context, external string, m say.Modal) (open bool, err error) {
	if external == "" {
		return false, nil
	}
	op := b.openings.find(external)
	if op != nil {
		select {
		case <-op.done:
		case <-ctx.Done():
			return false, ctx.Err()
		}
		switch f, _ := faultOf(op.err); {
		case op.err == nil:
		case f == faultLost && !errors.Is(op.err, errNotOpened):
			op = nil // the answer was lost: it may be open
		default:
			return false, nil // it was logged where it failed
		}
	}
	m.View.ExternalID = external
	for _, pause := range fillPauses {
		if pause > 0 {
			select {
			case <-ctx.Done():
				return false, ctx.Err()
			case <-time.After(pause):
			}
		}
		hash := b.openings.emptyHash(op)
		if hash == "" {
			if untouched, _, err := b.cfg.Store.NewestChoice(ctx, external, unchosen); err != nil || !untouched {
				return err == nil, err
			}
		}
		call, cancel := context.WithTimeout(ctx, slackTimeout)
		_, err = b.cfg.Slack.UpdateViewContext(call, m.View, external, hash, "")
		cancel()
		var said slack.SlackErrorResponse
		switch {
		case err == nil, hash != "" && errors.As(err, &said) && said.Err == "hash_conflict":
			b.openings.filled(op)
			return true, nil
		case errors.As(err, &said) && said.Err == "not_found":
			if err = nil; op != nil {
				return false, nil // it was open, so the person closed it
			}
		case !transient(err):
			return false, err
		}
	}
	return false, err
}

// Checks of a submitted modal that need no lookup.

func (b *Bot) wrongReason(in submitted, lang say.Lang) map[string]string {
	_, m := commands.ParseReason(in.one(inputReason))
	return b.wrong(inputReason, m, lang)
}

func (b *Bot) wrongNote(in submitted, lang say.Lang) map[string]string {
	_, m := commands.ParseReason(in.one(inputNote))
	return b.wrong(inputNote, m, lang)
}

func (b *Bot) wrongLength(in submitted, lang say.Lang) map[string]string {
	_, _, m := commands.ParseDuration(in.one(inputLength))
	return b.wrong(inputLength, m, lang)
}

// wrongTargets checks typed people, for cases with more people than a modal
// can list.
func (b *Bot) wrongTargets(in submitted, lang say.Lang) map[string]string {
	typed := in.Inputs[inputTargets]
	if len(typed) != 1 || typed[0] == "" {
		return nil
	}
	_, m := commands.ParseUsers(typed[0])
	return b.wrong(inputTargets, m, lang)
}

func (b *Bot) wrongCase(in submitted, lang say.Lang) map[string]string {
	if evidenceCase(in) == 0 {
		return map[string]string{say.InputCase: b.cfg.Speaker.WrongCase(lang)}
	}
	return nil
}

func (b *Bot) wrong(block string, m *commands.Mistake, lang say.Lang) map[string]string {
	if m == nil {
		return nil
	}
	return map[string]string{block: b.cfg.Speaker.MistakeText(m, lang)}
}

// The inputs of modals.
const (
	inputReason  = say.InputReason
	inputNote    = say.InputNote
	inputLength  = say.InputLength
	inputTargets = say.InputTargets
)

// modal makes the content of a modal about a case.
type modal func(v moderation.CaseView, lang say.Lang, meta string) say.Modal

// stepModal shows the modal of a step about one case.
func (b *Bot) stepModal(ctx context.Context, h *moderation.LeasedJob, cl click, step string) error {
	return b.showModal(ctx, h, cl, func(v moderation.CaseView, lang say.Lang, meta string) say.Modal {
		return b.cfg.Speaker.StepModal(step, v, lang, meta)
	}, step)
}

// showModal fills the modal that was opened for a click; submits is the step
// of its submission. If the modal was never opened or was closed, the person
// gets a private answer.
func (b *Bot) showModal(ctx context.Context, h *moderation.LeasedJob, cl click, make modal, submits string) error {
	view, err := b.cfg.Store.CaseView(ctx, cl.of.No)
	if err != nil {
		return err
	}
	step := commands.Step{Kind: commands.StepCase, ID: cl.of.Token, Step: submits}
	if b.steps[stepKey(step)].sealed {
		step.Digest = view.Case.ContentDigest()
	}
	open, err := b.fillModal(ctx, cl.view, make(view, cl.lang, commands.Metadata(step, cl.Channel)))
	if err != nil && ctx.Err() != nil {
		return err
	}
	if !open {
		b.log.Warn("modal not filled", "case", cl.of.No, "job", h.ID, "err", err)
		return b.finish(ctx, h, b.toAsker(h, cl.asker, b.cfg.Speaker.Fixed(say.ModalFailed, cl.lang)))
	}
	return b.finish(ctx, h, moderation.Change{})
}
