package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"bouncer/moderation"
	"bouncer/policy"
)

// digestWork is the payload of a digest's job: when it is due, and by which
// setting. Another setting makes it void: that one has jobs of its own.
type digestWork struct {
	Due     time.Time `json:"due"`
	Setting string    `json:"setting"`
}

// digestTimes returns the due times of a digest around now: the last one that
// is not after now, and the next. A time that is skipped because clocks go
// forward is due that much later; one that occurs twice is due the first
// time.
func digestTimes(now time.Time, hour, minute int, zone *time.Location) (last, next time.Time) {
	y, m, d := now.In(zone).Date()
	on := func(day int) time.Time { return first(time.Date(y, m, d+day, hour, minute, 0, 0, zone)) }
	for day := 1; ; day-- {
		if last = on(day); !last.After(now) {
			return last, on(day + 1)
		}
	}
}

// first returns the earliest time with the same clock reading: when clocks go
// back, an hour occurs twice.
func first(t time.Time) time.Time {
	for _, back := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour} { // there are no other shifts
		if before := t.Add(-back); before.Format(time.DateTime) == t.Format(time.DateTime) {
			return before
		}
	}
	return t
}

// digestJob is the job of the next digest after a moment; none when the policy
// asks for none.
func digestJob(p *policy.Policy, now time.Time) []moderation.NewJob {
	hour, minute, zone, ok := p.Digest()
	if !ok {
		return nil
	}
	_, next := digestTimes(now, hour, minute, zone)
	w := digestWork{Due: next, Setting: fmt.Sprintf("%02d:%02d %s", hour, minute, zone)}
	raw, err := json.Marshal(w)
	if err != nil { // a time and a string: cannot fail
		panic("bot: " + err.Error())
	}
	return []moderation.NewJob{{
		Key: "digest:" + next.Format(time.DateOnly) + ":" + w.Setting, Queue: moderation.QueueTimer, Kind: moderation.JobDigest,
		RunAt: next, Payload: raw,
	}}
}

// scheduleDigest queues the next digest of a policy. One that is already
// queued stays.
func (b *Bot) scheduleDigest(ctx context.Context, p *policy.Policy) error {
	jobs := digestJob(p, b.cfg.Now())
	if len(jobs) == 0 {
		return nil
	}
	return b.cfg.Store.Append(ctx, moderation.Change{Jobs: jobs})
}

// longestDigest bounds the period of a late digest. After a longer pause it
// covers only the last day.
const longestDigest = 8 * 24 * time.Hour

// postDigest summarizes the time since the last digest exactly once, also
// when the process was down at the hour or several processes share the
// database.
func (b *Bot) postDigest(ctx context.Context, h *moderation.LeasedJob) error {
	var w digestWork
	if err := json.Unmarshal(h.Payload, &w); err != nil {
		return fmt.Errorf("digest job %d: %w", h.ID, err)
	}
	now := b.cfg.Now()
	if wait := w.Due.Sub(now); wait > 0 { // the clock was set back
		return b.cfg.Store.Retry(ctx, h.Job, wait)
	}
	p := b.cfg.Policy()
	hour, minute, zone, ok := p.Digest()
	next := moderation.Change{Jobs: digestJob(p, now)}
	if !ok || w.Setting != fmt.Sprintf("%02d:%02d %s", hour, minute, zone) {
		return b.finish(ctx, h, next)
	}
	until, _ := digestTimes(now, hour, minute, zone)
	from, err := b.cfg.Store.LastDigest(ctx)
	if err != nil {
		return err
	}
	if before, _ := digestTimes(until.Add(-time.Second), hour, minute, zone); from.IsZero() || until.Sub(from) > longestDigest {
		from = before
	}
	if !from.Before(until) {
		return b.finish(ctx, h, next)
	}
	d, err := b.cfg.Store.Digest(ctx, from, until)
	if err != nil {
		return err
	}
	d.From, d.Until = d.From.In(zone), d.Until.In(zone)
	for i := range d.Bars {
		d.Bars[i].At = d.Bars[i].At.In(zone)
	}
	day := until.Format(time.DateOnly)
	body := moderation.Body{Actor: &moderation.Actor{Kind: moderation.ActorSystem}, Digest: &d, Detail: day}
	next.Lines = []moderation.Line{{
		Key: "digest:" + day, Channel: b.cfg.AuditChannel, Due: now, Kind: moderation.EntryDigest, Body: body.JSON(), Count: 1,
	}}
	err = b.cfg.Store.SaveDigest(ctx, h.Job, day, d, next)
	if errors.Is(err, moderation.ErrStale) {
		next.Lines = nil
		return b.finish(ctx, h, next)
	}
	if err == nil {
		b.log.Info("digest posted", "day", day, "cases", d.Cases, "late_ms", now.Sub(until).Milliseconds())
	}
	return err
}
