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
}

// refreshes are the forms that are being updated. Only the newest choice in each is shown: an older
// one never overwrites it.
type refreshes struct {
	mu sync.Mutex
	of map[string]*refresh
}

type refresh struct {
	at   time.Time
	next *choice // waits for the one that is under way
	busy bool
	hash string // of the last update by this process
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
	f.at, f.next = now, &c
	start := !f.busy
	f.busy = true
	return start
}

// take returns the newest choice in a form, and the hash of the last update. ok is false when there
// is no other: then the form is not busy any more.
func (r *refreshes) take(view string) (c choice, hash string, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.of[view]
	if f.next == nil {
		f.busy = false
		return c, "", false
	}
	c, f.next = *f.next, nil
	return c, f.hash, true
}

// again makes a choice whose update was lost the next one, unless there is a newer one.
func (r *refreshes) again(c choice) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f := r.of[c.view.ID]; f.next == nil {
		f.next = &c
	}
}

func (r *refreshes) updated(view, hash string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.of[view].hash = hash
}

// refreshTries is how often a lost update of a form is tried in a row.
const refreshTries = 3

// chosen updates the form after a choice in it. Nothing of it is stored: where updates are lost for
// good, the fields stay as they are, and the submission checks them.
func (b *Bot) chosen(ctx context.Context, from asker, v viewPayload) {
	if !b.refreshes.begin(choice{from, v}) {
		return
	}
	ctx = context.WithoutCancel(ctx)
	b.modals.Go(func() error {
		for lost := 0; ; {
			c, hash, more := b.refreshes.take(v.ID)
			if !more {
				return nil
			}
			within, cancel := context.WithTimeout(ctx, refreshWithin)
			if err := b.refreshForm(within, c, hash); err != nil {
				b.log.Warn("form not updated", "user", c.from.User, "err", err)
				if lost++; lost < refreshTries {
					b.refreshes.again(c)
				}
			} else {
				lost = 0
			}
			cancel()
		}
	})
}

// refreshForm shows the fields of the chosen verb, and what sending the form would do.
func (b *Bot) refreshForm(ctx context.Context, c choice, hash string) error {
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
	m := b.cfg.Speaker.FormModal(f, b.langOf(v.person))
	// Without a hash at last: an update whose answer was lost may have changed it.
	for i, known := range []string{hash, c.view.Hash, ""} {
		if known == "" && i < 2 {
			continue
		}
		res, err := b.cfg.Slack.UpdateViewContext(ctx, m.View, "", known, c.view.ID)
		var said slack.SlackErrorResponse
		switch {
		case err == nil:
			b.refreshes.updated(c.view.ID, res.Hash)
			return nil
		case !errors.As(err, &said) || said.Err != "hash_conflict":
			return err
		}
	}
	return nil
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
