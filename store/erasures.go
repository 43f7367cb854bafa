package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"bouncer/moderation"
)

// ErasureRecord is a sealed entry of an erasure or a prune.
type ErasureRecord struct {
	Number  int64
	At      time.Time
	Marker  string // replaces the id
	Entries int    // rewritten bodies that this entry names
	By      moderation.Actor
	// Pruned is what a prune removed; nil for an erasure of a person.
	Pruned *moderation.PrunedLog
	// Forged means that neither wrote it.
	Forged bool
}

// Erasures returns all of them, oldest first. Its error is the database's.
func (s *Store) Erasures(ctx context.Context) ([]ErasureRecord, error) {
	return erasuresAfter(s.read(ctx), 0)
}

func erasuresAfter(q querier, number int64) ([]ErasureRecord, error) {
	type entry struct {
		ErasureRecord
		kind moderation.EntryKind
		raw  string
	}
	entries, err := rows(q, `SELECT e.number, e.kind, e.at, b.body FROM entries e JOIN bodies b ON b.entry_id = e.id
		WHERE e.number > ? AND e.kind IN (?, ?, ?) ORDER BY e.number`, []any{number, string(moderation.EntryErased), string(moderation.EntryPruned), string(forgedKind)},
		func(e *entry) []any { return []any{&e.Number, &e.kind, asTime(&e.At), &e.raw} })
	all := make([]ErasureRecord, len(entries))
	for i, e := range entries {
		e.Forged = e.kind == forgedKind
		var b moderation.Body
		if err := json.Unmarshal([]byte(e.raw), &b); err == nil {
			e.Marker, e.Entries, e.Pruned = b.Person, len(b.Erased), b.Pruned
			if b.Pruned != nil {
				e.Entries = b.Count
			}
			if b.Actor != nil {
				e.By = *b.Actor
			}
		} else if !e.Forged {
			return nil, fmt.Errorf("entry %d cannot be read: %w", e.Number, err)
		}
		all[i] = e.ErasureRecord
	}
	return all, err
}

// announceErasures posts each newly sealed erasure and prune in the audit channel. Where no audit channel is
// known, the next start that knows one does it.
func (t *tx) announceErasures() error {
	if t.s.cfg.AuditChannel == "" {
		return nil
	}
	var from int64
	if err := t.one(`SELECT value FROM counters WHERE name = 'erasures'`)(&from); err != nil && !errors.Is(err, moderation.ErrNotFound) {
		return err
	}
	found, err := erasuresAfter(t, from)
	if err != nil {
		return err
	}
	for _, e := range found {
		kind, key := moderation.EntryErased, "erased:"+e.Marker // one erasure may be several entries
		body := moderation.Body{Actor: &e.By, Person: e.Marker, Count: e.Entries, Values: map[string]string{"number": itoa(e.Number)}}
		if e.Pruned != nil {
			kind, key, body.Pruned = moderation.EntryPruned, "pruned:"+itoa(e.Number), e.Pruned
		}
		if e.Forged {
			kind, key = moderation.EntryNotice, "forged:"+itoa(e.Number)
			body = moderation.Body{Code: moderation.NoticeForged, Values: body.Values}
		}
		if err := t.line(moderation.Line{Key: key, Channel: t.s.cfg.AuditChannel, Kind: kind, Body: body.JSON(), Count: 1}); err != nil {
			return err
		}
	}
	head, err := headOf(t)
	if err != nil {
		return err
	}
	err = t.run(`INSERT INTO counters (name, value) VALUES ('erasures', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, head.Number)
	return err
}
