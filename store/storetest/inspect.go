package storetest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"bouncer/moderation"
)

// Inspection reads a store's database beside any other process, for tests of the whole program
// that need what the store does not return. It is the only other place that knows the tables.
type Inspection struct{ db *database }

// Inspect returns a database, as DATABASE_URL names it, opened for reading. The error says why it
// cannot be opened.
func Inspect(url string) (*Inspection, error) {
	db, err := openDatabase(url, true)
	return &Inspection{db}, err
}

// Close closes the inspection and returns the database's error.
func (i *Inspection) Close() error { return i.db.Close() }

// where collects the conditions of a query.
type where struct {
	conds []string
	args  []any
}

func (w *where) add(cond string, args ...any) {
	w.conds, w.args = append(w.conds, cond), append(w.args, args...)
}

// is requires a value, unless it is zero.
func is[T comparable](w *where, column string, value T) {
	var zero T
	if value != zero {
		w.add(column+" = ?", value)
	}
}

// among requires one of several values, unless there are none.
func among[T any](w *where, column string, values []T) {
	if len(values) == 0 {
		return
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	w.add(column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")", args...)
}

func (w *where) String() string {
	if len(w.conds) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conds, " AND ")
}

// each calls row for each row of a query.
func (i *Inspection) each(ctx context.Context, query string, args []any, row func(scan func(...any) error) error) error {
	rows, err := i.db.query(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	defer rows.Close() //nolint:errcheck // read to its end
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
	}
	return rows.Err()
}

func (i *Inspection) count(ctx context.Context, from string, w where) (n int, err error) {
	err = i.each(ctx, "SELECT COUNT(*) FROM "+from+w.String(), w.args, func(scan func(...any) error) error { return scan(&n) })
	return n, err
}

// Cases selects cases. A zero field means all.
type Cases struct {
	State    moderation.State
	Pending  bool // not done yet
	Approval moderation.ApprovalState
	Verb     moderation.Verb
	Ended    string
	Reviewed bool
	Sampled  bool // selected for review
}

// Cases returns the numbers of cases, in their order. Its error is the database's.
func (i *Inspection) Cases(ctx context.Context, c Cases) (nos []int, err error) {
	var w where
	is(&w, "state", c.State)
	is(&w, "approval", c.Approval)
	is(&w, "verb", c.Verb)
	is(&w, "ended", c.Ended)
	if c.Pending {
		w.add("state <> ?", moderation.Done)
	}
	if c.Reviewed {
		w.add("no IN (SELECT case_no FROM reviews WHERE state = 'reviewed')")
	}
	if c.Sampled {
		w.add("no IN (SELECT case_no FROM reviews WHERE why = 'sample')")
	}
	err = i.each(ctx, "SELECT no FROM cases"+w.String()+" ORDER BY no", w.args, func(scan func(...any) error) error {
		var no int
		nos = append(nos, 0)
		err := scan(&no)
		nos[len(nos)-1] = no
		return err
	})
	return nos, err
}

// Targets selects targets. A zero field means all.
type Targets struct {
	Case    int
	ID      string
	Outcome moderation.Outcome
	Timed   bool // restricted where the bot ends it
	Lifted  bool // and lifted
}

// Targets returns the number of targets. Its error is the database's.
func (i *Inspection) Targets(ctx context.Context, t Targets) (int, error) {
	var w where
	is(&w, "case_no", t.Case)
	is(&w, "target", t.ID)
	is(&w, "outcome", t.Outcome)
	if t.Timed {
		w.add("lift <> ''")
	}
	if t.Lifted {
		w.add("lift = 'lifted'")
	}
	return i.count(ctx, "targets", w)
}

// Entries returns the entries of the log, of some kinds or of all, in their order. Its error is the
// database's.
func (i *Inspection) Entries(ctx context.Context, kinds ...moderation.EntryKind) (list []moderation.Entry, err error) {
	var w where
	among(&w, "e.kind", kinds)
	err = i.each(ctx, `SELECT e.id, COALESCE(e.number, 0), e.case_no, e.kind, e.at, b.body FROM entries e JOIN bodies b ON b.entry_id = e.id`+
		w.String()+` ORDER BY e.id`, w.args, func(scan func(...any) error) error {
		var e moderation.Entry
		var at int64
		var body string
		err := scan(&e.ID, &e.Number, &e.Case, &e.Kind, &at, &body)
		e.At, e.Body = time.UnixMilli(at), []byte(body)
		list = append(list, e)
		return err
	})
	return list, err
}

// Jobs selects jobs. A zero field means all.
type Jobs struct {
	ID     int64
	Case   int64
	Kind   moderation.JobKind
	Queues []moderation.Queue
	But    []moderation.Queue // none of these queues
	Open   bool               // not finished
	Leased bool               // claimed by a worker
	Linked bool               // with a response_url
}

// Job is a job as stored.
type Job struct {
	moderation.Job
	RunAt time.Time
}

// Jobs returns jobs, in their order. Its error is the database's.
func (i *Inspection) Jobs(ctx context.Context, j Jobs) (list []Job, err error) {
	w := j.where()
	err = i.each(ctx, "SELECT id, key, queue, kind, case_no, reply_url, attempt, queued_at, due_at, run_at FROM jobs"+w.String()+" ORDER BY id", w.args,
		func(scan func(...any) error) error {
			var j Job
			var queued, due, run int64
			err := scan(&j.ID, &j.Key, &j.Queue, &j.Kind, &j.Case, &j.ReplyURL, &j.Attempt, &queued, &due, &run)
			j.Queued, j.Due, j.RunAt = time.UnixMilli(queued), time.UnixMilli(due), time.UnixMilli(run)
			list = append(list, j)
			return err
		})
	return list, err
}

// CountJobs returns the number of jobs. Its error is the database's.
func (i *Inspection) CountJobs(ctx context.Context, j Jobs) (int, error) {
	return i.count(ctx, "jobs", j.where())
}

func (j Jobs) where() (w where) {
	is(&w, "id", j.ID)
	is(&w, "case_no", j.Case)
	is(&w, "kind", j.Kind)
	among(&w, "queue", j.Queues)
	for _, q := range j.But {
		w.add("queue <> ?", q)
	}
	if j.Open {
		w.add("done_at IS NULL")
	}
	if j.Leased {
		w.add("done_at IS NULL AND leased = 1")
	}
	if j.Linked {
		w.add("reply_url <> ''")
	}
	return w
}

// Posts selects messages that are due. A zero field means all.
type Posts struct {
	Kind   moderation.PostKind
	Leased bool // being posted
	Plain  bool // lines without buttons of their own
}

// PostsDue returns the number of messages that are to be posted or updated. Its error is the
// database's.
func (i *Inspection) PostsDue(ctx context.Context, p Posts) (int, error) {
	var w where
	w.add("due_at IS NOT NULL")
	is(&w, "kind", p.Kind)
	if p.Leased {
		w.add("leased_until > 0")
	}
	if p.Plain {
		w.add("rank = 3")
	}
	return i.count(ctx, "posts", w)
}

// Call is one call at the vendor as stored.
type Call struct {
	Case    int64
	Purpose moderation.Purpose
	Class   moderation.VendorClass
	API     string
	At      time.Time
}

// Calls returns the calls of a case, or with 0 of all, in their order. Its error is the database's.
func (i *Inspection) Calls(ctx context.Context, no int) (list []Call, err error) {
	var w where
	is(&w, "case_no", no)
	err = i.each(ctx, "SELECT case_no, purpose, class, api, at FROM calls"+w.String()+" ORDER BY at, id", w.args, func(scan func(...any) error) error {
		var c Call
		var at int64
		err := scan(&c.Case, &c.Purpose, &c.Class, &c.API, &at)
		c.At = time.UnixMilli(at)
		list = append(list, c)
		return err
	})
	return list, err
}

// Table is a table whose rows can be counted.
type Table string

// The tables whose rows tests count.
const (
	ApprovalRequests Table = "approvals"
	Approvals        Table = "votes"
	Drafts           Table = "drafts"
	Policies         Table = "policies"
)

// Rows returns the number of rows of a table. Its error is the database's.
func (i *Inspection) Rows(ctx context.Context, t Table) (int, error) {
	return i.count(ctx, string(t), where{})
}
