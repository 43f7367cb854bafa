package storetest

import (
	"strings"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

// logged returns the log's bodies of all cases up to last.
func (b *bench) logged(last int64) string {
	b.t.Helper()
	var all strings.Builder
	for no := range last + 1 {
		entries, err := b.s.Entries(b.ctx, no, 0)
		b.ok(err)
		for _, e := range entries {
			all.Write(e.Body)
			all.WriteByte('\n')
		}
	}
	return all.String()
}

func (b *bench) erases(who moderation.ErasureRequest) moderation.ErasureResult {
	b.t.Helper()
	who.By = moderation.Actor{Kind: moderation.ActorCommand}
	did, err := b.s.Erase(b.ctx, who)
	b.ok(err)
	return did
}

func (b *bench) holds() int64 {
	b.t.Helper()
	_, err := b.s.Seal(b.ctx)
	b.ok(err)
	n, err := b.s.Verify(b.ctx)
	b.ok(err)
	return n
}

var eraseTests = map[string]func(*bench){
	"a target is erased everywhere, and the chain stays valid": func(b *bench) {
		alone := b.asksFor(asks{verb: moderation.Ban, room: live, on: []string{"troll7"}, last: time.Minute}, lea, "called the host slurs")
		both := b.asksFor(asks{verb: moderation.Kick, on: []string{"troll7", "troll70"}, chunk: 2}, lea, "troll7 and troll70 spam")
		other := b.asksFor(asks{verb: moderation.Kick, on: []string{"troll70"}}, lea, "not like troll7's")
		b.does(moderation.Change{Note: &moderation.Note{Target: "troll7", By: lea, Text: "lives in Leeds"}})
		b.does(moderation.Change{Evidence: &moderation.Evidence{Case: alone.No, By: lea, Author: "U9", Text: "an insult", Link: "https://x.example/1"}})
		b.does(moderation.Change{Evidence: &moderation.Evidence{Case: both.No, By: lea, Author: "U9", Text: "kept, an elephant"}})
		b.does(moderation.Change{Evidence: &moderation.Evidence{Case: both.No, By: lea, Author: "U9", Text: "goes: troll7 said so"}})
		b.does(moderation.Change{SavedSearch: &moderation.SavedSearch{Token: "q", User: "U1", Action: moderation.Action{Verb: moderation.History, Search: moderation.SearchQuery{Target: "troll7"}}, Expires: b.clock.Now().Add(time.Hour)}})
		b.keeps(moderation.Draft{Token: "d", Text: "ban live:show1 troll7 10m", Expires: b.clock.Now().Add(time.Hour)})
		b.does(moderation.Change{Refusal: &moderation.Refusal{Channel: audit, Body: moderation.Body{
			Actor: &lea, Typed: "ban live:show1 troll7 1d a nasty man", Code: moderation.RefuseTooLong,
			Action: &moderation.Action{Verb: moderation.Ban, Room: live, Targets: []string{"troll7"}, Reason: "a nasty man"},
		}}})
		before := b.holds()
		b.clock.Add(time.Hour) // the ban has expired
		did := b.erases(moderation.ErasureRequest{Target: "troll7"})
		require.Regexp(b.t, `^erased:[0-9a-f]{8}$`, did.Marker)
		require.Equal(b.t, 1, did.Notes)
		require.GreaterOrEqual(b.t, did.Cases, 2)

		all := b.logged(other.No)
		for _, gone := range []string{`"troll7"`, "troll7 ", "troll7'", "slurs", "Leeds", "an insult", "x.example", "goes:", "nasty"} {
			require.NotContains(b.t, all, gone)
		}
		for _, stays := range []string{"troll70", "elephant", did.Marker, "Lea Brand", "show1"} {
			require.Contains(b.t, all, stays)
		}
		v := b.view(alone.No)
		require.Equal(b.t, []string{did.Marker}, v.Case.Action.Targets)
		require.Equal(b.t, moderation.ErasedPlaceholder, v.Case.Action.Reason)
		require.Equal(b.t, moderation.ErasedPlaceholder, v.Case.Typed)
		require.Equal(b.t, "live:show1", v.Case.Action.Room.String())
		require.Equal(b.t, lea, v.Case.Actor)
		require.True(b.t, v.Evidence[0].Erased)
		require.Empty(b.t, v.Evidence[0].Text+v.Evidence[0].Link+v.Evidence[0].Author)
		v = b.view(both.No)
		require.Equal(b.t, []string{did.Marker, "troll70"}, v.Case.Action.Targets)
		require.Equal(b.t, did.Marker+" and troll70 spam", v.Case.Action.Reason)
		require.Equal(b.t, "kept, an elephant", v.Evidence[0].Text)
		require.True(b.t, v.Evidence[1].Erased)
		require.Empty(b.t, b.finds(moderation.SearchQuery{Target: "troll7"}))
		require.Equal(b.t, []int64{both.No, alone.No}, b.finds(moderation.SearchQuery{Target: did.Marker}))
		require.Empty(b.t, b.finds(moderation.SearchQuery{Words: []string{"slurs"}}))
		notes, err := b.s.Notes(b.ctx, did.Marker)
		b.ok(err)
		require.True(b.t, notes[0].Erased)
		require.Equal(b.t, moderation.ErasedPlaceholder, notes[0].Text)
		_, err = b.s.SavedSearch(b.ctx, "q")
		require.ErrorIs(b.t, err, moderation.ErrNotFound)
		_, err = b.s.Draft(b.ctx, "d", b.clock.Now())
		require.ErrorIs(b.t, err, moderation.ErrNotFound)
		posts, err := b.s.DuePosts(b.ctx, audit, moderation.PostLine, 50)
		b.ok(err)
		for _, p := range posts {
			require.NotContains(b.t, string(p.Body), `"troll7"`)
			require.NotContains(b.t, string(p.Body), "nasty")
		}

		require.Equal(b.t, before+1, b.holds(), "the erasure itself")
		b.restart()
		b.holds()
		require.Zero(b.t, b.erases(moderation.ErasureRequest{Target: "troll7"}).Entries, "nothing is left")
		again := b.erases(moderation.ErasureRequest{Target: "troll70"})
		require.NotEqual(b.t, did.Marker, again.Marker)
		require.NotContains(b.t, b.logged(other.No), "troll70")
		require.Contains(b.t, b.logged(other.No), did.Marker)
		b.holds()
	},
	"a restricted person, or one whose case waits, is not erased yet": func(b *bench) {
		c := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour})
		_, err := b.s.Erase(b.ctx, moderation.ErasureRequest{Target: "a"})
		require.Equal(b.t, moderation.CodeEraseRestricted, moderation.CodeOf(err))
		b.clock.Add(time.Hour)
		require.NotZero(b.t, b.erases(moderation.ErasureRequest{Target: "a"}).Entries)
		require.NotContains(b.t, b.logged(c.No), `"a"`)
		_, err = b.s.OpenCase(b.ctx, b.command(), b.opening(asks{verb: moderation.Kick, on: []string{"b"}, asking: true}))
		b.ok(err)
		for _, who := range []moderation.ErasureRequest{{Target: "b"}, {User: "U1"}} {
			_, err = b.s.Erase(b.ctx, who)
			require.Equal(b.t, moderation.CodeEraseActive, moderation.CodeOf(err))
		}
		require.True(b.t, b.accept(moderation.Delivery{Key: "slack:late", Kind: "command", Payload: []byte(`{"text":"kick room:1 c"}`)}))
		_, err = b.s.Erase(b.ctx, moderation.ErasureRequest{Target: "c"})
		require.Equal(b.t, moderation.CodeEraseActive, moderation.CodeOf(err), "what was accepted is done first")
		b.holds()
	},
	"a moderator is erased from requests, texts and quotes": func(b *bench) {
		mei := moderation.Actor{Kind: moderation.ActorPerson, Team: team, User: "U1", EnterpriseUser: "W1", Name: "Mei Lin", Roles: []string{"mods"}, Via: []string{"U1"}}
		c := b.asksFor(asks{verb: moderation.Kick, on: []string{"a"}}, mei, "as <@U1> said")
		b.does(moderation.Change{Note: &moderation.Note{Target: "a", By: mei, Text: "comes back often"}})
		b.does(moderation.Change{Evidence: &moderation.Evidence{Case: c.No, By: lea, Author: "U1", Text: "my words", Link: "https://x.example/1"}})
		b.does(moderation.Change{Refusal: &moderation.Refusal{Channel: audit, Body: moderation.Body{Actor: &mei, Code: moderation.RefuseNoRule}}})
		b.does(moderation.Change{Entries: []moderation.NewEntry{{Kind: moderation.EntryDigest, Body: moderation.Body{
			Digest: &moderation.Digest{Cases: 1, Actors: []moderation.Tally{{Key: "U1", Name: "Mei Lin", N: 1}, {Key: "U2", Name: "Lea Brand", N: 2}}},
		}}}})
		b.holds()
		did := b.erases(moderation.ErasureRequest{User: "U1"})
		all := b.logged(c.No)
		for _, gone := range []string{`U1"`, "<@U1>", "Mei Lin", "W1", "my words"} {
			require.NotContains(b.t, all, gone)
		}
		require.Contains(b.t, all, "comes back often")
		require.Contains(b.t, all, "Lea Brand")
		v := b.view(c.No)
		require.Equal(b.t, moderation.Actor{Kind: moderation.ActorPerson, Team: team, User: did.Marker, Roles: []string{"mods"}}, v.Case.Actor)
		require.Equal(b.t, []string{"a"}, v.Case.Action.Targets)
		require.True(b.t, v.Evidence[0].Erased)
		require.Empty(b.t, b.finds(moderation.SearchQuery{Actor: "U1"}))
		require.Empty(b.t, b.finds(moderation.SearchQuery{Actor: "W1"}))
		require.Equal(b.t, []int64{c.No}, b.finds(moderation.SearchQuery{Actor: did.Marker}))
		b.clock.Add(2 * time.Minute)
		b.holds()
		require.NotContains(b.t, b.logged(c.No), "Mei Lin", "what was only counted, too")
	},
	"a numeric id is not confused with a case or a room": func(b *bench) {
		c := b.asksFor(asks{verb: moderation.Kick, on: []string{"1", "10006"}, chunk: 2}, lea, "see #1 and room:10006")
		cards := func() []moderation.Post {
			posts, err := b.s.DuePosts(b.ctx, here, moderation.PostCard, 10)
			b.ok(err)
			return posts
		}
		card := cards()
		require.Len(b.t, card, 1)
		b.ok(b.s.MarkPosted(b.ctx, moderation.Posted{Channel: here, TS: "1.1"}, false, card...))
		for _, id := range []string{"1", "10006"} {
			require.NotZero(b.t, b.erases(moderation.ErasureRequest{Target: id}).Cases)
		}
		v := b.view(c.No)
		require.Equal(b.t, room, v.Case.Action.Room)
		require.Equal(b.t, "see #1 and room:10006", v.Case.Action.Reason)
		require.Equal(b.t, []int64{c.No}, b.finds(moderation.SearchQuery{Room: room.String()}))
		b.does(moderation.Change{Evidence: &moderation.Evidence{Case: c.No, By: lea, Text: "x", Link: "https://x.example/1"}})
		card = cards()
		require.Len(b.t, card, 1, "the card is known by its case")
		require.Equal(b.t, "1.1", card[0].TS)
		b.holds()
	},
	"an approver of a waiting case is not erased yet": func(b *bench) {
		o := b.opening(asks{verb: moderation.Kick, on: []string{"a"}})
		o.Case.Decision.Requirement = moderation.ApprovalRequirement{Approvals: 2, Approvers: []string{"leads"}, TTL: time.Hour}
		c, err := b.s.OpenCase(b.ctx, b.command(), o)
		b.ok(err)
		_, err = b.s.Approve(b.ctx, b.command(), moderation.ApprovalInput{Confirmation: moderation.Confirmation{No: c.No, Body: moderation.Body{Actor: &lea}}, By: lea, ShownCase: moderation.ShownCase{Digest: c.ContentDigest()}})
		b.ok(err)
		_, err = b.s.Erase(b.ctx, moderation.ErasureRequest{User: lea.User})
		require.Equal(b.t, moderation.CodeEraseActive, moderation.CodeOf(err))
	},
	"an erasure needs either a target or a user": func(b *bench) {
		for _, who := range []moderation.ErasureRequest{{}, {Target: "a", User: "U1"}} {
			_, err := b.s.Erase(b.ctx, who)
			require.Error(b.t, err)
		}
		require.Zero(b.t, b.erases(moderation.ErasureRequest{Target: "nobody"}).Entries)
		entries, err := b.s.Entries(b.ctx, 0, 0)
		b.ok(err)
		require.Empty(b.t, entries, "nothing was erased")
	},
}
