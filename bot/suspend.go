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

// jobSuspended tells whoever suspended somebody what that person did in the
// last hour; tellAfter lets what he has under way come to its end first.
const (
	jobSuspended moderation.JobKind = "suspended"
	tellAfter                       = 300 * time.Millisecond
	lastHour                        = time.Hour
	listedCases                     = 40
)

// unlessSuspended refuses somebody whose rights are taken away at this moment,
// by what the store says now. The job is left for another try when it cannot say.
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

// rememberSuspended keeps in memory whose commands are not answered in the ack:
// the store is not asked there. It picks the way of an answer and no rights.
func (b *Bot) rememberSuspended(ctx context.Context) {
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

// seemsSuspended asks memory alone.
func (b *Bot) seemsSuspended(p moderation.Person) bool {
	known := b.suspended.Load()
	return known != nil && ((*known)[p.User] || p.EnterpriseUser != "" && (*known)[p.EnterpriseUser])
}

// suspend takes somebody's rights away, or gives them back. The right to it is
// read anew: it must be as fresh as that to a call.
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
	if errors.Is(err, errNobody) {
		return b.finish(ctx, h, b.toAsker(h, t.asker, b.cfg.Speaker.NobodySuspended(action.Person, lang)))
	}
	if err != nil {
		return err
	}
	if who.Same(v.actor()) {
		return b.refused(ctx, h, t.asker, v.refused(moderation.NewError(moderation.RefuseSelf)), &action, moderation.Body{Typed: t.Text})
	}
	defer b.rememberSuspended(ctx)
	body := b.bodyOf(v, t, action, r.source)
	if action.Verb == moderation.Unsuspend {
		return b.unsuspend(ctx, h, t, who, body, lang)
	}
	now := b.cfg.Now()
	n := moderation.NewSuspension{
		Who: who, By: v.actor(), Reason: action.Reason, Body: body, Channel: b.cfg.AuditChannel,
		Jobs: []moderation.NewJob{b.suspendedJob(h, suspendedTold{asker: t.asker, Lang: lang, Who: who, Since: now.Add(-lastHour)})},
	}
	if action.Duration > 0 && !action.Permanent {
		n.Until = now.Add(action.Duration)
	}
	n.Jobs = append(n.Jobs, b.toOther(h, who, ":who", b.cfg.Speaker.YourRightsSuspended(moderation.Suspension{
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
				b.toOther(h, who, ":who", b.cfg.Speaker.YourRightsRestored(*body.Actor, b.langOfActor(who))),
			},
		})
		if !errors.Is(err, moderation.ErrNotFound) {
			return err
		}
	}
	return b.finish(ctx, h, b.toAsker(h, t.asker, b.cfg.Speaker.NotSuspended(who, lang)))
}

// errNobody: Slack knows nobody with that id.
var errNobody = errors.New("bot: nobody has that id")

// personOf says who a named person is. While Slack cannot say, he is known by
// the id alone, so that a suspension never waits for Slack.
func (b *Bot) personOf(ctx context.Context, user string) (moderation.Actor, error) {
	p, err := b.cfg.People.Person(ctx, user, decideFresh)
	switch {
	case err == nil:
		return verdict{person: p}.actor(), nil
	case ctx.Err() != nil:
		return moderation.Actor{}, ctx.Err()
	case !people.Passing(err):
		return moderation.Actor{}, errNobody
	}
	b.log.Warn("somebody is suspended by the id alone", "user", user, "err", err)
	return moderation.Actor{Kind: moderation.ActorPerson, Team: b.cfg.Workspace.Team, User: user}, nil
}

// suspendedTold is the payload of jobSuspended.
type suspendedTold struct {
	asker
	Lang  say.Lang         `json:"lang"`
	Who   moderation.Actor `json:"who"`
	Since time.Time        `json:"since"`
}

func (b *Bot) suspendedJob(h *moderation.LeasedJob, w suspendedTold) moderation.NewJob {
	raw, err := json.Marshal(w)
	if err != nil { // strings and a time: cannot fail
		panic("bot: " + err.Error())
	}
	return moderation.NewJob{
		Key: "suspended:" + strconv.FormatInt(h.ID, 10), Queue: moderation.QueueTimer, Kind: jobSuspended,
		RunAt: b.cfg.Now().Add(tellAfter), Payload: raw, ReplyURL: h.ReplyURL,
	}
}

// tellSuspended lists the last hour's cases of a suspended person.
func (b *Bot) tellSuspended(ctx context.Context, h *moderation.LeasedJob) error {
	var w suspendedTold
	if err := json.Unmarshal(h.Payload, &w); err != nil {
		return fmt.Errorf("suspended job %d: %w", h.ID, err)
	}
	s, err := b.cfg.Store.ActiveSuspension(ctx, w.Who)
	if err != nil {
		return err
	}
	if s == nil { // it was given back meanwhile: nothing is left to be told
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
