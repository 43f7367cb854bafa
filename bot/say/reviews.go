package say

import (
	"bouncer/commands"
	"bouncer/moderation"
)

// ReviewsOnPage is how many cases a page of the review list has.
const ReviewsOnPage = 8

// ReviewRow is one case on the review list, with the permalink of its card;
// empty when unknown.
type ReviewRow struct {
	Case      moderation.Case
	Permalink string
	// OthersOnly says that the reader may not review it: others can.
	OthersOnly bool
}

// ReviewPages returns how many pages so many cases have; none have one.
func ReviewPages(all int) int { return max(1, (all+ReviewsOnPage-1)/ReviewsOnPage) }

// ReviewPage returns the message with one page, counted from 0, of the cases
// that wait for a second look, of which there are all. token is the list's,
// whose pages are turned.
func (s *Speaker) ReviewPage(rows []ReviewRow, page, all int, token string, lang Lang) Message {
	sp := s.in(lang)
	sh := sp.sheet()
	if all == 0 {
		return sh.para(sp.say("reviews.none", nil)).message()
	}
	sh.para(sp.say("reviews.title", vals{"n": all}).strong())
	sp.reviewRows(sh, rows)
	return sh.place(commands.StepList, token, page, ReviewPages(all)).message()
}

// ReviewsModal returns the view that shows a page of the cases of an audit
// message. Its buttons carry the message's token.
func (s *Speaker) ReviewsModal(rows []ReviewRow, page, all int, token, meta string, lang Lang) Modal {
	sp := s.in(lang)
	sh := sp.sheet()
	sh.para(sp.say("reviews.of", vals{"n": all}).strong())
	sp.reviewRows(sh, rows)
	m := sp.modal(sp.say("title.reviews", nil), "", sh.place(commands.StepLine, token, page, ReviewPages(all)))
	m.View.CallbackID = commands.Step{Kind: commands.StepLine, Step: commands.StepReviews}.ActionID()
	m.View.PrivateMetadata = meta
	return m
}

// ReviewsGone returns the message that says that a message's cases are not
// stored any more.
func (s *Speaker) ReviewsGone(lang Lang) Message {
	return s.plainly("reviews.gone", vals{"command": own(s.cfg.Command)}, lang)
}

// reviewRows are cases with their buttons: the worst ones still fit a message.
func (s *speech) reviewRows(sh *sheet, rows []ReviewRow) {
	f := fold{weight: 620, targets: 5, reason: 240, name: 40, link: true, named: true}
	for _, r := range rows {
		sh.para(s.caseLine(r.Case, LineItem{Permalink: r.Permalink}, f))
		if !r.OthersOnly {
			sh.buttons(s.reviewButtons(&r.Case, true)...)
		}
	}
}

// place adds where one is and the buttons to the pages beside it.
func (sh *sheet) place(kind commands.StepKind, token string, page, pages int) *sheet {
	if pages > 1 {
		sh.note(sh.speech.say("list.page", vals{"n": page + 1, "pages": pages}))
	}
	return sh.buttons(sh.speech.turns(kind, token, page, pages)...)
}

// Reviewed returns the message that confirms a review.
func (s *Speaker) Reviewed(c moderation.Case, lang Lang) Message {
	sp := s.in(lang)
	if c.Review.State == moderation.ReviewFlagged {
		return sp.answer(sp.say("answer.flagged", vals{"no": c.No, "person": sp.person(c.Actor)}))
	}
	return sp.answer(sp.say("answer.reviewed", vals{"no": c.No}))
}

// ReviewStale returns the message that says how a case was reviewed before.
func (s *Speaker) ReviewStale(c moderation.Case, lang Lang) Message {
	sp := s.in(lang)
	r := c.Review
	v := vals{"no": c.No, "person": sp.person(r.By), "at": moment(r.At), "note": supplied(r.Note, 500)}
	if r.State == moderation.ReviewFlagged {
		return sp.answer(sp.say("answer.flagged.by", v))
	}
	return sp.answer(sp.say("answer.reviewed.before", v))
}

// ReviewStaleModal returns the view that says how a case was reviewed before.
func (s *Speaker) ReviewStaleModal(c moderation.Case, lang Lang) Modal {
	return s.instead("title.stale", s.ReviewStale(c, lang), lang)
}
