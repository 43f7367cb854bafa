package store

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"bouncer/moderation"
)

// DismissReport records that a report needs no action: EntryReportDismissed with the body. The job
// is finished and c is written. *ReportTakenError when the report was acted on before, and
// ErrNotFound when there is none: nothing is changed then, also not the job.
func (s *Store) DismissReport(ctx context.Context, j moderation.Job, token string, body moderation.Body, c moderation.Change) error {
	return s.write(ctx, func(t *tx) error {
		r, err := t.openReport(token)
		if err != nil {
			return err
		}
		if err := t.finish(j); err != nil {
			return err
		}
		r.State, r.By = moderation.ReportDismissed, body.Actor
		if err := t.saveReport(r); err != nil {
			return err
		}
		if _, err := t.entry(0, moderation.EntryReportDismissed, reportBody(r, body), ""); err != nil {
			return err
		}
		return t.change(c)
	})
}

// openReport returns a report that nobody has acted on.
func (t *tx) openReport(token string) (moderation.Report, error) {
	r, err := reportWhere(t, `r.token = ?`, token)
	if err == nil && r.State != moderation.ReportOpen {
		err = &moderation.ReportTakenError{Report: r}
	}
	return r, err
}

// saveReport stores what became of a report and makes its card due.
func (t *tx) saveReport(r moderation.Report) error {
	r.Version++
	person := ""
	if r.By != nil {
		raw, err := json.Marshal(r.By)
		if err != nil {
			return err
		}
		person = string(raw)
	}
	var decided int64
	if r.State == moderation.ReportDecided || r.State == moderation.ReportDismissed {
		decided = t.now
	}
	if err := t.run(`UPDATE reports SET state = ?, case_no = ?, person = ?, version = ?, reminded_at = ?, decided_at = ? WHERE token = ?`,
		string(r.State), r.Case, person, r.Version, t.now, decided, r.Token); err != nil {
		return err
	}
	return t.reportDue(r)
}

// showReport makes the card of a report due as it is.
func (t *tx) showReport(token string) error {
	if err := t.run(`UPDATE reports SET version = version + 1 WHERE token = ?`, token); err != nil {
		return err
	}
	r, err := reportWhere(t, `r.token = ?`, token)
	if err != nil {
		return err
	}
	return t.reportDue(r)
}

// takeReport links a new case to the report that it came from. A case about other people only, which
// a corrected command may be, leaves the report to others, and there is nothing to link to a report
// that was erased.
func (t *tx) takeReport(c *storedCase, opened bool, token string) error {
	r, err := t.openReport(token)
	if taken, ok := errors.AsType[*moderation.ReportTakenError](err); ok {
		r = taken.Report
	}
	if errors.Is(err, moderation.ErrNotFound) {
		return nil
	}
	if r.Token != "" {
		about, err := column[int](t, `SELECT COUNT(*) FROM targets WHERE case_no = ? AND target = ?`, c.No, r.Target)
		if err != nil || about[0] == 0 {
			return err
		}
	}
	if err != nil {
		return err
	}
	if waits(c) && !opened { // an earlier command waits already: nothing would reopen the report
		return nil
	}
	r.State, r.Case, r.By = moderation.ReportTaken, c.No, &c.Actor
	if !waits(c) {
		return t.decideReport(c, r)
	}
	if err := t.saveReport(r); err != nil {
		return err
	}
	return t.reportEntry(c, moderation.EntryReportTaken, r)
}

func waits(c *storedCase) bool {
	return c.State == moderation.AwaitingApproval || c.State == moderation.AwaitingConfirmation
}

// followReport decides on the report of a case that waits no more, or opens the report again when
// nothing was done.
func (t *tx) followReport(c *storedCase) error {
	if c.Origin.Source != moderation.SourceReport || waits(c) {
		return nil
	}
	r, err := reportWhere(t, `r.case_no = ? AND r.case_no > 0 AND r.state = 'taken'`, c.No)
	if errors.Is(err, moderation.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if c.State == moderation.Open || c.Counts[moderation.Dropped] == 0 || c.Counts[moderation.Dropped] < total(c) {
		return t.decideReport(c, r)
	}
	r.State, r.By = moderation.ReportOpen, nil
	if err := t.saveReport(r); err != nil {
		return err
	}
	return t.reportEntry(c, moderation.EntryReportReopened, r)
}

func total(c *storedCase) (n int) {
	for _, k := range c.Counts {
		n += k
	}
	return n
}

func (t *tx) decideReport(c *storedCase, r moderation.Report) error {
	r.State = moderation.ReportDecided
	if err := t.saveReport(r); err != nil {
		return err
	}
	return t.reportEntry(c, moderation.EntryReportDecided, r)
}

// reportEntry writes an entry about a report into the case that came of it.
func (t *tx) reportEntry(c *storedCase, kind moderation.EntryKind, r moderation.Report) error {
	if err := t.caseEntry(c, kind, reportBody(r, moderation.Body{Actor: &c.Actor})); err != nil {
		return err
	}
	return t.lastEntryDue(c)
}

// reminderEvery is how exactly reminders keep their time: those of the same channel within it, or
// within the time that reports wait for one, share one.
const reminderEvery = time.Minute

// remindLater queues a reminder of what waits in a channel.
func (t *tx) remindLater(channel string, after time.Duration) error {
	if after <= 0 {
		return nil
	}
	slot := min(after, reminderEvery)
	at := t.clock.Add(after + slot).Truncate(slot)
	raw, err := json.Marshal(moderation.ReportReminder{Channel: channel})
	if err != nil {
		return err
	}
	return t.queue(0, moderation.NewJob{
		Key: "reports:" + channel + ":" + strconv.FormatInt(at.Unix(), 10), Queue: moderation.QueueTimer, Kind: moderation.JobRemindReports,
		RunAt: at, Payload: raw,
	})
}

// RemindReports posts a reminder of the reports of a channel that have waited for after since they
// came in, or since the last reminder, and queues the next. Without any it posts nothing. The job is
// finished. Its error is ErrLeaseLost, or the database's.
func (s *Store) RemindReports(ctx context.Context, j moderation.Job, channel string, after time.Duration) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.finish(j); err != nil {
			return err
		}
		n, err := t.exec(`UPDATE reports SET reminded_at = ? WHERE app = ? AND channel = ? AND state = 'open' AND reminded_at <= ?`,
			t.now, s.app, channel, t.now-after.Milliseconds())
		if err != nil || n == 0 || after <= 0 {
			return err
		}
		t.posts = true
		key := "waiting:" + channel + ":" + itoa(t.now)
		if err := t.run(insertPost, t.next(seqPosts), s.app, s.cfg.Team, key, string(moderation.PostReport), channel,
			0, rankReport, t.now, 1, "", "", 0, t.now); err != nil {
			return err
		}
		return t.remindLater(channel, after)
	})
}
