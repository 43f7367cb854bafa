package storetest

import (
	"strconv"
	"testing"
	"time"

	"bouncer/moderation"
)

// Work opens a store and runs n commands on it, each on another person, with their facts, cards and
// messages, undoes every tenth, and closes the store.
func Work(t *testing.T, open Database, n int) {
	b := newBench(t, open)
	mute := func(i int) asks {
		return asks{verb: moderation.Mute, on: []string{"user" + strconv.Itoa(i)}, media: []moderation.Medium{moderation.Audio}, last: time.Hour}
	}
	jobs := make([]moderation.Job, n)
	for i := range jobs { // all run at once
		b.facts(b.opening(mute(i)).Case.Action)
		_, chunks := b.opens(mute(i))
		jobs[i] = chunks[0]
	}
	posts := func() {
		b.clock.Add(timing.CardDelay)
		for _, channel := range []string{here, audit} {
			if due, _ := b.due(channel); len(due) > 0 {
				b.posted(due[0].Key, due...)
			}
		}
	}
	for _, j := range jobs {
		b.answers(j, b.sends(j, 1).Call, yes, accepted)
		b.view(j.Case)
		posts()
	}
	for i := 0; i < n; i += 10 {
		_, chunks := b.undoes(b.caseNo(jobs[i].Case), "user"+strconv.Itoa(i))
		b.answers(chunks[0], b.sends(chunks[0], 1).Call, yes, accepted)
		posts()
	}
}
