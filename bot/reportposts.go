package bot

import (
	"context"
	"errors"
	"fmt"

	"bouncer/bot/say"
	"bouncer/moderation"
)

// reports posts new reports, one as a card and several as a list, updates one message, or posts a
// reminder of the reports that wait.
func (o *outbox) reports(ctx context.Context, posts []moderation.Post) error {
	first := posts[0]
	at := moderation.Posted{Channel: first.Channel, TS: first.TS}
	if first.TS != "" {
		var err error
		if posts, err = o.store.PostsIn(ctx, at); err == nil && len(posts) == 0 {
			err = fmt.Errorf("no posts in %s %s", at.Channel, at.TS)
		}
		if err != nil {
			return err
		}
	}
	m, versions, err := o.reportMessage(ctx, posts)
	switch {
	case errors.Is(err, moderation.ErrNotFound): // erased meanwhile
		err = nil
	case err != nil:
	case first.TS != "":
		err = o.inAnyForm(first, m, func(m say.Message) error { return o.update(ctx, first, m) })
	default:
		at.TS, err = o.deliver(ctx, posts, "", m)
	}
	if err != nil {
		return err
	}
	for i, p := range posts {
		token, _ := p.Report()
		switch version, ok := versions[token]; {
		case !ok: // a reminder, or erased meanwhile
		case first.TS == "" && first.Attempt > 0: // it may be the message of an earlier attempt: then an update follows
			posts[i].Wanted = p.Posted
		default:
			posts[i].Wanted = version
		}
	}
	return o.store.MarkPosted(ctx, at, len(posts) > 1, posts...)
}

// reportMessage renders reports or a reminder, and returns the version of each report that it shows, by
// its token. ErrNotFound means that there is nothing to show any more.
func (o *outbox) reportMessage(ctx context.Context, posts []moderation.Post) (m say.Message, versions map[string]int64, err error) {
	tokens := make([]string, 0, len(posts))
	for _, p := range posts {
		token, ok := p.Report()
		if !ok {
			m, err = o.reminder(ctx, p.Channel)
			return m, nil, err
		}
		tokens = append(tokens, token)
	}
	reports, err := o.store.Reports(ctx, tokens)
	if err != nil {
		return m, nil, err
	}
	versions = make(map[string]int64, len(reports))
	for i, r := range reports {
		versions[r.Token] = r.Version
		reports[i].Room = o.named(r.Room)
	}
	switch len(reports) {
	case 0:
		return m, nil, moderation.ErrNotFound
	case 1:
		v, err := o.report(ctx, reports[0].Token)
		versions[v.Token] = v.Version
		return o.speaker.Report(v, o.speaker.Lang()), versions, err
	}
	return o.speaker.ReportList(reports), versions, nil
}

// reminder renders a reminder of the reports that wait in a channel; ErrNotFound when none does.
func (o *outbox) reminder(ctx context.Context, channel string) (m say.Message, err error) {
	waiting, all, err := o.store.WaitingReports(ctx, channel, say.ReminderReports)
	if err == nil && all == 0 {
		err = moderation.ErrNotFound
	}
	if err != nil {
		return m, err
	}
	for i, r := range waiting {
		waiting[i].Room = o.named(r.Room)
	}
	return o.speaker.ReportReminder(waiting, all, o.link), nil
}
