package bot

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"bouncer/backoff"
	"bouncer/bot/people"
	"bouncer/bot/say"
	"bouncer/moderation"
)

// The outbox's bounds.
const (
	foldCards   = 15  // cards in one list
	foldLines   = 400 // lines taken at once
	outboxPoll  = 200 * time.Millisecond
	outboxGap   = 40 * time.Millisecond // wakes within it are one look
	outboxHands = 8                     // channels served at once
	// postFresh is how old an answer about a channel may be for a post there:
	// Slack tells nobody that one is about to be shared.
	postFresh = 15 * time.Second
)

// outbox brings what should stand in Slack there, within Slack's limits, and
// keeps at it until Slack took it. One message a second and channel: cards
// whose buttons must be pressed first, then updates, then threads; audit lines
// fold and never wait for a card.
type outbox struct {
	store   Store
	slack   *poster
	speaker *say.Speaker
	people  directory
	log     *slog.Logger
	metrics *metrics
	now     func() time.Time

	spread func() float64 // of the waits, in [0,1); nil for a random one

	audit, fallback string // AUDIT_CHANNEL, CASE_CHANNEL
	database        uuid.UUID
	link            func(moderation.Posted) string

	mu   sync.Mutex
	busy map[string]bool      // channels that are being served
	next map[string]time.Time // when a channel may be looked at again
}

// run serves all channels until ctx ends; what is under way is finished, unless
// posting ends before.
func (o *outbox) run(ctx, posting context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	hands := make(chan struct{}, outboxHands)
	tick := time.NewTicker(outboxPoll)
	defer tick.Stop()
	gap := time.NewTicker(outboxGap)
	defer gap.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-gap.C:
		}
		due, err := o.store.DueChannels(ctx, o.pausedChannels())
		if err != nil && ctx.Err() == nil {
			o.log.Error("outbox", "err", err)
		}
		for _, d := range due {
			if !o.claimChannel(d.Channel) {
				continue
			}
			select {
			case hands <- struct{}{}:
			case <-ctx.Done():
				return nil
			}
			wg.Go(func() {
				defer func() { <-hands }()
				pause := o.serve(posting, d)
				o.releaseChannel(d.Channel, pause)
			})
		}
		select {
		case <-ctx.Done():
			return nil
		case <-o.store.PostsWake():
		case <-tick.C:
		}
	}
}

// pausedChannels returns the channels that take cannot have now.
func (o *outbox) pausedChannels() map[string]bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := maps.Clone(o.busy)
	for channel, at := range o.next {
		if o.now().Before(at) {
			out[channel] = true
		}
	}
	return out
}

func (o *outbox) claimChannel(channel string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.busy[channel] || o.now().Before(o.next[channel]) {
		return false
	}
	o.busy[channel] = true
	return true
}

func (o *outbox) releaseChannel(channel string, pause time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.busy, channel)
	o.next[channel] = o.now().Add(pause)
}

// serve brings out one message of a channel, and says how long to leave the
// channel alone.
func (o *outbox) serve(ctx context.Context, d moderation.ChannelBacklog) (pause time.Duration) {
	var same []moderation.Post
	defer func() {
		if p := recover(); p != nil {
			pause = o.panicked(ctx, d.Channel, same, moderation.RecoveredPanic(p))
		}
	}()
	if pause := o.checkChannel(ctx, d); pause > 0 {
		return pause
	}
	now := o.now()
	lines := d.Lines > 0 && now.Sub(d.OldestLine) > o.slack.timing.LineDelay
	if !lines && d.Lines == d.Posts {
		return outboxGap
	}
	behind := now.Sub(d.Oldest)
	kind, n := moderation.PostKind(""), 1
	switch {
	case lines:
		kind, n = moderation.PostLine, foldLines
	case behind > o.slack.timing.FoldAfter:
		n = foldCards
	}
	posts, err := o.store.DuePosts(ctx, d.Channel, kind, n)
	if err != nil {
		o.log.Error("outbox", "channel", d.Channel, "err", err)
		return time.Second
	}
	if len(posts) == 0 {
		return outboxPoll
	}
	same, rest := alike(posts)
	if len(rest) > 0 {
		o.later(ctx, 0, false, rest...)
	}
	if wait := o.turn(ctx, d.Channel, same[0]); wait > 0 {
		if isUpdate(same[0]) { // new messages of this channel need not wait for it
			o.later(ctx, wait, false, same...)
			return 0
		}
		o.later(ctx, 0, false, same...)
		return wait
	}
	told := 0
	switch same[0].Kind {
	case moderation.PostLine:
		told, err = o.lines(ctx, d.Channel, same)
	case moderation.PostThread:
		told, err = allPosted(same, o.threads(ctx, same))
	default:
		told, err = allPosted(same, o.cards(ctx, same))
	}
	return o.recordResult(ctx, d.Channel, same, told, err)
}

// allPosted is how many stand of posts that share one message.
func allPosted(posts []moderation.Post, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	return len(posts), nil
}

// afterPanic is how long what broke a hand of the outbox is left alone.
const afterPanic = 30 * time.Second

// panicked puts aside what was being posted: one message that cannot be made
// must not end the process, at each start again.
func (o *outbox) panicked(ctx context.Context, channel string, posts []moderation.Post, err *moderation.PanicError) (pause time.Duration) {
	o.metrics.panics.WithLabelValues("outbox").Inc()
	o.log.Error("outbox panicked", "channel", channel, "err", err)
	if len(posts) == 0 {
		return afterPanic
	}
	for i, p := range posts { // one by one: the next try shows which of them it is
		o.later(ctx, afterPanic+time.Duration(i)*time.Second, true, p)
	}
	return 0
}

func isUpdate(p moderation.Post) bool {
	return (p.Kind == moderation.PostCard || p.Kind == moderation.PostLine) && p.TS != ""
}

// alike takes the posts that can go out together with the first one: new
// cards, updates of one message, threads under one card, or lines.
func alike(posts []moderation.Post) (same, rest []moderation.Post) {
	first := posts[0]
	for _, p := range posts {
		// What was tried before is tried again by itself: an earlier try that is
		// found to stand tells of nothing that came later.
		if p.Kind == first.Kind && p.TS == first.TS && p.Parent == first.Parent && (p.Attempt > 0) == (first.Attempt > 0) {
			same = append(same, p)
		} else {
			rest = append(rest, p)
		}
	}
	return same, rest
}

// turn takes the turn that a post needs.
func (o *outbox) turn(ctx context.Context, channel string, p moderation.Post) time.Duration {
	t := o.slack.postTurn(channel)
	if isUpdate(p) {
		t = o.slack.updateTurn()
	}
	wait, err := o.store.TakeTurn(ctx, t)
	if err != nil {
		o.log.Error("outbox turn", "channel", channel, "err", err)
		return time.Second
	}
	return wait
}

// checkChannel holds everything back from a channel in which outsiders read along.
// Cards move to the case channel; lines wait until the channel is ours again.
func (o *outbox) checkChannel(ctx context.Context, d moderation.ChannelBacklog) (pause time.Duration) {
	c, err := o.people.Channel(ctx, d.Channel, postFresh)
	switch {
	case err == nil && !c.HasExternalPeople():
		return 0
	case err != nil && !people.Unseen(err):
		// Slack cannot say now: nothing is posted, and nothing moves.
		o.log.Warn("a channel cannot be looked at, posting waits", "channel", d.Channel, "waiting", d.Posts, "err", err)
		return 2 * time.Second
	}
	o.metrics.withheld.Inc()
	o.log.Error("nothing is posted: the channel is shared with outsiders, or Slack cannot describe it",
		"channel", d.Channel, "waiting", d.Posts, "err", err)
	if d.Channel == o.fallback || d.Channel == o.audit {
		return 15 * time.Second
	}
	posts, err := o.store.DuePosts(ctx, d.Channel, "", foldCards) // a thread takes its card along
	if err != nil {
		o.log.Error("outbox", "channel", d.Channel, "err", err)
		return time.Second
	}
	o.move(ctx, posts, "outsiders")
	if len(posts) == 0 {
		return 5 * time.Second
	}
	return time.Millisecond
}

// recordResult says what an attempt leaves behind, of which the first ones, told in
// number, are known to stand.
func (o *outbox) recordResult(ctx context.Context, channel string, posts []moderation.Post, told int, err error) (pause time.Duration) {
	o.metrics.posted.WithLabelValues(string(posts[0].Kind)).Add(float64(told))
	if err == nil {
		return 0
	}
	posts = posts[told:]
	f, wait := faultOf(err)
	o.metrics.postFaults.WithLabelValues(string(posts[0].Kind)).Inc()
	o.log.Warn("not posted yet", "channel", channel, "kind", posts[0].Kind, "case", posts[0].Case,
		"attempt", posts[0].Attempt, "err", err)
	switch f {
	case faultNoPost:
		if posts[0].Kind != moderation.PostLine && channel != o.fallback {
			o.move(ctx, posts, codeOf(err))
			return 0
		}
		o.log.Error("a channel takes no message of ours: invite the bot, or set another one", "channel", channel, "err", err)
		wait = 15 * time.Second
	case faultGone:
		// An admin deleted the message: it is posted anew. When a thread has
		// lost its card, that is what must stand again first.
		if posts[0].Kind == moderation.PostThread {
			cards, err := o.store.PostsIn(ctx, moderation.Posted{Channel: channel, TS: posts[0].Parent})
			if err != nil {
				o.log.Error("outbox", "channel", channel, "err", err)
				return time.Second
			}
			posts = slices.DeleteFunc(cards, func(p moderation.Post) bool { return p.Kind != moderation.PostCard })
		}
		if err := o.store.MarkPostGone(ctx, posts...); err != nil {
			o.log.Error("outbox", "channel", channel, "err", err)
		}
		return 0
	case faultID:
		if err := o.store.MarkPostGone(ctx, posts...); err != nil {
			o.log.Error("outbox", "channel", channel, "err", err)
		}
		return 0
	case faultSettled:
		o.log.Error("Slack takes nothing from this app: look at its token, scopes and installation", "channel", channel, "err", err)
		wait = settledWait
	case faultLater, faultLost, faultShape:
		if wait > 0 {
			break // Slack says how long
		}
		wait = backoff.Policy{First: 500 * time.Millisecond, Max: 30 * time.Second, Rand: o.spread}.Wait(posts[0].Attempt)
		if posts[0].Attempt >= triesInVain {
			if posts[0].Kind != moderation.PostLine && channel != o.fallback {
				o.move(ctx, posts, codeOf(err))
				return 0
			}
			wait = settledWait
		}
	}
	// What Slack has not looked at for want of a turn, did not fail.
	o.later(ctx, wait, f != faultLater || !retryable(err), posts...)
	if !retryable(err) {
		return 0
	}
	if f == faultLater && isUpdate(posts[0]) {
		return 0 // the limit of chat.update: new messages of the channel go on
	}
	return wait // the whole channel must wait, not this post alone
}

const (
	// triesInVain is after how many tries, over some eight minutes, a post is
	// tried no more where it was to stand; a line or a card that has no other
	// place is tried every settledWait.
	triesInVain = 20
	settledWait = 5 * time.Minute
)

// retryable reports whether Slack was too busy: a status of 429, or 500 and above.
func retryable(err error) bool {
	var busy interface{ Retryable() bool }
	return errors.As(err, &busy) && busy.Retryable()
}

func (o *outbox) later(ctx context.Context, wait time.Duration, failed bool, posts ...moderation.Post) {
	if err := o.store.RetryPosts(ctx, wait, failed, posts...); err != nil {
		o.log.Error("outbox", "channel", posts[0].Channel, "err", err)
	}
}

// move sends cards and their threads to the case channel, and has those who
// asked told.
func (o *outbox) move(ctx context.Context, posts []moderation.Post, why string) {
	moved := make(map[int64]bool)
	for _, p := range posts {
		if moved[p.Case] {
			continue
		}
		moved[p.Case] = true
		o.metrics.moved.Inc()
		o.log.Warn("card moved to the case channel", "case", p.Case, "from", p.Channel, "to", o.fallback, "why", why)
		job, err := o.movedAnswer(ctx, p, why)
		if err == nil {
			err = o.store.MoveCard(ctx, p.Case, o.fallback, moderation.Change{Jobs: []moderation.NewJob{job}})
		}
		if err != nil {
			o.log.Error("card not moved", "case", p.Case, "err", err)
		}
	}
}

// markOf makes the same mark and client_msg_id for each try to post the same
// things in one message, and another one as soon as there is another among them,
// or another channel, or another generation of them.
func (o *outbox) markOf(posts ...moderation.Post) mark {
	key := posts[0].Key
	if len(posts) > 1 {
		var all strings.Builder
		for _, p := range posts {
			all.WriteString(p.Key + "\x00")
		}
		key += "+" + uuid.NewSHA1(uuid.Nil, []byte(all.String())).String()
	}
	return newMark(o.database, posts[0].Channel, key, posts[0].Wanted, posts[0].Generation)
}
