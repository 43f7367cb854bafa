package commands

import (
	"strconv"
	"strings"
	"unicode"

	"bouncer/moderation"
)

// Format writes an action as the canonical command, without the slash command
// and escaped as Slack would send it. Read back by Parse it is the same
// action, given that its room's name, if it has one, still leads to that room,
// that its reason is one clean line, and that both media are written as none.
func Format(a moderation.Action) string {
	var b strings.Builder
	b.WriteString(string(a.Verb))
	if a.Number > 0 {
		b.WriteByte(' ')
		b.WriteString(strconv.FormatInt(a.Number, 10))
	}
	if a.Topic != "" {
		b.WriteByte(' ')
		b.WriteString(string(a.Topic))
	}
	if a.Room.Kind != "" {
		b.WriteByte(' ')
		b.WriteString(writeNamed(a.Room))
	}
	for i, id := range a.Targets {
		if i == 0 {
			b.WriteByte(' ')
		} else {
			b.WriteByte(',')
		}
		b.WriteString(writeUser(id))
	}
	if len(a.Media) == 1 {
		b.WriteByte(' ')
		b.WriteString(string(a.Media[0]))
	}
	switch {
	case a.Perm:
		b.WriteString(" perm")
	case a.Duration > 0:
		b.WriteByte(' ')
		b.WriteString(FormatDuration(a.Duration))
	}
	if reason := cleanReason(a.Reason); reason != "" {
		b.WriteByte(' ')
		if mustQuote(reason) {
			reason = enquote(reason)
		}
		b.WriteString(reason)
	}
	line := b.String()
	if shown, _ := plain(line); shown != line {
		return escaper.Replace(line)
	}
	return line
}

// writeNamed writes a room by its name where that can be typed.
func writeNamed(r moderation.Room) string {
	if r.Name != "" && !strings.ContainsFunc(r.Name, func(c rune) bool {
		return isBlank(c) || isComma(c) || isQuote(c) || isColon(c)
	}) {
		return r.Name
	}
	return writeRoom(r)
}

func writeRoom(r moderation.Room) string {
	if strings.ContainsFunc(r.ID, splits) {
		return string(r.Kind) + ":" + enquote(r.ID)
	}
	return r.String()
}

func writeUser(id string) string {
	if id == "" || strings.ContainsFunc(id, splits) {
		return enquote(id)
	}
	_, _, isKind := splitKind(id)
	_, _, state := readDuration(id, 0)
	if isKind || state != spanNone || len(mediaIn(fold(id))) > 0 {
		return enquote(id)
	}
	return id
}

// splits reports characters that would end a word or a quoted piece.
func splits(r rune) bool { return isBlank(r) || isComma(r) || isQuote(r) }

// mustQuote reports whether a reason, or its first word, could be read as
// something else. It errs on the side of quoting.
func mustQuote(reason string) bool {
	if !unicode.IsLetter(firstRune(reason)) {
		return true
	}
	first, _, _ := strings.Cut(reason, " ")
	word := fold(trimPunct(first))
	_, _, isKind := splitKind(first)
	_, part, _, _ := readPart(reason, 0) // "an hour", 三天: could go on with the duration before it
	return isKind || part > 0 || isPerm(word) || unitOf(word) > 0 || len(mediaIn(word)) > 0
}
