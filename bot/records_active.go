package bot

import (
	"context"

	"bouncer/bot/say"
	"bouncer/moderation"
)

// active answers with the restrictions in force on a target or in a room.
func (b *Bot) active(ctx context.Context, h *moderation.LeasedJob, ask request, body moderation.Body) error {
	q := b.savedSearch(ctx, ask)
	m, err := b.activePage(ctx, q, 0, ask.lang)
	if err != nil {
		return err
	}
	return b.answerRead(ctx, h, ask, body, m, &q)
}

// activePage renders one page of the restrictions in force.
func (b *Bot) activePage(ctx context.Context, q moderation.SavedSearch, page int, lang say.Lang) (m say.Message, err error) {
	a := say.Active{SavedSearch: q, Page: page}
	f := activeQuery(q.Action)
	if f.Target != "" {
		if a.Notes, err = b.cfg.Store.Notes(ctx, f.Target); err != nil {
			return m, err
		}
	}
	read := func() {
		a.Restrictions, a.Total, err = b.cfg.Store.ActiveRestrictions(ctx, f, a.Page*moderation.SearchPageSize, moderation.SearchPageSize)
	}
	if read(); err == nil && len(a.Restrictions) == 0 && a.Total > 0 { // fewer are in force than when the button was shown
		a.Page = (a.Total - 1) / moderation.SearchPageSize
		read()
	}
	return b.cfg.Speaker.Active(a, lang), err
}

// activeQuery is the target or the room whose restrictions an action lists.
func activeQuery(a moderation.Action) moderation.SearchQuery {
	if len(a.Targets) > 0 {
		return moderation.SearchQuery{Target: a.Targets[0]}
	}
	return moderation.SearchQuery{Room: a.Room.String()}
}

// liftCommand returns the action that lifts a restriction.
func liftCommand(x moderation.CaseRestrictions) moderation.Action {
	a := moderation.Action{Verb: moderation.LiftingVerb(x.Case.Action.Verb), Room: x.Room}
	a.Room.Name = "" // a name may lead elsewhere by now
	if x.Target != "" {
		a.Targets = []string{x.Target}
	}
	if spec, _ := a.Verb.Spec(); spec.Takes.Media && len(x.Media) == 1 {
		a.Media = x.Media
	}
	return a
}

// whoAmI answers what the person may do. A suspended person gets the refusal before, like for every
// command.
func (b *Bot) whoAmI(ctx context.Context, h *moderation.LeasedJob, ask request, body moderation.Body) error {
	pol := b.cfg.Policy()
	handles, err := b.handles(ctx)
	if err != nil {
		return err
	}
	m := b.cfg.Speaker.WhoAmI(say.Myself{
		Actor: ask.verdict.actor(), Handles: handles, Rights: pol.Rights(ask.verdict.person), Channels: pol.Channels(), Room: pol.ChannelRoom(ask.Channel),
	}, ask.lang)
	return b.answerRead(ctx, h, ask, body, m, nil)
}

// handles returns the handles, without @, of the role groups, by id: as Slack has them now, or where
// it does not answer as they were stored last.
func (b *Bot) handles(ctx context.Context) (map[string]string, error) {
	groups, err := b.cfg.People.Groups(ctx)
	if err != nil {
		return b.cfg.Store.GroupHandles(ctx)
	}
	known := make(map[string]string, len(groups))
	for _, g := range groups {
		if g.Handle != "" {
			known[g.ID] = g.Handle
		}
	}
	return known, nil
}

// overdue returns the first n lifts that are late, with the names of their rooms, and how many there
// are.
func (b *Bot) overdue(ctx context.Context, n int) ([]moderation.OverdueLift, int, error) {
	late, all, err := b.cfg.Store.OverdueLifts(ctx, n)
	for i, l := range late {
		late[i].Room = b.named(l.Room)
	}
	return late, all, err
}

// status answers how the bot is.
func (b *Bot) status(ctx context.Context, h *moderation.LeasedJob, ask request, body moderation.Body) error {
	st := say.Status{
		Unfinished: make(map[moderation.State][]moderation.Case), UnfinishedCount: make(map[moderation.State]int),
		Sockets: b.socket.Live(), Want: b.cfg.Connections,
	}
	store := b.cfg.Store
	var err error
	for _, state := range []moderation.State{moderation.AwaitingApproval, moderation.AwaitingConfirmation, moderation.Open} {
		if st.Unfinished[state], st.UnfinishedCount[state], err = store.UnfinishedCases(ctx, state, say.StatusRows); err != nil {
			return err
		}
	}
	if st.Overdue, st.OverdueCount, err = b.overdue(ctx, say.StatusRows); err != nil {
		return err
	}
	if st.Backlog, err = store.Backlog(ctx); err != nil {
		return err
	}
	if _, st.Reviews, err = store.PendingReviews(ctx, 0, 0); err != nil {
		return err
	}
	if st.Suspended, err = store.ActiveSuspensions(ctx); err != nil {
		return err
	}
	if st.Head, err = store.Head(ctx); err != nil {
		return err
	}
	st.Policy.Hash = b.cfg.Policy().Hash()
	if now, err := store.PolicyInForce(ctx); err == nil && now.Hash == st.Policy.Hash {
		st.Policy = now
	}
	return b.answerRead(ctx, h, ask, body, b.cfg.Speaker.Status(st, ask.lang), nil)
}
