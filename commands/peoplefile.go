package commands

import (
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"bouncer/moderation"
)

// Bounds of a file of people.
const (
	MaxFileBytes  = 10 << 20 // Slack's own limit for a file in a form
	MaxFilePeople = 100_000
	// MaxBadLines is how many lines without a usable UserID PeopleFile names.
	MaxBadLines = 10
	// maxFileRows bounds the memory of a file in which many people come again.
	maxFileRows = 3 * MaxFilePeople
)

// PeopleFile is what a CSV or text file says about people.
type PeopleFile struct {
	// IDs are the UserIDs in the order of the file, each once.
	IDs []string
	// Column is the heading of the column that was read; empty for none.
	Column string
	// Lines counts the lines that name a person, Repeated those of them whose UserID was read
	// before, and BadLines those without a usable UserID. Bad are the first MaxBadLines of these.
	Lines, Repeated, BadLines int
	Bad                       []BadLine
}

// BadLine is a line without a usable UserID.
type BadLine struct {
	Line int // from 1
	Why  *Mistake
}

// idColumns are the headings of a column of UserIDs in a table, as headingOf returns them. A table
// with several of them is read by the first of these.
var idColumns = []string{
	"user_id", "userid", "user-id", "user_ids", "userids", "uid", "uids", "member_id", "account_id", "用户id", "用戶id", "openid", "id", "ids", "identifier",
	"user", "users", "username", "usernames", "user_name", "account", "accounts", "member", "members", "player", "players", "viewer", "viewers",
	"guest", "guests", "target", "targets", "handle", "handles", "用户", "用戶", "用户名", "用戶名", "账号", "帳號", "账户", "成员", "成員",
}

// ReadPeopleFile reads the people of a CSV or text file: one on each line, or the column of a table
// that has a heading such as user_id, or a single line with commas. Files that Bouncer wrote are
// read back exactly. Lines without a usable UserID are reported in the result; a mistake means that
// nothing of the file can be used.
func ReadPeopleFile(content []byte, s ParseContext) (PeopleFile, *Mistake) {
	if len(content) > MaxFileBytes {
		return PeopleFile{}, FileTooLarge(len(content))
	}
	text, m := fileText(content)
	if m != nil {
		return PeopleFile{}, m
	}
	rows, m := fileRows(text)
	if m != nil {
		return PeopleFile{}, m
	}
	f := PeopleFile{}
	column, m := f.heading(&rows)
	if m != nil {
		return PeopleFile{}, m
	}
	f.read(rows, column, s)
	switch {
	case f.Lines == 0:
		return PeopleFile{}, mistake(CodeFileEmpty, "")
	case len(f.IDs) > MaxFilePeople:
		return PeopleFile{}, tooManyPeople(len(f.IDs))
	}
	return f, nil
}

// CheckRooms returns the mistake of a file with too many people for that many rooms; nil for none.
func (f PeopleFile) CheckRooms(rooms int) *Mistake {
	if n := len(f.IDs) * rooms; rooms > 1 && n > MaxFilePeople {
		return tooManyPairs(MaxFilePeople, rooms, len(f.IDs))
	}
	return nil
}

func tooManyPeople(n int) *Mistake {
	return mistake(CodeFileTooMany, "", "most", strconv.Itoa(MaxFilePeople), "got", strconv.Itoa(n))
}

// FileTooLarge returns the mistake of a file of more than MaxFileBytes.
func FileTooLarge(size int) *Mistake {
	const mega = 1 << 20
	return mistake(CodeFileTooLarge, "", "most", strconv.Itoa(MaxFileBytes/mega), "got", strconv.Itoa((size+mega-1)/mega))
}

// fileRow is a line of a file, or several where a cell in quotation marks has line breaks.
type fileRow struct {
	line  int
	cells []string
}

// fileRows splits a text into rows that are not empty.
func fileRows(text string) ([]fileRow, *Mistake) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	lines := 1
	comma, rest, named := separatorLine(text)
	if named {
		text, lines = rest, 2
	}
	if comma == 0 {
		comma = separatorOf(text)
	}
	if n := mostCells(text, comma); n > MaxFilePeople+1 { // a row is read whole
		return nil, tooManyPeople(n - 1)
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = comma, -1, true
	var rows []fileRow
	for {
		cells, err := r.Read()
		var wrong *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return rows, nil
		case errors.As(err, &wrong):
			return nil, mistake(CodeFileQuote, "", "line", strconv.Itoa(wrong.StartLine+lines-1))
		case err != nil:
			return nil, mistake(CodeFileQuote, "", "line", strconv.Itoa(lines))
		}
		line, _ := r.FieldPos(0)
		row := fileRow{line: line + lines - 1, cells: slices.Clone(cells)}
		for i, cell := range row.cells {
			row.cells[i] = strings.TrimFunc(cell, unicode.IsSpace)
		}
		if slices.ContainsFunc(row.cells, func(c string) bool { return c != "" }) {
			rows = append(rows, row)
		}
		if len(rows) > maxFileRows {
			return nil, tooManyPeople(strings.Count(text, "\n"))
		}
	}
}

// mostCells returns how many cells the longest row has. A row ends at the first line break outside
// of quotation marks.
func mostCells(text string, comma rune) (most int) {
	cells, quoted := 1, false
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\n':
			cells = 1
		case rune(c) == comma:
			if cells++; cells > most {
				most = cells
			}
		}
	}
	return most
}

// separatorLine reads the line "sep=;" that Excel writes.
func separatorLine(text string) (comma rune, rest string, ok bool) {
	first, rest, _ := strings.Cut(text, "\n")
	after, found := strings.CutPrefix(strings.ToLower(strings.TrimSpace(first)), "sep=")
	if !found || after != ";" && after != "," && after != "" {
		return 0, text, false
	}
	if after == "" { // a tab, which was trimmed
		return '\t', rest, true
	}
	return rune(after[0]), rest, true
}

// separatorOf returns what separates the cells of the first line that is not empty.
func separatorOf(text string) rune {
	first, _, _ := strings.Cut(strings.TrimLeft(text, "\n"), "\n")
	for _, comma := range []rune{'\t', ';'} {
		if strings.ContainsRune(first, comma) {
			return comma
		}
	}
	return ','
}

// heading finds the column of UserIDs and drops the row of headings, if there is one.
func (f *PeopleFile) heading(rows *[]fileRow) (column int, m *Mistake) {
	if len(*rows) == 0 {
		return 0, mistake(CodeFileEmpty, "")
	}
	first := (*rows)[0]
	best, rank := -1, len(idColumns)
	for i, cell := range first.cells {
		at := slices.Index(idColumns, headingOf(cell))
		switch {
		case at >= 0 && at == rank:
			return 0, mistake(CodeFileColumns, cell)
		case at >= 0 && at < rank:
			best, rank = i, at
		}
	}
	if best >= 0 {
		f.Column = first.cells[best]
		*rows = (*rows)[1:]
		return best, nil
	}
	if len(*rows) == 1 { // a list with commas
		var list []fileRow
		for _, cell := range first.cells {
			if cell != "" {
				list = append(list, fileRow{line: first.line, cells: []string{cell}})
			}
		}
		*rows = list
		return 0, nil
	}
	for _, row := range *rows {
		if slices.ContainsFunc(row.cells[1:], func(c string) bool { return c != "" }) {
			return 0, mistake(CodeFileHeading, "", "line", strconv.Itoa(row.line))
		}
	}
	return 0, nil
}

// headingOf returns a heading as idColumns has it.
func headingOf(cell string) string {
	return strings.Join(strings.Fields(fold(strings.TrimRight(cell, ":："))), "_")
}

// read collects the UserIDs of a column.
func (f *PeopleFile) read(rows []fileRow, column int, s ParseContext) {
	seen := make(map[string]bool, len(rows))
	for _, row := range rows {
		f.Lines++
		cell := ""
		if column < len(row.cells) {
			cell = row.cells[column]
		}
		id, m := fileID(cell, s)
		switch {
		case m != nil:
			if f.BadLines++; len(f.Bad) < MaxBadLines {
				f.Bad = append(f.Bad, BadLine{Line: row.line, Why: m})
			}
		case seen[id]:
			f.Repeated++
		default:
			seen[id] = true
			f.IDs = append(f.IDs, id)
		}
	}
}

// spreadsheetNumber is a long number as a spreadsheet shows it: its digits are lost.
var spreadsheetNumber = regexp.MustCompile(`^\d[.,]?\d*E\+?\d+$`)

// formulaMarks begin a formula in a spreadsheet. Before each of them, and before an apostrophe, the
// files that Bouncer writes have an apostrophe.
const formulaMarks = "=+-@＝＋－＠'|%"

// fileID returns the UserID in a cell.
func fileID(cell string, s ParseContext) (string, *Mistake) {
	id := cell
	if rest, escaped := strings.CutPrefix(cell, "'"); escaped && strings.ContainsRune(formulaMarks, firstRune(rest)) {
		id = rest
	} else if strings.HasPrefix(cell, "=") {
		return "", mistake(CodeFileFormula, cell)
	}
	if id == "" {
		return "", mistake(CodeFileCell, "")
	}
	if at, r := foreignChar(id); at >= 0 {
		return "", badCharacter(CodeUserCharacter, "user", id, id, at, r)
	}
	fits := s.UserID != nil && s.UserID.MatchString(id)
	switch {
	case moderation.CheckUserID(id) != nil:
		return "", mistake(CodeUserLength, id, "user", id, "most", strconv.Itoa(moderation.MaxUserID))
	case fits:
		return id, nil
	case spreadsheetNumber.MatchString(id):
		return "", mistake(CodeFileNumber, id)
	case s.UserID != nil:
		return "", mistake(CodeUserPattern, id, "user", id, "pattern", unanchored(s.UserID.String()))
	case strings.ContainsFunc(id, isBlank):
		return "", mistake(CodeFileWords, id)
	}
	return id, nil
}
