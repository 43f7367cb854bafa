package storetest

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

var lea = moderation.Actor{Kind: moderation.ActorPerson, Team: team, User: "U2", Name: "Lea Brand"}

// does finishes a job with a change.
func (b *bench) does(c moderation.Change) {
	b.t.Helper()
	b.ok(b.s.Finish(b.ctx, b.command(), c))
}

// asksFor opens a case of a person for a reason, which is accepted.
func (b *bench) asksFor(a asks, by moderation.Actor, reason string) moderation.Case {
	b.t.Helper()
	o := b.opening(a)
	o.Case.Actor, o.Case.Action.Reason = by, reason
	c, err := b.s.OpenCase(b.ctx, b.command(), o)
	b.ok(err)
	j := b.claim(moderation.QueueCall)
	b.answers(j, b.sends(j, 1).Call, yes, accepted)
	return b.caseNo(c.No)
}

func (b *bench) finds(f moderation.SearchQuery) []int64 {
	b.t.Helper()
	nos, err := b.s.SearchCaseNumbers(b.ctx, f, 0)
	b.ok(err)
	return nos
}

// scans returns what finds must for each list of words: it reads all cases.
func (b *bench) scans(f moderation.SearchQuery, lists [][]string) (found [][]int64) {
	b.t.Helper()
	f.Words = nil
	cases, _, err := b.s.SearchCases(b.ctx, f, 0, moderation.SearchLimit)
	b.ok(err)
	for _, words := range lists {
		var nos []int64
		for _, c := range cases {
			reason := strings.ToLower(c.Action.Reason)
			if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(reason, strings.ToLower(w)) }) {
				nos = append(nos, c.No)
			}
		}
		found = append(found, nos)
	}
	return found
}

var recordTests = map[string]func(*bench){
	"a search for what took effect on a person leaves out what failed": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Ban, room: live, on: []string{"a", "b"}, last: time.Hour})
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, yes, accepted)
		b.answers(jobs[1], b.sends(jobs[1], 2).Call, no, failed)
		for id, want := range map[string]int{"a": 1, "b": 0} {
			found, err := b.s.SearchCaseNumbers(b.ctx, moderation.SearchQuery{Target: id, TookEffect: true}, 0)
			b.ok(err)
			require.Len(b.t, found, want, id)
		}
		found, err := b.s.SearchCaseNumbers(b.ctx, moderation.SearchQuery{Target: "b"}, 0)
		b.ok(err)
		require.Equal(b.t, []int64{c.No}, found)
	},
	"cases are found by what is known of them": func(b *bench) {
		mei := moderation.Actor{Kind: moderation.ActorPerson, Team: team, User: "U1", EnterpriseUser: "W1", Name: "Mei Lin"}
		b.asksFor(asks{verb: moderation.Kick, on: []string{"a"}}, mei, "Spam 100% of_the time")
		b.clock.Add(time.Hour)
		b.asksFor(asks{verb: moderation.Ban, room: live, on: []string{"a", "b"}, chunk: 2, last: time.Hour}, lea, "СПАМ в чате")
		b.asksFor(asks{verb: moderation.Close, room: live}, lea, "spam again")
		for want, f := range map[string]moderation.SearchQuery{
			"[3 2 1]": {}, "[2 1]": {Target: "a"}, "[2]": {Target: "b"}, "[1]": {Actor: "U1"}, "[3 2]": {Actor: "U2"},
			"[3]": {Verb: moderation.Close}, "[3 2] ": {Room: live.String()}, "[3 1]": {Words: []string{"spam"}}, "[2] ": {Words: []string{"спам", "ЧАТЕ"}},
			"[1] ": {Words: []string{"100%"}}, "[]": {Words: []string{"100_"}}, "[1]  ": {Words: []string{"of_the"}}, "[3 2]  ": {Within: time.Minute},
			"[] ": {Target: "a", Verb: moderation.Close}, "[2]  ": {Target: "a", Actor: "U2", Verb: moderation.Ban, Room: live.String(), Within: time.Minute, Words: []string{"в"}},
			"[1]   ": {Actor: "W1"}, "[]  ": {Target: "A"},
		} {
			got, err := json.Marshal(b.finds(f))
			b.ok(err)
			wanted := make([]int64, 0)
			for _, c := range want {
				if c >= '0' && c <= '9' {
					wanted = append(wanted, int64(c-'0'))
				}
			}
			require.Equal(b.t, wanted, append(make([]int64, 0), b.finds(f)...), "%+v: %s", f, got)
		}
		cases, total, err := b.s.SearchCases(b.ctx, moderation.SearchQuery{}, 3, 1)
		b.ok(err)
		require.Equal(b.t, 2, total)
		require.Len(b.t, cases, 1)
		require.Equal(b.t, []string{"a", "b"}, cases[0].Action.Targets)
	},
	"a word is found wherever it is in a reason, whether the index knows the case or not": func(b *bench) {
		reasons := []string{
			"Loud music", "insults other people", "so insulting", "刷屏骂人", "骂", "don't do that", "do that", "x", "", "user_7's alt a-b",
			"СПАМ в чате", "İstanbul", "straße 100%", "骂人abc", "loud insults", "ab c",
		}
		mei := moderation.Actor{Kind: moderation.ActorPerson, Team: team, User: "U1", EnterpriseUser: "W1", Name: "Mei Lin"}
		opens := func() {
			for i, reason := range reasons {
				by := lea
				if i%3 == 0 {
					by = mei
				}
				b.asksFor(asks{verb: moderation.Kick, on: []string{"p" + strconv.Itoa(i)}}, by, reason)
			}
		}
		lists := [][]string{{"do t"}, {"oud mus"}}
		for _, words := range []string{
			"loud", "LOUD", "insult", "insult so", "insult loud", "n't", "don", "刷", "屏骂", "骂人", "骂", "刷骂", "人abc", "a-b", "-", "_7", "zebra", "zebra insult",
			"спам", "чат", "istanbul", "i̇stanbul", "STRASSE", "straße", "100%", "%", "b", "ab", "x",
		} {
			lists = append(lists, strings.Split(words, " "))
		}
		checks := func() {
			b.t.Helper()
			for _, q := range []moderation.SearchQuery{{}, {Actor: lea.User}, {Verb: moderation.Kick}, {Verb: moderation.Ban}, {Room: room.String()}, {Target: "p1"}, {Within: time.Hour}} {
				want := b.scans(q, lists)
				for i, words := range lists {
					q.Words = words
					require.Equal(b.t, want[i], b.finds(q), "%+v", q)
				}
			}
		}
		opens()
		checks() // no case is in the index
		b.holds()
		checks()
		opens() // half of them are
		checks()
		b.holds()
		reworded := b.finds(moderation.SearchQuery{Words: []string{"music"}})
		_, err := b.s.SetReason(b.ctx, b.command(), reworded[0], "quiet 刷屏 music", "", moderation.Change{}, moderation.Body{})
		b.ok(err)
		require.Equal(b.t, reworded[:1], b.finds(moderation.SearchQuery{Words: []string{"quiet"}}))
		require.Equal(b.t, reworded[1:], b.finds(moderation.SearchQuery{Words: []string{"loud", "music"}}))
		checks()
		b.clock.Add(time.Hour)
		b.erases(moderation.ErasureRequest{Target: "p1"})
		require.Empty(b.t, b.finds(moderation.SearchQuery{Words: []string{"other"}}))
		checks()
	},
	"words are compared in each block of cases of the index": func(b *bench) {
		const cases = 200
		words := map[string]func(no int64) bool{
			"every": func(int64) bool { return true }, "second": func(no int64) bool { return no%2 == 0 }, "third": func(no int64) bool { return no%3 == 0 },
			"odd": func(no int64) bool { return no%2 == 1 }, "ends": func(no int64) bool { return slices.Contains([]int64{1, 62, 63, 64, 125, 126, 127, 189, cases}, no) },
		}
		for no := int64(1); no <= cases; no++ {
			o := b.opening(asks{verb: moderation.Kick, on: []string{"a"}, asking: true})
			for _, w := range slices.Sorted(maps.Keys(words)) {
				if words[w](no) {
					o.Case.Action.Reason += w + " "
				}
			}
			c, err := b.s.OpenCase(b.ctx, b.command(), o)
			b.ok(err)
			require.Equal(b.t, no, c.No)
		}
		b.holds()
		for _, list := range []string{"every", "ends", "second", "second third", "odd second", "every ends third", "ends odd every third"} {
			f := moderation.SearchQuery{Words: strings.Split(list, " ")}
			for _, before := range []int64{0, 1, 2, 63, 64, 65, 126, 190, cases + 1} {
				want := make([]int64, 0)
				for no := int64(cases); no > 0; no-- {
					if (before == 0 || no < before) && !slices.ContainsFunc(f.Words, func(w string) bool { return !words[w](no) }) {
						want = append(want, no)
					}
				}
				found, err := b.s.SearchCaseNumbers(b.ctx, f, before)
				b.ok(err)
				require.Equal(b.t, want, append(make([]int64, 0), found...), "%s, before %d", list, before)
			}
		}
	},
	"results are counted up to a bound": func(b *bench) {
		for i := range moderation.SearchLimit + 20 {
			o := b.opening(asks{verb: moderation.Kick, on: []string{"a"}, asking: true})
			o.Case.Action.Reason = strconv.Itoa(i % 2)
			_, err := b.s.OpenCase(b.ctx, b.command(), o)
			b.ok(err)
		}
		require.Len(b.t, b.finds(moderation.SearchQuery{}), moderation.SearchLimit)
		require.Equal(b.t, int64(moderation.SearchLimit+20), b.finds(moderation.SearchQuery{})[0])
		require.Len(b.t, b.finds(moderation.SearchQuery{Target: "a", Words: []string{"1"}}), (moderation.SearchLimit+20)/2)
		_, total, err := b.s.SearchCases(b.ctx, moderation.SearchQuery{Target: "a"}, 100, 0)
		b.ok(err)
		require.Equal(b.t, 99, total)
	},
	"restrictions are returned with their case": func(b *bench) {
		mute := b.done(asks{verb: moderation.Mute, on: []string{"a", "b"}, chunk: 2, last: time.Hour})
		ban := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Minute})
		b.done(asks{verb: moderation.Unmute, on: []string{"b"}, media: []moderation.Medium{moderation.Audio}})
		on := func(f moderation.SearchQuery, skip, n int) (out []string) {
			bound, total, err := b.s.ActiveRestrictions(b.ctx, f, skip, n)
			b.ok(err)
			for _, x := range bound {
				out = append(out, x.Room.String()+"/"+x.Target+"/"+strconv.FormatInt(x.Case.No, 10)+"/"+string(x.Media[0])+strconv.Itoa(len(x.Media)))
			}
			return append(out, strconv.Itoa(total))
		}
		require.Equal(b.t, []string{"room:10006/a/1/audio2", "room:10006/b/1/video1", "2"}, on(moderation.SearchQuery{Room: room.String()}, 0, 10))
		require.Equal(b.t, []string{"room:10006/b/1/video1", "2"}, on(moderation.SearchQuery{Room: room.String()}, 1, 1))
		require.Equal(b.t, []string{"2"}, on(moderation.SearchQuery{Room: room.String()}, 7, 1))
		require.Equal(b.t, []string{"live:show1/a/2/entrance1", "room:10006/a/1/audio2", "2"}, on(moderation.SearchQuery{Target: "a"}, 0, 10))
		require.Equal(b.t, []string{"room:10006/a/1/audio2", "1"}, on(moderation.SearchQuery{Target: "a", Room: room.String()}, 0, 10))
		ofRoom, _, err := b.s.ActiveRestrictions(b.ctx, moderation.SearchQuery{Room: room.String()}, 0, 10)
		b.ok(err)
		require.Same(b.t, &ofRoom[0].Case.Action.Targets[0], &ofRoom[1].Case.Action.Targets[0], "a case of many people is read once")
		bound, _, err := b.s.ActiveRestrictions(b.ctx, moderation.SearchQuery{Target: "a"}, 0, 10)
		b.ok(err)
		require.True(b.t, bound[0].Until.Equal(ban.Until))
		require.Equal(b.t, mute.No, bound[1].Case.No)
		require.Equal(b.t, []moderation.Medium{moderation.Audio, moderation.Video}, bound[1].Media)
		b.clock.Add(2 * time.Hour)
		require.Equal(b.t, []string{"room:10006/a/1/audio2", "1"}, on(moderation.SearchQuery{Target: "a"}, 0, 10), "a mute holds until it was lifted, a ban ends by itself")
	},
	"restrictions are returned with Tencent's state": func(b *bench) {
		lags := func() (out []string) {
			bound, _, err := b.s.ActiveRestrictions(b.ctx, moderation.SearchQuery{Target: "a"}, 0, 10)
			b.ok(err)
			for _, x := range bound {
				lag := "#" + strconv.FormatInt(x.Case.No, 10) + " " + string(x.Lag)
				if x.LiftedBy != 0 {
					lag += " #" + strconv.FormatInt(x.LiftedBy, 10)
				}
				if !x.VendorUntil.IsZero() {
					lag += " " + x.VendorUntil.Sub(b.clock.Now()).String()
				}
				out = append(out, lag)
			}
			return out
		}
		later := moderation.Verdict{Outcome: moderation.Pending, Wait: time.Second}
		busy := moderation.Answer{Class: moderation.VendorRetry, Err: moderation.NewError(moderation.CodeVendorRetry)}

		mute := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour})
		require.Equal(b.t, []string{"#1 "}, lags())
		b.clock.Add(time.Hour)
		require.Equal(b.t, []string{"#1 end"}, lags(), "its end has come")
		j := b.claim(moderation.QueueLift)
		b.answers(j, b.works(j).Call, busy, later)
		b.clock.Add(time.Minute)
		require.Equal(b.t, []string{"#1 end"}, lags(), "Tencent refuses")
		j = b.claim(moderation.QueueLift)
		b.answers(j, b.works(j).Call, yes, accepted)
		require.Empty(b.t, lags())
		require.Equal(b.t, moderation.Lifted, b.caseNo(mute.No).Ended)

		ban := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour})
		_, jobs := b.extends(ban, 2*time.Hour, "a")
		require.Equal(b.t, []string{"#3 set 1h0m0s"}, lags(), "Tencent has the old end")
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, busy, later)
		require.Equal(b.t, []string{"#3 set 1h0m0s"}, lags())
		b.clock.Add(time.Second)
		b.sendsAccepted(b.claim(moderation.QueueCall))
		require.Equal(b.t, []string{"#3 "}, lags())

		_, jobs = b.opens(asks{verb: moderation.Unban, room: live, on: []string{"a"}})
		require.Equal(b.t, []string{"#3 lift #4"}, lags(), "lifted, and banned at Tencent still")
		b.sendsAccepted(jobs[0])
		require.Empty(b.t, lags())

		ban = b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour})
		_, jobs = b.undoes(ban, "a")
		require.Equal(b.t, []string{"#5 lift #6"}, lags())
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, silent, moderation.Verdict{Outcome: moderation.Unknown, Err: silent.Err})
		require.Equal(b.t, []string{"#5 lift #6"}, lags(), "it is not known")
		b.clock.Add(time.Hour)
		require.Empty(b.t, lags(), "it has ended by itself")
	},
	"a note is kept with its entry": func(b *bench) {
		b.does(moderation.Change{Note: &moderation.Note{Target: "a", By: lea, Text: "first"}})
		b.clock.Add(time.Minute)
		b.does(moderation.Change{Note: &moderation.Note{Target: "a", By: lea, Text: "second"}})
		b.does(moderation.Change{Note: &moderation.Note{Target: "b", By: lea, Text: "other"}})
		b.restart()
		notes, err := b.s.Notes(b.ctx, "a")
		b.ok(err)
		require.Len(b.t, notes, 2)
		require.Equal(b.t, "second", notes[0].Text)
		require.Equal(b.t, lea, notes[0].By)
		require.True(b.t, notes[0].At.Equal(b.clock.Now()))
		c := b.done(asks{verb: moderation.Kick, on: []string{"a", "b", "c"}, chunk: 3})
		require.Equal(b.t, 3, b.view(c.No).Notes)
		entries, err := b.s.Entries(b.ctx, 0, 0)
		b.ok(err)
		require.Equal(b.t, moderation.EntryNote, entries[0].Kind)
		require.Equal(b.t, "first", body(b.t, entries[0]).Detail)
	},
	"evidence is attached to its case, once": func(b *bench) {
		c := b.done(asks{verb: moderation.Kick, on: []string{"a"}})
		sent := b.clock.Now().Add(-time.Minute)
		e := moderation.Evidence{Case: c.No, By: lea, Author: "U9", Sent: sent, Text: "insult", Link: "https://acme.slack.com/archives/C1/p1", Note: "see the second line"}
		b.does(moderation.Change{Evidence: &e})
		b.does(moderation.Change{Evidence: &e})
		v := b.view(c.No)
		require.Len(b.t, v.Evidence, 1)
		require.Equal(b.t, lea, v.Evidence[0].By)
		require.True(b.t, v.Evidence[0].Sent.Equal(sent))
		require.Equal(b.t, "insult", v.Evidence[0].Text)
		require.Equal(b.t, "see the second line", v.Evidence[0].Note)
		require.Greater(b.t, v.Case.Version, c.Version, "the card shows it")
		last := v.Entries[len(v.Entries)-1]
		require.Equal(b.t, moderation.EntryEvidence, last.Kind)
		require.Equal(b.t, "insult", body(b.t, last).Detail)
		require.Equal(b.t, moderation.Done, v.Case.State)
		e.Case = 99
		require.ErrorIs(b.t, b.s.Finish(b.ctx, b.command(), moderation.Change{Evidence: &e}), moderation.ErrNotFound)
	},
	"links of a reason are unverified evidence": func(b *bench) {
		c := b.asksFor(asks{verb: moderation.Kick, on: []string{"a"}}, lea, "see https://x.example/a, and https://x.example/b")
		v := b.view(c.No)
		require.Len(b.t, v.Evidence, 2)
		require.Equal(b.t, "https://x.example/a", v.Evidence[0].Link)
		require.Empty(b.t, v.Evidence[0].Text)
		_, err := b.s.SetReason(b.ctx, b.command(), c.No, "it was https://x.example/c", "", moderation.Change{}, moderation.Body{Actor: &lea})
		b.ok(err)
		require.Equal(b.t, "https://x.example/c", b.view(c.No).Evidence[2].Link)
	},
	"approvers see which targets had cases before": func(b *bench) {
		b.done(asks{verb: moderation.Kick, on: []string{"a", "b"}, chunk: 2})
		b.done(asks{verb: moderation.Kick, on: []string{"a"}})
		o := b.opening(asks{verb: moderation.Kick, on: []string{"a", "b", "c"}})
		o.Case.Decision.Requirement = moderation.ApprovalRequirement{Approvals: 1, Approvers: []string{"leads"}, TTL: time.Hour}
		c, err := b.s.OpenCase(b.ctx, b.command(), o)
		b.ok(err)
		require.Equal(b.t, map[string]int{"a": 2, "b": 1}, b.view(c.No).CasesBefore)
		require.Empty(b.t, b.view(2).CasesBefore)
		cases, total, err := b.s.UnfinishedCases(b.ctx, moderation.AwaitingApproval, 5)
		b.ok(err)
		require.Equal(b.t, 1, total)
		require.Equal(b.t, c.No, cases[0].No)
		_, total, err = b.s.UnfinishedCases(b.ctx, moderation.Open, 5)
		b.ok(err)
		require.Zero(b.t, total)
	},
	"a search is kept for its pages": func(b *bench) {
		q := moderation.SavedSearch{
			Token: "q", Team: team, User: "U1", Action: moderation.Action{Verb: moderation.Search, Search: moderation.SearchQuery{Words: []string{"spam"}}},
			Results: []int64{3, 1}, At: b.clock.Now(), Expires: b.clock.Now().Add(moderation.ListLifetime),
		}
		b.does(moderation.Change{SavedSearch: &q})
		got, err := b.s.SavedSearch(b.ctx, "q")
		b.ok(err)
		require.Equal(b.t, q, got)
		b.clock.Add(moderation.ListLifetime)
		_, err = b.s.SavedSearch(b.ctx, "q")
		require.ErrorIs(b.t, err, moderation.ErrNotFound)
		_, err = b.s.Seal(b.ctx)
		b.ok(err)
	},
	"a message waits for its case": func(b *bench) {
		q := moderation.EvidenceDraft{
			Token: "m", Team: team, User: "U1", Channel: here, Author: "U9", Sent: b.clock.Now().Add(-time.Hour), Text: "insult",
			Link: "https://acme.slack.com/archives/C1/p1", Expires: b.clock.Now().Add(moderation.ListLifetime),
		}
		b.does(moderation.Change{EvidenceDraft: &q})
		got, err := b.s.EvidenceDraft(b.ctx, "m")
		b.ok(err)
		require.Equal(b.t, q, got)
		b.erases(moderation.ErasureRequest{User: "U9"})
		_, err = b.s.EvidenceDraft(b.ctx, "m")
		require.ErrorIs(b.t, err, moderation.ErrNotFound)
		q.Token = "n"
		b.does(moderation.Change{EvidenceDraft: &q})
		b.clock.Add(moderation.ListLifetime)
		_, err = b.s.EvidenceDraft(b.ctx, "n")
		require.ErrorIs(b.t, err, moderation.ErrNotFound)
	},
	"late lifts are returned with the last answer": func(b *bench) {
		b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Minute})
		b.done(asks{verb: moderation.Mute, on: []string{"b"}, last: time.Hour})
		late, total, err := b.s.OverdueLifts(b.ctx, 5)
		b.ok(err)
		require.Zero(b.t, total)
		require.Empty(b.t, late)
		b.clock.Add(time.Minute)
		j, began := b.lifts()
		refused := moderation.Verdict{Outcome: moderation.Pending, Err: no.Err, Wait: time.Second}
		b.answers(j, began.Call, no, refused)
		b.clock.Add(time.Second)
		late, total, err = b.s.OverdueLifts(b.ctx, 5)
		b.ok(err)
		require.Equal(b.t, 1, total)
		require.Equal(b.t, "a", late[0].Target)
		require.Equal(b.t, room, late[0].Room)
		require.Equal(b.t, "InvalidParameter", late[0].Last.Code)
		require.Equal(b.t, "req-2", late[0].Last.RequestID)
		require.True(b.t, late[0].Due.Equal(b.clock.Now().Add(-time.Second)))
	},
}
