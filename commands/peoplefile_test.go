package commands

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"bouncer/moderation"
)

func inUTF16(text string, big bool) []byte {
	out := []byte{0xFF, 0xFE}
	if big {
		out = []byte{0xFE, 0xFF}
	}
	for _, u := range utf16.Encode([]rune(text)) {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return out
}

func TestReadPeopleFile(t *testing.T) {
	for name, tc := range map[string]struct {
		text   string
		ids    string
		column string
		lines  int
		rep    int
		bad    string // code@line
	}{
		"a line each":            {"troll7\ntroll8\n", "troll7 troll8", "", 2, 0, ""},
		"a line each, Windows":   {"\uFEFFtroll7\r\ntroll8\r\n\r\n", "troll7 troll8", "", 2, 0, ""},
		"a line each, old Mac":   {"troll7\rtroll8", "troll7 troll8", "", 2, 0, ""},
		"one line with commas":   {"troll7, troll8,troll9,", "troll7 troll8 troll9", "", 3, 0, ""},
		"a heading":              {"UserID\ntroll7\n", "troll7", "UserID", 1, 0, ""},
		"a heading of many":      {"Members\ntroll7\n", "troll7", "Members", 1, 0, ""},
		"a table":                {"no,User ID,name\n1,troll7,\"A, B\"\n2,troll8,\"two\nlines\"\n3,troll7,x\n", "troll7 troll8", "User ID", 3, 1, ""},
		"semicolons":             {"name;user_id\nA;troll7\n", "troll7", "user_id", 1, 0, ""},
		"tabs":                   {"name\tuser_id\nA\ttroll7\n", "troll7", "user_id", 1, 0, ""},
		"Excel's separator":      {"sep=;\nuser_id;n\ntroll7;1\ntroll 8;1\n", "troll7", "user_id", 2, 0, "file-words@4"},
		"the better column":      {"id,user_id\n1,troll7\n", "troll7", "user_id", 1, 0, ""},
		"a column of spaces":     {"troll7,\ntroll8,\n", "troll7 troll8", "", 2, 0, ""},
		"repeated":               {"a\nb\na\na\n", "a b", "", 4, 2, ""},
		"an empty cell":          {"n,user_id\n1,\n2,troll7\n3\n", "troll7", "user_id", 3, 0, "file-cell@2 file-cell@4"},
		"a formula":              {"\"=HYPERLINK(\"\"x\"\")\"\n=1+1\n-abc\n+4917012345\n@x\n", "-abc +4917012345 @x", "", 5, 0, "file-formula@1 file-formula@2"},
		"written by Bouncer":     {"user_id,note\n'=1+1,\n'+x,\n''quoted,\n'plain,\n", "=1+1 +x 'quoted 'plain", "user_id", 4, 0, ""},
		"a spreadsheet's number": {"1.38E+10\n4.9E10\n12345\n", "12345", "", 3, 0, "file-number@1 file-number@2"},
		"not ASCII":              {"troll７\nгад\n", "", "", 2, 0, "user-character@1 user-character@2"},
		"too long":               {strings.Repeat("x", 33) + "\nok\n", "ok", "", 2, 0, "user-length@1"},
	} {
		t.Run(name, func(t *testing.T) {
			bare := strings.TrimPrefix(tc.text, "\uFEFF")
			for encoding, content := range map[string][]byte{"UTF-8": []byte(tc.text), "UTF-16LE": inUTF16(bare, false), "UTF-16BE": inUTF16(bare, true)} {
				f, m := ReadPeopleFile(content, ParseContext{})
				require.Nil(t, m, encoding)
				require.Equal(t, tc.ids, strings.Join(f.IDs, " "), encoding)
				require.Equal(t, tc.column, f.Column)
				require.Equal(t, tc.lines, f.Lines)
				require.Equal(t, tc.rep, f.Repeated)
				var bad []string
				for _, b := range f.Bad {
					bad = append(bad, fmt.Sprintf("%s@%d", b.Why.Code, b.Line))
				}
				require.Equal(t, tc.bad, strings.Join(bad, " "))
				require.Equal(t, f.Lines, len(f.IDs)+f.Repeated+f.BadLines, "every line is accounted for")
			}
		})
	}
}

// TestHeadingsOfTypedLists reads no heading as a person: a typed list asks about the same words.
func TestHeadingsOfTypedLists(t *testing.T) {
	for word := range headerWords {
		if word == "昵称" { // a name, and no UserID either
			continue
		}
		f, m := ReadPeopleFile([]byte(word+"\ntroll7\n"), ParseContext{})
		require.Nil(t, m, word)
		require.Equal(t, []string{"troll7"}, f.IDs, word)
		require.Equal(t, word, f.Column)
	}
}

func TestUnusablePeopleFiles(t *testing.T) {
	many := strings.Builder{}
	for i := range MaxFilePeople + 1 {
		fmt.Fprintf(&many, "user%d\n", i)
	}
	for name, tc := range map[string]struct {
		content string
		code    Code
		values  map[string]string
	}{
		"nothing":             {"", CodeFileEmpty, nil},
		"only a heading":      {"user_id\n\n", CodeFileEmpty, nil},
		"only blanks":         {" \n\t\n", CodeFileEmpty, nil},
		"too large":           {strings.Repeat("x\n", MaxFileBytes/2+1), CodeFileTooLarge, map[string]string{"most": "10", "got": "11"}},
		"too many":            {many.String(), CodeFileTooMany, map[string]string{"most": "100000", "got": "100001"}},
		"only commas":         {strings.Repeat(",", 1_000_000), CodeFileTooMany, map[string]string{"most": "100000", "got": "1000000"}},
		"one row of lines":    {strings.Repeat("a,\"\n\",", 200_000), CodeFileTooMany, map[string]string{"most": "100000", "got": "400000"}},
		"only one person":     {strings.Repeat("a\n", 4_000_000), CodeFileTooMany, map[string]string{"most": "100000", "got": "4000000"}},
		"a picture":           {"\x89PNG\r\n\x1a\n\x00\x00", CodeFileNotText, map[string]string{"line": "2"}},
		"UTF-16 without mark": {string(inUTF16("troll7\n", false)[2:]), CodeFileNotText, map[string]string{"line": "1"}},
		"half a character":    {string(inUTF16("troll7", false)) + "x", CodeFileCut, nil},
		"a workbook":          {"PK\x03\x04rest", CodeFileSpreadsheet, nil},
		"an old workbook":     {"\xD0\xCF\x11\xE0rest", CodeFileSpreadsheet, nil},
		"GBK":                 {"troll7\n\xD3\xC3\xBB\xA7\n", CodeFileEncoding, map[string]string{"line": "2"}},
		"an open quote":       {"user_id\ntroll7\n\"troll8\ntroll9\n", CodeFileQuote, map[string]string{"line": "3"}},
		"a table of what":     {"troll7,spam\ntroll8,hate\n", CodeFileHeading, map[string]string{"line": "1"}},
		"two headings":        {"user_id,name,User ID\na,b,c\n", CodeFileColumns, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f, m := ReadPeopleFile([]byte(tc.content), ParseContext{})
			require.NotNil(t, m)
			require.Equal(t, tc.code, m.Code)
			require.Equal(t, tc.values, m.Values)
			require.Zero(t, f)
		})
	}
}

func TestPolicyPatternInAPeopleFile(t *testing.T) {
	f, m := ReadPeopleFile([]byte("u-1\nu 2\ntroll\n"), ParseContext{UserID: regexp.MustCompile(`^(?:u[- ]\d)$`)})
	require.Nil(t, m)
	require.Equal(t, []string{"u-1", "u 2"}, f.IDs, "the policy says what UserIDs look like")
	require.Equal(t, CodeUserPattern, f.Bad[0].Why.Code)
}

func TestPeopleFileInSeveralRooms(t *testing.T) {
	f := PeopleFile{IDs: make([]string, MaxFilePeople/2)}
	require.Nil(t, f.CheckRooms(2))
	m := f.CheckRooms(3)
	require.Equal(t, CodePairsTooMany, m.Code)
	require.Equal(t, map[string]string{"most": "100000", "got": "150000", "rooms": "3", "people": "50000"}, m.Values)
	f.IDs = make([]string, MaxFilePeople)
	require.Nil(t, f.CheckRooms(1))
}

// TestPeopleFileLosesNobody reads lists of any ids back.
func TestPeopleFileLosesNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z0-9_.-]{1,12}[0-9]`), 1, 30, rapid.ID[string]).Draw(t, "ids")
		text := "user_id\n" + strings.Join(ids, rapid.SampledFrom([]string{"\n", "\r\n", "\r", "\n\n"}).Draw(t, "break"))
		f, m := ReadPeopleFile([]byte(text), ParseContext{})
		require.Nil(t, m)
		require.Equal(t, ids, f.IDs)
	})
}

func FuzzReadPeopleFile(f *testing.F) {
	f.Add([]byte("user_id,note\ntroll7,x\n"))
	f.Add(inUTF16("a;b\n", true))
	f.Add([]byte("sep=;\n\"a\"\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		file, m := ReadPeopleFile(content, ParseContext{})
		if m != nil {
			return
		}
		require.Equal(t, file.Lines, len(file.IDs)+file.Repeated+file.BadLines)
		for _, id := range file.IDs {
			require.NoError(t, moderation.CheckUserID(id))
		}
	})
}
