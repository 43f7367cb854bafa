package moderation

// RoleGroup is a user group (S…) as Slack describes it.
type RoleGroup struct {
	ID     string `json:"id"`
	Handle string `json:"handle,omitempty"`
	// Members are sorted user ids; none while it grants nothing.
	Members []string `json:"members"`
	// GrantsNothing means that the group is deleted, disabled, or not ours.
	GrantsNothing bool `json:"worthless,omitempty"`
}

// Compare returns who joined and who left between two reads of a group.
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

// Same reports whether both reads are equal.
func (g RoleGroup) Same(now RoleGroup) bool {
	came, went := g.Compare(now)
	return len(came)+len(went) == 0 && g.GrantsNothing == now.GrantsNothing
}
