package bot

import (
	"context"
	"fmt"
	"sync"
	"time"

	"bouncer/moderation"
)

// oddKept is how many undecodable deliveries a minute get an entry of their
// own. Beyond that they are counted, and one entry has the count.
const oddKept = 10

// noticeLimit counts the undecodable deliveries of one minute.
type noticeLimit struct {
	mu            sync.Mutex
	minute        int64
	kept, counted int
}

// keep reports whether one more gets its own entry. more is the number of an
// earlier minute that were only counted, if it is due to be recorded now.
func (o *noticeLimit) keep(now time.Time) (kept bool, more int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	more = o.over(now)
	if o.kept < oddKept {
		o.kept++
		return true, more
	}
	o.counted++
	return false, more
}

// flush returns how many deliveries were only counted in a past minute, or
// with all in any.
func (o *noticeLimit) flush(now time.Time, all bool) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	if all {
		o.minute = -1
	}
	return o.over(now)
}

func (o *noticeLimit) over(now time.Time) (more int) {
	if at := now.Unix() / 60; at != o.minute {
		more, o.minute, o.kept, o.counted = o.counted, at, 0, 0
	}
	return more
}

// undecodable reports a delivery that could not be decoded to the log, the
// metrics and the audit channel, never with its content.
func (b *Bot) undecodable(ctx context.Context, id string, cause error, size int) {
	b.metrics.undecodable.Inc()
	b.log.Error("delivery cannot be decoded", "envelope", id, "size", size, "err", cut(cause.Error(), mostDetail))
	kept, more := b.odd.keep(b.cfg.Now())
	b.undecodableCounted(ctx, more)
	if kept {
		b.notice(ctx, "undecodable", moderation.Body{
			Code: moderation.NoticeUndecodable, Origin: &moderation.Origin{Envelope: id}, Detail: cut(cause.Error(), mostDetail), Count: size,
		}, 1)
	}
}

// undecodableCounted writes down how many were only counted.
func (b *Bot) undecodableCounted(ctx context.Context, n int) {
	if n > 0 {
		b.notice(ctx, "undecodable", moderation.Body{Code: moderation.NoticeUndecodable, Detail: fmt.Sprintf("%d more within a minute", n)}, n)
	}
}

// eventsDelayed reports that Slack delayed events because there were too
// many. Everything that events announce is read again before use, and role
// groups are checked at once.
func (b *Bot) eventsDelayed(ctx context.Context, id string, minute time.Time) {
	b.metrics.eventsDelayed.Inc()
	b.log.Warn("Slack delays events: more than 30,000 within an hour", "envelope", id, "minute", minute.UTC())
	b.triggerGroupCheck()
	if b.eventsDelayedAt.Swap(minute.Unix()) == minute.Unix() {
		return // already reported
	}
	b.notice(ctx, "events-held", moderation.Body{
		Code: moderation.NoticeEventsDelayed, Origin: &moderation.Origin{Envelope: id}, Values: map[string]string{"at": minute.UTC().Format("2006-01-02 15:04")},
	}, 1)
}

// notice writes down what the operator should know. Equal ones of a minute share
// a line in the audit channel.
func (b *Bot) notice(ctx context.Context, key string, body moderation.Body, count int) {
	now := b.cfg.Now()
	body.Actor = &moderation.Actor{Kind: moderation.ActorSystem}
	if body.Origin == nil {
		body.Origin = &moderation.Origin{}
	}
	body.Origin.Bot = b.cfg.Version
	err := b.cfg.Store.Append(ctx, moderation.Change{
		Entries: []moderation.NewEntry{{Kind: moderation.EntryNotice, Body: body}},
		Lines: []moderation.Line{{
			Key: key + ":" + now.UTC().Format("200601021504"), Channel: b.cfg.AuditChannel,
			Due: now, Kind: moderation.EntryNotice, Body: body.JSON(), Count: count,
		}},
	})
	if err != nil {
		b.log.Error("notice not stored", "err", err)
	}
}
