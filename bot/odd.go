package bot

import (
	"context"
	"fmt"
	"sync"
	"time"

	"bouncer/moderation"
)

// oddKept is how many deliveries that nobody understood get entries of their own
// in a minute. Beyond that they are counted, and one entry has their number.
const oddKept = 10

// noticeLimit counts the deliveries of one minute that nobody understood.
type noticeLimit struct {
	mu            sync.Mutex
	minute        int64
	kept, counted int
}

// keep reports whether one more gets an entry of its own. more is how many of an
// earlier minute were only counted, when that is to be written down now.
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

// flush gives how many were only counted in a minute that is over, or at all.
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

// undecodable reports a delivery that nobody understood: to the log, the
// metrics and the audit channel, never with its content.
func (b *Bot) undecodable(ctx context.Context, id string, cause error, size int) {
	b.metrics.undecodable.Inc()
	b.log.Error("a delivery that cannot be understood", "envelope", id, "size", size, "err", cut(cause.Error(), mostDetail))
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

// eventsDelayed tells that Slack held back events of a minute, since there were too
// many. Nothing is lost by it that is not looked up anyway before it is used; the
// role groups are looked at at once.
func (b *Bot) eventsDelayed(ctx context.Context, id string, minute time.Time) {
	b.metrics.eventsDelayed.Inc()
	b.log.Warn("slack holds events back: more than 30,000 within an hour", "envelope", id, "minute", minute.UTC())
	b.triggerGroupCheck()
	if b.eventsDelayedAt.Swap(minute.Unix()) == minute.Unix() {
		return // told already
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
		b.log.Error("notice not kept", "err", err)
	}
}
