package bot

import (
	"context"
	"errors"
	"fmt"

	"bouncer/bot/say"
	"bouncer/moderation"
	"bouncer/policy"
)

// Records are shown privately, to people with a role, and each reading is an
// entry.

// history answers with the cases on a target, and the notes about it.
func (b *Bot) history(ctx context.Context, h *moderation.LeasedJob, ask request, body moderation.Body) error {
	return b.find(ctx, h, ask, body, moderation.SearchQuery{Target: ask.action.Targets[0]})
}

// search answers with the cases that fit.
func (b *Bot) search(ctx context.Context, h *moderation.LeasedJob, ask request, body moderation.Body) error {
	return b.find(ctx, h, ask, body, ask.action.Search)
}

func (b *Bot) find(ctx context.Context, h *moderation.LeasedJob, ask request, body moderation.Body, f moderation.SearchQuery) error {
	nos, err := b.cfg.Store.SearchCaseNumbers(ctx, f, 0)
	if err != nil {
		return err
	}
	q := b.savedSearch(ctx, ask)
	q.Results = nos
	m, err := b.searchPage(ctx, q, 0, ask.lang)
	if err != nil {
		return err
	}
	body.Count = len(nos)
	return b.answerRead(ctx, h, ask, body, m, &q)
}

// savedSearch returns the question behind a list, so that its reader can turn
// pages.
func (b *Bot) savedSearch(ctx context.Context, ask request) moderation.SavedSearch {
	now := b.cfg.Now()
	return b.withActorName(ctx, moderation.SavedSearch{
		Token: moderation.NewToken(), Team: b.cfg.Workspace.Team, User: ask.User, Action: ask.action,
		At: now, Expires: now.Add(moderation.ListLifetime),
	})
}

// withActorName adds the name of the requester who was searched for, if Slack knows one: what is
// found may have none, or no row.
func (b *Bot) withActorName(ctx context.Context, q moderation.SavedSearch) moderation.SavedSearch {
	if f := &q.Action.Search; f.Actor != "" {
		if p, err := b.cfg.People.Person(ctx, f.Actor, decideFresh); err == nil {
			f.ActorName = p.Name
		}
	}
	return q
}

// answerRead answers with the records and commits the entry about the
// reading; with several pages, it also stores the search.
func (b *Bot) answerRead(ctx context.Context, h *moderation.LeasedJob, ask request, body moderation.Body, m say.Message, q *moderation.SavedSearch) error {
	c := b.toAsker(h, ask.asker, m)
	c.Entries = append(c.Entries, moderation.NewEntry{Kind: moderation.EntryRead, Body: body})
	c.SavedSearch = q
	return b.finish(ctx, h, c)
}

// searchPage makes one page of what was found.
func (b *Bot) searchPage(ctx context.Context, q moderation.SavedSearch, page int, lang say.Lang) (m say.Message, err error) {
	f := say.SearchResults{SavedSearch: q, Page: page}
	from := min(max(page, 0)*moderation.SearchPageSize, len(q.Results))
	for _, no := range q.Results[from:min(from+moderation.SearchPageSize, len(q.Results))] {
		c, err := b.cfg.Store.Case(ctx, no)
		if err != nil {
			return m, fmt.Errorf("case %d: %w", no, err)
		}
		f.Cases = append(f.Cases, c)
	}
	if q.Action.Verb == moderation.History {
		if f.Notes, err = b.cfg.Store.Notes(ctx, q.Action.Targets[0]); err != nil {
			return m, err
		}
	}
	return b.cfg.Speaker.SearchResults(f, lang), nil
}

// turnSearchPage turns a page of what was found.
func (b *Bot) turnSearchPage(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	var m say.Message
	var err error
	q, page := b.withActorName(ctx, cl.found), cl.step.Page
	if q.Action.Verb == moderation.Active {
		m, err = b.activePage(ctx, q, page, cl.lang)
	} else {
		m, err = b.searchPage(ctx, q, page, cl.lang)
	}
	if err != nil {
		return err
	}
	actor, answer := cl.verdict.actor(), answerTo(cl.asker, m)
	answer.Replace = true
	return b.finish(ctx, h, moderation.Change{
		Jobs: []moderation.NewJob{b.answerJob(h, answer, "")},
		Entries: []moderation.NewEntry{{Kind: moderation.EntryRead, Body: moderation.Body{
			Actor: &actor, Action: &q.Action, Count: len(q.Results), Detail: fmt.Sprintf("page %d", page+1),
			Origin: &moderation.Origin{Channel: cl.Channel, Envelope: cl.Envelope, Source: "button", Bot: b.cfg.Version},
		}}},
	})
}

// why answers why a case ran, or did not.
func (b *Bot) why(ctx context.Context, h *moderation.LeasedJob, ask request, body moderation.Body) error {
	no := ask.action.Number
	v, err := b.cfg.Store.CaseView(ctx, no)
	if errors.Is(err, moderation.ErrNotFound) {
		return b.answerRead(ctx, h, ask, body, b.cfg.Speaker.Fixed(say.NotFoundCase, ask.lang, no), nil)
	}
	if err != nil {
		return err
	}
	text, err := b.cfg.Store.PolicyText(ctx, v.Case.Decision.Policy)
	if err != nil && !errors.Is(err, moderation.ErrNotFound) {
		return err
	}
	rule := policy.RuleText(text.Text, v.Case.Decision.Rule)
	return b.answerRead(ctx, h, ask, body, b.cfg.Speaker.Why(v, rule, ask.lang), nil)
}

// note stores a remark about a target.
func (b *Bot) note(ctx context.Context, h *moderation.LeasedJob, ask request, _ moderation.Body) error {
	target := ask.action.Targets[0]
	c := b.toAsker(h, ask.asker, b.cfg.Speaker.NoteAdded(target, ask.lang))
	c.Note = &moderation.Note{Target: target, By: ask.verdict.actor(), Text: ask.action.Reason}
	return b.finish(ctx, h, c)
}
