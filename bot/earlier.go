package bot

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"bouncer/moderation"
)

// lookupPage is among how many messages one whose answer was lost is looked for.
const lookupPage = 200

// recordEarlier records the posts that messages of earlier attempts show, whose answers were lost,
// and returns the others. Which posts share a message may differ from attempt to attempt, so each is
// looked for by itself. Without a history scope it returns all.
func (o *outbox) recordEarlier(ctx context.Context, channel string, posts []moderation.Post) ([]moderation.Post, error) {
	if !o.slack.canFind || posts[0].Attempt == 0 || posts[0].TS != "" {
		return posts, nil
	}
	since := posts[0].At
	for _, p := range posts {
		if p.At.Before(since) {
			since = p.At
		}
	}
	messages, err := o.slack.messagesSince(ctx, channel, posts[0].Parent, since)
	if err != nil {
		return posts, err
	}
	var rest []moderation.Post
	for _, p := range posts {
		at, folded := moderation.Posted{Channel: channel}, false
		for _, m := range messages {
			if version, ok := o.markOf(p).shows(m.Metadata); ok {
				at.TS, p.Wanted, folded = m.Timestamp, version, m.Metadata.EventPayload["parts"] != nil
				break
			}
		}
		if at.TS == "" {
			rest = append(rest, p)
			continue
		}
		if folded {
			// One that shares the message may have been recorded before, and the message changed
			// since to what was known to be in it: it is due once more, with all.
			p.Wanted--
		}
		if err := o.store.MarkPosted(ctx, at, folded, p); err != nil {
			return posts, err
		}
	}
	return rest, nil
}

// find looks for a post of a thread whose answer was lost, and returns the version that it
// shows. found is also false without a history scope.
func (t *poster) find(ctx context.Context, channel, parent string, k mark, since time.Time) (ts string, version int64, found bool, err error) {
	if !t.canFind {
		return "", 0, false, nil
	}
	messages, err := t.messagesSince(ctx, channel, parent, since)
	for _, m := range messages {
		if version, ok := k.shows(m.Metadata); ok {
			return m.Timestamp, version, true, nil
		}
	}
	return "", 0, false, err
}

// messagesSince returns the newest messages of a channel, or the replies in a thread, since a minute
// before a time: one page, because Slack allows about fifty such calls a minute.
func (t *poster) messagesSince(ctx context.Context, channel, parent string, since time.Time) (messages []slack.Message, err error) {
	ctx, cancel := context.WithTimeout(ctx, slackTimeout)
	defer cancel()
	oldest := strconv.FormatInt(since.Add(-time.Minute).Unix(), 10)
	if parent != "" {
		messages, _, _, err = t.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
			ChannelID: channel, Timestamp: parent, Oldest: oldest, Limit: lookupPage, IncludeAllMetadata: true})
	} else {
		var r *slack.GetConversationHistoryResponse
		r, err = t.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
			ChannelID: channel, Oldest: oldest, Limit: lookupPage, IncludeAllMetadata: true})
		if r != nil {
			messages = r.Messages
		}
	}
	if err != nil {
		return nil, fmt.Errorf("look up a post: %w", err)
	}
	return messages, nil
}
