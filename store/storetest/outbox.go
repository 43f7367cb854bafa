package storetest

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

// due returns what is due in a channel, and leases it.
func (b *bench) due(channel string) (posts []moderation.Post, keys string) {
	b.t.Helper()
	posts, err := b.s.DuePosts(b.ctx, channel, "", 100)
	b.ok(err)
	var all []string
	for _, p := range posts {
		all = append(all, p.Key)
	}
	return posts, strings.Join(all, " ")
}

func (b *bench) posted(ts string, posts ...moderation.Post) {
	b.t.Helper()
	b.ok(b.s.MarkPosted(b.ctx, moderation.Posted{Channel: posts[0].Channel, TS: ts}, len(posts) > 1, posts...))
}

// everythingDue leases all messages that are due in the channels of a test.
func (b *bench) everythingDue() (posts []moderation.Post) {
	b.t.Helper()
	for _, channel := range []string{here, audit} {
		list, _ := b.due(channel)
		posts = append(posts, list...)
	}
	return posts
}

var outboxTests = map[string]func(*bench){
	"what is posted under an earlier lease is not recorded": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Kick, on: []string{"a", "b"}})
		b.clock.Add(timing.CardDelay)
		stalled, keys := b.due(here)
		require.Equal(b.t, "card:1", keys)
		b.ok(b.s.RenewPosts(b.ctx, 15*time.Second, stalled...))
		b.clock.Add(14 * time.Second)
		_, keys = b.due(here)
		require.Empty(b.t, keys, "kept")
		b.clock.Add(time.Second)
		taken, keys := b.due(here)
		require.Equal(b.t, "card:1", keys)
		require.Equal(b.t, 1, taken[0].Attempt, "it may be in Slack already")
		require.ErrorIs(b.t, b.s.RenewPosts(b.ctx, time.Minute, stalled...), moderation.ErrLeaseLost)
		b.ok(b.s.RetryPosts(b.ctx, 0, true, stalled...))
		b.ok(b.s.MarkPostGone(b.ctx, stalled...))
		b.posted("1.1", stalled...)
		require.Empty(b.t, b.caseNo(c.No).Card.TS)
		_, keys = b.due(here)
		require.Empty(b.t, keys, "leased by the other one, whatever the first one did")
		b.ok(b.s.RenewPosts(b.ctx, time.Minute, taken...))
		b.posted("1.2", taken...)
		require.Equal(b.t, "1.2", b.caseNo(c.No).Card.TS)
		require.ErrorIs(b.t, b.s.RenewPosts(b.ctx, time.Minute, taken...), moderation.ErrLeaseLost, "nothing is left to send")
		// A late update may have shown an older version: the newest one is shown again.
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, yes, accepted)
		stalled, _ = b.due(here)
		require.Equal(b.t, "card:1", stalled[0].Key)
		b.clock.Add(moderation.LeaseTime)
		taken, _ = b.due(here)
		stalled[0].Wanted--
		b.posted("1.2", taken[0])
		_, keys = b.due(here)
		require.NotContains(b.t, keys, "card:1")
		b.posted("1.2", stalled[0])
		_, keys = b.due(here)
		require.Contains(b.t, keys, "card:1")
	},
	"a card waits for the outcome, but not long": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Kick, on: []string{"a", "b"}})
		_, keys := b.due(here)
		require.Empty(b.t, keys)
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, yes, accepted)
		_, keys = b.due(here)
		require.Empty(b.t, keys)
		b.clock.Add(timing.CardDelay)
		channels, err := b.s.DueChannels(b.ctx, map[string]bool{audit: true})
		b.ok(err)
		require.Equal(b.t, []moderation.ChannelBacklog{{Channel: here, Posts: 1, Oldest: b.clock.Now()}}, channels)
		channels, err = b.s.DueChannels(b.ctx, map[string]bool{here: true})
		b.ok(err)
		require.Empty(b.t, channels)
		posts, keys := b.due(here)
		require.Equal(b.t, "card:1", keys, "no thread before the card is posted")
		require.Equal(b.t, 0, posts[0].Rank)
		require.Equal(b.t, b.caseNo(c.No).Version, posts[0].Wanted)
		require.Zero(b.t, posts[0].Posted)
		_, keys = b.due(here)
		require.Empty(b.t, keys, "leased")
		b.posted("1.1", posts...)
		require.Equal(b.t, moderation.Posted{Channel: here, TS: "1.1"}, b.caseNo(c.No).Card)
		require.True(b.t, token(b.s.PostsWake()))
		posts, keys = b.due(here)
		require.Equal(b.t, "thread:1", keys)
		require.Equal(b.t, "1.1", posts[0].Parent)
		entries := b.view(c.No).Entries
		require.Equal(b.t, entries[len(entries)-1].ID, posts[0].Wanted)
		b.posted("1.2", posts...)
		b.answers(jobs[1], b.sends(jobs[1], 2).Call, yes, accepted)
		posts, keys = b.due(here)
		require.Equal(b.t, "card:1 thread:1", keys)
		require.Equal(b.t, 1, posts[0].Rank, "an update without buttons")
		require.Equal(b.t, "1.1", posts[0].TS)
		b.posted("1.1", posts[0])
		b.posted("1.3", posts[1])
		_, keys = b.due(here)
		require.Empty(b.t, keys)
		lines, keys := b.due(audit)
		require.Equal(b.t, "line:1", keys)
		require.Empty(b.t, lines[0].Body)
		require.Equal(b.t, moderation.EntryDone, lines[0].EntryKind)
		require.Equal(b.t, c.No, lines[0].Case)
	},
	"a case that is done at once is posted once": func(b *bench) {
		c := b.done(asks{verb: moderation.Kick, on: []string{"a"}})
		posts, keys := b.due(here)
		require.Equal(b.t, "card:1", keys)
		b.posted("1.1", posts...)
		posts, keys = b.due(here)
		require.Equal(b.t, "thread:1", keys)
		got, err := b.s.Entries(b.ctx, c.No, posts[0].Posted)
		b.ok(err)
		require.Len(b.t, got, 4, "the thread has all entries")
		b.posted("1.2", posts...)
		_, keys = b.due(here)
		require.Empty(b.t, keys)
		got, err = b.s.Entries(b.ctx, c.No, posts[0].Wanted)
		b.ok(err)
		require.Empty(b.t, got)
	},
	"a post that changed while it was posted is due again": func(b *bench) {
		_, jobs := b.opens(asks{verb: moderation.Kick, on: []string{"a", "b"}})
		b.clock.Add(timing.CardDelay)
		posts, _ := b.due(here)
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, yes, accepted)
		b.posted("1.1", posts...)
		posts, keys := b.due(here)
		require.Equal(b.t, "card:1 thread:1", keys)
		require.Greater(b.t, posts[0].Wanted, posts[0].Posted)
	},
	"cards with buttons come first": func(b *bench) {
		b.done(asks{verb: moderation.Kick, on: []string{"a"}})
		posts, _ := b.due(here)
		b.posted("1.1", posts...)
		_, jobs := b.opens(asks{verb: moderation.Kick, on: []string{"b"}})
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, silent, moderation.Verdict{Outcome: moderation.Unknown})
		posts, keys := b.due(here)
		require.Equal(b.t, "card:2 thread:1", keys)
		b.posted("2.1", posts[0])
		_, err := b.s.TryAgain(b.ctx, b.command(), moderation.Confirmation{No: 2, Jobs: chunkJobs(1, 9)})
		b.ok(err)
		b.clock.Add(moderation.LeaseTime)
		posts, keys = b.due(here)
		require.Equal(b.t, "card:2 thread:1 thread:2", keys)
		require.Equal(b.t, 1, posts[0].Rank, "its buttons are removed")
		j := b.claim(moderation.QueueCall)
		b.answers(j, b.sends(j, 1).Call, silent, moderation.Verdict{Outcome: moderation.Unknown})
		b.clock.Add(moderation.LeaseTime)
		posts, _ = b.due(here)
		require.Equal(b.t, 0, posts[0].Rank)
		lines, keys := b.due(audit)
		require.Equal(b.t, "line:1 line:2", keys, "unposted, it shows the newest end")
		b.posted("9.1", lines...)
		_, err = b.s.TryAgain(b.ctx, b.command(), moderation.Confirmation{No: 2, Jobs: chunkJobs(1, 10)})
		b.ok(err)
		j = b.claim(moderation.QueueCall)
		b.answers(j, b.sends(j, 1).Call, yes, accepted)
		lines, _ = b.due(audit)
		require.Len(b.t, lines, 1)
		require.Equal(b.t, int64(2), lines[0].Case, "a second end is a second line")
	},
	"a failed post waits and keeps its place": func(b *bench) {
		b.done(asks{verb: moderation.Kick, on: []string{"a"}})
		began := b.clock.Now()
		b.clock.Add(time.Second)
		b.done(asks{verb: moderation.Kick, on: []string{"b"}})
		posts, keys := b.due(here)
		require.Equal(b.t, "card:1 card:2", keys)
		b.ok(b.s.RetryPosts(b.ctx, time.Second, true, posts[0]))
		b.ok(b.s.RetryPosts(b.ctx, 0, false, posts[1]))
		again, keys := b.due(here)
		require.Equal(b.t, "card:2", keys)
		require.Zero(b.t, again[0].Attempt)
		b.clock.Add(time.Second)
		backlog, err := b.s.Backlog(b.ctx)
		b.ok(err)
		require.Equal(b.t, 2*time.Second, backlog.OldestPost)
		again, keys = b.due(here)
		require.Equal(b.t, "card:1", keys)
		require.Equal(b.t, 1, again[0].Attempt)
		require.True(b.t, again[0].Due.Equal(began), "how far behind it is stays true")
		b.restart()
		again, keys = b.due(here)
		require.Equal(b.t, "card:1 card:2", keys, "a start frees posts too")
		require.Equal(b.t, []int{2, 1}, []int{again[0].Attempt, again[1].Attempt}, "it may be in Slack already, so it is looked up first")
	},
	"a post whose lease ended while it was sent may be in Slack already": func(b *bench) {
		b.done(asks{verb: moderation.Kick, on: []string{"a"}})
		posts, _ := b.due(here)
		require.Zero(b.t, posts[0].Attempt)
		b.clock.Add(moderation.LeaseTime)
		posts, _ = b.due(here)
		require.Equal(b.t, 1, posts[0].Attempt)
		b.ok(b.s.RetryPosts(b.ctx, 0, false, posts[0]))
		posts, _ = b.due(here)
		require.Equal(b.t, 1, posts[0].Attempt, "what was given back was not sent")
	},
	"a card can move": func(b *bench) {
		c := b.done(asks{verb: moderation.Kick, on: []string{"a"}})
		posts, _ := b.due(here)
		b.posted("1.1", posts...)
		threads, _ := b.due(here)
		job := moderation.NewJob{Key: "moved:1", Queue: moderation.QueueAnswer, Kind: moderation.JobAnswer}
		b.ok(b.s.MoveCard(b.ctx, c.No, "C9", moderation.Change{Jobs: []moderation.NewJob{job}}))
		b.claim(moderation.QueueAnswer)
		b.posted("1.2", threads...) // was in flight to the old place
		_, keys := b.due(here)
		require.Empty(b.t, keys)
		require.Zero(b.t, b.caseNo(c.No).Card)
		posts, keys = b.due("C9")
		require.Equal(b.t, "card:1", keys)
		require.Empty(b.t, posts[0].TS)
		b.posted("9.1", posts...)
		require.Equal(b.t, moderation.Posted{Channel: "C9", TS: "9.1"}, b.caseNo(c.No).Card)
		posts, keys = b.due("C9")
		require.Equal(b.t, "thread:1", keys)
		require.Equal(b.t, "9.1", posts[0].Parent)
		require.Zero(b.t, posts[0].Posted, "posted again from its beginning")
		require.ErrorIs(b.t, b.s.MoveCard(b.ctx, 99, "C9", moderation.Change{}), moderation.ErrNotFound)
	},
	"a deleted message is posted again": func(b *bench) {
		c := b.done(asks{verb: moderation.Kick, on: []string{"a"}})
		posts, _ := b.due(here)
		b.posted("1.1", posts...)
		threads, _ := b.due(here)
		b.posted("1.2", threads...)
		b.done(asks{verb: moderation.Kick, on: []string{"z"}})
		more, _ := b.due(here)
		b.posted("2.1", more...)
		gone, err := b.s.PostsIn(b.ctx, moderation.Posted{Channel: here, TS: "1.1"})
		b.ok(err)
		require.Len(b.t, gone, 1)
		b.ok(b.s.MarkPostGone(b.ctx, gone...))
		require.Zero(b.t, b.caseNo(c.No).Card)
		posts, keys := b.due(here)
		require.Equal(b.t, "card:1 thread:2", keys)
		require.Empty(b.t, posts[0].TS)
		b.posted("3.1", posts[0])
		posts, keys = b.due(here)
		require.Equal(b.t, "thread:1", keys)
		require.Equal(b.t, "3.1", posts[0].Parent)
		require.Zero(b.t, posts[0].Posted)
	},
	"a card that waits for a person goes first, also when posted again": func(b *bench) {
		b.requests(asks{verb: moderation.Ban, on: []string{"a"}}, oneMust())
		b.clock.Add(timing.CardDelay)
		posts, _ := b.due(here)
		require.Zero(b.t, posts[0].Generation)
		b.posted("1.1", posts...)
		gone, err := b.s.PostsIn(b.ctx, moderation.Posted{Channel: here, TS: "1.1"})
		b.ok(err)
		b.ok(b.s.MarkPostGone(b.ctx, gone...))
		b.done(asks{verb: moderation.Kick, on: []string{"z"}})
		b.clock.Add(time.Minute)
		posts, keys := b.due(here)
		require.Equal(b.t, "card:1 card:2", keys)
		require.EqualValues(b.t, 1, posts[0].Generation, "it is another message")
		b.ok(b.s.RetryPosts(b.ctx, 0, false, posts...))
		b.ok(b.s.MoveCard(b.ctx, 1, "C9", moderation.Change{}))
		b.ok(b.s.MoveCard(b.ctx, 2, "C9", moderation.Change{}))
		posts, keys = b.due("C9")
		require.Equal(b.t, "card:1 card:2", keys)
		require.EqualValues(b.t, 2, posts[0].Generation)
	},
	"a post whose client_msg_id cannot be used gets another one": func(b *bench) {
		b.done(asks{verb: moderation.Kick, on: []string{"a"}})
		posts, _ := b.due(here)
		b.ok(b.s.MarkPostGone(b.ctx, posts...))
		again, keys := b.due(here)
		require.Equal(b.t, "card:1", keys)
		require.Equal(b.t, posts[0].Generation+1, again[0].Generation)
	},
	"folded cards share a message": func(b *bench) {
		b.done(asks{verb: moderation.Kick, on: []string{"a"}})
		b.done(asks{verb: moderation.Kick, on: []string{"b"}})
		posts, _ := b.due(here)
		b.posted("1.1", posts...)
		both, err := b.s.PostsIn(b.ctx, moderation.Posted{Channel: here, TS: "1.1"})
		b.ok(err)
		require.Len(b.t, both, 2)
		require.True(b.t, both[0].Folded)
		threads, keys := b.due(here)
		require.Equal(b.t, "thread:1 thread:2", keys)
		require.Equal(b.t, "1.1", threads[1].Parent)
		none, err := b.s.PostsIn(b.ctx, moderation.Posted{Channel: here})
		b.ok(err)
		require.Empty(b.t, none)
	},
	"lines of one key fold": func(b *bench) {
		line := func(in time.Duration) moderation.Change {
			return moderation.Change{Lines: []moderation.Line{{
				Key: "k", Channel: audit, Due: b.clock.Now().Add(in), Kind: moderation.EntryNotice, Body: json.RawMessage(`{"code":"x"}`), Count: 2,
			}}}
		}
		b.ok(b.s.Append(b.ctx, line(0)))
		b.ok(b.s.Append(b.ctx, line(time.Minute)))
		posts, keys := b.due(audit)
		require.Equal(b.t, "k", keys)
		require.Equal(b.t, 4, posts[0].Count)
		require.Equal(b.t, int64(4), posts[0].Wanted)
		require.Equal(b.t, 3, posts[0].Rank)
		require.JSONEq(b.t, `{"code":"x"}`, string(posts[0].Body))
		b.posted("1.1", posts...)
		b.ok(b.s.Append(b.ctx, line(time.Minute)))
		b.ok(b.s.Append(b.ctx, line(0)))
		_, keys = b.due(audit)
		require.Empty(b.t, keys)
		b.clock.Add(time.Minute)
		posts, keys = b.due(audit)
		require.Equal(b.t, "k:more", keys)
		require.Equal(b.t, 4, posts[0].Count)
		b.posted("1.2", posts...)
		b.ok(b.s.Append(b.ctx, line(0)))
		posts, keys = b.due(audit)
		require.Equal(b.t, "k:more", keys)
		require.Equal(b.t, 2, posts[0].Count)
		require.Empty(b.t, posts[0].TS)
	},
	"curious clicks are one line in ten minutes": func(b *bench) {
		step, no := "deny", 0
		press := func(user string, code moderation.Code, roles ...string) {
			no++
			b.ok(b.s.Finish(b.ctx, b.command(), moderation.Change{Refusal: &moderation.Refusal{Channel: audit, Body: moderation.Body{
				Actor: &moderation.Actor{Kind: moderation.ActorPerson, Team: team, User: user, Roles: roles}, Detail: step, Code: code,
				Origin: &moderation.Origin{Channel: here}, Values: map[string]string{"case": strconv.Itoa(1 + no%2)}, Involved: user == "U4",
			}}}))
		}
		b.clock.Add(moderation.CuriousWindow - time.Duration(b.clock.Now().UnixMilli()%moderation.CuriousWindow.Milliseconds())*time.Millisecond)
		for range 14 {
			press("U1", moderation.RefuseGuest)
			press("U1", moderation.RefuseNotApprover)
		}
		for _, step = range []string{"approve", "view", "undo"} {
			press("U1", moderation.RefuseNotApprover)
		}
		_, keys := b.due(audit)
		require.Empty(b.t, keys, "no line at once")
		press("U2", moderation.RefuseNotApprover, "mods")
		posts, _ := b.due(audit)
		require.Len(b.t, posts, 1, "who has a role has a line at once")
		b.posted("1.0", posts...)
		press("U3", moderation.RefuseExternalPerson)
		press("U4", moderation.RefuseNotApprover)
		posts, _ = b.due(audit)
		require.Len(b.t, posts, 2, "an external person and the requester, too")
		b.posted("1.1", posts...)
		b.clock.Add(moderation.CuriousWindow)
		posts, _ = b.due(audit)
		require.Len(b.t, posts, 1)
		require.Equal(b.t, 31, posts[0].Count)
		var line moderation.Body
		b.ok(json.Unmarshal(posts[0].Body, &line))
		require.Equal(b.t, "approve", line.Detail, "the button that matters most")
		require.Equal(b.t, map[string]string{"case": "2", "cases": "2 1", "others": "yes"}, line.Values)
		_, err := b.s.Seal(b.ctx)
		b.ok(err)
		entries, err := b.s.Entries(b.ctx, 0, 0)
		b.ok(err)
		counted := 0
		for _, e := range entries {
			switch e.Kind {
			case moderation.EntryRefused:
				counted++
			case moderation.EntryFolded:
				counted += body(b.t, e).Count
			}
		}
		require.Equal(b.t, 34, counted, "each is in the log")
	},
	"refusals are numbered, kept and folded": func(b *bench) {
		refuse := func(user string, code moderation.Code) {
			b.ok(b.s.Finish(b.ctx, b.command(), moderation.Change{Refusal: &moderation.Refusal{Channel: audit, Body: moderation.Body{
				Actor: &moderation.Actor{Kind: moderation.ActorPerson, Team: team, User: user}, Typed: "kick", Code: code,
				Origin: &moderation.Origin{Channel: here},
			}}}))
		}
		for range moderation.RefusalsKept + 5 {
			refuse("U1", moderation.RefuseNoRole)
		}
		refuse("U1", moderation.RefuseGuest) // only counted, no line of its own
		refuse("U2", moderation.RefuseNoRole)
		head, err := b.s.Seal(b.ctx)
		b.ok(err)
		require.Equal(b.t, int64(moderation.RefusalsKept+1), head.Number)
		posts, _ := b.due(audit)
		require.Len(b.t, posts, 2)
		require.Equal(b.t, moderation.RefusalsKept+5, posts[0].Count)
		require.Equal(b.t, moderation.EntryRefused, posts[0].EntryKind)
		b.posted("1.1", posts...)
		for range 3 {
			refuse("U2", moderation.RefuseNoRole)
		}
		_, keys := b.due(audit)
		require.Empty(b.t, keys, "one line a minute")
		b.restart()
		b.clock.Add(time.Minute)
		posts, _ = b.due(audit)
		require.Len(b.t, posts, 1)
		require.Equal(b.t, 3, posts[0].Count)
		head, err = b.s.Seal(b.ctx)
		b.ok(err)
		require.Equal(b.t, int64(moderation.RefusalsKept+1+3+1), head.Number, "the count came after its minute, over a restart")
		entries, err := b.s.Entries(b.ctx, 0, 0)
		b.ok(err)
		last := entries[len(entries)-1]
		require.Equal(b.t, moderation.EntryFolded, last.Kind)
		require.Equal(b.t, 6, body(b.t, last).Count)
		require.Equal(b.t, "U1", body(b.t, last).Actor.User)
		require.Equal(b.t, int64(1), body(b.t, entries[0]).Refusal)
		require.Equal(b.t, int64(17), body(b.t, entries[10]).Refusal, "counted ones have numbers too")
		_, err = b.s.Seal(b.ctx)
		b.ok(err)
		again, err := b.s.Entries(b.ctx, 0, last.ID)
		b.ok(err)
		require.Empty(b.t, again, "reported once")
	},
}
