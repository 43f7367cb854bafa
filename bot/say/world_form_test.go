package say

import (
	"strings"
	"time"

	"bouncer/commands"
	"bouncer/moderation"
)

// forms is the form for each verb, empty and full.
func (w world) forms(s *Speaker, lang Lang) map[string]Modal {
	meta := commands.Metadata(commands.Step{Kind: commands.StepForm, ID: opaque, Step: commands.StepSend}, "C0LIVE")
	hate := moderation.PresetReason{Code: "hate", Texts: map[string]string{"en": w.reason, "zh": w.reason}, Ladder: []moderation.Length{{Duration: 24 * time.Hour}, {Permanent: true}}}
	lengths := []moderation.Length{{Duration: time.Hour}, {Duration: 24 * time.Hour}, {Permanent: true}}
	long := make([]string, 101)
	for i := range long {
		long[i] = strings.Repeat("x", 20) + number(int64(100+i))
	}
	out := map[string]Modal{
		"golden.modal-form-empty": s.FormModal(Form{Meta: meta, ExternalID: "e-1", Lengths: lengths}, lang),
		"golden.modal-form-command": s.CommandModal("undo 12 "+w.typed, Form{Meta: meta, Mistake: &commands.Mistake{
			Code: commands.CodeTooMuch, Text: w.typed, Verb: moderation.Undo, Values: map[string]string{"verb": "undo"}}}, lang),
		"modal-form-many": s.FormModal(Form{Meta: meta, State: commands.FormState{Verb: moderation.Kick, Rooms: []string{"room:" + strings.Repeat("1", 80)}, People: long}}, lang),
	}
	named := moderation.Room{Kind: moderation.KindLive, ID: w.room, Name: w.roomName}
	second := moderation.Room{Kind: moderation.KindChat, ID: "@TGS#abc"}
	rooms := Form{Meta: meta, Lengths: lengths, Rooms: []RoomChoice{
		{Text: w.roomName + "-all", Rooms: []moderation.Room{named, second}}, {Text: commands.RoomText(named), Rooms: []moderation.Room{named}},
		{Text: "live:a,live:b", Rooms: []moderation.Room{{Kind: moderation.KindLive, ID: "a"}, {Kind: moderation.KindLive, ID: "b"}}},
		{Text: "nowhere"},
	}}
	rooms.State = commands.FormState{Verb: moderation.Freeze}
	for _, c := range rooms.Rooms {
		rooms.State.Rooms = append(rooms.State.Rooms, c.Text)
	}
	out["golden.modal-form-rooms"] = s.FormModal(rooms, lang)
	for _, spec := range commands.FormVerbs() {
		a := w.action(spec.Verb, moderation.KindLive, time.Hour)
		n := moderation.ApprovalRequirement{Approvals: 2, Approvers: []string{"leads"}, Why: moderation.RequireForVerb}
		f := Form{
			Meta: meta, ExternalID: "e-1", Rooms: []RoomChoice{{Text: commands.RoomText(a.Room), Rooms: []moderation.Room{a.Room}}}, Presets: []moderation.PresetReason{hate}, Lengths: lengths, Flags: true,
			Quote: w.reason, Link: w.link, Files: true, Proposal: moderation.Proposal{Length: hate.Ladder[0], Code: "hate", Step: 1, Target: w.user + "7", Earlier: 1, Within: 90 * 24 * time.Hour},
			Mistake: &commands.Mistake{Code: commands.CodeUsersMissing, Verb: spec.Verb, Values: map[string]string{"verb": string(spec.Verb)}},
			Would:   &DryRun{Action: a, Decision: moderation.Decision{Allowed: true, Rule: w.rule, Requirement: n}},
			State: commands.FormState{
				Verb: spec.Verb, Rooms: []string{commands.RoomText(a.Room)}, People: a.Targets, Typed: w.typed, Medium: moderation.Audio,
				Length: "24h", LengthTyped: w.note, Preset: "hate", Reason: w.reason, Override: true, Dry: true,
			},
		}
		name := "modal-form-" + string(spec.Verb)
		if spec.Verb == moderation.Mute || spec.Verb == moderation.Ban {
			name = "golden." + name
		}
		if spec.Verb == moderation.Mute {
			f.Given = f.State.Rooms[0]
		}
		out[name] = s.FormModal(f, lang)
		f.Would, f.Proposal, f.Wrong, f.State.Medium = nil, moderation.Proposal{}, []*commands.Mistake{f.Mistake}, ""
		out["modal-form-wrong-"+string(spec.Verb)] = s.FormModal(f, lang)
		f.Wrong, f.State.FromFile = nil, true
		out["modal-form-file-"+string(spec.Verb)] = s.FormModal(f, lang)
	}
	return out
}
