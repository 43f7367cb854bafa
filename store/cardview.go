package store

import (
	"context"
	"time"

	"bouncer/moderation"
)

// cardTargetsRead is how many targets CardView reads at least, from the first.
const cardTargetsRead = 100

// CardView returns what the card of a case shows, and for its thread the calls from an entry on. For
// a running case of many people it leaves out entries, other calls and people whose outcome needs no
// word; otherwise it is CaseView. ErrNotFound when there is no such case.
func (s *Store) CardView(ctx context.Context, no, since int64) (moderation.CaseView, error) {
	q := s.read(ctx)
	c, err := loadCase(q, no)
	if err != nil {
		return moderation.CaseView{}, err
	}
	if c.State != moderation.Open || !c.large() {
		return s.viewOf(q, c)
	}
	var v moderation.CaseView
	if v.Case, err = c.full(q); err != nil {
		return v, err
	}
	if v.Targets, err = rows(q, targetColumns+` AND (seq <= ? OR outcome NOT IN ('pending', 'accepted')) ORDER BY seq`, []any{no, cardTargetsRead}, c.targetFields); err != nil {
		return v, err
	}
	if since > 0 {
		if v.Calls, err = rows(q, `SELECT `+callColumns+` FROM calls k WHERE k.case_no = ? AND k.entry_id >= ? ORDER BY k.id`, []any{no, since}, callFields); err != nil {
			return v, err
		}
	}
	if v.GroupHandles, err = s.groupHandles(q); err != nil {
		return v, err
	}
	if v.Related, err = relatedCases(q, c); err != nil {
		return v, err
	}
	ended := 0
	for outcome, n := range c.Counts {
		if outcome != moderation.Pending {
			ended += n
		}
	}
	if ended > 0 {
		v.Left = time.Duration(float64(s.now().Sub(c.OpenAt)) / float64(ended) * float64(c.Counts[moderation.Pending]))
	}
	return v, loadExtras(q, c, &v)
}
