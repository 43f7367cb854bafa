package commands

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"bouncer/moderation"
)

// Format returns an action as the canonical command, without the slash command
// and escaped as Slack would send it. Parse reads it back as the same action,
// provided that the name of its room still means that room, several rooms have
// no names, its reason is one clean line, and both media are written as none.
func Format(a moderation.Action) string { return formatted(a, false) }

// FormatExact is Format with the reason in quotation marks: no word of it can be read as anything
// else.
func FormatExact(a moderation.Action) string { return formatted(a, true) }

// ReportDigest returns what ties a button of a report to the action that it shows: 32 hex digits.
func ReportDigest(a moderation.Action) string {
	sum := sha256.Sum256([]byte(FormatExact(a)))
	return hex.EncodeToString(sum[:16])
}

// formatted is Format; literal writes any reason in quotation marks.
func formatted(a moderation.Action, literal bool) string {
	head := verbWords(a)
	spec, _ := a.Verb.Spec()
	if (spec.Takes.Search || spec.Takes.Statistics) && a.Search.Actor != "" {
		return escape(head+" by:", true) + "<@" + a.Search.Actor + ">" + escape(writeFind(a.Search), true)
	}
	if spec.Takes.Person {
		return escape(head+" ", true) + "<@" + a.Person + ">" + escape(tailWords(a, literal), true)
	}
	return escape(head+targetWords(a, spec.Takes)+tailWords(a, literal)+writeFind(a.Search), false)
}

// escape escapes words if plain would change them; always is for a command
// that also has a mention.
func escape(words string, always bool) string {
	if shown, _ := plain(words); always || shown != words {
		return escaper.Replace(words)
	}
	return words
}

// verbWords writes the verb and what it is about.
func verbWords(a moderation.Action) string {
	var b strings.Builder
	if a.Dry {
		b.WriteString(string(moderation.DryRun) + " ")
	}
	b.WriteString(string(a.Verb))
	if a.Override {
		b.WriteString(mark)
	}
	if a.Number > 0 {
		b.WriteByte(' ')
		b.WriteString(strconv.FormatInt(a.Number, 10))
	}
	if a.Topic != "" {
		b.WriteByte(' ')
		b.WriteString(string(a.Topic))
	}
	switch {
	case len(a.MoreRooms) > 0:
		b.WriteByte(' ')
		b.WriteString(writeRooms(a.Rooms()))
	case a.Room.Kind != "":
		b.WriteByte(' ')
		b.WriteString(writeNamed(a.Room))
	}
	return b.String()
}

// targetWords writes the users. Where users are optional, a reason needs
// "all" before it, and a single quoted user a comma after it.
func targetWords(a moderation.Action, takes moderation.Takes) string {
	if takes.TargetsOptional && len(a.Targets) == 0 && cleanReason(a.Reason) != "" {
		return " all"
	}
	var b strings.Builder
	for i, id := range a.Targets {
		if i == 0 {
			b.WriteByte(' ')
		} else {
			b.WriteByte(',')
		}
		word := writeUser(id)
		if word == id && (takes.RoomOrUser || a.Room.Name != "" && fold(id) == fold(a.Room.Name) || takes.TargetsOptional && isAll(id) || isMarks(id)) {
			word = enquote(id)
		}
		b.WriteString(word)
	}
	if takes.TargetsOptional && len(a.Targets) == 1 && strings.ContainsFunc(a.Targets[0], isBlank) && cleanReason(a.Reason) == "" {
		b.WriteByte(',')
	}
	return b.String()
}

// tailWords writes media, duration and reason, a blank before each.
func tailWords(a moderation.Action, literal bool) string {
	var b strings.Builder
	if len(a.Media) == 1 {
		b.WriteByte(' ')
		b.WriteString(string(a.Media[0]))
	}
	switch {
	case a.Permanent:
		b.WriteString(" perm")
	case a.Duration > 0:
		b.WriteByte(' ')
		if a.CountFrom == moderation.FromPresentEnd {
			b.WriteByte('+')
		}
		b.WriteString(FormatDuration(a.Duration))
		if a.CountFrom == moderation.FromNow {
			b.WriteString(" from now")
		}
	}
	if reason := cleanReason(a.Reason); reason != "" {
		b.WriteByte(' ')
		if literal || mustQuote(reason) {
			reason = enquote(reason)
		}
		b.WriteString(reason)
	}
	return b.String()
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

// writeRooms writes rooms as kind:id.
func writeRooms(rooms []moderation.Room) string {
	words := make([]string, len(rooms))
	for i, r := range rooms {
		words[i] = writeRoom(r)
	}
	return strings.Join(words, ",")
}

func writeRoom(r moderation.Room) string {
	if at, _ := joinedRoom(r.ID); at >= 0 || strings.ContainsFunc(r.ID, splits) {
		return string(r.Kind) + ":" + enquote(r.ID)
	}
	return r.String()
}

func writeUser(id string) string {
	if id == "" || hasOddPunctuation(id) || everyoneWords[fold(id)] || headerWords[fold(id)] || joiners[fold(id)] || neverUsers[fold(id)] {
		return enquote(id)
	}
	t := reader{s: id}
	if t.timeAt(0).kind != spanNone || len(mediaIn(fold(id))) > 0 {
		return enquote(id)
	}
	if _, at, digits := readNumber(id, 0); digits > 0 && at < len(id) { // 30m, and what may go on with the word behind it
		if unit, _, _ := unitAt(id, at); unit > 0 {
			return enquote(id)
		}
	}
	if strings.Trim(id, "_") == "" || leadWords[fold(id)] || untilWords[fold(id)] || labelWords[fold(id)] {
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
	t := reader{s: reason}
	p := parser{reader: &t}
	first, _, _ := strings.Cut(reason, " ")
	word := fold(trimPunct(first))
	_, _, isKind := splitKind(first)
	first = reason[:p.userEnd(0)]
	return isKind || t.timeAt(0).kind != spanNone || startsUnit(reason) || len(mediaIn(word)) > 0 || softMedia[word] != nil || mediaLeads[word] && mediumBehind(reason) ||
		joiners[word] || partAt(reason, joint(reason, 0)).unit > 0 || roomLeads[word] || idLike(&p, 0, first) || pastBehind[word] || restBehind[word] ||
		p.lineOfOne(0) != nil || p.idsAlone(0) != nil
}

// mediumBehind reports a medium in the second word of a reason.
func mediumBehind(reason string) bool {
	_, rest, _ := strings.Cut(reason, " ")
	second, _, _ := strings.Cut(rest, " ")
	word := fold(trimPunct(second))
	return len(mediaIn(word)) > 0 || softMedia[word] != nil
}

// startsUnit reports whether a text could continue a number before it, as "D,
// he said" would after the user 30.
func startsUnit(text string) bool {
	unit, end, _ := unitAt(text, 0)
	next := firstRune(text[end:])
	return unit > 0 && !isDigit(next) && (!isLetter(narrow(next)) || text[0] >= utf8.RuneSelf) || strings.HasPrefix(text, "个半") || strings.HasPrefix(text, "個半")
}

// writeFind writes the query of a search, with a blank before each part and
// without a mention of the requester.
func writeFind(f moderation.SearchQuery) string {
	var b strings.Builder
	put := func(key, value string) {
		if value != "" {
			b.WriteString(" " + key + ":" + value)
		}
	}
	if f.Target != "" {
		put("user", writeUser(f.Target))
	}
	put("verb", string(f.Verb))
	if room, ok := moderation.RoomFromKey(f.Room); ok {
		put("room", writeRoom(room))
	}
	if f.Within > 0 {
		put("in", FormatDuration(f.Within))
	}
	for _, word := range f.Words {
		if mustQuoteWord(word) {
			word = enquote(word)
		}
		b.WriteString(" " + word)
	}
	return b.String()
}

// mustQuoteWord reports whether a word of a search could be read as something
// else. It errs on the side of quoting.
func mustQuoteWord(word string) bool {
	if strings.ContainsFunc(word, func(r rune) bool { return splits(r) || isColon(r) }) || strings.HasPrefix(word, "最近") {
		return true
	}
	switch fold(word) {
	case "in", "last", "within", "past", "过去":
		return true
	}
	t := reader{s: word}
	return t.timeAt(0).kind != spanNone || startsUnit(word) || !unicode.IsLetter(firstRune(word)) || partAt(word, joint(word, 0)).unit > 0
}
