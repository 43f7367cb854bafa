package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"bouncer/bot/say"
	"bouncer/commands"
	"bouncer/moderation"
	"bouncer/policy"
)

// step is one row of the table of what people press and submit: what is read
// first, who may use it, and what it does. Who clicked is known before anything
// is read.
type step struct {
	// opens says that a press opens a modal, which the step fills.
	opens bool
	// sealed says that what the step's modal submits must be about what it showed.
	sealed bool
	// wrong checks a submitted modal without looking anything up: messages by
	// block id, which Slack shows beside the inputs.
	wrong func(in submitted, lang say.Lang) map[string]string
	// read finds what the button is about. found is false when it is not there
	// any more, which was answered.
	read func(context.Context, *moderation.LeasedJob, *click) (found bool, err error)
	// waiting says that it is for a case that waits for an approval; another one
	// is answered with its state.
	waiting bool
	// who authorizes the person for what was read. Who is not allowed is refused.
	who func(context.Context, click) (verdict, error)
	do  func(context.Context, *moderation.LeasedJob, click) error
}

// stepKey is a step's name in the table.
func stepKey(s commands.Step) string { return string(s.Kind) + "." + s.Step }

// newSteps makes the table of steps. A button that is not in it was never made
// by this bot.
func (b *Bot) newSteps() map[string]step {
	draft := func(name string, s step) (string, step) {
		s.read = b.readDraft
		return stepKey(commands.Step{Kind: commands.StepDraft, Step: name}), s
	}
	ofCase := func(name string, s step) (string, step) {
		if s.read == nil {
			s.read = b.readCase
		}
		return stepKey(commands.Step{Kind: commands.StepCase, Step: name}), s
	}
	ofList := func(name string, s step) (string, step) {
		s.read, s.who = b.readList, b.reader
		return stepKey(commands.Step{Kind: commands.StepList, Step: name}), s
	}
	found := func(name string, s step) (string, step) {
		s.read, s.who = b.readFound, b.reader
		return stepKey(commands.Step{Kind: commands.StepSearch, Step: name}), s
	}
	line := func(name string, s step) (string, step) {
		s.read, s.who, s.do = nothing, b.anyReviewer, b.showLine
		return stepKey(commands.Step{Kind: commands.StepLine, Step: name}), s
	}
	table := map[string]step{}
	add := func(key string, s step) { table[key] = s }

	add(draft(commands.StepRun, step{who: b.author, do: b.runDraft}))

	// A question that a card asks.
	add(ofCase(commands.StepRun, step{who: b.asked, do: b.confirm}))
	add(ofCase(commands.StepAbandon, step{who: b.asked, do: b.drop}))
	add(ofCase(commands.StepTryAgain, step{who: b.entitled, do: b.again}))
	// What waits for an approval.
	add(ofCase(commands.StepApprove, step{waiting: true, who: b.decider, do: b.approve, sealed: true}))
	add(ofCase(commands.StepShowAll, step{waiting: true, who: b.decider, do: b.approve, opens: true}))
	add(ofCase(commands.StepDeny, step{waiting: true, who: b.decider, do: b.deny, opens: true, wrong: b.wrongReason}))
	add(ofCase(commands.StepWithdraw, step{waiting: true, who: b.requester, do: b.withdraw}))
	add(ofCase(commands.StepOverride, step{waiting: true, who: b.breaker, do: b.breakGlass, opens: true, sealed: true, wrong: b.wrongReason}))
	// What runs, and what it left behind.
	add(ofCase(commands.StepStop, step{who: b.stopper, do: b.stop}))
	add(ofCase(commands.StepUndo, step{who: b.changer(moderation.Undo), do: b.undo, opens: true, wrong: b.wrongTargets}))
	add(ofCase(commands.StepExtend, step{who: b.changer(moderation.Extend), do: b.extend, opens: true, wrong: b.wrongLength}))
	add(ofCase(commands.StepReviewed, step{who: b.reviewer, do: b.reviewed}))
	add(ofCase(commands.StepFlag, step{who: b.reviewer, do: b.flag, opens: true, wrong: b.wrongNote}))
	add(ofCase(commands.StepEvidence, step{read: b.readQuote, who: b.quoter, do: b.addEvidence, wrong: b.wrongCase}))

	add(ofList(commands.StepPage, step{do: b.pageList}))
	add(ofList(commands.StepCSV, step{do: b.sendList}))
	add(found(commands.StepPage, step{do: b.pageFound}))
	add(line(commands.StepReviews, step{opens: true}))
	add(line(commands.StepPage, step{}))
	return table
}

// press does one accepted click.
func (b *Bot) press(ctx context.Context, h *moderation.LeasedJob) error {
	var p pressed
	if err := json.Unmarshal(h.Payload, &p); err != nil {
		return fmt.Errorf("press job %d: %w", h.ID, err)
	}
	step, err := commands.ParseStep(p.ActionID, p.Value)
	return b.take(ctx, h, click{asker: p.asker, step: step, view: p.View, within: p.Within}, err)
}

// submit does one accepted modal.
func (b *Bot) submit(ctx context.Context, h *moderation.LeasedJob) error {
	var in submitted
	if err := json.Unmarshal(h.Payload, &in); err != nil {
		return fmt.Errorf("submit job %d: %w", h.ID, err)
	}
	step, _, err := commands.ParseMetadata(in.Metadata)
	if err == nil && step.Kind != commands.StepCase { // no other has a modal that can be submitted
		err = errors.New("bot: a modal of no case")
	}
	return b.take(ctx, h, click{asker: in.asker, step: step, in: &in}, err)
}

// take does the step of a click: first who clicked, then what it is about, then
// whether they may. forged is why its button cannot be read, or nil.
func (b *Bot) take(ctx context.Context, h *moderation.LeasedJob, cl click, forged error) error {
	v, err := b.clicker(ctx, cl.asker)
	if err != nil {
		return err
	}
	cl.verdict, cl.lang = v, b.langOf(v.person)
	if v.decision.Refusal != nil {
		if of, err := b.cfg.Store.CaseByToken(ctx, cl.step.ID); err == nil { // for the record only
			v.decision.Refusal = about(v.decision.Refusal, of)
		}
		return b.refusedView(ctx, h, cl.asker, v, nil, cl.view, cl.step.Step)
	}
	row, known := b.steps[stepKey(cl.step)]
	if forged != nil || !known {
		return b.forged(ctx, h, cl)
	}
	if found, err := row.read(ctx, h, &cl); err != nil || !found {
		return err
	}
	if row.waiting && cl.of.State != moderation.AwaitingApproval {
		return b.clicked(ctx, h, cl, cl.of, moderation.ErrStale)
	}
	if cl.verdict, err = row.who(ctx, cl); err != nil {
		return err
	}
	switch d := cl.verdict.decision; {
	case d.Refusal != nil:
		return b.refusedClick(ctx, h, cl, d.Refusal)
	case !d.Allowed:
		return b.forged(ctx, h, cl)
	}
	return row.do(ctx, h, cl)
}

// opensModal reports whether a button opens one: by what it carries alone,
// since nothing may be looked up first. An undo that was confirmed in a dialog
// of its own is sealed, and needs none.
func (b *Bot) opensModal(actionID, value string) bool {
	s, err := commands.ParseStep(actionID, value)
	return err == nil && b.steps[stepKey(s)].opens && (s.Step != commands.StepUndo || s.Digest == "")
}

// forged answers a button that this bot never made.
func (b *Bot) forged(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	return b.refusedClick(ctx, h, cl, moderation.NewError(moderation.RefuseForged))
}

// nothing is read for what a step looks up itself.
func nothing(context.Context, *moderation.LeasedJob, *click) (bool, error) { return true, nil }

// gone answers that what a button is about is not there any more.
func (b *Bot) gone(ctx context.Context, h *moderation.LeasedJob, cl *click, err error, why say.FixedMessage) (bool, error) {
	if errors.Is(err, moderation.ErrNotFound) {
		return false, b.finish(ctx, h, b.toAsker(h, cl.asker, b.cfg.Speaker.Fixed(why, cl.lang)))
	}
	return err == nil, err
}

func (b *Bot) readDraft(ctx context.Context, h *moderation.LeasedJob, cl *click) (found bool, err error) {
	cl.draft, err = b.cfg.Store.Draft(ctx, cl.step.ID, h.Queued)
	return b.gone(ctx, h, cl, err, say.DraftExpired)
}

func (b *Bot) readList(ctx context.Context, h *moderation.LeasedJob, cl *click) (found bool, err error) {
	cl.list, err = b.cfg.Store.List(ctx, cl.step.ID)
	cl.about = &cl.list.Action
	return b.gone(ctx, h, cl, err, say.ListExpired)
}

func (b *Bot) readFound(ctx context.Context, h *moderation.LeasedJob, cl *click) (found bool, err error) {
	cl.found, err = b.cfg.Store.SavedSearch(ctx, cl.step.ID)
	cl.about = &cl.found.Action
	return b.gone(ctx, h, cl, err, say.SearchExpired)
}

func (b *Bot) readQuote(ctx context.Context, h *moderation.LeasedJob, cl *click) (found bool, err error) {
	cl.quote, err = b.cfg.Store.EvidenceDraft(ctx, cl.step.ID)
	return b.gone(ctx, h, cl, err, say.EvidenceDraftExpired)
}

func (b *Bot) readCase(ctx context.Context, h *moderation.LeasedJob, cl *click) (found bool, err error) {
	cl.of, err = b.cfg.Store.CaseByToken(ctx, cl.step.ID)
	if errors.Is(err, moderation.ErrNotFound) {
		return false, b.forged(ctx, h, *cl)
	}
	cl.about = &cl.of.Action
	return err == nil, err
}

// own is the right to an action, for the one person for whom something was kept.
func (b *Bot) own(cl click, asked moderation.Action, user, team string) verdict {
	v := b.decide(cl.verdict, asked)
	if v.decision.Allowed && (user != cl.User || team != b.cfg.Workspace.Team) {
		v = v.refused(moderation.NewError(moderation.RefuseNotYours))
	}
	return v
}

// reader reads the pages that were made for them: their right is judged anew.
func (b *Bot) reader(_ context.Context, cl click) (verdict, error) {
	if cl.step.Kind == commands.StepList {
		return b.own(cl, cl.list.Action, cl.list.User, cl.list.Team), nil
	}
	return b.own(cl, cl.found.Action, cl.found.User, cl.found.Team), nil
}

// quoter put a message away to add it to a case.
func (b *Bot) quoter(_ context.Context, cl click) (verdict, error) {
	return b.own(cl, moderation.Action{Verb: moderation.ShowCase}, cl.quote.User, cl.quote.Team), nil
}

// author typed the command for which a draft was kept, here. What the draft does
// is authorized when it runs.
func (b *Bot) author(_ context.Context, cl click) (verdict, error) {
	v := cl.verdict
	if cl.draft.User != cl.User || cl.draft.Channel != cl.Channel {
		return v.refused(moderation.NewError(moderation.RefuseNotYours)), nil
	}
	v.decision.Allowed = true
	return v, nil
}

// entitled may do what the case does.
func (b *Bot) entitled(ctx context.Context, cl click) (verdict, error) {
	v, err := b.there(ctx, cl)
	return b.decide(v, cl.of.Action), err
}

// asked is who is asked by the card: the requester, who may still do it.
func (b *Bot) asked(ctx context.Context, cl click) (verdict, error) {
	v, err := b.entitled(ctx, cl)
	if v.decision.Allowed && cl.User != cl.of.Actor.User {
		v = v.refused(moderation.NewError(moderation.RefuseNotYours))
	}
	return v, err
}

// changer may undo or extend cases at all: like who types it, who presses it
// must hold a role before they read what is in force.
func (b *Bot) changer(verb moderation.Verb) func(context.Context, click) (verdict, error) {
	return func(ctx context.Context, cl click) (verdict, error) {
		v, err := b.there(ctx, cl)
		return b.decide(v, moderation.Action{Verb: verb}), err
	}
}

// decider is somebody who is to decide about a case of another person.
func (b *Bot) decider(ctx context.Context, cl click) (verdict, error) {
	v, err := b.may(ctx, cl, policy.RightApprove)
	if err != nil || v.decision.Refusal != nil && v.decision.Refusal.Code != moderation.RefuseNotApprover {
		return v, err
	}
	// Their own case first: a requester who is an approver, too, reads why they
	// cannot, and one who is none reads who can.
	if cl.of.Actor.Same(v.actor()) {
		v = v.refused(about(moderation.NewError(moderation.RefuseOwnCase), cl.of))
	}
	return v, nil
}

// breaker is somebody who may run a waiting case alone; it may be their own.
func (b *Bot) breaker(ctx context.Context, cl click) (verdict, error) {
	return b.may(ctx, cl, policy.RightOverride)
}

// requester is who asked for a case.
func (b *Bot) requester(ctx context.Context, cl click) (verdict, error) {
	v, err := b.there(ctx, cl)
	if err != nil || v.decision.Refusal != nil {
		return v, err
	}
	if !cl.of.Actor.Same(v.actor()) {
		return v.refused(about(moderation.NewError(moderation.RefuseNotRequester), cl.of)), nil
	}
	v.decision.Allowed = true
	return v, nil
}

// stopper may stop a running case: its requester, and whoever may approve cases.
// That less happens needs no right to the action itself.
func (b *Bot) stopper(ctx context.Context, cl click) (verdict, error) {
	v, err := b.requester(ctx, cl)
	if err != nil || v.decision.Allowed || v.decision.Refusal.Code != moderation.RefuseNotRequester {
		return v, err
	}
	pol, need := b.cfg.Policy(), cl.of.Decision.Requirement
	need.Approvers = sortedUnion(need.Approvers, need.EscalateTo, pol.Approvers())
	if v.decision = pol.Authorize(policy.RightApprove, v.person, need, false); v.decision.Refusal != nil {
		v.decision.Refusal = about(v.decision.Refusal, cl.of)
	}
	return v, nil
}

// anyReviewer may review cases at all.
func (b *Bot) anyReviewer(_ context.Context, cl click) (verdict, error) {
	v := cl.verdict
	v.decision = b.cfg.Policy().Authorize(policy.RightReview, v.person, moderation.ApprovalRequirement{}, false)
	return v, nil
}

// reviewer is somebody who is to look at a case of other people.
func (b *Bot) reviewer(ctx context.Context, cl click) (verdict, error) {
	v, err := b.may(ctx, cl, policy.RightReview)
	if err != nil || v.decision.Refusal != nil && v.decision.Refusal.Code != moderation.RefuseNotReviewer {
		return v, err
	}
	// That it is their own case comes first, as with an approval.
	if no := cl.of.MayReview(v.actor()); no != nil {
		no.Values["roles"] = joined(b.cfg.Policy().Reviewers())
		v = v.refused(no)
	}
	return v, nil
}
