package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"bouncer/moderation"
)

// needed holds the rule and the approval that a case needs against what was
// decided when it was asked. One that was asked again was decided anew.
func (a agreement) needed(c keptCase, entries []told, asked moderation.Body) error {
	if slices.ContainsFunc(entries, func(t told) bool {
		return t.kind == moderation.EntryAgain && t.body.Code != moderation.CodeRepeated || t.kind == moderation.EntryVoted && t.body.Code == moderation.CodeVoteLost
	}) {
		return nil
	}
	var d moderation.Decision
	if err := json.Unmarshal([]byte(c.decision), &d); err != nil {
		return fmt.Errorf("case %d cannot be read: %w", c.no, err)
	}
	if d.Rule != asked.Rule {
		return differs("case", c.no, "rule")
	}
	was := moderation.Need{}
	if asked.Need != nil {
		was = *asked.Need
	}
	if !sameNeed(d.Need, was) {
		return differs("case", c.no, "need of an approval")
	}
	found := false
	if err := a.each(`SELECT need, decided_by, decided_at FROM approvals WHERE case_no = ?`, []any{c.no}, func(scan func(...any) error) error {
		found = true
		var raw, by string
		var at int64
		var need moderation.Need
		var actor moderation.Actor
		if err := scan(&raw, &by, &at); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(raw), &need); err != nil {
			return fmt.Errorf("the approval of case %d cannot be read: %w", c.no, err)
		}
		if err := json.Unmarshal([]byte(by), &actor); err != nil {
			return fmt.Errorf("the approval of case %d cannot be read: %w", c.no, err)
		}
		if !sameNeed(need, was) {
			return differs("case", c.no, "need of an approval")
		}
		if at != 0 && actor.User != "" && !slices.ContainsFunc(entries, func(t told) bool {
			return t.at == at && t.body.Actor != nil && same(actor.User, t.body.Actor.User)
		}) {
			return differs("case", c.no, "approval")
		}
		return nil
	}); err != nil {
		return err
	}
	if !found && c.approval != "" && was.Asks() {
		return differs("case", c.no, "approval")
	}
	return nil
}

// sameNeed compares two that ask for an approval, but for what an erasure may
// have rewritten.
func sameNeed(a, b moderation.Need) bool {
	if !a.Asks() && !b.Asks() {
		return true
	}
	a.Values, b.Values = nil, nil
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// ended holds a case that is over against how it was told to have ended.
func (a agreement) ended(c keptCase, entries []told, _ moderation.Body) error {
	var done *told
	again := false // and opened anew since
	for i, t := range entries {
		switch {
		case t.kind == moderation.EntryDone:
			done, again = &entries[i], false
		case t.kind == moderation.EntryAgain && t.body.Code != moderation.CodeRepeated:
			again = true
		}
	}
	if c.glass != "" && !slices.ContainsFunc(entries, func(t told) bool { return t.kind == moderation.EntryGlass }) {
		return differs("case", c.no, "override")
	}
	over := moderation.State(c.state) == moderation.Done
	if over && done == nil || !over && done != nil && !again {
		return differs("case", c.no, "state")
	}
	if !over {
		return nil
	}
	for i, o := range outcomes {
		if c.counts[i] != done.body.Counts[o] {
			return differs("case", c.no, "outcome")
		}
	}
	if c.done != done.at {
		return differs("case", c.no, "time")
	}
	if until := moment(c.until); !until.Truncate(time.Millisecond).Equal(done.body.Until.Truncate(time.Millisecond)) {
		return differs("case", c.no, "end")
	}
	yes := make(map[string]bool) // whether a call on them was ever accepted
	for _, t := range entries {
		if t.kind == moderation.EntryAnswer {
			for _, id := range t.body.Targets {
				yes[id] = yes[id] || t.body.Outcome == string(moderation.VendorYes) || t.body.Outcome == string(moderation.VendorGone)
			}
		}
	}
	return a.each(`SELECT target, outcome FROM targets WHERE case_no = ?`, []any{c.no}, func(scan func(...any) error) error {
		var target string
		var outcome moderation.Outcome
		if err := scan(&target, &outcome); err != nil {
			return err
		}
		if accepted, called := yes[target]; outcome == moderation.Accepted && called && !accepted {
			return differs("case", c.no, "outcome")
		}
		return nil
	})
}

// outcomes are what a target may have come to, in the order of a case's counts.
var outcomes = []moderation.Outcome{moderation.Pending, moderation.Accepted, moderation.Failed, moderation.Unknown, moderation.Superseded, moderation.Dropped}

// counted holds the outcomes of a case's targets against their numbers.
func (a agreement) counted(c keptCase, _ []told, _ moderation.Body) error {
	counts := make(map[moderation.Outcome]int)
	if err := a.each(`SELECT outcome FROM targets WHERE case_no = ?`, []any{c.no}, func(scan func(...any) error) error {
		var outcome moderation.Outcome
		err := scan(&outcome)
		counts[outcome]++
		return err
	}); err != nil {
		return err
	}
	for i, o := range outcomes {
		if counts[o] != c.counts[i] {
			return differs("case", c.no, "outcome")
		}
	}
	return nil
}

// taken looks for calls, remarks and evidence that the log tells of and that are
// no more.
func (a agreement) taken() error {
	for _, k := range []struct {
		kind        moderation.EntryKind
		table, what string
	}{
		{moderation.EntryCall, "calls", "a call"}, {moderation.EntryNote, "notes", "a note"}, {moderation.EntryEvidence, "evidence", "evidence"},
	} {
		if err := a.each(`SELECT e.id FROM entries e LEFT JOIN `+k.table+` r ON r.entry_id = e.id WHERE e.kind = ? AND r.id IS NULL LIMIT 1`,
			[]any{string(k.kind)}, func(scan func(...any) error) error {
				var id int64
				if err := scan(&id); err != nil {
					return err
				}
				return fmt.Errorf("%s does not agree with the log: entry %d tells of it, and it is missing", k.what, id)
			}); err != nil {
			return err
		}
	}
	return nil
}

// policies holds the texts that were in force against their hashes, which
// entries name.
func (a agreement) policies() error {
	return a.each(`SELECT hash, text FROM policies`, nil, func(scan func(...any) error) error {
		var hash, text string
		if err := scan(&hash, &text); err != nil {
			return err
		}
		if sum := sha256.Sum256([]byte(text)); len(hash) == 2*len(sum) && hex.EncodeToString(sum[:]) != hash && !wiped(text) {
			return fmt.Errorf("the policy %.7s does not agree with the log: its text is not the one that was in force", hash)
		}
		return nil
	})
}
