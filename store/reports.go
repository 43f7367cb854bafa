package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"bouncer/moderation"
)

// countDelay is how long the card of a report waits for further equal ones: in a flood it is
// updated once in this time.
const countDelay = 10 * time.Second

// AcceptReports stores reports, all or none. One whose ID was received in the last seven days
// changes nothing; reused says which of them say something else than the one before. Equal ones are
// folded into the report that waits for a decision, or become a new one with its card, its
// EntryReport, and a JobRemindReports after remind. Its errors are ErrNewerMissing and the database's.
func (s *Store) AcceptReports(ctx context.Context, reports []moderation.NewReport, remind time.Duration) (reused []bool, err error) {
	if err := s.newerPresent(); err != nil {
		return nil, err
	}
	err = s.write(ctx, func(t *tx) error {
		fresh := make([]bool, len(reports))
		for i, r := range reports {
			if err := t.w.later(func(changed int64) { fresh[i] = changed > 0 },
				`INSERT INTO report_ids (app, id, at, digest) VALUES (?, ?, ?, ?) ON CONFLICT (app, id) DO NOTHING`, s.app, r.ID, t.now, r.Digest()); err != nil {
				return err
			}
		}
		if err := t.w.flush(); err != nil {
			return err
		}
		reused = make([]bool, len(reports))
		for i, r := range reports {
			if fresh[i] {
				continue
			}
			var digest string
			if err := t.one(`SELECT digest FROM report_ids WHERE app = ? AND id = ?`, s.app, r.ID)(&digest); err != nil {
				return err
			}
			reused[i] = digest != "" && digest != r.Digest()
		}
		for _, equal := range equalReports(reports, fresh) {
			if err := t.foldReports(equal, remind); err != nil {
				return err
			}
		}
		return nil
	})
	return reused, err
}

// equalReports returns the fresh ones, in their order, equal ones together.
func equalReports(reports []moderation.NewReport, fresh []bool) (groups [][]moderation.NewReport) {
	at := make(map[[3]string]int)
	for i, r := range reports {
		if !fresh[i] {
			continue
		}
		key := [3]string{r.Room.String(), r.Target, r.Reason}
		g, known := at[key]
		if !known {
			g, groups = len(groups), append(groups, nil)
			at[key] = g
		}
		groups[g] = append(groups[g], r)
	}
	return groups
}

// foldReports adds equal reports to the one that waits for a decision, or makes one.
func (t *tx) foldReports(equal []moderation.NewReport, remind time.Duration) error {
	first := equal[0]
	r, err := reportWhere(t, `r.app = ? AND r.room = ? AND r.target = ? AND r.reason = ? AND r.state IN ('open', 'taken')`,
		t.s.app, first.Room.String(), first.Target, first.Reason)
	isNew := errors.Is(err, moderation.ErrNotFound)
	if err != nil && !isNew {
		return err
	}
	if isNew {
		r = moderation.Report{Token: moderation.NewToken(), Room: first.Room, Target: first.Target, Reason: first.Reason,
			State: moderation.ReportOpen, FirstAt: moment(t.now), Channel: first.Channel}
	}
	for _, n := range equal {
		r.Count++
		if !slices.Contains(r.Reporters, n.Reporter) && len(r.Reporters) < moderation.MaxReporters {
			r.Reporters = append(r.Reporters, n.Reporter)
		}
		r.Texts = append(r.Texts, moderation.ReportedText{Reporter: n.Reporter, Text: n.Text, Links: n.Links, At: n.At.UTC()})
	}
	r.Texts = r.Texts[max(0, len(r.Texts)-moderation.MaxReportTexts):]
	r.LastAt = moment(t.now)
	r.Version++
	if !isNew {
		if err := t.run(`UPDATE reports SET count = ?, reporters = ?, said = ?, last_at = ?, version = ? WHERE token = ?`,
			r.Count, asJSON(r.Reporters), asJSON(r.Texts), t.now, r.Version, r.Token); err != nil {
			return err
		}
		return t.reportGrown(r)
	}
	if err := t.run(`INSERT INTO reports (token, app, team, room, target, reason, state, count, reporters, said,
			first_at, last_at, reminded_at, case_no, person, channel, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', ?, ?)`,
		r.Token, t.s.app, t.s.cfg.Team, r.Room.String(), r.Target, r.Reason, string(r.State), r.Count, asJSON(r.Reporters), asJSON(r.Texts),
		t.now, t.now, t.now, r.Channel, r.Version); err != nil {
		return err
	}
	if _, err := t.entry(0, moderation.EntryReport, reportBody(r, moderation.Body{
		Actor: &moderation.Actor{Kind: moderation.ActorSystem}, Detail: first.Text,
	}), ""); err != nil {
		return err
	}
	t.posts = true
	if err := t.run(insertPost, t.next(seqPosts), t.s.app, t.s.cfg.Team, reportKey(r.Token), string(moderation.PostReport), r.Channel,
		0, rankReport, t.now, r.Version, "", "", 0, t.now); err != nil {
		return err
	}
	return t.remindLater(r.Channel, remind)
}

// reportBody adds what an entry says about a report.
func reportBody(r moderation.Report, b moderation.Body) moderation.Body {
	b.Targets, b.Count = []string{r.Target}, r.Count
	b.Values = map[string]string{"room": r.Room.String(), "why": r.Reason, "report": r.Token}
	return b
}

func reportKey(token string) string { return "report:" + token }

// reportDue makes the card of a report due at once: a person acted on it. Only people do that, so no
// flood of them can keep other updates back.
func (t *tx) reportDue(r moderation.Report) error {
	t.posts = true
	err := t.run(`UPDATE posts SET wanted = ?, rank = ?, due_at = CASE WHEN due_at IS NULL OR due_at > ? THEN CAST(? AS BIGINT) ELSE due_at END WHERE key = ?`,
		r.Version, rankUpdate, t.now, t.now, reportKey(r.Token))
	return err
}

// reportGrown makes the card of a report due after a delay, in which further equal ones are shown
// with it.
func (t *tx) reportGrown(r moderation.Report) error {
	t.posts = true
	err := t.run(`UPDATE posts SET wanted = ?, rank = CASE WHEN due_at IS NULL THEN CAST(? AS BIGINT) ELSE rank END,
		due_at = COALESCE(due_at, CAST(? AS BIGINT)) WHERE key = ?`, r.Version, rankReport, t.now+countDelay.Milliseconds(), reportKey(r.Token))
	return err
}

// dueAgain returns when a post is due that changed while it was sent: now, but a report that nobody has
// acted on has only grown. Otherwise a flood of equal reports would make each update cause the next.
func (t *tx) dueAgain(p moderation.Post) (int64, error) {
	token, ok := p.Report()
	if !ok {
		return t.now, nil
	}
	open, err := column[int](t, `SELECT COUNT(*) FROM reports WHERE token = ? AND state = 'open'`, token)
	if err != nil {
		return 0, err
	}
	return t.now + int64(open[0])*countDelay.Milliseconds(), nil
}

const reportColumns = `r.token, r.room, r.target, r.reason, r.state, r.count, r.reporters, r.said, r.first_at, r.last_at, r.case_no,
	NULLIF(r.person, ''), r.channel, r.version, COALESCE(p.channel, ''), COALESCE(p.ts, '')
	FROM reports r LEFT JOIN posts p ON p.key = 'report:' || r.token`

// storedReport is a report as a query reads it.
type storedReport struct {
	moderation.Report
	room string
}

func (r *storedReport) fields() []any {
	return []any{&r.Token, &r.room, &r.Target, &r.Reason, &r.State, &r.Count, asJSON(&r.Reporters), asJSON(&r.Texts), asTime(&r.FirstAt), asTime(&r.LastAt),
		&r.Case, asJSON(&r.By), &r.Channel, &r.Version, &r.Card.Channel, &r.Card.TS}
}

func (r *storedReport) report() moderation.Report {
	r.Room, _ = moderation.RoomFromKey(r.room)
	if r.Card.TS == "" {
		r.Card = moderation.Posted{}
	}
	return r.Report
}

func reportWhere(q querier, cond string, args ...any) (moderation.Report, error) {
	r, err := row(q, `SELECT `+reportColumns+` WHERE `+cond, args, (*storedReport).fields)
	if err != nil {
		return moderation.Report{}, err
	}
	return r.report(), nil
}

// Report returns the report of a button; ErrNotFound when there is none, or when it was erased.
func (s *Store) Report(ctx context.Context, token string) (moderation.Report, error) {
	return reportWhere(s.read(ctx), `r.token = ?`, token)
}

// Reports returns those of the reports that are stored, the most often reported first. Its error is
// the database's.
func (s *Store) Reports(ctx context.Context, tokens []string) (reports []moderation.Report, err error) {
	for part := range slices.Chunk(tokens, idsAtOnce) {
		in, args := inList(part)
		found, err := rows(s.read(ctx), `SELECT `+reportColumns+` WHERE r.token IN `+in, args, (*storedReport).fields)
		if err != nil {
			return nil, err
		}
		for i := range found {
			reports = append(reports, found[i].report())
		}
	}
	slices.SortFunc(reports, func(a, b moderation.Report) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), a.FirstAt.Compare(b.FirstAt), cmp.Compare(a.Token, b.Token))
	})
	return reports, nil
}

// WaitingReports returns up to n reports of a channel that nobody has acted on, the longest
// waiting ones first, and how many there are. Its error is the database's.
func (s *Store) WaitingReports(ctx context.Context, channel string, n int) (reports []moderation.Report, all int, err error) {
	q := s.read(ctx)
	if err := q.one(`SELECT COUNT(*) FROM reports WHERE app = ? AND channel = ? AND state = 'open'`, s.app, channel)(&all); err != nil {
		return nil, 0, err
	}
	found, err := rows(q, `SELECT `+reportColumns+` WHERE r.app = ? AND r.channel = ? AND r.state = 'open' ORDER BY r.first_at, r.token`+limited,
		[]any{s.app, channel, n}, (*storedReport).fields)
	for i := range found {
		reports = append(reports, found[i].report())
	}
	return reports, all, err
}
