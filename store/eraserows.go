package store

import (
	"fmt"
	"slices"
	"strings"

	"bouncer/moderation"
)

// rows removes the person from all tables that may contain personal data.
func (e *eraser) rows() error {
	for _, k := range personal {
		if err := e.walk(k); err != nil {
			return fmt.Errorf("%s: %w", k.table, err)
		}
	}
	return nil
}

// keptRow is the searched part of a table row.
type keptRow struct {
	key   []any
	no    int64
	done  bool
	words []string
}

// walk goes through a table in order of its key.
func (e *eraser) walk(k kept) error {
	columns := make([]string, 0, len(k.holds))
	for c := range k.holds {
		columns = append(columns, c)
	}
	slices.Sort(columns)
	no, done := k.caseNo, `1`
	if no == "" {
		no = `0`
	}
	if k.table == "jobs" {
		done = `CASE WHEN done_at IS NULL THEN 0 ELSE 1 END`
	}
	keys := strings.Join(k.keys, ", ")
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(k.keys)), ", ")
	query := `SELECT ` + keys + `, ` + no + `, ` + done + `, ` + strings.Join(columns, ", ") + ` FROM ` + k.table +
		` WHERE (` + keys + `) > (` + marks + `) ORDER BY ` + keys + limited
	last := make([]any, len(k.keys))
	for i, c := range k.keys {
		last[i] = int64(-1)
		if isText(k.table, c) {
			last[i] = ""
		}
	}
	for n := eraseBatch; n == eraseBatch; {
		page, err := rows(e, query, append(slices.Clone(last), eraseBatch), func(r *keptRow) []any {
			r.key, r.words = make([]any, len(k.keys)), make([]string, len(columns))
			into := make([]any, 0, len(k.keys)+2+len(columns))
			for i := range r.key {
				into = append(into, &r.key[i])
			}
			into = append(into, &r.no, &r.done)
			for i := range r.words {
				into = append(into, &r.words[i])
			}
			return into
		})
		if err != nil {
			return err
		}
		if n = len(page); n == 0 {
			return nil
		}
		last = slices.Clone(page[n-1].key)
		for _, r := range page {
			if err := e.row(k, columns, r); err != nil {
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

// row removes the person from one row.
func (e *eraser) row(k kept, columns []string, r keptRow) error {
	var set []string
	var args []any
	for i, c := range columns {
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
			return err
		}
		if anew != r.words[i] {
			set, args = append(set, c+" = ?"), append(args, anew)
		}
	}
	if len(set) == 0 {
		return nil
	}
	if !r.done {
		return moderation.NewError(moderation.CodeEraseActive, "case", itoa(r.no))
	}
	where := ` WHERE ` + strings.Join(k.keys, " = ? AND ") + ` = ?`
	e.counts(k, r)
	if k.drops {
		_, err := e.exec(`DELETE FROM `+k.table+where, r.key...)
		return err
	}
	_, err := e.exec(`UPDATE `+k.table+` SET `+strings.Join(set, ", ")+where, append(args, r.key...)...)
	return err
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
