package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"bouncer/moderation"
)

// Verify verifies the whole chain, after the anchor of a pruned log, and every body in one snapshot,
// and compares the rows that people read with the entries that record them. It returns the number
// of the last valid entry, and an error that names the first difference.
func (s *Store) Verify(ctx context.Context) (int64, error) {
	chain, rest, err := s.beginVerify(ctx)
	if err != nil {
		return 0, s.explain(err)
	}
	defer func() { _ = errors.Join(chain.conn.Rollback(), rest.conn.Rollback()) }() // nothing was written
	counted, err := column[int64](rest, `SELECT value FROM counters WHERE name = 'number'`)
	if err == nil && len(counted) == 0 {
		err = moderation.ErrNotFound
	}
	if err != nil {
		return 0, s.explain(err)
	}
	if rest.erased, err = erasedBodies(rest); err != nil {
		return 0, s.explain(err)
	}
	if err := rest.readPrunes(plainSQL{ctx, rest.conn, s.dialect}); err != nil {
		return 0, s.explain(err)
	}
	chain.anchor, chain.erased = rest.anchor, rest.erased
	var n int64
	var broken, others error
	var both errgroup.Group // not cancelled by an error: the other part may find an earlier one
	if chain.conn == rest.conn {
		both.SetLimit(1)
	}
	both.Go(func() error {
		if n, broken = s.verifyChain(chain); broken == nil {
			others = chain.checkOtherRows() // here, since bodies and cases take longer than the chain
		}
		return nil
	})
	both.Go(rest.checkBodies)
	differs := both.Wait()
	switch bad := rest.bad; {
	case bad.err != nil && bad.number > 0 && bad.number <= n+1:
		return bad.number - 1, bad.err
	case broken != nil:
		return n, s.explain(broken)
	case bad.err != nil:
		return n, bad.err
	case n != counted[0]:
		return n, fmt.Errorf("entry %d is missing: %d were sealed", n+1, counted[0])
	}
	return n, s.explain(cmp.Or(differs, others))
}

// sameMoment is how often Verify tries to begin two transactions that see the same entries.
const sameMoment = 20

// beginVerify begins two transactions that see the same entries, one for the chain and rows outside
// of cases and one for bodies and cases, so that they are read at the same time; or one for both,
// while new entries come faster than transactions begin.
func (s *Store) beginVerify(ctx context.Context) (chain, rest *rowVerifier, err error) {
	begin := func() (a *rowVerifier, newest [2]int64, err error) {
		conn, err := s.reads.BeginTx(ctx, s.dialect.snapshot())
		if err != nil {
			return nil, newest, err
		}
		a = &rowVerifier{ctx: ctx, conn: conn, app: s.app, rebind: s.dialect.rebind, bad: new(badBody), prepared: make(map[string]*sql.Stmt)}
		err = plainSQL{ctx, conn, s.dialect}.one(`SELECT (SELECT COALESCE(MAX(id), 0) FROM entries), value FROM counters WHERE name = 'number'`)(&newest[0], &newest[1])
		if err != nil {
			err = errors.Join(err, conn.Rollback())
		}
		return a, newest, err
	}
	for range sameMoment {
		one, first, err := begin()
		if err != nil {
			return nil, nil, err
		}
		two, second, err := begin()
		if err != nil {
			return nil, nil, errors.Join(err, one.conn.Rollback())
		}
		if first == second {
			return one, two, nil
		}
		if err := errors.Join(one.conn.Rollback(), two.conn.Rollback()); err != nil {
			return nil, nil, err
		}
	}
	one, _, err := begin()
	return one, one, err
}

// verifyChain returns the number of the last entry before the first that the chain does not prove.
// It does not read bodies.
func (s *Store) verifyChain(a *rowVerifier) (n int64, err error) {
	n = a.anchor.Number
	previous, err := s.previous(n, a.anchor.Hash)
	if err != nil {
		return 0, err
	}
	err = pipelined(a.ctx, sealedAtOnce, func(emit func(chainLink) error) error {
		var l chainLink
		fields := []any{&l.number, &l.app, &l.team, &l.no, &l.kind, &l.at, &l.inner, &l.hash}
		return a.each(`SELECT number, app, team, case_no, kind, at, inner_hash, hash FROM entries WHERE number > ? ORDER BY number`, []any{n}, func(scan func(...any) error) error {
			if err := scan(fields...); err != nil {
				return err
			}
			return emit(l)
		})
	}, func(l chainLink) (err error) {
		if l.number != n+1 {
			return fmt.Errorf("entry %d is missing: entry %d follows on %d", n+1, l.number, n)
		}
		if previous, err = l.chained(previous); err != nil {
			return fmt.Errorf("entry %d: %w", l.number, err)
		}
		if hex.EncodeToString(previous[:]) != l.hash {
			return fmt.Errorf("entry %d does not match the chain", l.number)
		}
		n++
		return nil
	})
	return n, err
}

// sealedAtOnce is how many entries the verification passes on at once.
const sealedAtOnce = 256

// storedBody is the body of an entry, with what the entry says of it.
type storedBody struct {
	id, number int64 // a number of 0: not yet sealed
	inner      string
	salt, text sql.NullString
}

func (l *storedBody) fields() []any { return []any{&l.id, &l.number, &l.inner, &l.salt, &l.text} }

func (l *storedBody) name() string {
	if l.number == 0 {
		return fmt.Sprintf("the entry with id %d, not yet sealed,", l.id)
	}
	return fmt.Sprintf("entry %d", l.number)
}

// badBody is the first body that is not the one its entry was written with.
type badBody struct {
	number int64
	err    error
}

// checkBody compares a body with its inner hash, or with what an erasure or a prune left of it.
func (a *rowVerifier) checkBody(l *storedBody) {
	fits := l.inner
	if now, ok := a.erased[l.id]; ok && l.salt.String == "" {
		fits = now
	}
	retained := l.salt.String == "" && l.text.String == retainedBody && l.number > 0 && l.number <= a.bodiesUpTo
	var err error
	switch {
	case !l.salt.Valid:
		err = fmt.Errorf("%s has no body", l.name())
	case !retained && innerHash(l.salt.String, l.text.String) != fits:
		err = fmt.Errorf("%s does not match its body", l.name())
	default:
		return
	}
	if a.bad.err == nil || l.number > 0 && (a.bad.number == 0 || l.number < a.bad.number) {
		*a.bad = badBody{l.number, err}
	}
}

// checkOtherBodies checks the bodies of entries that belong to no case, or to one after the last.
func (a *rowVerifier) checkOtherBodies() error {
	for _, cond := range []string{`e.case_no <= 0`, `e.case_no > (SELECT COALESCE(MAX(no), 0) FROM cases)`} {
		if err := forEach(a, `SELECT `+bodyColumns+` FROM entries e LEFT JOIN bodies b ON b.entry_id = e.id WHERE `+cond, nil, (*storedBody).fields, func(l *storedBody) error {
			a.checkBody(l)
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// bodyColumns are read into storedBody.
const bodyColumns = `e.id, COALESCE(e.number, 0), e.inner_hash, b.salt, b.body`
