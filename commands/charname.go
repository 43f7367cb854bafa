package commands

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible writes text so that nothing in it hides: control, direction and
// invisible characters become U+XXXX. It keeps at most 100 characters.
func visible(s string) string {
	clean, n := true, 0
	for _, r := range s {
		n++
		if hides(r) {
			clean = false
		}
	}
	if clean && n <= maxPiece {
		return s
	}
	var b strings.Builder
	n = 0
	for _, r := range s {
		if n++; n > maxPiece {
			b.WriteString("…")
			break
		}
		if hides(r) {
			fmt.Fprintf(&b, "U+%04X", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

const maxPiece = 100

func hides(r rune) bool {
	return unicode.IsControl(r) || isBidi(r) || isInvisible(r) || r == utf8.RuneError ||
		(r != ' ' && isBlank(r))
}

// describe names a character for the sentence about it: its code point, its
// class (for a catalogue in another language) and an English name.
func describe(r rune) (point, class, name string) {
	point = fmt.Sprintf("U+%04X", r)
	if n := charNames(r); n != "" {
		name = n
	}
	switch {
	case isBidi(r):
		class = "bidi"
	case isInvisible(r):
		class = "invisible"
	case unicode.IsControl(r):
		class = "control"
	case isBlank(r):
		class = "blank"
	case r >= 0xFF01 && r <= 0xFF5E:
		class, name = "fullwidth", "full-width "+string(narrow(r))
	case strings.ContainsRune("‐‑‒–—―−﹣", r):
		class = "dash"
	case r == '…':
		class = "ellipsis"
	case isQuote(r) || strings.ContainsRune("‘’‛", r):
		class = "quote"
	default:
		class = "other"
	}
	if name == "" {
		switch class {
		case "bidi", "invisible", "control", "blank":
			name = class + " character"
		default:
			name = string(r)
		}
	}
	return point, class, name
}

func charNames(r rune) string {
	switch r {
	case 0x00:
		return "null character"
	case '\t':
		return "tab"
	case '\n', '\r', 0x2028, 0x2029:
		return "line break"
	case 0x00A0:
		return "no-break space"
	case 0x00AD:
		return "soft hyphen"
	case 0x061C:
		return "arabic letter mark"
	case 0x200B:
		return "zero width space"
	case 0x200C:
		return "zero width non-joiner"
	case 0x200D:
		return "zero width joiner"
	case 0x200E:
		return "left-to-right mark"
	case 0x200F:
		return "right-to-left mark"
	case 0x2010:
		return "hyphen"
	case 0x2011:
		return "non-breaking hyphen"
	case 0x2012:
		return "figure dash"
	case 0x2013:
		return "en dash"
	case 0x2014:
		return "em dash"
	case 0x2015:
		return "horizontal bar"
	case 0x2018, 0x2019:
		return "curly apostrophe"
	case 0x201C, 0x201D:
		return "curly quotation mark"
	case 0x2026:
		return "ellipsis"
	case 0x202A, 0x202B, 0x202D, 0x202E:
		return "direction embedding or override"
	case 0x202C, 0x2069:
		return "end of a direction change"
	case 0x202F:
		return "narrow no-break space"
	case 0x2060:
		return "word joiner"
	case 0x2066, 0x2067, 0x2068:
		return "direction isolate"
	case 0x2212:
		return "minus sign"
	case 0x3000:
		return "ideographic space"
	case 0xFE0F:
		return "variation selector"
	case 0xFEFF:
		return "byte order mark"
	}
	return ""
}
