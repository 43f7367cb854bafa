package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"bouncer/moderation"
)

// checkRequirement compares a case's rule and approval requirement with the decision in its first
// entry. A case that was confirmed late was evaluated again.
func (a *rowVerifier) checkRequirement(page *casePage, c *storedCase, entries []*loggedEntry, asked *comparedBody) error {
	if slices.ContainsFunc(entries, func(t *loggedEntry) bool {
		return t.kind == moderation.EntryConfirmation && t.body.Code != moderation.CodeRepeated || t.kind == moderation.EntryApprovalGiven && t.body.Code == moderation.CodeApproverLostRight
	}) {
		return nil
	}
	d := c.Decision
	if d.Rule != asked.Rule {
		return differs("case", c.No, "rule")
	}
	was := moderation.ApprovalRequirement{}
	if asked.Requirement != nil {
		was = *asked.Requirement
	}
	if !sameRequirement(d.Requirement, was) {
		return differs("case", c.No, "approval requirement")
	}
	approvals := page.approvals[c.No]
	for _, p := range approvals {
		if !sameRequirement(p.need, was) {
			return differs("case", c.No, "approval requirement")
		}
		if p.at != 0 && p.by.User != "" && !slices.ContainsFunc(entries, func(t *loggedEntry) bool {
			return t.at == p.at && t.body.Actor != nil && sameText(p.by.User, t.body.Actor.User)
		}) {
			return differs("case", c.No, "approval")
		}
	}
	if len(approvals) == 0 && c.Approval.State != "" && was.Required() {
		return differs("case", c.No, "approval")
	}
	return nil
}

// sameRequirement compares two requirements, except for texts that an erasure may have rewritten.
func sameRequirement(a, b moderation.ApprovalRequirement) bool {
	if !a.Required() && !b.Required() {
		return true
	}
	a.Values, b.Values = nil, nil
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// checkEnd compares how a case ended with its entries.
func (a *rowVerifier) checkEnd(page *casePage, c *storedCase, entries []*loggedEntry, _ *comparedBody) error {
	var done *loggedEntry
	again := false // and opened again since
	for _, t := range entries {
		switch {
		case t.kind == moderation.EntryDone:
			done, again = t, false
		case t.kind == moderation.EntryConfirmation && t.body.Code != moderation.CodeRepeated:
			again = true
		}
	}
	if c.Override != nil && !slices.ContainsFunc(entries, func(t *loggedEntry) bool { return t.kind == moderation.EntryOverride }) {
		return differs("case", c.No, "override")
	}
	over := c.State == moderation.Done
	if over && done == nil || !over && done != nil && !again {
		return differs("case", c.No, "state")
	}
	if !over {
		return nil
	}
	for _, o := range countColumns {
		if c.Counts[o] != done.body.Counts[o] {
			return differs("case", c.No, "outcome")
		}
	}
	if millis(c.DoneAt) != done.at {
		return differs("case", c.No, "time")
	}
	if !c.Until.Equal(done.body.Until.Truncate(time.Millisecond)) {
		return differs("case", c.No, "end")
	}
	yes := make(map[targetKey]bool) // whether a call on them was ever accepted
	for _, t := range entries {
		if t.kind == moderation.EntryAnswer {
			for _, id := range t.body.Targets {
				at := targetKey{c.storedRoom(t.body.Room), id}
				yes[at] = yes[at] || t.body.Outcome == string(moderation.VendorAccepted) || t.body.Outcome == string(moderation.VendorGone)
			}
		}
	}
	for _, g := range page.targets[c.No] {
		if accepted, called := yes[targetKey{g.room, g.id}]; g.outcome == moderation.Accepted && called && !accepted {
			return differs("case", c.No, "outcome")
		}
	}
	return nil
}

// checkCounts compares the outcomes of a case's targets with its counts.
func (a *rowVerifier) checkCounts(page *casePage, c *storedCase, _ []*loggedEntry, _ *comparedBody) error {
	counts := make(map[moderation.Outcome]int)
	for _, g := range page.targets[c.No] {
		counts[g.outcome]++
	}
	if !maps.Equal(counts, c.Counts) {
		return differs("case", c.No, "outcome")
	}
	return nil
}

// checkMissingRows finds calls, notes and evidence that the log has and the tables do not.
func (a *rowVerifier) checkMissingRows() error {
	for _, k := range []struct {
		kind        moderation.EntryKind
		table, what string
	}{
		{moderation.EntryCall, "calls", "a call"}, {moderation.EntryNote, "notes", "a note"}, {moderation.EntryEvidence, "evidence", "evidence"},
	} {
		ids, err := column[int64](a, `SELECT e.id FROM entries e LEFT JOIN `+k.table+` r ON r.entry_id = e.id WHERE e.kind = ? AND r.id IS NULL LIMIT 1`, string(k.kind))
		if err != nil {
			return err
		}
		if len(ids) > 0 {
			return fmt.Errorf("%s differs from the log: it has entry %d, but is missing", k.what, ids[0])
		}
	}
	return nil
}

// checkPolicies compares the stored policy texts with their hashes, which entries name.
func (a *rowVerifier) checkPolicies() error {
	texts, err := rows(a, `SELECT hash, text FROM policies`, nil, func(p *moderation.PolicyText) []any { return []any{&p.Hash, &p.Text} })
	for _, p := range texts {
		if sum := sha256.Sum256([]byte(p.Text)); len(p.Hash) == 2*len(sum) && hex.EncodeToString(sum[:]) != p.Hash && !isErased(p.Text) {
			return fmt.Errorf("the policy %.7s differs from the log: its text is not the one that was in force", p.Hash)
		}
	}
	return err
}
