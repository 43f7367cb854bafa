package commands

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// isBlank reports what parts words: every white space of Unicode, no-break
// and ideographic ones too. Zero-width characters are not among them: in an
// id they must be named, not dropped.
func isBlank(r rune) bool {
	if r < utf8.RuneSelf {
		return r == ' ' || (r >= '\t' && r <= '\r')
	}
	return unicode.IsSpace(r)
}

// isNewline reports what ends a line.
func isNewline(r rune) bool {
	return r == '\n' || r == '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029'
}

// isComma reports what parts users, and a room from them.
func isComma(r rune) bool {
	switch r {
	case ',', '，', '、', '﹐', '､':
		return true
	}
	return false
}

// partsUsers reports what parts users: a semicolon too, which ids of rooms may
// have.
func partsUsers(r rune) bool { return isComma(r) || r == ';' || r == '；' || r == '﹔' }

// isColon reports what parts a kind from its id.
func isColon(r rune) bool {
	switch r {
	case ':', '：', '﹕', '∶':
		return true
	}
	return false
}

// isQuote reports double quotation marks. Single ones never quote: they are
// apostrophes in reasons and legal in ids.
func isQuote(r rune) bool {
	switch r {
	case '"', '“', '”', '„', '‟', '＂':
		return true
	}
	return false
}

func isDigit(r rune) bool { return digitOf(r) >= 0 }

// digitOf returns the value of an ASCII or full-width digit, or -1.
func digitOf(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return int(r - '0')
	case r >= '０' && r <= '９':
		return int(r - '０')
	}
	return -1
}

// isBidi reports characters that turn the direction of text.
func isBidi(r rune) bool {
	return r == 0x061C || r == 0x200E || r == 0x200F ||
		(r >= 0x202A && r <= 0x202E) || (r >= 0x2066 && r <= 0x2069)
}

// isInvisible reports characters that leave no mark on the screen, direction
// marks and control characters left out.
func isInvisible(r rune) bool {
	switch r {
	case 0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x200B, 0x200C, 0x200D,
		0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0x3164, 0xFEFF, 0xFFA0, 0xFFF9, 0xFFFA, 0xFFFB:
		return true
	}
	return (r >= 0x206A && r <= 0x206F) || (r >= 0xFE00 && r <= 0xFE0F) || (r >= 0xE0000 && r <= 0xE0FFF)
}

// dropped reports what a reason loses. Joiners and variation selectors stay:
// emoji and several scripts are written with them.
func dropped(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r < 0x20 || r == 0x7f
	case unicode.IsControl(r), isBidi(r):
		return true
	case r == 0x200C, r == 0x200D, r >= 0xFE00 && r <= 0xFE0F:
		return false
	}
	return isInvisible(r)
}

// fold returns the syntax form of a word: narrow, lower case, nothing
// invisible.
func fold(s string) string {
	plain := true
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c < 0x20 || c == 0x7f || (c >= 'A' && c <= 'Z') {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if unicode.IsControl(r) || isBidi(r) || isInvisible(r) {
			continue
		}
		b.WriteRune(unicode.ToLower(narrow(r)))
	}
	return b.String()
}

// narrow returns the ASCII form of a full-width character.
func narrow(r rune) rune {
	switch {
	case r >= 0xFF01 && r <= 0xFF5E:
		return r - 0xFEE0
	case r == 0x3000 || r == 0x00A0 || r == 0x202F || (r >= 0x2000 && r <= 0x200A):
		return ' '
	}
	return r
}

// foreignChar returns the first character that no id can contain, as a byte
// offset and the character; -1 if there is none.
func foreignChar(id string) (int, rune) {
	for i, r := range id {
		if r < 0x20 || r > 0x7e {
			return i, r
		}
	}
	return -1, 0
}

// readings returns what an id with invalid characters may have meant, the
// likelier first: phones turn two hyphens into a dash and three full stops
// into an ellipsis. It returns nothing if a character has no such reading.
func readings(id string) []string {
	var first, second strings.Builder
	for _, r := range id {
		one, two, ok := reading(r)
		if !ok {
			return nil
		}
		first.WriteString(one)
		second.WriteString(two)
	}
	var out []string
	for _, s := range []string{first.String(), second.String()} {
		if s != "" && (len(out) == 0 || out[0] != s) {
			out = append(out, s)
		}
	}
	return out
}

func reading(r rune) (string, string, bool) {
	both := func(s string) (string, string, bool) { return s, s, true }
	switch r {
	case '—', '―':
		return "--", "-", true
	case '–':
		return "-", "--", true
	case '‐', '‑', '‒', '−', '﹣':
		return both("-")
	case '…':
		return "...", ".", true
	case '‘', '’', '‛':
		return both("'")
	case '“', '”', '„', '‟':
		return both(`"`)
	case '、':
		return both(",")
	case '。', '｡':
		return both(".")
	}
	if isBidi(r) || isInvisible(r) || (unicode.IsControl(r) && !isBlank(r)) {
		return "", "", true
	}
	if r = narrow(r); r >= 0x20 && r <= 0x7e {
		return both(string(r))
	}
	if isBlank(r) {
		return both(" ")
	}
	return "", "", false
}

const maxPiece = 100

// showHidden makes hidden characters visible: control, direction and
// invisible characters become U+XXXX. It keeps at most 100 characters.
func showHidden(s string) string {
	clean, n := true, 0
	for _, r := range s {
		if n++; n > maxPiece || isHidden(r) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	n = 0
	for _, r := range s {
		if n++; n > maxPiece {
			b.WriteString("…")
			break
		}
		if isHidden(r) {
			fmt.Fprintf(&b, "U+%04X", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func isHidden(r rune) bool {
	return unicode.IsControl(r) || isBidi(r) || isInvisible(r) || r == utf8.RuneError ||
		(r != ' ' && isBlank(r))
}

// class sorts a character that no id has, for the sentence about it.
func class(r rune) string {
	switch {
	case isBidi(r):
		return "bidi"
	case isInvisible(r):
		return "invisible"
	case unicode.IsControl(r):
		return "control"
	case isBlank(r):
		return "blank"
	case r >= 0xFF01 && r <= 0xFF5E:
		return "fullwidth"
	case r == '–':
		return "en-dash"
	case r == '—', r == '―':
		return "em-dash"
	case strings.ContainsRune("‐‑‒−﹣", r):
		return "dash"
	case r == '…':
		return "ellipsis"
	case isQuote(r) || strings.ContainsRune("‘’‛", r):
		return "quote"
	case r > ' ' && r <= unicode.MaxASCII:
		return "plain" // printable, but not in ids of this kind
	}
	return "other"
}

// cleanReason makes one line of a reason, without control and direction
// characters and with single blanks.
func cleanReason(s string) string {
	clean, last := true, true
	for _, r := range s {
		blank := isBlank(r)
		if dropped(r) || (blank && (r != ' ' || last)) {
			clean = false
			break
		}
		last = blank
	}
	if clean && !last {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, r := range s {
		switch {
		case isBlank(r):
			gap = b.Len() > 0
		case !dropped(r):
			if gap {
				b.WriteByte(' ')
				gap = false
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}
