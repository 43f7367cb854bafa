package store

import (
	"context"
	"errors"

	"bouncer/moderation"
)

// inForceRow is the value of meta's row "policy".
type inForceRow struct {
	Hash  string `json:"hash"`
	Since int64  `json:"since"`
	Turn  int64  `json:"turn"`
}

func policyInForce(q querier) (moderation.PolicyInForce, error) {
	var r inForceRow
	if err := q.one(`SELECT value FROM meta WHERE name = 'policy'`)(asJSON(&r)); err != nil {
		return moderation.PolicyInForce{}, err
	}
	return moderation.PolicyInForce{Hash: r.Hash, Since: moment(r.Since), Sequence: r.Turn}, nil
}

// PolicyInForce returns which policy is in force; ErrNotFound when there never was one.
func (s *Store) PolicyInForce(ctx context.Context) (moderation.PolicyInForce, error) {
	return policyInForce(s.read(ctx))
}

// PolicyText returns the text with a hash; ErrNotFound for none.
func (s *Store) PolicyText(ctx context.Context, hash string) (moderation.PolicyText, error) {
	p := moderation.PolicyText{Hash: hash}
	err := s.read(ctx).one(`SELECT text, first_at FROM policies WHERE hash = ?`, hash)(&p.Text, asTime(&p.At))
	return p, err
}

// SetPolicyInForce puts a policy into force, stores its text and returns what is in force then.
// When it replaces another one, Change.OnReplace is written in the same transaction; when this text
// was never in force before, Change.OnFirst is. Its error is the database's.
func (s *Store) SetPolicyInForce(ctx context.Context, p moderation.PolicyText, c moderation.PolicyChange) (out moderation.PolicyInForce, err error) {
	err = s.write(ctx, func(t *tx) error {
		out, err = t.setPolicyInForce(p, c)
		return err
	})
	return out, err
}

func (t *tx) setPolicyInForce(p moderation.PolicyText, c moderation.PolicyChange) (moderation.PolicyInForce, error) {
	was, err := policyInForce(t)
	if err != nil && !errors.Is(err, moderation.ErrNotFound) {
		return was, err
	}
	fresh, err := t.exec(`INSERT INTO policies (hash, text, first_at) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING`, p.Hash, p.Text, t.now)
	if err != nil {
		return was, err
	}
	now := was
	if was.Hash != p.Hash {
		now = moderation.PolicyInForce{Hash: p.Hash, Since: moment(t.now), Sequence: was.Sequence + 1, Previous: was.Hash}
		if err := t.run(`INSERT INTO meta (name, value) VALUES ('policy', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
			asJSON(inForceRow{Hash: p.Hash, Since: t.now, Turn: now.Sequence})); err != nil {
			return was, err
		}
	}
	if now.Previous != "" && c.OnReplace != nil {
		if err := t.change(c.OnReplace(now.Previous)); err != nil {
			return was, err
		}
	}
	if fresh == 1 && c.OnFirst != nil {
		if err := t.change(c.OnFirst()); err != nil {
			return was, err
		}
	}
	return now, nil
}
