package bot

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"bouncer/moderation"
)

// checkPublishedHead compares the log with the newest head in the audit
// channel, if a history scope allows reading it. It counts heads published
// after Config.PublishedHead, which was checked already; a difference that an
// operator has accepted since is not reported again.
func (b *Bot) checkPublishedHead(ctx context.Context) error {
	if !b.slack.canFind {
		return nil
	}
	head, err := b.slack.publishedHeadIn(ctx, b.cfg.AuditChannel, b.cfg.AppID)
	if err != nil { // the file beside the database is what a start rests on
		b.log.Warn("cannot compare the audit channel with the log", "err", err)
		return nil
	}
	if id, _ := b.cfg.Store.Database(); head.Database != id {
		return nil
	}
	if head.Cases > 0 { // also of a log that was accepted meanwhile
		if err := b.cfg.Store.RaiseNextCase(ctx, head.Cases); err != nil {
			return err
		}
	}
	if !head.At.After(b.cfg.PublishedHead.At) {
		return nil
	}
	return moderation.CheckPublishedHead(ctx, b.cfg.Store, head)
}

// publishedHeadIn returns the highest head among the app's newest messages in
// a channel; the zero value if there is none.
func (t *poster) publishedHeadIn(ctx context.Context, channel, app string) (newest moderation.PublishedHead, err error) {
	ctx, cancel := context.WithTimeout(ctx, slackTimeout)
	defer cancel()
	r, err := t.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
		ChannelID: channel, Limit: 200, IncludeAllMetadata: true,
	})
	if err != nil {
		return newest, fmt.Errorf("look for the published head: %w", err)
	}
	cases := make(map[string]int64) // by database
	for _, m := range r.Messages {
		if m.Metadata.EventType != markType || m.BotProfile == nil || m.BotProfile.AppID != app {
			continue
		}
		head, ok := publishedHeadOf(m.Metadata.EventPayload, m.Timestamp)
		if !ok {
			continue
		}
		cases[head.Database] = max(cases[head.Database], head.Cases)
		if head.Number > newest.Number {
			newest = head
		}
	}
	newest.Cases = cases[newest.Database]
	return newest, nil
}

// publishedHeadOf reads the head from a message's metadata.
func publishedHeadOf(payload map[string]any, ts string) (head moderation.PublishedHead, ok bool) {
	text := func(key string) string {
		s, _ := payload[key].(string)
		return s
	}
	n, err := strconv.ParseInt(text("head"), 10, 64)
	seconds, terr := strconv.ParseFloat(ts, 64)
	if err != nil || terr != nil || n <= 0 || text("hash") == "" {
		return head, false
	}
	cases, _ := strconv.ParseInt(text("cases"), 10, 64) // earlier versions did not publish it
	return moderation.PublishedHead{
		Database: text("database"), Number: n, Hash: text("hash"), At: time.UnixMilli(int64(seconds * 1000)).UTC(), Cases: max(cases, 0),
	}, true
}
