package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// pipeline sends statements whose results are not needed at once together with those that follow:
// each round trip to a PostgreSQL server costs every other group time, because only one group is
// open.
type pipeline struct {
	conn    *sql.Conn
	dialect dialect
	rebound map[string]string
	queued  []queuedStatement
}

type queuedStatement struct {
	query string
	args  []any
	// then gets the number of changed rows. Nil for nothing.
	then func(changed int64)
	// dest receives the columns of the only row. Nil for a statement without rows.
	dest []any
}

// pipelineMost bounds what waits to be sent.
const pipelineMost = 512

func newPipeline(conn *sql.Conn, d dialect) *pipeline {
	return &pipeline{conn: conn, dialect: d, rebound: make(map[string]string)}
}

// flush sends what is queued in one round trip, and returns the first error. What follows a
// statement that failed is not run.
func (p *pipeline) flush(ctx context.Context) error {
	queued := p.queued
	if len(queued) == 0 {
		return nil
	}
	p.queued = nil
	return p.conn.Raw(func(driver any) (err error) {
		c, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("the connection is %T, not one of pgx", driver)
		}
		var b pgx.Batch
		for _, q := range queued {
			b.Queue(p.text(q.query), p.dialect.bind(q.args)...)
		}
		results := c.Conn().SendBatch(ctx, &b)
		defer func() { err = errors.Join(err, results.Close()) }()
		for _, q := range queued {
			if q.dest != nil {
				if err := results.QueryRow().Scan(q.dest...); err != nil {
					return err
				}
				continue
			}
			tag, err := results.Exec()
			if err != nil {
				return err
			}
			if q.then != nil {
				q.then(tag.RowsAffected())
			}
		}
		return nil
	})
}

// dropFrom drops what is queued from a statement on; all, and false, when that was sent already.
func (p *pipeline) dropFrom(query string) bool {
	for i, q := range p.queued {
		if q.query == query {
			p.queued = p.queued[:i]
			return true
		}
	}
	p.queued = nil
	return false
}

func (p *pipeline) text(query string) string {
	text, ok := p.rebound[query]
	if !ok {
		text = p.dialect.rebind(query)
		p.rebound[query] = text
	}
	return text
}

// later runs a statement at the latest when the next one's result is read, or the group is
// committed. An error of it may be returned by a following statement or by the commit. then gets
// the number of changed rows; nil for nothing.
func (w *writer) later(then func(changed int64), query string, args ...any) error {
	if w.pipe == nil {
		n, err := w.stmts.exec(w.ctx, query, args)
		if err == nil && then != nil {
			then(n)
		}
		return err
	}
	if len(w.pipe.queued) >= pipelineMost {
		if err := w.flush(); err != nil {
			return err
		}
	}
	w.pipe.queued = append(w.pipe.queued, queuedStatement{query: query, args: args, then: then})
	return nil
}

// flush runs what later was called with, and returns the first error.
func (w *writer) flush() error {
	if w.pipe == nil {
		return nil
	}
	return w.pipe.flush(w.ctx)
}
