package say

import (
	"encoding/json"
	"slices"
	"time"

	"bouncer/moderation"
)

// readEntry is an entry with its body, decoded once.
type readEntry struct {
	moderation.Entry
	body   moderation.Body
	first  time.Time        // when the first of its message was written
	call   *moderation.Call // of an EntryCall
	answer *moderation.Body // the answer that is shown with its call
}

// read decodes entries and puts each answer to the call that it answers.
func read(v moderation.CaseView, entries []moderation.Entry) []readEntry {
	out := make([]readEntry, 0, len(entries))
	calls := make(map[int64]*moderation.Call, len(v.Calls))
	for i := range v.Calls {
		calls[v.Calls[i].Entry] = &v.Calls[i]
	}
	for _, e := range entries {
		t := readEntry{Entry: e, first: entries[0].At}
		if err := json.Unmarshal(e.Body, &t.body); err != nil {
			// A body that another version wrote: its words are still shown.
			t.body = moderation.Body{Detail: string(e.Body)}
		}
		if e.Kind == moderation.EntryCall {
			t.call = calls[e.ID]
		}
		if e.Kind == moderation.EntryAnswer {
			if c := callOf(out, t.body); c != nil {
				c.answer = &t.body
				continue
			}
		}
		out = append(out, t)
	}
	return out
}

// callOf finds the newest call without an answer that an answer fits. An
// answer names fewer targets than its call when newer cases decide about some.
func callOf(ts []readEntry, answer moderation.Body) *readEntry {
	for i := len(ts) - 1; i >= 0; i-- {
		call := ts[i].body
		if ts[i].Kind != moderation.EntryCall || ts[i].answer != nil || call.Purpose != answer.Purpose ||
			call.Chunk != answer.Chunk || call.Attempt != answer.Attempt || call.Room != answer.Room && call.Room != "" && answer.Room != "" {
			continue
		}
		if len(call.Targets) == 0 || !slices.ContainsFunc(answer.Targets, func(x string) bool { return !slices.Contains(call.Targets, x) }) {
			return &ts[i]
		}
	}
	return nil
}

// stamp is an entry's time to the second; with its day where that is another than
// the first one's.
func (t readEntry) stamp() phrase {
	if t.At.Sub(t.first) < 12*time.Hour {
		return dated(t.At, clockSecond)
	}
	return dated(t.At, daySecond)
}
