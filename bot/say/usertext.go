package say

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// User-supplied text is everything that others wrote: user and room ids,
// reasons, names, typed words, vendor messages. It is cleaned once, when it
// becomes part of a phrase, and dressed for its carrier when it is rendered:
//
//   - rich_text and plain_text show it as it is, so it is raw and
//     stays copyable there;
//   - mrkdwn and fallback text are parsed, so it is escaped there, and put into
//     a code span where something in it could still be drawn as formatting, an
//     emoji or a link. A code span shows its content as it is and copies as it
//     is, which an inserted invisible character would not.

// cleaning says what becomes of invisible characters.
type cleaning int

const (
	// prose drops them: reasons, names, messages.
	prose cleaning = iota
	// alone is prose that has a line for itself, where a dot can forge nothing.
	alone
	// exact shows them as [U+200B]: two ids that differ must look different.
	exact
)

// dots are characters that look like the separator between our fields.
const dots = "·‧•∙⋅・･ꞏ᛫⸱⦁●ᐧ"

// clean makes user-supplied text fit for one of our lines: one line, no
// control, bidi or invisible characters, no more than two combining marks in a
// row, and no blank-dot-blank, which separates our fields.
func clean(s string, how cleaning) string {
	s, _ = cleaned(s, how)
	return s
}

// cleaned also reports whether there was something like our separator.
func cleaned(s string, how cleaning) (out string, dotted bool) {
	if simple(s, how) {
		return s, false
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	var b strings.Builder
	kept, marks := 0, 0 // all of s before kept is written
	for i, r := range s {
		if r >= ' ' && r <= '~' || r >= '一' && r <= '鿿' { // most of what comes
			marks = 0
			continue
		}
		mark, instead := r >= 0x300 && unicode.In(r, unicode.Mn, unicode.Me), ""
		if marks++; !mark {
			marks = 0
		}
		switch {
		case marks > 2:
		case !hidden(r) && !unicode.IsSpace(r):
			dotted = dotted || strings.ContainsRune(dots, r)
			continue
		case how == exact:
			instead = fmt.Sprintf("[U+%04X]", r)
		case breaks(r) || !hidden(r):
			instead = " "
		}
		b.WriteString(s[kept:i])
		b.WriteString(instead)
		kept = i + utf8.RuneLen(r)
	}
	if kept > 0 {
		b.WriteString(s[kept:])
		s = b.String()
	}
	if how == exact {
		return s, dotted
	}
	if strings.Contains(s, "  ") || strings.HasPrefix(s, " ") || strings.HasSuffix(s, " ") {
		s = strings.Join(strings.Fields(s), " ")
	}
	if how == prose && dotted {
		s = plainDots(s)
	}
	return s, dotted
}

// brief is a text cleaned and cut to a weight. Of a long one only the beginning is
// cleaned, as long as that alone is sure to be more than is shown.
func brief(s string, how cleaning, most int) string {
	if head := 8*most + 256; len(s) > 2*head && head > 0 {
		for !utf8.RuneStart(s[head]) {
			head--
		}
		sure, dotted := cleaned(s[:head], how)
		if dotted { // what follows may change the last word
			sure = sure[:max(0, strings.LastIndexByte(sure, ' '))]
		}
		if weight(sure) > most {
			return clip(sure, most)
		}
	}
	return clip(clean(s, how), most)
}

// simple reports whether there is nothing to clean, as of most ids and words.
func simple(s string, how cleaning) bool {
	blank := how != exact // before the first character, where none may be
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == ' ' && blank {
			return false
		}
		blank = how != exact && s[i] == ' '
	}
	return !blank || s == ""
}

// breaks reports whether a hidden character parts words.
func breaks(r rune) bool {
	return r == '\n' || r == '\r' || r == '\t' || r == '\v' || r == '\f' || r == '\u0085' || r == '\u2028' || r == '\u2029'
}

// hidden reports whether a character has no shape of its own: control, format
// (bidi, zero width, tags), line separators, private and unassigned ones,
// variation selectors and the fillers that draw as nothing.
func hidden(r rune) bool {
	switch r {
	case '\u034f', '\u115f', '\u1160', '\u17b4', '\u17b5', '\u2800', '\u3164', '\uffa0':
		return true
	}
	switch {
	case r >= 0x180b && r <= 0x180f, r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0000 && r <= 0xe0fff:
		return true
	case r == utf8.RuneError:
		return false
	}
	return !strconv.IsGraphic(r)
}

// plainDots turns " · " and what looks like it into " - ". A dot without
// blanks around it, as in a Chinese rendering of a foreign name, stays.
func plainDots(s string) string {
	words := strings.Split(s, " ")
	for i, w := range words {
		if w != "" && strings.Trim(w, dots) == "" {
			words[i] = "-"
		}
	}
	for i, w := range words { // "a· b" and "a ·b" read as separators too
		if w != "-" {
			if i > 0 {
				w = strings.TrimLeft(w, dots)
			}
			if i < len(words)-1 {
				w = strings.TrimRight(w, dots)
			}
			words[i] = w
		}
	}
	return strings.Join(words, " ")
}

// personName cleans a display name. Round brackets become square ones: behind
// a name in round brackets is the id, which a name must not imitate.
func personName(s string) string {
	return squareBrackets.Replace(clean(s, prose))
}

var squareBrackets = strings.NewReplacer("(", "[", ")", "]", "（", "[", "）", "]")

// plainID reports whether an id reads unmistakably without quotes.
func plainID(s string) bool {
	if s == "" {
		return false
	}
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("_-.@#+/$%", r):
		default:
			return false
		}
	}
	return true
}

// exactID cleans an id and quotes it where blanks, commas, brackets or quotes
// in it could be taken for ours.
func exactID(s string) string {
	if plainID(s) {
		return s
	}
	return `"` + strings.ReplaceAll(clean(s, exact), `"`, `\"`) + `"`
}

// rtl reports whether a text holds letters that are written right to left.
func rtl(s string) bool {
	for _, r := range s {
		near := r >= 0x590 && r <= 0x8ff || r >= 0xfb1d && r <= 0xfeff || r >= 0x10800 && r <= 0x1efff // all of them, and no Chinese
		if near && unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Adlam) {
			return true
		}
	}
	return false
}

// What is between these two has a direction of its own.
const isolates, isolated = '\u2068', '\u2069'

// isolate keeps right-to-left text from turning around what is beside it:
// digits, our brackets and dots. These two are the only bidi characters
// that ever leave this package; those of others were removed before.
func isolate(s string) string {
	if rtl(s) {
		return string(isolates) + s + string(isolated)
	}
	return s
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// escaped makes cleaned user-supplied text safe in mrkdwn and fallback text.
func escaped(s string) string {
	if !drawn(s) {
		return escaper.Replace(s)
	}
	return "`" + escaper.Replace(strings.ReplaceAll(s, "`", "'")) + "`"
}

// drawn reports whether Slack's parser could draw something in an escaped
// text as more than its letters: formatting, an emoji, a quote, a link that it
// makes of a bare address, a name behind @ or #.
func drawn(s string) bool {
	if strings.ContainsAny(s, "*_~`:@#>|") {
		return true
	}
	for i := 1; i < len(s)-1; i++ { // a.b is an address, "end. Next" is not
		if s[i] == '.' && s[i-1] > ' ' && s[i+1] > ' ' {
			return true
		}
	}
	return false
}

// weight is how many characters a text costs in a message, counted as its
// JSON and in UTF-16 units, whichever way Slack counts.
func weight(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case r == '"' || r == '\\' || r == '\n' || r > 0xffff:
			n += 2
		default:
			n++
		}
	}
	return n
}

// clip shortens a text to a weight, with an ellipsis, between runes, and closes
// what isolates the cut left open.
func clip(s string, most int) string {
	if weight(s) <= most {
		return s
	}
	n, open := 1, 0 // the ellipsis
	for i, r := range s {
		after := open
		switch r {
		case isolates:
			after++
		case isolated:
			after--
		}
		n += weight(string(r))
		if n+after > most {
			return strings.TrimRight(s[:i], " ") + "…" + strings.Repeat(string(isolated), open)
		}
		open = after
	}
	return s
}
