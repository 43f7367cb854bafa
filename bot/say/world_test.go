package say

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"bouncer/commands"
	"bouncer/moderation"
)

// world is what the outside puts into messages.
type world struct {
	reason, name, room, roomName, user, typed, vendor, code, reqID, rule, note string
	targets                                                                    int
	crowd                                                                      int // approvers, votes, pieces of evidence and cases that belong to one
	link                                                                       string
	// made keeps the views of a world that many messages are made of; nil makes
	// each anew.
	made map[string]moderation.CaseView
}

// once makes a view, or returns the one that was made before.
func (w world) once(name string, view func() moderation.CaseView) moderation.CaseView {
	key := fmt.Sprint(name, w.targets)
	v, ok := w.made[key]
	if !ok {
		v = view()
		v.Entries, v.Calls, v.Targets = slices.Clip(v.Entries), slices.Clip(v.Calls), slices.Clip(v.Targets)
		if w.made != nil {
			w.made[key] = v
		}
	}
	return v
}

func calm() world {
	return world{
		reason: "hate · called the host slurs", name: "Mei Lin", room: "show1", roomName: "gala", user: "troll",
		typed: "ban gala troll7 24h hate called the host slurs", vendor: "room not exist", code: "FailedOperation.RoomNotExist",
		reqID: "Id-8c98-O-Seq-52720", rule: "mods-short", note: "anchor", targets: 1,
		link: "https://acme.slack.com/archives/C0LIVE/p1763816371842000",
	}
}

var asked = time.Date(2026, 11, 22, 12, 59, 31, 842e6, time.UTC)

const opaque = "0123456789abcdef0123456789abcdef"

func (w world) ids() []string {
	ids := make([]string, w.targets)
	for i := range ids {
		ids[i] = fmt.Sprintf("%s%d", w.user, i+7)
	}
	return ids
}

func (w world) actor() moderation.Actor {
	return moderation.Actor{
		Kind: moderation.ActorPerson, Team: "T0ACME", User: "U07MEI", Name: w.name,
		Roles: []string{"moderator"}, Via: []string{"S1MODS"}, ReadAt: asked.Add(-14 * time.Second), Locale: "en-US",
	}
}

func (w world) action(v moderation.Verb, k moderation.Kind, d time.Duration) moderation.Action {
	a := moderation.Action{Verb: v, Room: moderation.Room{Kind: k, ID: w.room, Name: w.roomName}, Duration: d, Reason: w.reason}
	if spec, _ := v.Spec(); spec.Takes.Users {
		a.Targets = w.ids()
	}
	return a
}

// view makes a case: outcome says what became of target i.
func (w world) view(no int64, a moderation.Action, state moderation.State, outcome func(i int) moderation.Target) moderation.CaseView {
	v := moderation.CaseView{Case: moderation.Case{
		No: no, Token: opaque, App: 1400188366, Team: "T0ACME", Action: a, Actor: w.actor(), State: state, Typed: w.typed,
		Origin:   moderation.Origin{Channel: "C0LIVE", Envelope: "e-1", Source: "command", Bot: "0.3.1"},
		Decision: moderation.Decision{Allowed: true, Rule: w.rule, Policy: "5be1c0912345"},
		AskedAt:  asked, OpenAt: asked.Add(3 * time.Millisecond), Counts: map[moderation.Outcome]int{}, Card: moderation.Posted{Channel: "C0LIVE", TS: "1.2"},
	}, GroupHandles: map[string]string{"S1MODS": "mods"}}
	if a.Duration > 0 {
		v.Case.Until = asked.Add(a.Duration)
	}
	if state == moderation.Done {
		v.Case.DoneAt = asked.Add(215 * time.Millisecond)
	}
	for i, id := range a.TargetRows() {
		t := outcome(i)
		t.Seq, t.ID, t.Chunk = i+1, id, i/10+1
		v.Targets = append(v.Targets, t)
		v.Case.Counts[t.Outcome]++
	}
	return v
}

func (w world) accepted(int) moderation.Target {
	return moderation.Target{Outcome: moderation.Accepted}
}

func (w world) failed(int) moderation.Target {
	return moderation.Target{Outcome: moderation.Failed, Code: moderation.CodeVendorRoomGone, Values: map[string]string{
		"code": w.code, "message": w.vendor, "request": w.reqID, "room": "room:99"}}
}

func (w world) mixed(i int) moderation.Target {
	switch i % 7 {
	case 1:
		return w.failed(i)
	case 2:
		return moderation.Target{Outcome: moderation.Unknown, Code: moderation.CodeEventOld, Values: map[string]string{"code": w.code, "request": w.reqID}}
	case 3:
		return moderation.Target{Outcome: moderation.Superseded, Code: moderation.CodeSuperseded, Values: map[string]string{"case": "431"}}
	case 4:
		return moderation.Target{Outcome: moderation.Dropped, Code: moderation.CodeRightLost}
	case 5:
		return moderation.Target{Outcome: moderation.Failed, Code: moderation.CodeVendorConfig, Values: map[string]string{"code": "70009", "hint": "chat-key", "message": w.vendor}}
	}
	return moderation.Target{Outcome: moderation.Accepted}
}

// log adds entries and calls to a case, one call per chunk.
func (w world) log(v *moderation.CaseView) {
	id := int64(1930)
	put := func(kind moderation.EntryKind, at time.Time, b moderation.Body) {
		id++
		v.Entries = append(v.Entries, moderation.Entry{ID: id, Number: id, Hash: fmt.Sprintf("9f3a61c0%08x", id), Case: v.Case.No, Kind: kind, At: at, Body: b.JSON()})
	}
	actor, a := v.Case.Actor, v.Case.Action
	put(moderation.EntryOpened, asked, moderation.Body{Actor: &actor, Typed: v.Case.Typed, Action: &a, Rule: w.rule, Policy: "5be1c0912345", Origin: &v.Case.Origin})
	done := map[int]bool{}
	for _, t := range v.Targets {
		if done[t.Chunk] || t.Outcome == moderation.Pending {
			continue
		}
		done[t.Chunk] = true
		at := asked.Add(time.Duration(t.Chunk) * 5 * time.Millisecond)
		request, err := json.Marshal(map[string]any{"RoomId": w.room, "MemberList_Account": []string{t.ID}, "Duration": 86399, "Reason": "case " + fmt.Sprint(v.Case.No)})
		if err != nil {
			panic(err)
		}
		class, vendor := moderation.VendorAccepted, &moderation.VendorResponse{RequestID: w.reqID}
		if t.Outcome == moderation.Failed {
			class, vendor = moderation.VendorGone, &moderation.VendorResponse{RequestID: w.reqID, Code: w.code, Message: w.vendor}
		}
		put(moderation.EntryCall, at, moderation.Body{Purpose: moderation.PurposeAct, API: "live.ban_member", Chunk: t.Chunk, Attempt: 1, Request: request, Targets: []string{t.ID}})
		v.Calls = append(v.Calls, moderation.Call{Case: v.Case.No, Chunk: t.Chunk, Attempt: 1, Purpose: moderation.PurposeAct, API: "live.ban_member", Request: string(request),
			At: at, Answered: at.Add(212 * time.Millisecond), Outcome: class, Code: vendor.Code, Message: vendor.Message, RequestID: vendor.RequestID, Entry: id})
		put(moderation.EntryAnswer, at.Add(212*time.Millisecond), moderation.Body{Purpose: moderation.PurposeAct, API: "live.ban_member", Chunk: t.Chunk, Attempt: 1, Outcome: string(class), Vendor: vendor, TookMS: 212})
	}
	if v.Case.State == moderation.Done {
		put(moderation.EntryDone, asked.Add(218*time.Millisecond), moderation.Body{Outcome: string(moderation.OverallOutcome(v.Case.Counts)), Counts: v.Case.Counts})
	}
}

func (w world) done() moderation.CaseView { return w.once("done", w.makeDone) }

func (w world) makeDone() moderation.CaseView {
	v := w.view(412, w.action(moderation.Ban, moderation.KindLive, 24*time.Hour), moderation.Done, w.accepted)
	v.Case.Until = asked.Add(24 * time.Hour)
	v.Earlier = moderation.EarlierCases{Cases: 2, LastNo: 377, LastVerb: moderation.Silence, LastFor: 10 * time.Minute, LastAt: asked.Add(-3 * 24 * time.Hour)}
	w.log(&v)
	return v
}

func (w world) open() moderation.CaseView {
	return w.view(413, w.action(moderation.Mute, moderation.KindStrRoom, time.Hour), moderation.Open, func(int) moderation.Target {
		return moderation.Target{Outcome: moderation.Pending}
	})
}

func (w world) asking() moderation.CaseView {
	v := w.open()
	v.Case.No, v.Case.State, v.Case.Until = 415, moderation.AwaitingConfirmation, time.Time{}
	return v
}

func (w world) partly() moderation.CaseView { return w.once("partly", w.makePartly) }

func (w world) makePartly() moderation.CaseView {
	w.targets = max(w.targets, 40)
	v := w.view(414, w.action(moderation.Kick, moderation.KindRoom, 0), moderation.Done, w.mixed)
	w.log(&v)
	return v
}

// stopped is a case that was stopped while it ran.
func (w world) stopped() moderation.CaseView { return w.once("stopped", w.makeStopped) }

func (w world) makeStopped() moderation.CaseView {
	w.targets = max(w.targets, 40)
	v := w.view(417, w.action(moderation.Kick, moderation.KindRoom, 0), moderation.Done, func(i int) moderation.Target {
		if i < 20 {
			return w.accepted(i)
		}
		return moderation.Target{Outcome: moderation.Dropped, Code: moderation.CodeStopped, Values: map[string]string{"by": w.name}}
	})
	w.log(&v)
	return v
}

func (w world) unknownRoom() moderation.CaseView { return w.once("unknownRoom", w.makeUnknownRoom) }

func (w world) makeUnknownRoom() moderation.CaseView {
	a := w.action(moderation.Close, moderation.KindRoom, 0)
	v := w.view(416, a, moderation.Done, func(int) moderation.Target {
		return moderation.Target{Outcome: moderation.Unknown, Code: moderation.CodeVendorNoAnswer, Values: map[string]string{"request": w.reqID}}
	})
	w.log(&v)
	return v
}

func (w world) lifted() moderation.CaseView { return w.once("lifted", w.makeLifted) }

func (w world) makeLifted() moderation.CaseView {
	v := w.view(417, w.action(moderation.Mute, moderation.KindRoom, 30*time.Minute), moderation.Done, w.accepted)
	v.Case.Action.Media = []moderation.Medium{moderation.Audio}
	v.Case.Ended, v.Case.EndedAt = "lifted", asked.Add(30*time.Minute)
	w.log(&v)
	body := moderation.Body{Outcome: "lifted", Targets: v.Case.Action.Targets}
	v.Entries = append(v.Entries, moderation.Entry{ID: 1990, Number: 1990, Hash: "abcdef0123", Kind: moderation.EntryLifted, At: v.Case.EndedAt, Body: body.JSON()})
	return v
}

func (w world) list(rows int, verb moderation.Verb) moderation.List {
	l := moderation.List{Token: opaque, Action: moderation.Action{Verb: verb, Room: moderation.Room{Kind: moderation.KindLive, ID: w.room, Name: w.roomName}}, At: asked}
	for i := range rows {
		r := moderation.ReadingRow{ID: fmt.Sprintf("%s%d", w.user, i), Note: w.note}
		if verb != moderation.Who {
			r.Until = asked.Add(time.Duration(i) * time.Hour)
		}
		l.Reading.Rows = append(l.Reading.Rows, r)
	}
	l.Reading.Total = rows
	return l
}

// offers are commands that do what they say.
func offers(texts ...string) []commands.Offer {
	out := make([]commands.Offer, len(texts))
	for i, text := range texts {
		out[i] = commands.Offer{Command: text}
	}
	return out
}

func (w world) mistakes() map[string]*commands.Mistake {
	out := map[string]*commands.Mistake{
		"kik": {Code: commands.CodeVerbUnknown, Text: "kik" + w.user, Offers: offers("kick room:1234 test1")},
		"dash": {Code: commands.CodeUserCharacter, Text: w.user, Verb: moderation.Ban, Offers: offers("ban live:show1 a-b 1h "+w.reason, "ban live:show1 a--b 1h "+w.reason),
			Values: map[string]string{"user": w.user, "at": "2", "char": "–", "point": "U+2013", "class": "en-dash"}},
		"nokick": {Code: commands.CodeNoKickInLive, Verb: moderation.Kick, Offers: offers("ban live:test troll7 10m"),
			Values: map[string]string{"verb": "kick", "room": "live:" + w.room, "kind": "live", "instead": "ban"}},
		"number": {Code: commands.CodeNumberBare, Text: "30", Values: map[string]string{"number": "30"}},
	}
	for _, c := range commands.Codes() {
		out["code-"+string(c)] = &commands.Mistake{Code: c, Text: w.user, Values: map[string]string{"room": w.room, "user": w.user, "most": "32", "got": "40"}, Offers: offers(w.typed)}
	}
	return out
}

func (w world) lines(n int) []LineItem {
	actor := w.actor()
	act := w.action(moderation.Ban, moderation.KindLive, time.Hour)
	views := []moderation.CaseView{w.done(), w.partly(), w.unknownRoom(), w.lifted()}
	var items []LineItem
	for i := range n {
		v := views[i%len(views)]
		v.Case.No = int64(412 + i)
		items = append(items, LineItem{Subject: &v.Case, Head: "9f3a61c0ffff", Permalink: w.link})
	}
	body := moderation.Body{Actor: &actor, Action: &act, Refusal: 214, Origin: &moderation.Origin{Channel: "C0LIVE"}, Detail: w.vendor, Count: 12,
		Values: map[string]string{"code": w.code, "case": "412", "channel": w.room}, Targets: act.Targets, Database: w.room}
	for _, k := range []moderation.EntryKind{moderation.EntryRefused, moderation.EntryFolded, moderation.EntryOverdue, moderation.EntryStart, moderation.EntryRead, moderation.EntryNotice, moderation.EntryDropped} {
		b := body
		if k == moderation.EntryRefused {
			b.Typed = w.typed
			b.Code = moderation.RefuseExternalPerson
		}
		items = append(items, LineItem{Kind: k, Body: b, Count: 3, At: asked, Head: "9f3a61c0ffff"})
	}
	body.Code = "notice-undecodable"
	items = append(items, LineItem{Kind: moderation.EntryNotice, Body: body, At: asked, Head: "9f3a61c0ffff"})
	return items
}

// messages makes every message there is. Those whose names begin with "golden."
// are written down in testdata.
func (w world) messages(s *Speaker, lang Lang) map[string]Message {
	done, partly := w.done(), w.partly()
	rooms, manyGroups := map[string]moderation.Room{}, map[string][]moderation.Room{}
	for i := range 40 {
		room := moderation.Room{Kind: moderation.KindLive, ID: w.room, Name: w.roomName}
		rooms[fmt.Sprintf("%s%d", w.roomName, i)] = room
		manyGroups[fmt.Sprintf("%s-all%d", w.roomName, i)] = slices.Repeat([]moderation.Room{room}, moderation.MaxRooms)
	}
	again := w.asking()
	system := moderation.Actor{Kind: moderation.ActorSystem}
	person := w.actor()
	extra := []moderation.Entry{
		{ID: 1, At: asked, Kind: moderation.EntryConfirmation, Body: moderation.Body{Actor: &system, Code: moderation.CodeTooLate, Detail: "asked again"}.JSON()},
		{ID: 2, At: asked, Kind: moderation.EntryConfirmation, Body: moderation.Body{Actor: &person, Detail: "run"}.JSON()},
		{ID: 3, At: asked, Kind: moderation.EntryDropped, Body: moderation.Body{Targets: partly.Case.Action.Targets, Code: moderation.CodeRightLost}.JSON()},
		{ID: 4, At: asked, Kind: moderation.EntryOverdue, Body: moderation.Body{Targets: done.Case.Action.Targets, Code: moderation.CodeVendorRetry, Values: map[string]string{"code": w.code, "request": w.reqID}}.JSON()},
		{ID: 5, At: asked, Kind: moderation.EntryNotice, Body: moderation.Body{Detail: w.vendor}.JSON()},
		{ID: 6, At: asked, Kind: moderation.EntryCall, Body: moderation.Body{API: "trtc.SetUserBlocked", Purpose: moderation.PurposeLift, Chunk: 1, Attempt: 2, Request: json.RawMessage(`{"IsMute":0}`)}.JSON()},
		{ID: 7, At: asked, Kind: moderation.EntryAnswer, Body: moderation.Body{API: "trtc.RemoveUser", Purpose: moderation.PurposeAct, Chunk: 3, Attempt: 1, Outcome: "silent", TookMS: 5000}.JSON()},
		{ID: 8, At: asked, Kind: "future", Body: json.RawMessage(`"` + "not an object" + `"`)},
	}
	out := map[string]Message{
		"golden.card-done": s.Card(done), "golden.card-running": s.Card(w.open()), "golden.card-asking": s.Card(again),
		"golden.card-partly": s.Card(partly), "golden.card-stopped": s.Card(w.stopped()), "golden.card-unknown": s.Card(w.unknownRoom()), "golden.card-lifted": s.Card(w.lifted()),
		"golden.cards-folded": s.CardList([]moderation.CaseView{done, partly, again, w.open(), w.unknownRoom()}),
		"golden.thread-done":  s.Thread(done, done.Entries), "golden.thread-partly": s.Thread(partly, partly.Entries),
		"golden.thread-odd":     s.Thread(done, extra),
		"golden.threads-folded": s.ThreadList([]ThreadItem{{done, done.Entries}, {w.lifted(), w.lifted().Entries}}),
		"golden.answer-asked":   s.CaseAnswer(w.open(), lang, ""), "golden.answer-done": s.CaseAnswer(done, lang, w.link),
		"golden.answer-partly":    s.CaseAnswer(partly, lang, w.link),
		"golden.answer-elsewhere": s.CardElsewhere(done, lang, w.link, ""), "golden.answer-moved": s.CardElsewhere(done, lang, w.link, "not_in_channel"), "answer-moved-odd": s.CardElsewhere(done, lang, "", w.code),
		"golden.case-shown": s.ShowCase(partly, lang),
		"golden.list-first": s.ListPage(w.list(45, moderation.Bans), 0, lang), "golden.list-who": s.ListPage(w.list(23, moderation.Who), 1, lang),
		"golden.list-empty": s.ListPage(w.list(0, moderation.Silenced), 0, lang),
		"golden.rooms": s.RoomsList(map[string]moderation.Room{w.roomName: {Kind: moderation.KindLive, ID: w.room}},
			map[string][]moderation.Room{w.roomName + "-all": {{Kind: moderation.KindLive, ID: w.room, Name: w.roomName}, {Kind: moderation.KindChat, ID: "@TGS#abc"}}}, lang),
		"golden.rooms-none": s.RoomsList(nil, nil, lang), "rooms-many": s.RoomsList(rooms, manyGroups, lang),
		"golden.help":      s.Help("", lang),
		"golden.help-ban":  s.Help(moderation.Ban, lang),
		"golden.gone-case": s.Fixed(NotFoundCase, lang, 999), "golden.gone-draft": s.Fixed(DraftExpired, lang), "golden.used-draft": s.Fixed(DraftUsed, lang, 412),
		"golden.gone-list": s.Fixed(ListExpired, lang), "golden.csv-sent": s.Fixed(CSVSent, lang), "golden.csv-failed": s.Fixed(CSVFailed, lang),
		"golden.not-kept": s.Fixed(NotStored, lang), "golden.trouble": s.Refusal(nil, lang),
		"golden.stale-done": s.Stale(done, lang), "golden.stale-open": s.Stale(w.open(), lang), "golden.stale-asking": s.Stale(again, lang),
		"golden.report-open": s.Report(w.report(moderation.ReportOpen), lang), "golden.report-taken": s.Report(w.report(moderation.ReportTaken), lang),
		"golden.report-decided": s.Report(w.report(moderation.ReportDecided), lang), "golden.report-dismissed": s.Report(w.report(moderation.ReportDismissed), lang),
		"golden.report-reminder": s.ReportReminder([]moderation.Report{w.report(moderation.ReportOpen).Report}, 3, func(moderation.Posted) string { return w.link }),
		"golden.report-list":     s.ReportList(w.reports(4)), "report-list-most": s.ReportList(w.crowdedReports()),
		"report-answer":  s.ReportAnswer(w.report(moderation.ReportDecided).Report, lang),
		"thread-nothing": s.Thread(done, nil), "card-bare": s.Card(moderation.CaseView{}),
	}
	maps.Copy(out, w.records(s, lang))
	maps.Copy(out, w.files(s, lang))
	maps.Copy(out, w.inSeveralRooms(s, lang))
	maps.Copy(out, w.rightsAndReasons(lang))
	for name, m := range w.mistakes() {
		prefix := "golden.mistake-"
		if len(name) > 5 && name[:5] == "code-" {
			prefix = "mistake-"
		}
		tokens := make([]string, len(m.Offers))
		for i := range tokens {
			tokens[i] = opaque
		}
		out[prefix+name] = s.Mistake(m, lang, tokens)
	}
	for name, m := range w.reviewMessages(s, lang) {
		out[name] = m
	}
	for i, m := range s.AuditLines(w.lines(4), 0, byToken) {
		out[fmt.Sprintf("golden.lines-%d", i)] = m.Message
	}
	for name, m := range w.life(s, lang) {
		out[name] = m
	}
	for i, m := range s.AuditLines(w.lines(143), 0, byToken) {
		out[fmt.Sprintf("lines-many-%d", i)] = m.Message
	}
	for i, m := range s.AuditLines(w.lines(18), 0, byToken) {
		out[fmt.Sprintf("lines-some-%d", i)] = m.Message
	}
	for _, c := range []moderation.Code{moderation.RefuseNoRule, moderation.RefuseExternalChannel, moderation.RefuseUnknownPerson, moderation.RefuseTooLong, moderation.CodeVendorRoomGone, moderation.CodeVendorConfig} {
		out["golden.refusal-"+string(c)] = s.Refusal(moderation.NewError(c, "verb", "ban", "detail", "users.info answers 500", "most", "24h", "room", "room:99", "code", w.code, "request", w.reqID, "hint", "cloud-key", "why", "refuse-guest"), lang)
	}
	many := make([]moderation.CaseView, CardsInList+5)
	items := make([]ThreadItem, 15)
	for i := range many {
		many[i] = []moderation.CaseView{partly, again, done}[i%3]
		if i < len(items) {
			items[i] = ThreadItem{many[i], many[i].Entries}
		}
	}
	out["cards-many"], out["threads-many"] = s.CardList(many), s.ThreadList(items)
	return out
}
