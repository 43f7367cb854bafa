package moderation

import "context"

// RoleGroups remembers the user groups that give roles as they were last seen,
// so that who came and went is told once.
type RoleGroups interface {
	// RoleGroups gives what was last seen, by group.
	RoleGroups(ctx context.Context) (map[string]RoleGroup, error)
	// GroupSeen keeps a group as it is seen now, together with what follows from
	// it. before is what it was compared with, nil for a first sight: when the
	// store knows something else by now, ErrStale, and nothing is changed.
	GroupSeen(ctx context.Context, before *RoleGroup, now RoleGroup, c Change) error
	// KeepGroups forgets all groups but those named: no role is given by others.
	KeepGroups(ctx context.Context, ids []string) error
}

// RoleGroup is a user group (S…) as Slack describes it.
type RoleGroup struct {
	ID     string `json:"id"`
	Handle string `json:"handle,omitempty"`
	// Members are sorted user ids; none while it grants nothing.
	Members []string `json:"members"`
	// Worthless says that it grants nothing: deleted, disabled, or not ours.
	Worthless bool `json:"worthless,omitempty"`
}

// Compare gives who came and who went between two looks at a group.
func (g RoleGroup) Compare(now RoleGroup) (came, went []string) {
	had := make(map[string]bool, len(g.Members))
	for _, u := range g.Members {
		had[u] = true
	}
	for _, u := range now.Members {
		if !had[u] {
			came = append(came, u)
		}
		delete(had, u)
	}
	for _, u := range g.Members {
		if had[u] {
			went = append(went, u)
		}
	}
	return came, went
}

// Same reports whether two looks saw the same.
func (g RoleGroup) Same(now RoleGroup) bool {
	came, went := g.Compare(now)
	return len(came)+len(went) == 0 && g.Worthless == now.Worthless
}
