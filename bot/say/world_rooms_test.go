package say

import (
	"fmt"
	"time"

	"bouncer/commands"
	"bouncer/moderation"
)

// inRooms is an action in n rooms, of the kinds in turn.
func (w world) inRooms(v moderation.Verb, n int, d time.Duration, kinds ...moderation.Kind) moderation.Action {
	a := w.action(v, kinds[0], d)
	for i := range n - 1 {
		r := moderation.Room{Kind: kinds[(i+1)%len(kinds)], ID: fmt.Sprint(w.room, i+2)}
		if i%2 == 1 {
			r.Name = fmt.Sprint(w.roomName, i+2)
		}
		if r.Kind == moderation.KindChat {
			r.ID = "@TGS#" + r.ID
		}
		a.MoreRooms = append(a.MoreRooms, r)
	}
	return a
}

// viewOf makes a case with a target for each room and person; outcome is that of row i.
func (w world) viewOf(no int64, a moderation.Action, state moderation.State, outcome func(i int) moderation.Target) moderation.CaseView {
	v := w.view(no, a, state, w.accepted)
	v.Targets, v.Case.Counts = nil, map[moderation.Outcome]int{}
	for r, room := range a.Rooms() {
		for _, id := range a.TargetRows() {
			t := outcome(len(v.Targets))
			t.Seq, t.Chunk, t.Room, t.ID = len(v.Targets)+1, r+1, moderation.Room{Kind: room.Kind, ID: room.ID}, id
			v.Targets = append(v.Targets, t)
			v.Case.Counts[t.Outcome]++
		}
	}
	return v
}

// logRooms adds entries and calls to a case in several rooms, one call a room.
func (w world) logRooms(v *moderation.CaseView) {
	w.log(v)
	for i, e := range v.Entries {
		t := read(*v, []moderation.Entry{e})[0]
		if b := t.body; b.Chunk > 0 {
			b.Room = v.Case.Action.Rooms()[b.Chunk-1].String()
			v.Entries[i].Body = b.JSON()
		}
	}
}

func (w world) pending(int) moderation.Target {
	return moderation.Target{Outcome: moderation.Pending}
}

// roomsDone is a ban of two people in a Live room and its chat group.
func (w world) roomsDone() moderation.CaseView {
	w.targets = max(w.targets, 2)
	v := w.viewOf(440, w.inRooms(moderation.Ban, 2, time.Hour, moderation.KindLive, moderation.KindChat), moderation.Done, w.accepted)
	v.Undoable = len(v.Targets)
	v.Related = []moderation.Related{{No: 444, Rel: moderation.RelUndo, State: moderation.AwaitingApproval, Targets: 1, Rooms: 2}}
	w.logRooms(&v)
	return v
}

// roomsPartly is the same in four rooms: one has it differently for one person, two do not exist.
func (w world) roomsPartly() moderation.CaseView {
	w.targets = max(w.targets, 2)
	v := w.viewOf(441, w.inRooms(moderation.Ban, 4, time.Hour, moderation.KindLive, moderation.KindChat), moderation.Done, func(i int) moderation.Target {
		t := w.accepted(i)
		switch room := i / w.targets; {
		case i == w.targets+1:
			t = moderation.Target{Outcome: moderation.Unknown, Code: moderation.CodeVendorNoAnswer, Values: map[string]string{"request": w.reqID}}
		case room > 1:
			t = w.failed(i)
			t.Values["room"] = fmt.Sprint("live:", w.room, room)
		}
		return t
	})
	w.logRooms(&v)
	return v
}

// roomsWaiting is a ban in many rooms that waits for approval.
func (w world) roomsWaiting(n int) moderation.CaseView {
	w.targets = max(w.targets, 2)
	v := w.viewOf(442, w.inRooms(moderation.Ban, n, 30*24*time.Hour, moderation.KindLive, moderation.KindChat), moderation.AwaitingApproval, w.pending)
	v.Case.Decision.Requirement = w.need(moderation.RequireForPeople, "most", "5", "got", "8")
	ids := v.Case.Action.Targets
	info := moderation.RoomInfo{At: asked, People: 214, Owner: "host1", Title: w.note, Created: asked.Add(-time.Hour)}
	for i := range n - 1 {
		info.More = append(info.More, []moderation.RoomInfo{
			{People: 30, Owner: ids[1]}, {Gone: true}, {People: -1, Failed: moderation.CodeVendorNoAnswer}, {People: 7, Title: w.note},
		}[i%4])
	}
	v.Case.Approval = moderation.ApprovalRequest{
		State: moderation.ApprovalWaiting, Requirement: v.Case.Decision.Requirement, Expires: asked.Add(10 * time.Minute), RoomInfo: info,
	}
	v.CasesBefore = map[string]int{ids[0]: 3}
	return v
}

// roomsFrozen are three rooms of which one was not frozen.
func (w world) roomsFrozen() moderation.CaseView {
	v := w.viewOf(443, w.inRooms(moderation.Freeze, 3, time.Hour, moderation.KindLive, moderation.KindChat), moderation.Done, func(i int) moderation.Target {
		if i == 1 {
			t := w.failed(i)
			delete(t.Values, "room")
			return t
		}
		return w.accepted(i)
	})
	w.logRooms(&v)
	return v
}

// roomsUndo takes back another case; an older one restricts one person in both rooms.
func (w world) roomsUndo() moderation.CaseView {
	w.targets = max(w.targets, 2)
	a := w.inRooms(moderation.Unban, 2, 0, moderation.KindLive, moderation.KindChat)
	a.RelatedCase, a.Relation = 440, moderation.RelUndo
	v := w.viewOf(444, a, moderation.AwaitingApproval, w.pending)
	v.Restored = []moderation.StillRestricted{{Case: 9, Target: w.ids()[0], Room: a.Room}, {Case: 9, Target: w.ids()[0], Room: a.MoreRooms[0]}}
	v.Case.Approval = moderation.ApprovalRequest{State: moderation.ApprovalWaiting, Requirement: w.need(moderation.RequireForLifting, "case", "440"), Expires: asked.Add(10 * time.Minute)}
	return v
}

// roomsLeft are people removed from three rooms. Tencent lists one of these.
func (w world) roomsLeft() moderation.CaseView {
	w.targets = max(w.targets, 2)
	a := w.inRooms(moderation.Kick, 3, 0, moderation.KindRoom, moderation.KindChat, moderation.KindStrRoom)
	return w.viewOf(445, a, moderation.Done, func(i int) moderation.Target {
		t := w.accepted(i)
		if i/w.targets == 1 {
			t.Inside = moderation.InsideNo
		}
		return t
	})
}

// roomsRunning is a case in many rooms that can be stopped.
func (w world) roomsRunning() moderation.CaseView {
	w.targets = max(w.targets, 12)
	return w.viewOf(446, w.inRooms(moderation.Ban, 3, time.Hour, moderation.KindLive, moderation.KindChat), moderation.Open, func(i int) moderation.Target {
		if i < w.targets {
			return w.accepted(i)
		}
		return w.pending(i)
	})
}

// inSeveralRooms are the messages about cases in several rooms.
func (w world) inSeveralRooms(s *Speaker, lang Lang) map[string]Message {
	done, partly, frozen, running := w.roomsDone(), w.roomsPartly(), w.roomsFrozen(), w.roomsRunning()
	out := map[string]Message{
		"golden.rooms-done": s.Card(done), "golden.rooms-partly": s.Card(partly), "golden.rooms-waiting": s.Card(w.roomsWaiting(5)), "golden.rooms-waiting-2": s.Card(w.roomsWaiting(2)), "rooms-waiting-20": s.Card(w.roomsWaiting(20)),
		"golden.rooms-frozen": s.Card(frozen), "golden.rooms-undo": s.Card(w.roomsUndo()), "golden.rooms-kicked": s.Card(w.roomsLeft()), "golden.rooms-running": s.Card(running),
		"golden.rooms-thread": s.Thread(partly, partly.Entries), "golden.rooms-why": s.Why(partly, nil, lang), "golden.rooms-answer": s.CaseAnswer(partly, lang, w.link),
		"golden.rooms-cards": s.CardList([]moderation.CaseView{done, partly, w.roomsWaiting(5), frozen, running}),
		"rooms-shown":        s.ShowCase(partly, lang),
	}
	life := w.roomsLife(frozen)
	out["golden.rooms-life"] = s.Thread(life, life.Entries)
	life = w.roomsLife(done)
	out["golden.rooms-life-people"] = s.Thread(life, life.Entries)
	var items []LineItem
	for _, v := range []moderation.CaseView{done, partly, w.roomsWaiting(20), frozen, running} {
		items = append(items, LineItem{Subject: &v.Case, Head: "9f3a61c0ffff", Permalink: w.link})
	}
	a := partly.Case.Action
	items = append(items, LineItem{Kind: moderation.EntryOverdue, At: asked, Body: moderation.Body{Action: &a, Room: a.MoreRooms[1].String(), Targets: a.Targets}},
		LineItem{Kind: moderation.EntryOverdue, At: asked, Body: moderation.Body{Action: &a, Targets: a.Targets}})
	for i, m := range s.AuditLines(items, 0, byToken) {
		out[fmt.Sprintf("golden.rooms-lines-%d", i)] = m.Message
	}
	for i, v := range []moderation.CaseView{w.roomsWaiting(20), w.roomsUndo()} {
		for j, m := range s.People(v) {
			out[fmt.Sprintf("rooms-people-%d-%d", i, j)] = m
		}
	}
	found := SearchResults{SavedSearch: w.savedSearch(moderation.Search, 2), Cases: []moderation.Case{partly.Case, frozen.Case}}
	out["golden.rooms-found"] = s.SearchResults(found, lang)
	ids := w.ids()
	dry := DryRun{Action: w.inRooms(moderation.Ban, 5, time.Hour, moderation.KindLive, moderation.KindChat), Decision: moderation.Decision{Rule: w.rule}, Facts: inBoth(ids[0]), API: "live.ban_member, chat.ban_group_member", Calls: 5}
	out["rooms-status"] = s.Status(Status{Unfinished: map[moderation.State][]moderation.Case{moderation.Open: {running.Case}}}, lang)
	out["golden.rooms-dry"] = s.DryRun(dry, lang)
	return out
}

// inBoth are restrictions of one person in two rooms.
func inBoth(id string) moderation.Facts {
	return moderation.Facts{Existing: []moderation.ExistingRestriction{
		{Target: id, Room: moderation.Room{Kind: moderation.KindLive, ID: "show1"}, Medium: moderation.RoomEntry, Case: 7},
		{Target: id, Room: moderation.Room{Kind: moderation.KindChat, ID: "@TGS#show12"}, Medium: moderation.RoomEntry, Case: 8},
	}}
}

// roomsLife adds entries about one room each to a case.
func (w world) roomsLife(v moderation.CaseView) moderation.CaseView {
	v.Entries = nil
	a, mei := v.Case.Action, w.actor()
	second := a.MoreRooms[0].String()
	for i, e := range []struct {
		kind moderation.EntryKind
		body moderation.Body
	}{
		{moderation.EntryDropped, moderation.Body{Code: moderation.CodeRightLost}},
		{moderation.EntryDropped, moderation.Body{Code: moderation.CodeVendorRoomGone, Room: second}},
		{moderation.EntryLifted, moderation.Body{Outcome: "lifted", Room: second}},
		{moderation.EntryOverdue, moderation.Body{Room: second}},
		{moderation.EntryReported, moderation.Body{Outcome: moderation.ReportedAsAsked, Count: 2, Until: asked, Room: second}},
		{moderation.EntryReported, moderation.Body{Outcome: moderation.ReportedOther, Until: asked, Room: second}},
		{moderation.EntryReported, moderation.Body{Code: moderation.CodeVendorReadFailed, Chunk: 2}},
		{moderation.EntryStopped, moderation.Body{Actor: &mei, Count: 1, Detail: commands.StepStop}},
		{moderation.EntryStopped, moderation.Body{Actor: &mei, Count: 2, Detail: w.reason}},
		{moderation.EntryAnswer, moderation.Body{API: "live.ban_member", Chunk: 2, Attempt: 1, Outcome: "accepted", TookMS: 70, Room: second}},
		{moderation.EntryDone, moderation.Body{Counts: v.Case.Counts}},
	} {
		if e.kind != moderation.EntryStopped && e.kind != moderation.EntryDone {
			e.body.Targets = a.Targets
		}
		e.body.Values = map[string]string{}
		v.Entries = append(v.Entries, moderation.Entry{ID: int64(i + 1), At: asked, Kind: e.kind, Body: e.body.JSON()})
	}
	return v
}

// roomModals are the views about cases in several rooms.
func (w world) roomModals(s *Speaker, lang Lang, meta string) map[string]Modal {
	done := w.roomsDone()
	return map[string]Modal{
		"golden.modal-rooms-approve": s.StepModal(commands.StepApprove, w.roomsWaiting(5), lang, meta), "modal-rooms-20": s.StepModal(commands.StepOverride, w.roomsWaiting(20), lang, meta),
		"modal-rooms-freeze":      s.StepModal(commands.StepApprove, w.roomsFrozen(), lang, meta),
		"golden.modal-rooms-undo": s.UndoModal(done, done.Targets[1:], lang, meta), "modal-rooms-undo-all": s.UndoModal(done, done.Targets, lang, meta),
		"modal-rooms-evidence": s.EvidenceModal(w.reason, w.link, []moderation.Case{done.Case}, lang, meta),
	}
}
