package say

import (
	"time"

	"bouncer/commands"
	"bouncer/moderation"
)

// files are the previews of files of people, and the answers to unusable ones.
func (w world) files(s *Speaker, lang Lang) map[string]Message {
	ids := make([]string, 30)
	for i := range ids {
		ids[i] = w.user + number(int64(i))
	}
	bad := commands.BadLine{Line: 5, Why: &commands.Mistake{Code: commands.CodeFileFormula, Text: w.typed}}
	p := FilePreview{
		Name: w.reason, Protected: ids[:7], New: 12, Takes: 90 * time.Minute, Draft: opaque, Expires: asked,
		File:  commands.PeopleFile{IDs: ids, Column: w.note, Lines: 100_000, Repeated: 3, BadLines: 11, Bad: []commands.BadLine{bad, bad}},
		Would: DryRun{Action: w.action(moderation.Mute, moderation.KindRoom, time.Hour), Decision: moderation.Decision{Allowed: true, Rule: w.rule}, API: "trtc.SetUserBlocked", Calls: 100_000},
	}
	p.Would.Action.Targets = ids
	dry := p
	dry.Draft, dry.Takes = "", 0
	small := p
	small.File = commands.PeopleFile{IDs: ids[:1], Lines: 1}
	small.Would.Action.Targets, small.Would.Calls, small.New, small.Protected = ids[:1], 1, 0, nil
	many := p
	for range commands.MaxBadLines {
		many.File.Bad = append(many.File.Bad, bad)
	}
	return map[string]Message{
		"golden.file-preview": s.FilePreview(p, lang), "golden.file-dry": s.FilePreview(dry, lang), "golden.file-small": s.FilePreview(small, lang),
		"file-many": s.FilePreview(many, lang), "golden.file-nobody": s.FileNobody(p, lang),
		"golden.file-gone": s.FileGone(w.reason, lang), "golden.file-failed": s.FileFailed(w.reason, lang), "golden.file-dropped": s.Fixed(FileDropped, lang),
	}
}
