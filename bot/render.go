package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"bouncer/bot/say"
	"bouncer/moderation"
)

// csvFrom is the number of outcomes from which a thread gets a CSV file.
const csvFrom = 21

// cards posts new cards, single or folded into a list, or updates one
// message.
func (o *outbox) cards(ctx context.Context, posts []moderation.Post) error {
	first := posts[0]
	if first.TS != "" {
		return o.updateCards(ctx, first)
	}
	views, err := o.views(ctx, posts)
	if err != nil {
		return err
	}
	m := o.cardMessage(views)
	k := o.markOf(posts...)
	for i := range posts { // record the version that was rendered
		posts[i].Wanted = views[i].Case.Version
	}
	ts, err := o.deliverAs(ctx, posts, "", m, k)
	if err != nil {
		return err
	}
	if first.Attempt > 0 { // it may be the message of an earlier attempt: then an update follows
		for i := range posts {
			posts[i].Wanted = posts[i].Posted
		}
	}
	return o.store.MarkPosted(ctx, moderation.Posted{Channel: first.Channel, TS: ts}, len(posts) > 1, posts...)
}

// updateCards renders a message again with everything that is folded into it.
func (o *outbox) updateCards(ctx context.Context, p moderation.Post) error {
	at := moderation.Posted{Channel: p.Channel, TS: p.TS}
	posts, err := o.store.PostsIn(ctx, at)
	if err != nil {
		return err
	}
	if len(posts) == 0 {
		return fmt.Errorf("no posts in %s %s", at.Channel, at.TS)
	}
	views, err := o.views(ctx, posts)
	if err != nil {
		return err
	}
	err = o.inAnyForm(p, o.cardMessage(views), func(m say.Message) error { return o.update(ctx, p, m) })
	if err != nil {
		return err
	}
	for i := range posts {
		posts[i].Wanted = views[i].Case.Version
	}
	return o.store.MarkPosted(ctx, at, p.Folded, posts...)
}

func (o *outbox) cardMessage(views []moderation.CaseView) say.Message {
	if len(views) == 1 {
		return o.speaker.Card(views[0])
	}
	return o.speaker.CardList(views)
}

func (o *outbox) views(ctx context.Context, posts []moderation.Post) ([]moderation.CaseView, error) {
	views := make([]moderation.CaseView, len(posts))
	for i, p := range posts {
		v, err := o.store.CardView(ctx, p.Case, 0)
		if err != nil {
			return nil, fmt.Errorf("case %d: %w", p.Case, err)
		}
		views[i] = v
	}
	return views, nil
}

// threads posts the entries of cases since the last post, as one message
// under the card.
func (o *outbox) threads(ctx context.Context, posts []moderation.Post) error {
	var items []say.ThreadItem
	for i, p := range posts {
		// Read the entries first: a case that ends meanwhile is then reported
		// as ended together with its end entry and outcomes.
		entries, err := o.store.Entries(ctx, p.Case, p.Posted)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			continue
		}
		v, err := o.store.CardView(ctx, p.Case, entries[0].ID)
		if err != nil {
			return fmt.Errorf("case %d: %w", p.Case, err)
		}
		posts[i].Wanted = entries[len(entries)-1].ID
		items = append(items, say.ThreadItem{View: v, Entries: entries})
	}
	first := posts[0]
	at := moderation.Posted{Channel: first.Channel, TS: first.Parent}
	if len(items) == 0 {
		return o.store.MarkPosted(ctx, at, false, posts...)
	}
	if err := o.postTargetLists(ctx, posts, items); err != nil {
		return err
	}
	ts, err := o.deliver(ctx, posts, first.Parent, o.speaker.ThreadList(items))
	if err != nil {
		return err
	}
	if err := o.attach(ctx, posts, items); err != nil {
		return err
	}
	return o.store.MarkPosted(ctx, moderation.Posted{Channel: first.Channel, TS: ts}, false, posts...)
}

// postTargetLists posts all targets of waiting cases under their cards before
// anything else in the thread, because no one can approve what cannot be
// read. It posts a file, or text if Slack accepts no file.
func (o *outbox) postTargetLists(ctx context.Context, posts []moderation.Post, items []say.ThreadItem) error {
	p := posts[0]
	for _, it := range items {
		c := it.View.Case
		if c.State != moderation.AwaitingApproval || !c.NeedsListInThread() || !c.Approval.ListPosted.IsZero() {
			continue
		}
		if err := o.renew(ctx, uploadTimeout, posts); err != nil {
			return err
		}
		no := strconv.FormatInt(c.No, 10)
		err := o.slack.upload(ctx, p.Channel, p.Parent, "case-"+no+"-people.csv", "#"+no, o.speaker.OutcomesCSV(it.View))
		if err != nil && (transient(err) || len(c.Action.Targets) > moderation.ManyTargets) {
			return err // as text it would be hundreds of messages: nobody can approve before Slack takes the file
		}
		if err != nil {
			o.log.Warn("targets of a case posted as text: Slack accepts no file", "case", c.No, "err", err)
			for i, m := range o.speaker.People(it.View) {
				if err := o.awaitTurn(ctx, p.Channel); err != nil {
					return err
				}
				if err := o.renew(ctx, slackTimeout, posts); err != nil {
					return err
				}
				if _, err := o.slack.post(ctx, p.Channel, p.Parent, m, newMark(o.database, p.Channel, "people:"+no, int64(i), p.Generation)); err != nil {
					return err
				}
			}
		}
		if err := o.store.SetListPosted(ctx, c.No); err != nil {
			return err
		}
	}
	return nil
}

// awaitTurn waits for a turn to post in a channel.
func (o *outbox) awaitTurn(ctx context.Context, channel string) error {
	for {
		wait, err := o.store.TakeTurn(ctx, o.slack.postTurn(channel))
		if err != nil || wait == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// attach adds the outcomes of large cases as a file to their threads. A
// failure is only logged, as the store has the outcomes; an error means that
// the lease of the posts was lost.
func (o *outbox) attach(ctx context.Context, posts []moderation.Post, items []say.ThreadItem) error {
	p := posts[0]
	for _, it := range items {
		c := it.View.Case
		if c.State != moderation.Done || len(it.View.Targets) < csvFrom || !hasKind(it.Entries, moderation.EntryDone) {
			continue
		}
		if err := o.renew(ctx, uploadTimeout, posts); err != nil {
			return err
		}
		no := strconv.FormatInt(c.No, 10)
		err := o.slack.upload(ctx, p.Channel, p.Parent, "case-"+no+".csv", "#"+no, o.speaker.OutcomesCSV(it.View))
		if err != nil {
			o.metrics.postFaults.WithLabelValues(faultCSV).Inc()
			o.log.Error("outcomes not attached", "case", c.No, "err", err)
		}
	}
	return nil
}

func hasKind(entries []moderation.Entry, kind moderation.EntryKind) bool {
	for _, e := range entries {
		if e.Kind == kind {
			return true
		}
	}
	return false
}

// deliver posts one message. After a lost attempt it first looks for that
// message; a single post then has the version that it shows. A message whose form Slack rejects goes out as plain text.
func (o *outbox) deliver(ctx context.Context, posts []moderation.Post, parent string, m say.Message) (ts string, err error) {
	return o.deliverAs(ctx, posts, parent, m, o.markOf(posts...))
}

// deliverAs is deliver with a mark of the caller's.
func (o *outbox) deliverAs(ctx context.Context, posts []moderation.Post, parent string, m say.Message, k mark) (ts string, err error) {
	err = o.inAnyForm(posts[0], m, func(m say.Message) error {
		if ts, err = o.deliverPlain(ctx, posts, parent, m, k); metadataRefused(err) {
			k.Bare = true // the message cannot be found later, but it is posted
			ts, err = o.deliverPlain(ctx, posts, parent, m, k)
		}
		return err
	})
	return ts, err
}

func metadataRefused(err error) bool { return strings.Contains(codeOf(err), "metadata") }

// deliverPlain posts a message in the form that it has.
func (o *outbox) deliverPlain(ctx context.Context, posts []moderation.Post, parent string, m say.Message, k mark) (ts string, err error) {
	p := posts[0]
	if p.Attempt > 0 && p.Kind == moderation.PostThread { // recordEarlier looked for the others
		ts, version, found, err := o.slack.find(ctx, p.Channel, parent, k, p.At)
		if found && len(posts) == 1 {
			posts[0].Wanted = version
		}
		if err != nil || found {
			return ts, err
		}
	}
	if err := o.renew(ctx, slackTimeout, posts); err != nil {
		return "", err
	}
	return o.slack.post(ctx, p.Channel, parent, m, k)
}

// update updates the message of a post.
func (o *outbox) update(ctx context.Context, p moderation.Post, m say.Message) error {
	if err := o.renew(ctx, slackTimeout, []moderation.Post{p}); err != nil {
		return err
	}
	return o.slack.update(ctx, moderation.Posted{Channel: p.Channel, TS: p.TS}, m)
}

// renew keeps posts leased while the next call of Slack lasts. A process that
// stood still finds out here that another one sends them.
func (o *outbox) renew(ctx context.Context, call time.Duration, posts []moderation.Post) error {
	return o.store.RenewPosts(ctx, call+leaseSpare, posts...)
}

// inAnyForm sends the message of a post in the form that Slack takes.
func (o *outbox) inAnyForm(p moderation.Post, m say.Message, send func(say.Message) error) error {
	return inAnyForm(m, o.noTables, o.metrics.postFaults.WithLabelValues(faultForm), o.log.With("case", p.Case, "kind", p.Kind), send)
}

// movedAnswer queues a direct message that links to the moved card.
func (o *outbox) movedAnswer(ctx context.Context, p moderation.Post, why string) (moderation.NewJob, error) {
	v, err := o.store.CaseView(ctx, p.Case)
	if err != nil {
		return moderation.NewJob{}, err
	}
	a := v.Case.Actor
	raw, err := json.Marshal(answer{User: a.User, Lang: say.LangOf(a.Locale, o.speaker.Lang()), OfCase: true, Link: true, Why: why})
	if err != nil {
		return moderation.NewJob{}, err
	}
	return moderation.NewJob{
		Key:   "moved:" + strconv.FormatInt(p.Case, 10) + ":" + p.Channel + ":" + why,
		Queue: moderation.QueueAnswer, Kind: moderation.JobAnswer, RunAt: o.now(), Payload: raw, Case: p.Case,
	}, nil
}

func codeOf(err error) string {
	var said slack.SlackErrorResponse
	if errors.As(err, &said) {
		return said.Err
	}
	return "unknown"
}
