package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the tests name zones

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/storetest"
)

// auditDatabase is a database with a log, and how its commands are run.
type auditDatabase struct {
	t    *testing.T
	path string
	now  time.Time
}

func newAuditDatabase(t *testing.T) *auditDatabase {
	t.Helper()
	d := &auditDatabase{t: t, path: filepath.Join(t.TempDir(), "bouncer.db"), now: time.Date(2026, 1, 31, 22, 59, 59, 0, time.UTC)}
	t.Setenv("SDK_APP_ID", "1400000001")
	t.Setenv("DATABASE_URL", d.path)
	return d
}

// writes appends one entry a minute.
func (d *auditDatabase) writes(bodies ...moderation.Body) {
	d.t.Helper()
	s, err := store.New(d.t.Context(), store.Config{URL: d.path, App: 1400000001, Team: "T1", Now: func() time.Time { return d.now }})
	require.NoError(d.t, err)
	for _, b := range bodies {
		require.NoError(d.t, s.Append(d.t.Context(), moderation.Change{Entries: []moderation.NewEntry{{Kind: moderation.EntryNotice, Body: b}}}))
		d.now = d.now.Add(time.Minute)
	}
	head, err := s.Seal(d.t.Context())
	require.NoError(d.t, err)
	require.NoError(d.t, s.SavePublishedHead(d.t.Context(), head))
	require.NoError(d.t, s.Close())
}

func (d *auditDatabase) run(args ...string) (status int, out, errs string) {
	d.t.Helper()
	var o, e bytes.Buffer
	status = Main(d.t.Context(), append([]string{"audit"}, args...), &o, &e)
	return status, o.String(), e.String()
}

func (d *auditDatabase) ok(args ...string) string {
	d.t.Helper()
	status, out, errs := d.run(args...)
	require.Zero(d.t, status, errs)
	return out
}

// verifyExport verifies an export as docs/operation.md describes it, with
// nothing of this program, and returns its last hash.
func verifyExport(t *testing.T, raw string) string {
	t.Helper()
	lines := bufio.NewScanner(strings.NewReader(raw))
	lines.Buffer(nil, 1<<20)
	next := func(v any) {
		require.True(t, lines.Scan())
		require.NoError(t, json.Unmarshal(lines.Bytes(), v))
	}
	var begin struct {
		Format, Database, Previous string
		First, Last                int64
	}
	next(&begin)
	require.Equal(t, "bouncer-audit-log/1", begin.Format)
	if begin.First == 1 {
		first := sha256.Sum256([]byte("bouncer audit log " + begin.Database))
		require.Equal(t, hex.EncodeToString(first[:]), begin.Previous)
	}
	previous, err := hex.DecodeString(begin.Previous)
	require.NoError(t, err)
	for n := begin.First; n <= begin.Last; n++ {
		var e struct {
			Number, Case, At, App               int64
			Team, Kind, Salt, Body, Inner, Hash string
		}
		next(&e)
		require.Equal(t, n, e.Number)
		inner := sha256.Sum256([]byte(e.Salt + e.Body))
		require.Equal(t, e.Inner, hex.EncodeToString(inner[:]))
		link := bytes.NewBuffer(previous)
		for _, v := range []any{e.Number, e.Case, e.At, e.App, uint32(len(e.Team)), []byte(e.Team), uint32(len(e.Kind)), []byte(e.Kind), inner[:]} {
			require.NoError(t, binary.Write(link, binary.BigEndian, v))
		}
		sum := sha256.Sum256(link.Bytes())
		require.Equal(t, e.Hash, hex.EncodeToString(sum[:]))
		previous = sum[:]
	}
	var end struct {
		End     bool
		Entries int64
		Hash    string
	}
	next(&end)
	require.True(t, end.End)
	require.Equal(t, begin.Last-begin.First+1, end.Entries)
	require.Equal(t, hex.EncodeToString(previous), end.Hash)
	require.False(t, lines.Scan())
	return end.Hash
}

// What an auditor gets can be verified without the database, with whatever
// people wrote into it.
func TestExportProvesItself(t *testing.T) {
	d := newAuditDatabase(t)
	d.writes(moderation.Body{Detail: "one"}, moderation.Body{Detail: "<script>\u2028 \x00 \"quoted\" 你好"}, moderation.Body{Typed: "three"})
	file := filepath.Join(t.TempDir(), "log.jsonl")
	out := d.ok("export", "-o", file)
	require.Regexp(t, `^written: .*log.jsonl, 3 entries from 1 to 3, the last with hash [0-9a-f]{64}\nthe log was exported without a gap up to entry 3\n$`, out)
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	hash := verifyExport(t, string(raw))
	require.Contains(t, d.ok("verify"), "head 3 "+hash)
	require.Equal(t, string(raw), d.ok("export"), "the same on the output")
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())

	status, _, errs := d.run("export", "-o", file)
	require.Equal(t, 1, status)
	require.Contains(t, errs, "it is not overwritten, so name another file")
	again, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, raw, again)

	part := d.ok("export", "-since", "2026-02-01", "-tz", "Europe/Berlin")
	verifyExport(t, part)
	require.Contains(t, part, `"first":2,"last":3`)
	verifyExport(t, d.ok("export", "-until", "2026-01-31T23:00:00Z"))
	require.Contains(t, d.ok("export", "-since", "2027-01-01"), `"entries":0`)
}

// The log is pruned after an export to a file, and only as far.
func TestPruneAfterExport(t *testing.T) {
	d := newAuditDatabase(t)
	d.writes(moderation.Body{Detail: "one"}, moderation.Body{Detail: "two"}, moderation.Body{Detail: "three"})
	refused := func(why string, args ...string) {
		t.Helper()
		status, out, errs := d.run(args...)
		require.Equal(t, 1, status, out)
		require.Contains(t, errs, why)
		require.Equal(t, 1, strings.Count(errs, "\n"), errs)
	}
	refused("none was exported", "prune", "-before", "2026-02-01")
	for _, args := range [][]string{{"export"}, {"export", "-format", "csv", "-o", filepath.Join(t.TempDir(), "a.csv")}, {"export", "-format", "md", "-o", filepath.Join(t.TempDir(), "a.md")}} {
		d.ok(args...)
		refused("none was exported", "prune", "-before", "2026-02-01")
	}
	first := d.ok("verify")
	d.ok("export", "-o", filepath.Join(t.TempDir(), "a.jsonl"))
	refused("-before is missing", "prune")
	refused(`"soon" is not a date`, "prune", "-before", "soon")
	refused("no entry of the log is older", "prune", "-before", "2020-02-01")
	require.Contains(t, d.ok("prune", "-before", "2026-02-01", "-tz", "Europe/Berlin"), "pruned: the log begins after entry 1 ")
	out := d.ok("verify")
	require.Contains(t, out, "the chain is intact: 3 entries, head 4 ")
	require.Contains(t, out, "it begins after entry 1 ")
	require.Contains(t, out, "cut off the log up to entry 1: 1 entries")
	require.NotEqual(t, first, out)
	export := d.ok("export")
	require.Contains(t, export, `"first":2,"last":4`)
	verifyExport(t, export)
	d.writes(moderation.Body{Detail: "five"})
	d.ok("prune", "-before", "2026-01-31T23:01:30Z")
	refused("entry 1 cannot be compared: entries up to 2 were pruned at", "verify", "-head", "1:"+strings.Repeat("0", 64))
}

// Text that people wrote is neither a formula nor Markdown.
func TestExportedTextIsHarmless(t *testing.T) {
	d := newAuditDatabase(t)
	evil := []string{"=HYPERLINK(1)", "+1", "-1", "@x", "\t=1", "＝1", "a\r\n# b", "</td><script>", "[x](http://evil.example)", "\x1b[31mred", "`code`"}
	var bodies []moderation.Body
	for _, text := range evil {
		bodies = append(bodies, moderation.Body{Actor: &moderation.Actor{Kind: moderation.ActorPerson, User: "U1", Name: text}, Detail: text, Typed: text, Targets: []string{text}})
	}
	d.writes(bodies...)
	table := d.ok("export", "-format", "csv", "-tz", "Europe/Berlin")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(table, "\uFEFF"))).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, len(evil)+1)
	require.Equal(t, "2026-01-31T23:59:59.000+01:00", rows[1][1])
	for _, row := range rows {
		for _, cell := range row {
			require.NotRegexp(t, `^[\s]*[=+\-@＝]`, cell)
			require.NotContains(t, cell, "\x1b")
		}
	}
	story := d.ok("export", "-format", "md", "-tz", "Europe/Berlin")
	require.Contains(t, story, "- 2026-01-31 23:59:59 CET **notice** by ")
	require.Len(t, strings.Split(strings.TrimSpace(story), "\n"), 6+len(evil))
	for _, bad := range []string{"<script>", "[x](", "\x1b", "\r", "`code`", "://"} {
		require.NotContains(t, strings.ReplaceAll(story, `\`+bad, ""), bad)
	}
}

// An entry has all rooms of its action, or the one that it is about.
func TestExportNamesAllRooms(t *testing.T) {
	d := newAuditDatabase(t)
	a := moderation.Action{
		Verb: moderation.Ban, Room: moderation.Room{Kind: moderation.KindLive, ID: "a"}, Targets: []string{"troll7", "troll8"},
		MoreRooms: []moderation.Room{{Kind: moderation.KindChat, ID: "@TGS#b"}},
	}
	one := a.In(a.Room)
	d.writes(moderation.Body{Action: &a}, moderation.Body{Targets: []string{"troll8"}, Room: "chat:@TGS#b"}, moderation.Body{Action: &one},
		moderation.Body{Action: &moderation.Action{Verb: moderation.Ban}}) // refused before its room was known
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(d.ok("export", "-format", "csv"), "\uFEFF"))).ReadAll()
	require.NoError(t, err)
	var got [][]string
	for _, row := range rows {
		got = append(got, row[6:8])
	}
	require.Equal(t, [][]string{
		{"room", "targets"}, {"live:a,chat:@TGS#b", "troll7 troll8"}, {"chat:@TGS#b", "troll8"}, {"live:a", "troll7 troll8"}, {"", ""},
	}, got)
	story := d.ok("export", "-format", "md")
	require.Contains(t, story, `: ban live:a,chat:@TGS\#b; on troll7, troll8 (entry 1`)
	require.Contains(t, story, `: on troll8; in chat:@TGS\#b (entry 2`)
	require.Contains(t, story, `: ban live:a; on troll7, troll8 (entry 3`)
	require.Contains(t, story, `: ban (entry 4`)
}

// A table says as a timeline does why an entry has no content.
func TestExportSaysWhatWasErased(t *testing.T) {
	d := newAuditDatabase(t)
	d.writes(moderation.Body{ContentErased: true})
	for _, format := range []string{"csv", "md"} {
		require.Contains(t, d.ok("export", "-format", format), "its content was erased because of its age", format)
	}
}

// A wrong flag is one sentence, and a failure leaves no file.
func TestExportRefusals(t *testing.T) {
	d := newAuditDatabase(t)
	d.writes(moderation.Body{Detail: "one"})
	none := filepath.Join(t.TempDir(), "none")
	for why, args := range map[string][]string{
		`"pdf" is not a format`:          {"export", "-format", "pdf"},
		`"Berlin" is not a time zone`:    {"export", "-tz", "Berlin"},
		`"yesterday" is not a date`:      {"export", "-since", "yesterday"},
		`-until 2026-01-01 is not after`: {"export", "-since", "2026-02-01", "-until", "2026-01-01"},
		"no such file or directory":      {"export", "-o", filepath.Join(none, "a.jsonl")},
		`no database`:                    {"export", "-db", none},
		"SDK_APP_ID is 1400000001: set":  {"export", "-db", otherApp(t)},
	} {
		status, out, errs := d.run(args...)
		require.Equal(t, 1, status, why)
		require.Contains(t, errs, why)
		require.Equal(t, 1, strings.Count(errs, "\n"), errs)
		require.Empty(t, out)
	}
	status, _, errs := d.run("burn")
	require.Equal(t, 2, status)
	require.Contains(t, errs, `"burn" is not a subcommand`)
}

// An export to a full disk leaves nothing, and says so in one sentence.
func TestExportToAFullDisk(t *testing.T) {
	d := newAuditDatabase(t)
	d.writes(moderation.Body{Detail: strings.Repeat("long ", 50_000)})
	folder := t.TempDir()
	for _, format := range []string{"jsonl", "csv", "md"} {
		// No file can grow beyond a few blocks, as root or not.
		cmd := exec.CommandContext(t.Context(), "sh", "-c", `ulimit -f 128 && exec "$0" "$@"`,
			built(t, "."), "audit", "export", "-format", format, "-o", filepath.Join(folder, "log"))
		var errs bytes.Buffer
		cmd.Stderr = &errs
		var exit *exec.ExitError
		require.ErrorAs(t, cmd.Run(), &exit)
		require.Equal(t, 1, exit.ExitCode())
		require.Regexp(t, `^bouncer: the export .*log was not written: write .*: file too large\n$`, errs.String())
		left, err := os.ReadDir(folder)
		require.NoError(t, err)
		require.Empty(t, left)
	}
	require.Contains(t, d.ok("verify"), "the chain is intact")
}

// otherApp returns a database of another application.
func otherApp(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "other.db")
	s, err := store.New(t.Context(), store.Config{URL: path, App: 7})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	return path
}

// A log that someone changed is exported as it is, but that export permits no prune, and what was
// changed after an export is not pruned either.
func TestNoPruneOfAChangedLog(t *testing.T) {
	d := newAuditDatabase(t)
	d.writes(moderation.Body{Detail: "one"}, moderation.Body{Detail: "two"}, moderation.Body{Detail: "three"})
	change := func(from, to string) {
		storetest.Tamper(t, d.path, `UPDATE bodies SET body = replace(body, '`+from+`', '`+to+`')`)
	}
	change("one", "none")
	file := filepath.Join(t.TempDir(), "log.jsonl")
	status, _, errs := d.run("export", "-o", file)
	require.Equal(t, 1, status)
	require.Contains(t, errs, "the log is not intact, so its entries cannot be pruned: entry 1 does not match its body")
	require.FileExists(t, file)
	change("none", "one")
	status, _, errs = d.run("prune", "-before", "2026-01-31T23:00:30Z")
	require.Equal(t, 1, status)
	require.Contains(t, errs, "none was exported")
	d.ok("export", "-o", filepath.Join(t.TempDir(), "log.jsonl"))
	change("one", "none")
	status, _, errs = d.run("prune", "-before", "2026-01-31T23:00:30Z")
	require.Equal(t, 1, status)
	require.Contains(t, errs, "nothing was pruned: entry 1 does not match its body")
	change("none", "one")
	d.ok("prune", "-before", "2026-01-31T23:00:30Z")
}
