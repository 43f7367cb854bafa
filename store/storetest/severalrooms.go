package storetest

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// chat is a room of another kind than live: a show has both.
var chat = moderation.Room{Kind: moderation.KindChat, ID: "@TGS#show1"}

// show is a ban of two people in a Live room and its chat group.
var show = asks{verb: moderation.Ban, room: live, more: []moderation.Room{chat}, on: []string{"a", "b"}, chunk: 20, last: time.Hour}

// placesWith returns room and id of a case's targets with an outcome.
func (b *bench) placesWith(no int64, outcome moderation.Outcome) (places []string) {
	b.t.Helper()
	for _, t := range b.view(no).Targets {
		if t.Outcome == outcome {
			places = append(places, t.Room.String()+" "+t.ID)
		}
	}
	return places
}

var severalRoomsTests = map[string]func(*bench){
	"a case in several rooms makes a call for each, and has an outcome for each person in each": func(b *bench) {
		c, jobs := b.opens(show)
		require.Len(b.t, jobs, 2)
		require.Equal(b.t, []string{"a", "b"}, c.Action.Targets, "each person once")
		require.Equal(b.t, []moderation.Room{live, chat}, c.Action.Rooms())
		require.Equal(b.t, 4, c.Counts[moderation.Pending])
		first, second := b.sends(jobs[0], 1), b.sends(jobs[1], 2)
		require.Equal(b.t, live, first.Request.Room)
		require.Equal(b.t, chat, second.Request.Room)
		require.Equal(b.t, []string{"a", "b"}, second.Request.Targets)
		b.answers(jobs[0], first.Call, yes, accepted)
		b.answers(jobs[1], second.Call, no, failed)
		require.Equal(b.t, moderation.Done, b.caseNo(c.No).State)
		require.Equal(b.t, []string{"live:show1 a", "live:show1 b"}, b.placesWith(c.No, moderation.Accepted))
		require.Equal(b.t, []string{chat.String() + " a", chat.String() + " b"}, b.placesWith(c.No, moderation.Failed))
		require.Equal(b.t, map[string]int64{"a/entrance": c.No, "b/entrance": c.No}, b.inForce(live))
		require.Empty(b.t, b.inForce(chat))
		var rooms []string
		for _, e := range b.view(c.No).Entries {
			var body moderation.Body
			b.ok(json.Unmarshal(e.Body, &body))
			if len(body.Targets) > 0 {
				rooms = append(rooms, body.Room)
			}
		}
		require.Equal(b.t, []string{live.String(), chat.String(), live.String(), chat.String()}, rooms, "each entry about targets says where they are")
	},
	"an undo of a case in several rooms lifts what it still restricts, in each": func(b *bench) {
		c, jobs := b.opens(show)
		for i, j := range jobs {
			b.answers(j, b.sends(j, i+1).Call, yes, accepted)
		}
		newer := b.done(asks{verb: moderation.Unban, room: chat, on: []string{"a"}})
		still, _, err := b.s.UndoableTargets(b.ctx, c.No)
		b.ok(err)
		require.Len(b.t, still, 3)
		undo := b.opening(asks{verb: moderation.Unban, room: live, more: []moderation.Room{chat}, on: []string{"a", "b"}, chunk: 20})
		undo.Case.Action.Relation, undo.Case.Action.RelatedCase = moderation.RelUndo, c.No
		undo.Jobs, undo.SendPlan = nil, moderation.SendPlan{ChunkSize: 20, Kind: moderation.JobSync, At: b.clock.Now()}
		facts, err := b.s.Facts(b.ctx, undo.Case.Actor, undo.Case.Action, 0)
		b.ok(err)
		require.Len(b.t, facts.Existing, 3, "what it does not lift needs no right")
		u, err := b.s.OpenCase(b.ctx, b.command(), undo)
		b.ok(err)
		sent, err := b.s.Claim(b.ctx, moderation.QueueCall, 10)
		b.ok(err)
		lifted := map[moderation.Room][]string{}
		for _, j := range sent {
			began := b.works(j)
			lifted[began.Request.Room] = began.Request.Targets
			b.answers(j, began.Call, yes, accepted)
		}
		require.Equal(b.t, map[moderation.Room][]string{live: {"a", "b"}, chat: {"b"}}, lifted)
		require.Equal(b.t, []string{chat.String() + " a"}, b.placesWith(u.No, moderation.Superseded))
		require.Empty(b.t, b.inForce(live))
		require.Empty(b.t, b.inForce(chat))
		require.Zero(b.t, b.view(c.No).Undoable)
		require.Equal(b.t, moderation.Accepted, moderation.OverallOutcome(b.caseNo(newer.No).Counts))
	},
	"what the bot ends in several rooms ends in each": func(b *bench) {
		other := moderation.Room{Kind: room.Kind, ID: room.ID + "2"}
		c, jobs := b.opens(asks{verb: moderation.Mute, room: room, more: []moderation.Room{other}, on: []string{"a"}, last: time.Minute})
		for i, j := range jobs {
			b.answers(j, b.sends(j, i+1).Call, yes, accepted)
		}
		require.Len(b.t, b.inForce(other), 2)
		ends := b.allDone(time.Minute)
		require.Len(b.t, ends, 2)
		require.NotEqual(b.t, ends[0].Room, ends[1].Room)
		require.Empty(b.t, b.inForce(other))
		require.Equal(b.t, moderation.Lifted, b.caseNo(c.No).Ended)
	},
	"what another case moved during a call is set again, only for these people and in that room": func(b *bench) {
		all := show
		all.on = nil
		for i := range 20 {
			all.on = append(all.on, "p"+strconv.Itoa(i))
		}
		c, jobs := b.opens(all)
		first, second := b.sends(jobs[0], 1), b.sends(jobs[1], 2)
		newer, lifts := b.opens(asks{verb: moderation.Unban, room: chat, on: []string{"p3", "p17"}, chunk: 20})
		require.NotZero(b.t, b.begin(lifts[0], 1).Wait, "the call in flight is waited for")
		b.answers(jobs[1], second.Call, yes, accepted)
		b.answers(jobs[0], first.Call, yes, accepted)
		require.Equal(b.t, 40, b.caseNo(c.No).Counts[moderation.Accepted])
		require.Equal(b.t, []string{"p3", "p17"}, b.sends(lifts[0], 1).Request.Targets)
		b.restart() // the answer to the lift never comes
		b.clock.Add(time.Minute)
		again, err := b.s.Claim(b.ctx, moderation.QueueCall, 10)
		b.ok(err)
		require.Len(b.t, again, 1)
		b.answers(again[0], b.sends(again[0], 1).Call, yes, accepted)
		require.Equal(b.t, 2, b.caseNo(newer.No).Counts[moderation.Accepted])
		for _, said := range b.allDone(time.Minute) {
			require.Equal(b.t, chat, said.Room)
			require.Subset(b.t, []string{"p3", "p17"}, said.Targets)
			require.Equal(b.t, moderation.Unban, said.Verb)
		}
		require.Len(b.t, b.inForce(live), 20)
		require.Len(b.t, b.inForce(chat), 18)
		require.NotContains(b.t, b.inForce(chat), "p3/entrance")
	},
	"an answer that comes after another case's call has that state set again, in its room": func(b *bench) {
		all := show
		all.on, all.last = nil, 0
		for i := range 20 {
			all.on = append(all.on, "p"+strconv.Itoa(i))
		}
		_, jobs := b.opens(all)
		first, second := b.sends(jobs[0], 1), b.sends(jobs[1], 2)
		for range 10 { // the call is no longer in flight, and its job is still leased
			b.clock.Add((flight+moderation.UncertainFor)/10 + time.Second)
			for _, j := range jobs {
				b.ok(b.s.Renew(b.ctx, j))
			}
		}
		_, lifts := b.opens(asks{verb: moderation.Unban, room: chat, on: []string{"p3", "p17"}, chunk: 20})
		b.answers(lifts[0], b.sends(lifts[0], 1).Call, yes, accepted)
		b.answers(jobs[0], first.Call, yes, accepted)
		b.answers(jobs[1], second.Call, yes, accepted)
		var again []string
		for _, said := range b.allDone(time.Second) {
			require.Equal(b.t, chat, said.Room)
			require.Equal(b.t, moderation.Unban, said.Verb)
			again = append(again, said.Targets...)
		}
		require.ElementsMatch(b.t, []string{"p3", "p17"}, again)
	},
	"a search finds a case by each of its rooms": func(b *bench) {
		only := b.asksFor(asks{verb: moderation.Ban, room: chat, on: []string{"a"}, last: time.Hour}, actor("U1"), "spam")
		b.clock.Add(time.Minute)
		c, _ := b.opens(show)
		for _, f := range []moderation.SearchQuery{
			{Room: chat.String()}, {Room: chat.String(), Target: "a"}, {Room: chat.String(), Words: []string{"spam"}}, {Room: chat.String(), Actor: "U1"},
			{Room: chat.String(), Verb: moderation.Ban, Words: []string{"spa", "am"}}, {Target: "a"},
		} {
			found, err := b.s.SearchCaseNumbers(b.ctx, f, 0)
			b.ok(err)
			require.Equal(b.t, []int64{c.No, only.No}, found, "%+v", f)
		}
		found, err := b.s.SearchCaseNumbers(b.ctx, moderation.SearchQuery{Room: live.String()}, 0)
		b.ok(err)
		require.Equal(b.t, []int64{c.No}, found)
		st, err := b.s.Statistics(b.ctx, moderation.SearchQuery{Room: chat.String()}, b.clock.Now().Add(-time.Hour), b.clock.Now().Add(time.Hour))
		b.ok(err)
		require.Equal(b.t, 2, st.Cases)
		require.Equal(b.t, []moderation.Tally{{Key: chat.String(), N: 2}, {Key: live.String(), N: 1}}, st.ByRoom)
		active, n, err := b.s.ActiveRestrictions(b.ctx, moderation.SearchQuery{Room: chat.String()}, 0, 10)
		b.ok(err)
		require.Equal(b.t, 2, n)
		require.Equal(b.t, c.No, active[0].Case.No)
	},
	"the same command in the same rooms is the same case": func(b *bench) {
		answers := []moderation.NewJob{{Key: "answer", Queue: moderation.QueueTimer, Kind: "answer", Payload: []byte(`{}`)}}
		opens := func(a asks) moderation.Case {
			o := b.opening(a)
			o.OnDuplicate = answers
			c, err := b.s.OpenCase(b.ctx, b.command(), o)
			b.ok(err)
			return c
		}
		for _, a := range []asks{show, {verb: moderation.Freeze, room: live, more: []moderation.Room{chat}}} {
			c := opens(a)
			turned := a
			turned.room, turned.more = chat, []moderation.Room{live}
			require.Equal(b.t, c.No, opens(turned).No, "in another order")
			one := a
			one.more = nil
			require.NotEqual(b.t, c.No, opens(one).No, "in one of them")
		}
	},
	"a room of several that was created again stops the approval": func(b *bench) {
		c := b.requests(show, oneMust())
		created := b.clock.Now().Add(-time.Hour)
		saw := moderation.RoomInfo{Created: created, More: []moderation.RoomInfo{{Created: created}}}
		b.ok(b.s.SetRoomInfo(b.ctx, b.command(), c.No, saw, map[string]map[string]moderation.Inside{
			live.String(): {"a": moderation.InsideNo, "b": moderation.InsideYes}, chat.String(): {"a": moderation.InsideYes},
		}))
		v := b.view(c.No)
		require.Equal(b.t, []moderation.Inside{moderation.InsideNo, moderation.InsideYes, moderation.InsideYes, ""},
			[]moderation.Inside{v.Targets[0].Inside, v.Targets[1].Inside, v.Targets[2].Inside, v.Targets[3].Inside})
		vote := b.voting(v.Case, actor("U7"))
		vote.RoomInfo = moderation.RoomInfo{Created: created, More: []moderation.RoomInfo{{Created: created.Add(time.Minute)}}}
		_, err := b.s.Approve(b.ctx, b.command(), vote)
		require.Equal(b.t, moderation.RefuseRecreated, moderation.CodeOf(err))
		require.ErrorContains(b.t, err, chat.String())
		vote.RoomInfo = saw
		c, err = b.s.Approve(b.ctx, b.command(), vote)
		b.ok(err)
		require.Equal(b.t, moderation.Open, c.State)
	},
	"the digest of a case changes with its rooms": func(b *bench) {
		c, _ := b.opens(show)
		one := c
		one.Action.MoreRooms = nil
		require.NotEqual(b.t, c.ContentDigest(), one.ContentDigest())
	},
	"many people in several rooms begin in portions that are in one room": func(b *bench) {
		o := b.opening(asks{verb: moderation.Silence, room: live, more: []moderation.Room{chat}, on: raiders(many/2 + 10), chunk: moderation.PortionSize, last: time.Hour})
		o.Jobs, o.SendPlan = nil, moderation.SendPlan{ChunkSize: moderation.PortionSize, Kind: moderation.JobSync, At: b.clock.Now()}
		c, err := b.s.OpenCase(b.ctx, b.command(), o)
		b.ok(err)
		b.sendsChunks()
		for b.caseNo(c.No).State == moderation.Open {
			b.clock.Add(moderation.PortionWait)
			jobs, err := b.s.Claim(b.ctx, moderation.QueueCall, 1)
			b.ok(err)
			for _, j := range jobs {
				var w moderation.PortionWork
				b.ok(json.Unmarshal(j.Payload, &w))
				b.ok(b.s.BeginPortion(b.ctx, j, w))
			}
			b.sendsChunks()
		}
		v := b.view(c.No)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Accepted: many + 20}, v.Case.Counts)
		rooms := map[int]moderation.Room{}
		for _, t := range v.Targets {
			if was, known := rooms[t.Chunk]; known {
				require.Equal(b.t, was, t.Room, "chunk %d", t.Chunk)
			}
			rooms[t.Chunk] = t.Room
		}
		require.Len(b.t, b.inForce(live), many/2+10)
		require.Len(b.t, b.inForce(chat), many/2+10)
	},
	"who was erased from a case in several rooms is in none": func(b *bench) {
		c, jobs := b.opens(show)
		for i, j := range jobs {
			b.answers(j, b.sends(j, i+1).Call, yes, accepted)
		}
		b.clock.Add(2 * time.Hour)
		b.allDone(0)
		got, err := b.s.Erase(b.ctx, moderation.ErasureRequest{Target: "a"})
		b.ok(err)
		require.Equal(b.t, 1, got.Cases)
		require.Equal(b.t, []string{got.Marker, "b"}, b.caseNo(c.No).Action.Targets)
		for _, t := range b.view(c.No).Targets {
			require.NotEqual(b.t, "a", t.ID)
		}
		_, err = b.s.Verify(b.ctx)
		b.ok(err)
	},
}
