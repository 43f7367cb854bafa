package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"bouncer/moderation"
)

// sealBatch is how many entries one transaction seals: few enough that others do not wait for it.
const sealBatch = 24

// newSalt returns 16 random bytes in hex. The salt prevents guessing an erased body from its hash.
func newSalt() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return hex.EncodeToString(b[:])
}

// innerHash returns SHA-256(salt ‖ body), both as they are stored, in hex.
func innerHash(salt, body string) string {
	b := append(make([]byte, 0, 1024), salt...) // on the stack: most bodies fit
	b = append(b, body...)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// genesis is what the first entry is chained to.
func genesis(id string) [32]byte { return sha256.Sum256([]byte("bouncer audit log " + id)) }

// chainLink is one sealed entry as a part of the chain.
type chainLink struct {
	id, number, app, no, at int64
	team, kind, inner, hash string
}

// chained returns the entry's hash:
//
//	SHA-256(previous hash, 32 bytes
//	      ‖ number, case, time in Unix ms, app: 8 bytes each, big endian
//	      ‖ team, kind: each its length in 4 bytes, big endian, then its bytes
//	      ‖ inner hash, 32 bytes)
func (l chainLink) chained(previous [32]byte) ([32]byte, error) {
	inner, err := hex.DecodeString(l.inner)
	if err != nil || len(inner) != sha256.Size {
		return previous, fmt.Errorf("its inner hash %q is invalid", l.inner)
	}
	b := make([]byte, 0, 160)
	b = append(b, previous[:]...)
	for _, n := range []int64{l.number, l.no, l.at, l.app} {
		b = binary.BigEndian.AppendUint64(b, uint64(n)) //nolint:gosec // the same bits
	}
	for _, s := range []string{l.team, l.kind} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s))) //nolint:gosec // short names
		b = append(b, s...)
	}
	return sha256.Sum256(append(b, inner...)), nil
}

// forgedKind is the kind that seal writes for an entry that claims to be an erasure or a prune but was
// not written by one. Its body then proves nothing.
const forgedKind = moderation.EntryForged

// Seal numbers and chains all unsealed entries, in order of commit, and returns the new head. It
// also adds reasons to the index of words, some at a time, and does what is due by the clock alone:
// see tidy. Its error is the database's.
func (s *Store) Seal(ctx context.Context) (moderation.LogHead, error) {
	if err := s.tidy(ctx); err != nil {
		return moderation.LogHead{}, err
	}
	for {
		var head moderation.LogHead
		n := 0
		if err := s.write(ctx, func(t *tx) (err error) {
			if n, head, err = t.seal(false); err == nil {
				_, err = t.indexReasons()
			}
			return err
		}); err != nil {
			return moderation.LogHead{}, err
		}
		if s.files != nil {
			s.files.sealed.Store(&head)
		}
		if n < sealBatch {
			return head, nil
		}
	}
}

// seal chains some entries. An erasure or a prune seals its own entries in its own transaction: any
// other unsealed entry that claims to be one is chained as forged.
func (t *tx) seal(erasing bool) (int, moderation.LogHead, error) {
	head, err := headOf(t)
	if err != nil {
		return 0, head, err
	}
	links, err := rows(t, `SELECT id, app, team, case_no, kind, at, inner_hash FROM entries WHERE number IS NULL ORDER BY id`+limited,
		[]any{sealBatch}, func(l *chainLink) []any {
			return []any{&l.id, &l.app, &l.team, &l.no, &l.kind, &l.at, &l.inner}
		})
	if err != nil || len(links) == 0 {
		return 0, head, err
	}
	previous, err := t.s.previous(head.Number, head.Hash)
	if err != nil {
		return 0, head, err
	}
	last, err := t.count("number", len(links))
	if err != nil {
		return 0, head, err
	}
	if last != head.Number+int64(len(links)) {
		return 0, head, fmt.Errorf("the audit log is damaged: its newest entry is %d, but %d were counted", head.Number, last-int64(len(links)))
	}
	announce := false
	for _, l := range links {
		l.number = head.Number + 1
		update, args := `UPDATE entries SET number = ?, hash = ? WHERE id = ?`, []any(nil)
		if k := moderation.EntryKind(l.kind); k == moderation.EntryErased || k == moderation.EntryPruned {
			if announce = true; !erasing {
				l.kind = string(forgedKind)
				update, args = `UPDATE entries SET kind = ?, number = ?, hash = ? WHERE id = ?`, []any{l.kind}
				t.s.cfg.Logger.Error("an entry claims to be an erasure or a prune, but is not", "entry", l.number)
			}
		}
		if previous, err = l.chained(previous); err != nil {
			return 0, head, fmt.Errorf("the audit log is damaged: entry with id %d: %w", l.id, err)
		}
		head = moderation.LogHead{Number: l.number, Hash: hex.EncodeToString(previous[:])}
		if err := t.run(update, append(args, head.Number, head.Hash, l.id)...); err != nil {
			return 0, head, err
		}
	}
	if announce {
		return len(links), head, t.announceErasures()
	}
	return len(links), head, nil
}

// previous returns the bytes that the entry after another is chained to.
func (s *Store) previous(number int64, hash string) (out [32]byte, err error) {
	if number == 0 {
		return s.genesis, nil
	}
	raw, err := hex.DecodeString(hash)
	if err != nil || len(raw) != len(out) {
		return out, fmt.Errorf("the audit log is damaged: the hash of entry %d is invalid", number)
	}
	return [32]byte(raw), nil
}

// Head returns the newest sealed entry; the zero LogHead when there is none. Its error is the
// database's.
func (s *Store) Head(ctx context.Context) (moderation.LogHead, error) { return headOf(s.read(ctx)) }

func headOf(q querier) (moderation.LogHead, error) {
	var h moderation.LogHead
	err := q.one(`SELECT number, hash FROM entries WHERE number IS NOT NULL ORDER BY number DESC LIMIT 1`)(&h.Number, &h.Hash)
	if errors.Is(err, moderation.ErrNotFound) {
		err = nil
	}
	return h, err
}

// erasedBodies returns the entries whose bodies were rewritten by erasures, with the hash of the
// new body. Erasures are sealed entries and verified like any other, so a body that was removed or
// rewritten by hand is not among these.
func erasedBodies(a *rowVerifier) (map[int64]string, error) {
	type erasure struct {
		id   int64
		body moderation.Body
	}
	erased := make(map[int64]string)
	err := forEach(a, `SELECT e.id, b.body FROM entries e JOIN bodies b ON b.entry_id = e.id WHERE e.kind = ? AND e.number IS NOT NULL ORDER BY e.id`,
		[]any{string(moderation.EntryErased)}, func(e *erasure) []any {
			return []any{&e.id, asJSON(&e.body)}
		}, func(e *erasure) error {
			for _, one := range e.body.Erased {
				if one.Entry < e.id {
					erased[one.Entry] = one.Hash
				}
			}
			return nil
		})
	return erased, err
}

// NewestHashes returns the hash of the newest sealed entry of each of these cases; none for a case
// without one. Its error is the database's.
func (s *Store) NewestHashes(ctx context.Context, cases []int64) (map[int64]string, error) {
	type newest struct {
		no   int64
		hash string
	}
	out, q := make(map[int64]string, len(cases)), s.read(ctx)
	for part := range slices.Chunk(cases, idsAtOnce) {
		in, args := inList(part)
		found, err := rows(q, `SELECT e.case_no, e.hash FROM entries e
			JOIN (SELECT MAX(number) AS number FROM entries WHERE case_no IN `+in+` GROUP BY case_no) AS top ON top.number = e.number`,
			args, func(n *newest) []any { return []any{&n.no, &n.hash} })
		if err != nil {
			return nil, err
		}
		for _, n := range found {
			out[n.no] = n.hash
		}
	}
	return out, nil
}

// Entries returns a case's entries after one id, sealed or not. Its error is the database's.
func (s *Store) Entries(ctx context.Context, no, after int64) ([]moderation.Entry, error) {
	return entriesOf(s.read(ctx), no, after)
}
