package say

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"time"
	"unicode"

	"bouncer/moderation"
)

// Files are UTF-8 with a byte order mark, because Excel on a Chinese system
// reads a file without one as GBK; RFC 4180 with CRLF. Columns have fixed
// English names in both languages: files are also read by programs.

// CSV returns all rows of a list: one person a row, the end in UTC (ISO 8601).
// Each row says whether the list is complete.
func (s *Speaker) CSV(l moderation.List) []byte {
	rows := [][]string{{"user_id", "until_utc", "note", "room", "list", "read_at_utc", "list_complete"}}
	complete := "yes"
	if l.Reading.Cut {
		complete = "no"
	}
	for _, r := range l.Reading.Rows {
		rows = append(rows, []string{r.ID, iso(r.Until), r.Note, l.Action.Room.String(), string(l.Action.Verb), iso(l.At), complete})
	}
	return sheetOf(rows)
}

// OutcomesCSV returns what became of every target of a case, in each of its rooms, with the last call
// that was made for its chunk.
func (s *Speaker) OutcomesCSV(v moderation.CaseView) []byte {
	last := map[int]moderation.Call{}
	for _, c := range v.Calls {
		if old, ok := last[c.Chunk]; c.Purpose == moderation.PurposeAct && (!ok || c.Attempt >= old.Attempt) {
			last[c.Chunk] = c
		}
	}
	rows := [][]string{{"case", "user_id", "outcome", "why", "part", "api", "vendor_code", "vendor_message", "request_id", "attempt", "called_at_utc", "took_ms", "ended", "room"}}
	for _, t := range v.Targets {
		row := []string{strconv.FormatInt(v.Case.No, 10), t.ID, string(t.Outcome), string(t.Code), strconv.Itoa(t.Chunk)}
		c, called := last[t.Chunk]
		switch {
		case !called || t.Outcome == moderation.Superseded || t.Outcome == moderation.Dropped:
			row = append(row, "", t.Values["code"], t.Values["message"], t.Values["request"], "", "", "", t.Lift)
		default:
			took := ""
			if !c.Answered.IsZero() {
				took = strconv.FormatInt(c.Answered.Sub(c.At).Milliseconds(), 10)
			}
			row = append(row, c.API, c.Code, c.Message, c.RequestID, strconv.Itoa(c.Attempt), iso(c.At), took, t.Lift)
		}
		rows = append(rows, append(row, v.RoomOf(t).String()))
	}
	return sheetOf(rows)
}

func iso(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

func sheetOf(rows [][]string) []byte {
	var out bytes.Buffer
	out.WriteString("\uFEFF")
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	for _, row := range rows {
		for i := range row {
			row[i] = Cell(row[i])
		}
		// A bytes.Buffer takes everything, so the only error there could be is
		// one of memory, which does not come back here.
		_ = w.Write(row)
	}
	w.Flush()
	return out.Bytes()
}

// Cell returns text for a cell that no spreadsheet reads as a formula: a cell
// that begins like one gets an apostrophe before it, also when the beginning
// is full-width or hides behind blanks. Control and bidi characters go.
func Cell(s string) string {
	s = clean(s, exact)
	if head := strings.TrimLeftFunc(s, unicode.IsSpace); head != "" && strings.ContainsRune("=+-@＝＋－＠'|%", []rune(head)[0]) {
		return "'" + s
	}
	if strings.HasPrefix(s, "[U+0009]") || strings.HasPrefix(s, "[U+000D]") || strings.HasPrefix(s, "[U+000A]") {
		return "'" + s
	}
	return s
}

// OneLine returns user-supplied text in one line, with control, bidi and invisible characters
// shown by their numbers.
func OneLine(s string) string { return clean(s, exact) }
