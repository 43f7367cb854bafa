package bot

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"bouncer/backoff"
	"bouncer/bot/people"
	"bouncer/bot/say"
	"bouncer/moderation"
)

// The outbox's bounds.
const (
	foldCards     = 15  // cards in one list
	foldLines     = 400 // lines taken at once
	outboxPoll    = 200 * time.Millisecond
	outboxGap     = 40 * time.Millisecond // several wakes within it cause one check
	outboxWorkers = 8                     // channels served at once
	// postFresh is the maximum age of a channel's data when posting there:
	// Slack does not announce that a channel is about to be shared.
	postFresh = 15 * time.Second
	// leaseSpare is how much longer than a call of Slack its posts stay leased.
	leaseSpare = 5 * time.Second
)

// outbox posts and updates messages within Slack's limits and retries until
// Slack accepts them. Each channel gets one message a second: cards with
// buttons first, then updates, then threads, then reports. Audit lines are folded
// and never wait for a card.
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
	report          func(ctx context.Context, token string) (say.ReportView, error)
	named           func(moderation.Room) moderation.Room // with its name in the policy
	noTables        *atomic.Bool                          // Slack refused a table since the start
	// trace records an attempt to post; nil for none.
	trace func(ctx context.Context, channel string, posts []moderation.Post, began time.Time, err error)

	mu   sync.Mutex
	busy map[string]bool      // channels that are being served
	next map[string]time.Time // when a channel may be served again
}

// run serves all channels until ctx ends; what is under way is finished, unless
// posting ends before.
func (o *outbox) run(ctx, posting context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	busy := make(chan struct{}, outboxWorkers)
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
			o.log.Error("posting failed: reading the due channels", "err", err)
		}
		for _, d := range due {
			if !o.claimChannel(d.Channel) {
				continue
			}
			select {
			case busy <- struct{}{}:
			case <-ctx.Done():
				return nil
			}
			wg.Go(func() {
				defer func() { <-busy }()
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

// pausedChannels returns the channels that claimChannel would not claim now.
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

// serve posts one message of a channel and returns how long to leave the
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
	left := o.slack.timing.LineDelay - now.Sub(d.OldestLine)
	lines := d.Lines > 0 && left < 0
	if !lines && d.Lines == d.Posts { // a card that comes meanwhile need not wait for the lines
		return min(max(left, outboxGap), outboxPoll)
	}
	kind, n := moderation.PostKind(""), 1
	switch foldAfter := o.slack.timing.FoldAfter; {
	case lines:
		kind, n = moderation.PostLine, foldLines
	case d.Posts == d.Lines+d.Reports:
		if kind = moderation.PostReport; now.Sub(d.OldestReport) > foldAfter {
			n = say.ReportsInList
		}
	case now.Sub(d.Oldest) > foldAfter:
		n = foldCards
	}
	posts, err := o.store.DuePosts(ctx, d.Channel, kind, n)
	if err != nil {
		o.log.Error("posting failed: reading the due posts", "channel", d.Channel, "err", err)
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
	if same[0].Kind != moderation.PostThread {
		switch rest, err := o.recordEarlier(ctx, d.Channel, same); {
		case err != nil:
			return o.recordResult(ctx, d.Channel, same, 0, err)
		case len(rest) == 0:
			return 0
		default:
			same = rest
		}
	}
	posted, began := 0, time.Now()
	switch same[0].Kind {
	case moderation.PostLine:
		posted, err = o.lines(ctx, d.Channel, same)
	case moderation.PostThread:
		posted, err = allPosted(same, o.threads(ctx, same))
	case moderation.PostReport:
		posted, err = allPosted(same, o.reports(ctx, same))
	default:
		posted, err = allPosted(same, o.cards(ctx, same))
	}
	if o.trace != nil {
		o.trace(ctx, d.Channel, same, began, err)
	}
	return o.recordResult(ctx, d.Channel, same, posted, err)
}

// allPosted returns how many of the posts that share one message were posted.
func allPosted(posts []moderation.Post, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	return len(posts), nil
}

// afterPanic is how long a channel waits after its worker panicked.
const afterPanic = 30 * time.Second

// unusableWait is how long posts wait for a channel that cannot be used.
const unusableWait = 15 * time.Second

// moves reports whether a post goes to another channel where its own cannot be used. Lines and
// reports wait: the operator chose their channel.
func moves(p moderation.Post) bool {
	return p.Kind == moderation.PostCard || p.Kind == moderation.PostThread
}

// panicked postpones the posts of a failed attempt: one message that cannot
// be rendered must not end the process at each start.
func (o *outbox) panicked(ctx context.Context, channel string, posts []moderation.Post, err *moderation.PanicError) (pause time.Duration) {
	o.metrics.panics.WithLabelValues(panicOutbox).Inc()
	o.log.Error("outbox panicked", "channel", channel, "err", err)
	if len(posts) == 0 {
		return afterPanic
	}
	for i, p := range posts { // one by one, so that the next attempt shows which of them it is
		o.later(ctx, afterPanic+time.Duration(i)*time.Second, true, p)
	}
	return 0
}

func isUpdate(p moderation.Post) bool {
	return p.Kind != moderation.PostThread && p.TS != ""
}

// alike returns the posts that can share a message with the first one: new
// cards, new reports, updates of one message, threads under one card, or lines.
func alike(posts []moderation.Post) (same, rest []moderation.Post) {
	first := posts[0]
	for _, p := range posts {
		// Retries are posted separately: an earlier attempt that turns out to
		// have succeeded contains nothing newer. Those of threads are looked for one by one.
		retry := p.Attempt > 0
		if p.ID == first.ID || p.Kind == first.Kind && p.TS == first.TS && p.Parent == first.Parent && retry == (first.Attempt > 0) &&
			(!retry || p.Kind != moderation.PostThread) && folds(p) && folds(first) {
			same = append(same, p)
		} else {
			rest = append(rest, p)
		}
	}
	return same, rest
}

// folds reports whether a post may share a message with others of its kind: a reminder has its own.
func folds(p moderation.Post) bool {
	_, ok := p.Report()
	return ok || p.Kind != moderation.PostReport
}

// turn takes the rate-limit turn that a post needs.
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

// checkChannel withholds all posts from a channel that external people can
// read. Cards move to the case channel; lines wait until the channel is
// internal again.
func (o *outbox) checkChannel(ctx context.Context, d moderation.ChannelBacklog) (pause time.Duration) {
	c, err := o.people.Channel(ctx, d.Channel, postFresh)
	switch {
	case err == nil && !c.HasExternalPeople():
		return 0
	case err != nil && !people.IsUnknownChannel(err):
		// Slack cannot say now: post nothing and move nothing.
		o.log.Warn("channel lookup failed, posting waits", "channel", d.Channel, "waiting", d.Posts, "err", err)
		return 2 * time.Second
	}
	o.metrics.withheld.Inc()
	o.log.Error("posts withheld: external people can read the channel, or Slack cannot describe it",
		"channel", d.Channel, "waiting", d.Posts, "err", err)
	if d.Channel == o.fallback || d.Channel == o.audit {
		return unusableWait
	}
	posts, err := o.store.DuePosts(ctx, d.Channel, "", foldCards) // a thread moves with its card
	if err != nil {
		o.log.Error("posting failed: reading the due posts", "channel", d.Channel, "err", err)
		return time.Second
	}
	o.move(ctx, posts, "outsiders")
	if len(posts) == 0 {
		return 5 * time.Second
	}
	return time.Millisecond
}

// recordResult records the result of an attempt. The first posted posts are
// known to be posted.
func (o *outbox) recordResult(ctx context.Context, channel string, posts []moderation.Post, posted int, err error) (pause time.Duration) {
	o.metrics.posted.WithLabelValues(string(posts[0].Kind)).Add(float64(posted))
	if err == nil {
		return 0
	}
	posts = posts[posted:]
	if errors.Is(err, moderation.ErrLeaseLost) {
		o.log.Warn("posts left to the process that took them over", "channel", channel, "kind", posts[0].Kind, "case", posts[0].Case)
		return 0
	}
	f, wait := faultOf(err)
	o.metrics.postFaults.WithLabelValues(string(posts[0].Kind)).Inc()
	o.log.Warn("post failed, retrying", "channel", channel, "kind", posts[0].Kind, "case", posts[0].Case,
		"attempt", posts[0].Attempt, "err", err)
	switch f {
	case faultNoPost:
		if moves(posts[0]) && channel != o.fallback {
			o.move(ctx, posts, codeOf(err))
			return 0
		}
		o.log.Error("channel rejects the bot's messages: invite the bot, or configure another channel", "channel", channel, "err", err)
		wait = unusableWait
	case faultGone:
		// An admin deleted the message: post it again. If a thread has lost
		// its card, the card comes first. All reports of a list are lost with it.
		kind, at := moderation.PostCard, posts[0].Parent
		if posts[0].Kind == moderation.PostReport && posts[0].TS != "" {
			kind, at = moderation.PostReport, posts[0].TS
		}
		if posts[0].Kind == moderation.PostThread || kind == moderation.PostReport {
			all, err := o.store.PostsIn(ctx, moderation.Posted{Channel: channel, TS: at})
			if err != nil {
				o.log.Error("posting failed: reading what a lost message showed", "channel", channel, "err", err)
				return time.Second
			}
			posts = slices.DeleteFunc(all, func(p moderation.Post) bool { return p.Kind != kind })
		}
		if err := o.store.MarkPostGone(ctx, posts...); err != nil {
			o.log.Error("posting failed: recording a lost post", "channel", channel, "err", err)
		}
		return 0
	case faultID:
		if err := o.store.MarkPostGone(ctx, posts...); err != nil {
			o.log.Error("posting failed: recording a lost post", "channel", channel, "err", err)
		}
		return 0
	case faultSettled:
		o.log.Error("Slack rejects all messages of this app: check its token, scopes and installation", "channel", channel, "err", err)
		wait = settledWait
	case faultLater, faultLost, faultShape:
		if wait > 0 {
			break // Slack names the time
		}
		wait = backoff.Policy{First: 500 * time.Millisecond, Max: 30 * time.Second, Rand: o.spread}.Wait(posts[0].Attempt)
		if posts[0].Attempt >= triesInVain {
			if moves(posts[0]) && channel != o.fallback {
				o.move(ctx, posts, codeOf(err))
				return 0
			}
			wait = settledWait
		}
	}
	// A post that had to wait for a turn has not failed.
	o.later(ctx, wait, f != faultLater || !retryable(err), posts...)
	if !retryable(err) {
		return 0
	}
	if f == faultLater && isUpdate(posts[0]) {
		return 0 // the limit of chat.update: new messages of the channel go on
	}
	return wait // the whole channel must wait
}

const (
	// triesInVain is the number of attempts, over about eight minutes, after
	// which a post is not retried in its channel. A line or a card that has
	// no other channel is retried every settledWait.
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
		o.log.Error("posting failed: postponing posts", "channel", posts[0].Channel, "err", err)
	}
}

// move sends cards and their threads to the case channel and notifies their
// requesters.
func (o *outbox) move(ctx context.Context, posts []moderation.Post, why string) {
	if err := o.renew(ctx, slackTimeout, posts); err != nil {
		o.log.Warn("cards not moved", "to", o.fallback, "why", why, "err", err)
		return
	}
	moved := make(map[int64]bool)
	for _, p := range posts {
		if !moves(p) {
			o.later(ctx, unusableWait, false, p)
			continue
		}
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

// markOf returns the same mark and client_msg_id for each attempt to post the
// same posts in one message, and another one for other posts, another channel
// or another generation.
func (o *outbox) markOf(posts ...moderation.Post) mark {
	key := posts[0].Key
	if len(posts) > 1 {
		var all strings.Builder
		for _, p := range posts {
			all.WriteString(p.Key + "\x00")
		}
		key += "+" + uuid.NewSHA1(uuid.Nil, []byte(all.String())).String()
	}
	p := posts[0]
	k := newMark(o.database, p.Channel, key, p.Wanted, p.Generation)
	if len(posts) == 1 {
		k.After = p.Posted
	} else {
		k.Parts = make(map[string]int64, len(posts))
		for _, p := range posts {
			k.Parts[partOf(p.Key, p.Generation)] = p.Wanted
		}
	}
	if p.Kind == moderation.PostCard || p.Kind == moderation.PostReport { // in each generation it is one message, whatever its version
		k.ID = newMark(o.database, p.Channel, key, 0, p.Generation).ID
	}
	return k
}
