package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"bouncer/bot/say"
	"bouncer/moderation"
	"bouncer/policy"
)

// Bounds of a Home tab, and how long and how often one that was opened is kept fresh.
const (
	homeCases        = 5   // of each list
	homeRooms        = 8   // rooms with recent cases
	homeRestrictions = 10  // in all rooms
	homeLooks        = 200 // cases among which those of a person are searched
	homeWithin       = 7 * 24 * time.Hour
	homeFresh        = 15 * time.Minute
	homeEvery        = 10 * time.Second
	homeViewers      = 100 // who are kept fresh
	homeAtOnce       = 4   // tabs that are published when they are opened: Slack may be silent about one
)

// homes keeps the Home tabs that people opened lately fresh. What it knows is lost with the
// process: opening the tab again brings it back.
type homes struct {
	bot    *Bot
	opened chan homeOpened // buffered; the receiver of events must not block

	mu      sync.Mutex
	viewers map[string]*homeViewer
}

// homeViewer is a person who opened the tab.
type homeViewer struct {
	user string
	at   time.Time // guarded by homes.mu

	mu    sync.Mutex // held while the tab is published
	shown []byte     // the view as it was published last; nil where that is not known
}

// homeOpened is the event that a person opened the tab.
type homeOpened struct {
	user string
	at   time.Time
}

func newHomes(b *Bot) *homes {
	return &homes{bot: b, opened: make(chan homeOpened, homeViewers), viewers: map[string]*homeViewer{}}
}

// open notes that a person opened the tab. Of too many at once some have to open it again.
func (h *homes) open(user string) {
	select {
	case h.opened <- homeOpened{user: user, at: h.bot.cfg.Now()}:
	default:
	}
}

// run publishes the tab of each person who opens it, and again when what it shows has changed.
func (h *homes) run(ctx context.Context) {
	var g sync.WaitGroup
	defer g.Wait()
	for range homeAtOnce {
		g.Go(func() { h.publishOpened(ctx) })
	}
	every := time.NewTicker(homeEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			for _, v := range h.fresh() {
				h.show(ctx, v, false)
			}
		}
	}
}

// show publishes the tab as it is when Slack takes it.
func (h *homes) show(ctx context.Context, v *homeViewer, opened bool) {
	for wait := h.publish(ctx, v, opened); wait > 0; wait = h.publish(ctx, v, opened) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// publishOpened publishes the tabs of people who open them, one after the other.
func (h *homes) publishOpened(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case o := <-h.opened:
			v, known := h.add(o)
			h.show(ctx, v, true)
			if !known {
				h.bot.homeRead(ctx, o.user)
			}
		}
	}
}

// add returns who opened the tab, and whether they were known already. The oldest one makes room.
func (h *homes) add(o homeOpened) (v *homeViewer, known bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if v, known = h.viewers[o.user]; !known {
		v = &homeViewer{user: o.user}
		h.viewers[o.user] = v
	}
	v.at = o.at
	if len(h.viewers) > homeViewers {
		oldest := v.user
		for user, o := range h.viewers {
			if o.at.Before(h.viewers[oldest].at) {
				oldest = user
			}
		}
		delete(h.viewers, oldest)
	}
	return v, known
}

// fresh returns who opened the tab lately, and forgets the others.
func (h *homes) fresh() (list []*homeViewer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for user, v := range h.viewers {
		if h.bot.cfg.Now().Sub(v.at) > homeFresh {
			delete(h.viewers, user)
			continue
		}
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b *homeViewer) int { return a.at.Compare(b.at) })
	return list
}

// publish shows the tab, unless it already shows the same; opened is for a tab that was just opened. A
// positive wait means that Slack takes none now: then it must be done again.
func (h *homes) publish(ctx context.Context, v *homeViewer, opened bool) (wait time.Duration) {
	b := h.bot
	if opened {
		v.mu.Lock()
	} else if !v.mu.TryLock() { // it is being published
		return 0
	}
	defer v.mu.Unlock()
	view, err := b.homeOf(ctx, v)
	var raw []byte
	if err == nil {
		raw, err = json.Marshal(view)
	}
	if err == nil && (opened || !bytes.Equal(raw, v.shown)) {
		if wait, err = b.slack.homeTurn(ctx, opened); wait == 0 && err == nil {
			err = h.send(ctx, v, view, raw)
		}
	}
	if err == nil || ctx.Err() != nil {
		return wait
	}
	b.log.Warn("home tab not published", "user", v.user, "err", err)
	var limited *slack.RateLimitedError
	if errors.As(err, &limited) {
		return limited.RetryAfter
	}
	return 0 // the next round tries it again
}

// send publishes a view. Where that fails, what the tab shows is not known any more.
func (h *homes) send(ctx context.Context, v *homeViewer, view slack.HomeTabViewRequest, raw []byte) error {
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	v.shown = nil
	if _, err := h.bot.cfg.Slack.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: v.user, View: view}); err != nil {
		h.bot.metrics.postFaults.WithLabelValues(faultModal).Inc()
		return err
	}
	v.shown = raw
	return nil
}

// homeRead records that a person with a role read the tab, like every reading. A refresh is none, and
// others are shown nothing that is stored.
func (b *Bot) homeRead(ctx context.Context, user string) {
	v, err := b.identifyPerson(ctx, user)
	if err != nil {
		return // the process ends
	}
	rights := b.cfg.Policy().Rights(v.person)
	if v.decision.Refusal != nil || len(rights.Roles) == 0 {
		return
	}
	v.decision.Roles, v.decision.Via = rights.Roles, rights.Via
	actor := v.actor()
	if err := b.cfg.Store.Append(ctx, moderation.Change{Entries: []moderation.NewEntry{{Kind: moderation.EntryRead, Body: moderation.Body{
		Actor: &actor, Action: &moderation.Action{Verb: moderation.Active}, Detail: "home",
		Origin: &moderation.Origin{Source: "home", Bot: b.cfg.Version},
	}}}}); err != nil {
		b.log.Warn("the reading of a home tab is not recorded", "user", user, "err", err)
	}
}

// homeOf renders a person's tab.
func (b *Bot) homeOf(ctx context.Context, viewer *homeViewer) (slack.HomeTabViewRequest, error) {
	v, err := b.identifyPerson(ctx, viewer.user)
	if err != nil {
		return slack.HomeTabViewRequest{}, err
	}
	lang, pol := b.langOf(v.person), b.cfg.Policy()
	rights := pol.Rights(v.person)
	h := say.Home{Refusal: v.decision.Refusal}
	if h.Refusal == nil && len(rights.Roles) == 0 {
		h.Refusal, h.Ask = moderation.NewError(moderation.RefuseNoRole), pol.ApproverIDs()
	}
	if h.Refusal != nil {
		return b.cfg.Speaker.Home(h, lang), nil
	}
	v.decision.Roles, v.decision.Via = rights.Roles, rights.Via
	h.Myself = say.Myself{Actor: v.actor(), Rights: rights, Channels: pol.Channels()}
	if h.Handles, err = b.handles(ctx); err != nil {
		return slack.HomeTabViewRequest{}, err
	}
	for _, read := range []func(context.Context, verdict, *say.Home) error{b.homeCases, b.homeRooms, b.homeRestrictions} {
		if err := read(ctx, v, &h); err != nil {
			return slack.HomeTabViewRequest{}, err
		}
	}
	if h.Overdue, h.OverdueCount, err = b.overdue(ctx, homeCases); err != nil {
		return slack.HomeTabViewRequest{}, err
	}
	return b.cfg.Speaker.Home(h, lang), nil
}

// homeCases finds the cases that the person can decide, and those that the person requested and
// that have not ended.
func (b *Bot) homeCases(ctx context.Context, v verdict, h *say.Home) error {
	me := v.actor()
	for _, state := range []moderation.State{moderation.AwaitingApproval, moderation.AwaitingConfirmation, moderation.Open} {
		cases, _, err := b.cfg.Store.UnfinishedCases(ctx, state, homeLooks)
		if err != nil {
			return err
		}
		for _, c := range cases {
			listed := say.HomeCase{Case: c, Link: b.permalink(c.Card)}
			switch {
			case c.Actor.Same(me) && len(h.Mine) < homeCases:
				h.Mine = append(h.Mine, listed)
			case state == moderation.AwaitingApproval && !c.Actor.Same(me) && len(h.Waiting) < homeCases &&
				b.cfg.Policy().Authorize(policy.RightApprove, v.person, c.Approval.Requirement, !c.Approval.Escalated.IsZero()).Allowed:
				h.Waiting = append(h.Waiting, listed)
			}
		}
	}
	return nil
}

// homeRooms finds the rooms with recent cases. A case counts in each of its rooms.
func (b *Bot) homeRooms(ctx context.Context, _ verdict, h *say.Home) error {
	cases, _, err := b.cfg.Store.SearchCases(ctx, moderation.SearchQuery{Within: homeWithin}, 0, homeLooks)
	if err != nil {
		return err
	}
	for _, c := range cases { // the newest first
		for _, room := range c.Action.Rooms() {
			at := slices.IndexFunc(h.Rooms, func(r say.HomeRoom) bool { return r.Room.String() == room.String() })
			switch {
			case at >= 0:
				h.Rooms[at].Cases++
			case len(h.Rooms) < homeRooms:
				h.Rooms = append(h.Rooms, say.HomeRoom{Room: room, Newest: c, Cases: 1})
			}
		}
	}
	return nil
}

// homeRestrictions finds what is in force in the named rooms and those with recent cases, where the
// person may lift it from some channel.
func (b *Bot) homeRestrictions(ctx context.Context, v verdict, h *say.Home) error {
	rooms := make(map[string]bool)
	for _, room := range b.cfg.Policy().Rooms() {
		rooms[room.String()] = true
	}
	for _, r := range h.Rooms {
		rooms[r.Room.String()] = true
	}
	for _, key := range slices.Sorted(maps.Keys(rooms)) {
		list, total, err := b.cfg.Store.ActiveRestrictions(ctx, moderation.SearchQuery{Room: key}, 0, homeRestrictions)
		if err != nil {
			return err
		}
		if len(list) == 0 || !b.cfg.Policy().ActsIn(v.decision.Roles, liftCommand(list[0])) {
			continue
		}
		h.InForce += total
		for _, x := range list[:min(len(list), homeRestrictions-len(h.Restrictions))] {
			h.Restrictions = append(h.Restrictions, say.HomeRestriction{CaseRestrictions: x, Link: b.permalink(x.Case.Card)})
		}
	}
	return nil
}
