package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"bouncer/moderation"
)

// rows removes the person from all tables that may contain personal data; those that show which
// cases are the person's come last.
func (e *eraser) rows(ctx context.Context) error {
	last := func(k kept) bool { return k.table == "cases" || k.table == "targets" }
	tables := slices.Concat(slices.DeleteFunc(slices.Clone(personal), last), slices.DeleteFunc(slices.Clone(personal), func(k kept) bool { return !last(k) }))
	for _, k := range tables {
		found, err := e.find(ctx, k)
		if err == nil {
			err = inBatches(ctx, e, found, func(part []keptRow) error { return e.rewrite(k, part) })
		}
		if err != nil {
			return fmt.Errorf("%s: %w", k.table, err)
		}
	}
	return nil
}

// personalTable returns one of the tables that may contain personal data.
func personalTable(name string) kept {
	return personal[slices.IndexFunc(personal, func(k kept) bool { return k.table == name })]
}

// keptRow is the searched part of a table row.
type keptRow struct {
	key   []any
	no    int64
	done  bool
	words []string
}

// columns returns the columns that may contain personal data, in order.
func (k kept) columns() []string { return slices.Sorted(maps.Keys(k.holds)) }

// query returns the SELECT of the searched part of rows.
func (k kept) query() string {
	no, done := k.caseNo, `1`
	if no == "" {
		no = `0`
	}
	if k.table == "jobs" {
		done = `CASE WHEN done_at IS NULL THEN 0 ELSE 1 END`
	}
	return `SELECT ` + strings.Join(k.keys, ", ") + `, ` + no + `, ` + done + `, ` + strings.Join(k.columns(), ", ") + ` FROM ` + k.table
}

// one is SQL for the row of a key.
func (k kept) one() string { return ` WHERE ` + strings.Join(k.keys, " = ? AND ") + ` = ?` }

func (k kept) fields(r *keptRow) []any {
	r.key, r.words = make([]any, len(k.keys)), make([]string, len(k.holds))
	into := make([]any, 0, len(k.keys)+2+len(k.holds))
	for i := range r.key {
		into = append(into, &r.key[i])
	}
	into = append(into, &r.no, &r.done)
	for i := range r.words {
		into = append(into, &r.words[i])
	}
	return into
}

// find returns the rows of a table that name the person, in order of their key.
func (e *eraser) find(ctx context.Context, k kept) ([]keptRow, error) {
	if len(k.keys) > 1 || isText(k.table, k.keys[0]) {
		return e.findAfter(ctx, k, k.lowest(), ``)
	}
	var top int64
	if err := e.store.read(ctx).one(`SELECT COALESCE(MAX(` + k.keys[0] + `), 0) FROM ` + k.table)(&top); err != nil {
		return nil, err
	}
	return inParts(ctx, -1, top, func(ctx context.Context, after, upTo int64) ([]keptRow, error) {
		return e.findAfter(ctx, k, []any{after}, k.keys[0]+` <= ? AND `, upTo)
	})
}

// lowest returns a key before the first one of a table.
func (k kept) lowest() []any {
	key := make([]any, len(k.keys))
	for i, c := range k.keys {
		key[i] = int64(-1)
		if isText(k.table, c) {
			key[i] = ""
		}
	}
	return key
}

// findAfter returns the rows after a key, and within what bound says, that name the person. The
// database searches the columns; only what may be changed is decoded.
func (e *eraser) findAfter(ctx context.Context, k kept, last []any, bound string, args ...any) (found []keptRow, err error) {
	keys := strings.Join(k.keys, ", ")
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(k.keys)), ", ")
	cond, named := e.namesIn(k)
	if only := trueKeys(e.onlyCases); k.caseNo != "" && len(only) > 0 {
		cond += ` OR ` + k.caseNo + ` IN (` + numbers(only) + `)`
	}
	query := k.query() + ` WHERE ` + bound + `(` + keys + `) > (` + marks + `) AND (` + cond + `) ORDER BY ` + keys + limited
	for n := erasePage; n == erasePage; {
		page, err := rows(e.store.read(ctx), query, slices.Concat(args, last, named, []any{erasePage}), k.fields)
		if err != nil {
			return nil, err
		}
		if n = len(page); n == 0 {
			break
		}
		last = page[n-1].key
		for _, r := range page {
			set, _, err := e.changes(k, r)
			if err != nil {
				return nil, err
			}
			if len(set) > 0 {
				found = append(found, r)
			}
		}
	}
	return found, nil
}

// namesIn returns SQL that is true for the rows of a table that may name the person, and its
// arguments. A column with an id is compared, which takes less time than a search in it.
func (e *eraser) namesIn(k kept) (cond string, args []any) {
	var texts, conds []string
	for _, c := range k.columns() {
		if k.holds[c] != holdsID {
			texts = append(texts, c)
			continue
		}
		for _, id := range e.ids() {
			conds, args = append(conds, c+` = ?`), append(args, id)
		}
	}
	if len(texts) > 0 {
		cond, named := e.names(e.store.dialect, texts...)
		conds, args = append(conds, cond), append(args, named...)
	}
	return strings.Join(conds, ` OR `), args
}

// rewrite removes the person from rows as they are now.
func (e *eraser) rewrite(k kept, part []keptRow) error {
	for _, p := range part {
		now, err := rows(e, k.query()+k.one(), p.key, k.fields)
		if err != nil {
			return err
		}
		for _, r := range now {
			if err := e.row(k, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// textKeys are the key columns that contain text.
var textKeys = []string{"key", "token", "room", "target", "medium", "team", "person", "verb"}

// isText reports whether a key column contains text.
func isText(table, column string) bool {
	return slices.Contains(textKeys, column) || table == "role_groups" && column == "id"
}

// changes returns the columns of a row that name the person, as assignments, and their new values.
func (e *eraser) changes(k kept, r keptRow) (set []string, args []any, err error) {
	for i, c := range k.columns() {
		anew, err := r.words[i], error(nil)
		switch k.holds[c] {
		case holdsWords:
			anew = e.text(anew)
		case holdsID:
			anew = e.exact(anew)
		case holdsKey:
			anew = e.key(anew)
		case holdsProse:
			if anew = e.text(anew); e.onlyCases[r.no] && anew != "" {
				anew = moderation.ErasedPlaceholder
			}
		case holdsJSON:
			if anew != "" {
				anew, err = e.json(anew, k.caseNo != "" && e.onlyCases[r.no])
			}
		case holdsBody:
			if anew != "" {
				anew, err = e.json(anew, e.concernsOnly(0, r.no, anew))
			}
		}
		if err != nil {
			return nil, nil, err
		}
		if anew != r.words[i] {
			set, args = append(set, c+" = ?"), append(args, anew)
		}
	}
	return set, args, nil
}

// row removes the person from one row.
func (e *eraser) row(k kept, r keptRow) error {
	set, args, err := e.changes(k, r)
	if err != nil || len(set) == 0 {
		return err
	}
	if !r.done {
		return moderation.NewError(moderation.CodeEraseActive, "case", itoa(r.no))
	}
	e.counts(k, r)
	if k.drops {
		_, err := e.exec(`DELETE FROM `+k.table+k.one(), r.key...)
		return err
	}
	if k.table == "cases" {
		if err := e.reindexErased(r, set, args); err != nil {
			return err
		}
	}
	_, err = e.exec(`UPDATE `+k.table+` SET `+strings.Join(set, ", ")+k.one(), append(args, r.key...)...)
	return err
}

// reindexErased removes the person from the index of words of reasons.
func (e *eraser) reindexErased(r keptRow, set []string, args []any) error {
	at := slices.Index(set, "reason = ?")
	if at < 0 {
		return nil
	}
	after, _ := args[at].(string)
	return e.reindexReason(r.no, r.words[slices.Index(personalTable("cases").columns(), "reason")], after)
}

// key removes the person from a row's key. Of the keys about a target only the line of a late lift
// names it.
func (e *eraser) key(key string) string {
	if e.slack {
		return e.text(key)
	}
	rest, ok := strings.CutPrefix(key, "overdue:")
	no, target, named := strings.Cut(rest, ":")
	target, more := strings.CutSuffix(target, ":more")
	if !ok || !named || target != e.id {
		return key
	}
	key = "overdue:" + no + ":" + e.marker
	if more {
		key += ":more"
	}
	return key
}

func (e *eraser) counts(k kept, r keptRow) {
	if k.table == "cases" {
		e.cases[r.no] = true
		return
	}
	e.did.OtherRows++
}

// trueKeys returns the keys with a true value, in order.
func trueKeys(of map[int64]bool) (keys []int64) {
	for k, is := range of {
		if is {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

// numbers returns a list as SQL.
func numbers(list []int64) string {
	var b strings.Builder
	for i, n := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(itoa(n))
	}
	return b.String()
}
