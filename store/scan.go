package store

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"bouncer/moderation"
)

// source reads rows, within a transaction and without.
type source interface {
	// each reads all rows. The callback must not query.
	each(query string, args []any, row func(scan func(dest ...any) error) error) error
}

// rows reads all rows of a query. fields returns the destinations of one row's columns.
func rows[T any](q source, query string, args []any, fields func(*T) []any) ([]T, error) {
	var all []T
	err := forEach(q, query, args, fields, func(one *T) error {
		all = append(all, *one)
		return nil
	})
	return all, err
}

// forEach reads the rows of a query one after the other, for results that are too large to keep.
// do must not query.
func forEach[T any](q source, query string, args []any, fields func(*T) []any, do func(*T) error) error {
	return q.each(query, args, func(scan func(...any) error) error {
		var one T
		if err := scan(fields(&one)...); err != nil {
			return err
		}
		return do(&one)
	})
}

// column reads all rows of a query that has one column.
func column[T any](q source, query string, args ...any) ([]T, error) {
	return rows(q, query, args, func(v *T) []any { return []any{v} })
}

// row reads a single row; moderation.ErrNotFound when there is none.
func row[T any](q querier, query string, args []any, fields func(*T) []any) (T, error) {
	var one T
	err := q.one(query, args...)(fields(&one)...)
	return one, err
}

// countBy reads the rows of a query whose columns are a key and a number.
func countBy[K comparable](q source, query string, args ...any) (map[K]int, error) {
	counts := make(map[K]int)
	err := q.each(query, args, func(scan func(...any) error) error {
		var k K
		var n int
		err := scan(&k, &n)
		counts[k] = n
		return err
	})
	return counts, err
}

// walk calls row for each row of a query's result.
func walk(rows *sql.Rows, err error, row func(scan func(dest ...any) error) error) error {
	if err != nil {
		return err
	}
	for err == nil && rows.Next() {
		err = row(rows.Scan)
	}
	return errors.Join(err, rows.Err(), rows.Close())
}

// milliseconds is a time that is stored as Unix milliseconds, 0 for none.
type milliseconds time.Time

// asTime returns the destination of a column with milliseconds.
func asTime(t *time.Time) *milliseconds { return (*milliseconds)(t) }

func (m *milliseconds) Scan(v any) error {
	ms, ok := v.(int64)
	if !ok {
		return fmt.Errorf("%T is not a time", v)
	}
	*m = milliseconds(moment(ms))
	return nil
}

// roomOfCase is the destination of targets.room, of a case.
type roomOfCase struct {
	c  *storedCase
	to *moderation.Room
}

func (r roomOfCase) Scan(v any) error {
	switch key := v.(type) {
	case string:
		*r.to = r.c.Action.RoomOf(key)
	case []byte:
		*r.to = r.c.Action.RoomOf(string(key))
	default:
		return fmt.Errorf("%T is not a room", v)
	}
	return nil
}

// count is the destination of the number of a case's targets with one outcome.
type count struct {
	counts map[moderation.Outcome]int
	of     moderation.Outcome
}

func (c count) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("%T is not a number", v)
	}
	if n != 0 {
		c.counts[c.of] = int(n)
	}
	return nil
}

// jsonText is a value that is stored as JSON. NULL leaves it as it is.
type jsonText struct{ v any }

// asJSON returns a value as the destination, or the parameter, of a JSON column.
func asJSON(v any) jsonText { return jsonText{v} }

func (j jsonText) Scan(v any) error {
	switch text := v.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(text), j.v)
	case []byte:
		return json.Unmarshal(text, j.v)
	}
	return fmt.Errorf("%T is not JSON", v)
}

// Value returns the JSON text as a parameter.
func (j jsonText) Value() (driver.Value, error) {
	raw, err := json.Marshal(j.v)
	return string(raw), err
}
