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

// refreshWithin bounds one update of the form after a choice.
const refreshWithin = 8 * time.Second

// choice is what a person chose in the form, to be shown.
type choice struct {
	from asker
	view viewPayload
	at   int64 // when it was made, by Slack's clock, in microseconds
}

// refreshes are the forms that this process is updating, each once at a time. Only the newest choice
// is shown: an older one never overwrites it, also one that arrives later.
type refreshes struct {
	mu sync.Mutex
	of map[string]*refresh
}

type refresh struct {
	at   time.Time
	next *choice // waits for the one that is under way
	busy bool
}

// begin reports whether the caller must carry out what was chosen; otherwise the one under way does.
func (r *refreshes) begin(c choice) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	for id, old := range r.of {
		if !old.busy && now.Sub(old.at) > openingKept {
			delete(r.of, id)
		}
	}
	f := r.of[c.view.ID]
	if f == nil {
		f = &refresh{}
		r.of[c.view.ID] = f
	}
	f.at = now
	if f.next == nil || f.next.at <= c.at {
		f.next = &c
	}
	start := !f.busy
	f.busy = true
	return start
}

// take returns the newest choice in a form. ok is false when there is no other: then the form is not
// busy any more.
func (r *refreshes) take(view string) (c choice, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.of[view]
	if f.next == nil {
		f.busy = false
		return c, false
	}
	c, f.next = *f.next, nil
	return c, true
}

// again makes a choice whose update was lost the next one, unless there is a newer one.
func (r *refreshes) again(c choice) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f := r.of[c.view.ID]; f.next == nil {
		f.next = &c
	}
}

// chosen updates the form after a choice in it. The choice itself is not stored: where updates are
// lost for good, the fields stay as they are, and the submission checks them.
func (b *Bot) chosen(ctx context.Context, c choice) {
	if !b.refreshes.begin(c) {
		return
	}
	b.modals.Go(func() error {
		for try := 0; ; {
			c, more := b.refreshes.take(c.view.ID)
			if !more {
				return nil
			}
			within, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshWithin)
			err := b.refreshForm(within, c)
			cancel()
			if err == nil {
				try = 0
				continue
			}
			b.log.Warn("form not updated", "user", c.from.User, "err", err)
			if try++; try == len(fillPauses) || !transient(err) {
				try = 0
				continue
			}
			b.refreshes.again(c)
			_, pause := faultOf(err)
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(max(pause, fillPauses[try])):
			}
		}
	})
}

// refreshForm shows the fields of the chosen verb, and what sending the form would do.
func (b *Bot) refreshForm(ctx context.Context, c choice) error {
	in, ok := readFormView(c.view)
	if !ok || in.isCommand {
		return nil
	}
	v, err := b.clicker(ctx, c.from)
	if err != nil {
		return err
	}
	if v = b.decide(v, moderation.Action{Verb: moderation.ShowCase}); !v.decision.Allowed {
		return nil // the submission says why
	}
	f, err := b.formOf(ctx, v, c.from, c.view, in)
	if err != nil {
		return err
	}
	b.readInside(ctx, v, c.from, f)
	return b.updateForm(ctx, c, b.cfg.Speaker.FormModal(f, b.langOf(v.person)))
}

// updateForm updates a form, unless another process knows a newer choice in it. Slack refuses an
// update whose hash is not the form's, so an older one that is under way does not overwrite a newer
// one.
func (b *Bot) updateForm(ctx context.Context, c choice, m say.Modal) error {
	tried := map[string]bool{}
	for {
		newest, stored, err := b.cfg.Store.NewestChoice(ctx, c.view.External, c.at)
		if err != nil || !newest {
			return err
		}
		hash := "" // at last: an update whose answer was lost may have changed it
		for _, known := range []string{c.view.Hash, stored} {
			if known != "" && !tried[known] {
				hash = known
			}
		}
		tried[hash] = true
		res, err := b.cfg.Slack.UpdateViewContext(ctx, m.View, "", hash, c.view.ID)
		var said slack.SlackErrorResponse
		switch {
		case err == nil:
			return b.cfg.Store.FormUpdated(ctx, c.view.External, res.Hash)
		case hash == "" || !errors.As(err, &said) || said.Err != "hash_conflict":
			return err
		}
	}
}

// formOf is the form as it was filled in, with what its state leads to.
func (b *Bot) formOf(ctx context.Context, v verdict, from asker, view viewPayload, in formView) (say.Form, error) {
	f := say.Form{State: in.state, Meta: view.Metadata, ExternalID: view.External}
	f.State.Rooms, f.Given = in.roomsAndGiven()
	_, f.Flags = in.blocks[commands.FieldFlags]
	t := in.typed(from)
	if err := b.formQuote(ctx, t, &f); err != nil {
		return f, err
	}
	return f, b.completeForm(ctx, v, t, &f, in.blocks[commands.FieldLength])
}
