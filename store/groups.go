package store

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"bouncer/moderation"
)

// RoleGroups returns the groups that grant roles, as they were last read. Its error is the
// database's.
func (s *Store) RoleGroups(ctx context.Context) (map[string]moderation.RoleGroup, error) {
	return s.roleGroups(s.read(ctx))
}

func (s *Store) roleGroups(q querier) (map[string]moderation.RoleGroup, error) {
	type seen struct {
		id    string
		group moderation.RoleGroup
	}
	all := make(map[string]moderation.RoleGroup)
	groups, err := rows(q, `SELECT id, seen FROM role_groups WHERE app = ? AND team = ?`, []any{s.app, s.cfg.Team}, func(g *seen) []any {
		return []any{&g.id, asJSON(&g.group)}
	})
	for _, g := range groups {
		all[g.id] = g.group
	}
	return all, err
}

// GroupHandles returns the handles, without @, of the role groups that are known, by id. Its error
// is the database's.
func (s *Store) GroupHandles(ctx context.Context) (map[string]string, error) {
	return s.groupHandles(s.read(ctx))
}

// groupHandles returns the handles of the role groups, by id.
func (s *Store) groupHandles(q querier) (map[string]string, error) {
	groups, err := s.roleGroups(q)
	handles := make(map[string]string, len(groups))
	for id, g := range groups {
		if g.Handle != "" {
			handles[id] = g.Handle
		}
	}
	return handles, err
}

// SaveRoleGroup stores a group as it is now, together with what follows. before is what it was
// compared with, nil for the first time: when the store has another state by now, it returns
// ErrStale and changes nothing.
func (s *Store) SaveRoleGroup(ctx context.Context, before *moderation.RoleGroup, now moderation.RoleGroup, c moderation.Change) error {
	return s.write(ctx, func(t *tx) error {
		var stored string
		err := t.one(`SELECT seen FROM role_groups WHERE app = ? AND team = ? AND id = ?`, s.app, s.cfg.Team, now.ID)(&stored)
		switch {
		case errors.Is(err, moderation.ErrNotFound):
			if before != nil {
				return moderation.ErrStale
			}
		case err != nil:
			return err
		case before == nil || seenText(*before) != stored:
			return moderation.ErrStale
		}
		if err := t.run(`INSERT INTO role_groups (app, team, id, seen, at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (app, team, id) DO UPDATE SET seen = excluded.seen, at = excluded.at`,
			s.app, s.cfg.Team, now.ID, seenText(now), t.now); err != nil {
			return err
		}
		return t.change(c)
	})
}

// seenText returns a group as it is stored: the same text for the same group.
func seenText(g moderation.RoleGroup) string {
	g.Members = append([]string{}, g.Members...)
	slices.Sort(g.Members)
	raw, err := json.Marshal(g)
	if err != nil { // strings only: cannot fail
		panic("store: " + err.Error())
	}
	return string(raw)
}

// DeleteOtherRoleGroups deletes all groups but those named: others grant no role. Its error is the
// database's.
func (s *Store) DeleteOtherRoleGroups(ctx context.Context, ids []string) error {
	known, err := s.RoleGroups(ctx)
	if err != nil {
		return err
	}
	for id := range known {
		if slices.Contains(ids, id) {
			continue
		}
		if err := s.write(ctx, func(t *tx) error {
			err := t.run(`DELETE FROM role_groups WHERE app = ? AND team = ? AND id = ?`, s.app, s.cfg.Team, id)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}
