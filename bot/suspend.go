package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"bouncer/bot/people"
	"bouncer/bot/say"
	"bouncer/moderation"
	"bouncer/policy"
)

// jobSuspended reports to the person who suspended a moderator what that
// moderator did in the last hour; tellAfter lets running work finish first.
const (
	jobSuspended moderation.JobKind = "suspended"
	tellAfter                       = 300 * time.Millisecond
	lastHour                        = time.Hour
	listedCases                     = 40
)

// unlessSuspended refuses a person who is suspended according to the store.
// If the store cannot answer, the job is retried.
func (b *Bot) unlessSuspended(ctx context.Context, v verdict) (verdict, error) {
	if v.decision.Refusal != nil {
		return v, nil
	}
	s, err := b.cfg.Store.ActiveSuspension(ctx, v.actor())
	if err != nil || s == nil {
		return v, err
	}
	v.suspended = s
	until := ""
	if !s.Until.IsZero() {
		until = s.Until.UTC().Format(rfc3339)
	}
	return v.refused(moderation.NewError(moderation.RefuseSuspended, "until", until, "by", s.By.Label())), nil
}

// cacheSuspended caches who is suspended, so that their commands are not
// answered in the ack without asking the store. It decides how an answer is
// sent, not who has a right.
func (b *Bot) cacheSuspended(ctx context.Context) {
	all, err := b.cfg.Store.ActiveSuspensions(ctx)
	if err != nil {
		b.log.Error("suspensions cannot be read", "err", err)
		return
	}
	known := make(map[string]bool, 2*len(all))
	for _, s := range all {
		known[s.Who.User], known[s.Who.Key()] = true, true
	}
	b.suspended.Store(&known)
}

// cachedSuspended reports a suspension from memory only.
func (b *Bot) cachedSuspended(p moderation.Person) bool {
	known := b.suspended.Load()
	return known != nil && ((*known)[p.User] || p.EnterpriseUser != "" && (*known)[p.EnterpriseUser])
}

// suspend suspends a moderator or ends a suspension. The right to do so is
// checked with fresh data, like before a call.
func (b *Bot) suspend(ctx context.Context, h *moderation.LeasedJob, r request, _ moderation.Body) error {
	t, action, lang := r.typed, r.action, r.lang
	v, err := b.identify(ctx, t.asker, callFresh)
	if err != nil {
		return err
	}
	if v = b.decide(v, action); v.decision.Allowed {
		v.decision = b.cfg.Policy().Authorize(policy.RightSuspend, v.person, moderation.ApprovalRequirement{}, false)
	}
	if !v.decision.Allowed {
		return b.refused(ctx, h, t.asker, v, &action, moderation.Body{Typed: t.Text})
	}
	who, err := b.personOf(ctx, action.Person)
	if errors.Is(err, errNoSuchPerson) {
		return b.finish(ctx, h, b.toAsker(h, t.asker, b.cfg.Speaker.NobodySuspended(action.Person, lang)))
	}
	if err != nil {
		return err
	}
	if who.Same(v.actor()) {
		return b.refused(ctx, h, t.asker, v.refused(moderation.NewError(moderation.RefuseSelfSuspension)), &action, moderation.Body{Typed: t.Text})
	}
	defer b.cacheSuspended(ctx)
	body := b.bodyOf(v, t, action, r.source)
	if action.Verb == moderation.Unsuspend {
		return b.unsuspend(ctx, h, t, who, body, lang)
	}
	now := b.cfg.Now()
	n := moderation.NewSuspension{
		Who: who, By: v.actor(), Reason: action.Reason, Body: body, Channel: b.cfg.AuditChannel,
		Jobs: []moderation.NewJob{b.suspendedJob(h, suspendedNotice{asker: t.asker, Lang: lang, Who: who, Since: now.Add(-lastHour)})},
	}
	if action.Duration > 0 && !action.Permanent {
		n.Until = now.Add(action.Duration)
	}
	n.Jobs = append(n.Jobs, b.directAnswer(h, who, ":who", b.cfg.Speaker.YourRightsSuspended(moderation.Suspension{
		By: n.By, Reason: n.Reason, Until: n.Until,
	}, b.langOfActor(who))))
	s, err := b.cfg.Store.Suspend(ctx, h.Job, n)
	if err == nil {
		b.log.Warn("suspended", "job", h.ID, "user", who.User, "by", t.User, "until", s.Until)
	}
	return err
}

func (b *Bot) unsuspend(ctx context.Context, h *moderation.LeasedJob, t typed, who moderation.Actor, body moderation.Body, lang say.Lang) error {
	was, err := b.cfg.Store.ActiveSuspension(ctx, who)
	if err != nil {
		return err
	}
	if was != nil {
		body.Detail = body.Action.Reason
		_, err = b.cfg.Store.Unsuspend(ctx, h.Job, moderation.Unsuspension{
			Who: who, Body: body, Channel: b.cfg.AuditChannel,
			Jobs: []moderation.NewJob{
				b.answerJob(h, answerTo(t.asker, b.cfg.Speaker.Unsuspended(*was, lang)), ""),
				b.directAnswer(h, who, ":who", b.cfg.Speaker.YourRightsRestored(*body.Actor, b.langOfActor(who))),
			},
		})
		if !errors.Is(err, moderation.ErrNotFound) {
			return err
		}
	}
	return b.finish(ctx, h, b.toAsker(h, t.asker, b.cfg.Speaker.NotSuspended(who, lang)))
}

// errNoSuchPerson: Slack knows no person with that id.
var errNoSuchPerson = errors.New("bot: no such person")

// personOf looks up a named person. If Slack fails, only the id is used, so
// that a suspension never waits for Slack.
func (b *Bot) personOf(ctx context.Context, user string) (moderation.Actor, error) {
	p, err := b.cfg.People.Person(ctx, user, decideFresh)
	switch {
	case err == nil:
		return verdict{person: p}.actor(), nil
	case ctx.Err() != nil:
		return moderation.Actor{}, ctx.Err()
	case !people.IsTransient(err):
		return moderation.Actor{}, errNoSuchPerson
	}
	b.log.Warn("person cannot be looked up, suspended by id only", "user", user, "err", err)
	return moderation.Actor{Kind: moderation.ActorPerson, Team: b.cfg.Workspace.Team, User: user}, nil
}

// suspendedNotice is the payload of jobSuspended.
type suspendedNotice struct {
	asker
	Lang  say.Lang         `json:"lang"`
	Who   moderation.Actor `json:"who"`
	Since time.Time        `json:"since"`
}

func (b *Bot) suspendedJob(h *moderation.LeasedJob, w suspendedNotice) moderation.NewJob {
	raw, err := json.Marshal(w)
	if err != nil { // strings and a time: cannot fail
		panic("bot: " + err.Error())
	}
	return moderation.NewJob{
		Key: "suspended:" + strconv.FormatInt(h.ID, 10), Queue: moderation.QueueTimer, Kind: jobSuspended,
		RunAt: b.cfg.Now().Add(tellAfter), Payload: raw, ReplyURL: h.ReplyURL,
	}
}

// notifySuspended lists the last hour's cases of a suspended person.
func (b *Bot) notifySuspended(ctx context.Context, h *moderation.LeasedJob) error {
	var w suspendedNotice
	if err := json.Unmarshal(h.Payload, &w); err != nil {
		return fmt.Errorf("suspended job %d: %w", h.ID, err)
	}
	s, err := b.cfg.Store.ActiveSuspension(ctx, w.Who)
	if err != nil {
		return err
	}
	if s == nil { // the suspension has ended: nothing to report
		return b.finish(ctx, h, moderation.Change{})
	}
	cases, all, err := b.cfg.Store.CasesBy(ctx, w.Who, w.Since, listedCases)
	if err != nil {
		return err
	}
	views := make([]moderation.CaseView, len(cases))
	for i, c := range cases {
		if views[i], err = b.cfg.Store.CaseView(ctx, c.No); err != nil {
			return err
		}
	}
	return b.finish(ctx, h, b.toAsker(h, w.asker, b.cfg.Speaker.Suspended(*s, views, all, w.Lang)))
}
