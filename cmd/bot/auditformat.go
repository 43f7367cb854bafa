package main

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"bouncer/bot/say"
	"bouncer/moderation"
	"bouncer/store"
)

// jsonLog writes one JSON object a line: what the excerpt is, each entry with
// all that its hash is made of, and an end, so that a file that was cut is
// noticed. docs/operation.md describes it.
type jsonLog struct {
	out *json.Encoder
	x   store.LogExcerpt
	n   int64
}

// jsonLogFormat names the format and its version.
const jsonLogFormat = "bouncer-audit-log/1"

func newJSONLog(w io.Writer, _ *time.Location) logFormat {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return &jsonLog{out: out}
}

func (f *jsonLog) begin(x store.LogExcerpt) error {
	f.x = x
	return f.out.Encode(struct {
		Format   string `json:"format"`
		Database string `json:"database"`
		App      uint32 `json:"app"`
		First    int64  `json:"first"`
		Last     int64  `json:"last"`
		Previous string `json:"previous"`
		Head     int64  `json:"head"`
		HeadHash string `json:"head_hash"`
	}{jsonLogFormat, x.Database, x.App, x.First, x.Last, x.Previous, x.Head.Number, x.Head.Hash})
}

func (f *jsonLog) entry(e *store.LoggedEntry) error {
	f.n++
	return f.out.Encode(struct {
		Number int64                `json:"number"`
		ID     int64                `json:"id"`
		Case   int64                `json:"case"`
		At     int64                `json:"at"`
		App    int64                `json:"app"`
		Team   string               `json:"team"`
		Kind   moderation.EntryKind `json:"kind"`
		Salt   string               `json:"salt"`
		Body   string               `json:"body"`
		Inner  string               `json:"inner"`
		Hash   string               `json:"hash"`
	}{e.Number, e.ID, e.Case, e.At.UnixMilli(), e.App, e.Team, e.Kind, e.Salt, string(e.Body), e.Inner, e.Hash})
}

func (f *jsonLog) end() error {
	return f.out.Encode(struct {
		End     bool   `json:"end"`
		Entries int64  `json:"entries"`
		Hash    string `json:"hash"`
	}{true, f.n, f.x.Hash})
}

// csvLog writes a table for spreadsheets.
type csvLog struct {
	out  *csv.Writer
	w    io.Writer
	zone *time.Location
}

func newCSVLog(w io.Writer, zone *time.Location) logFormat {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	return &csvLog{out: out, w: w, zone: zone}
}

func (f *csvLog) begin(store.LogExcerpt) error {
	// Excel on a Chinese system reads a file without a byte order mark as GBK.
	if _, err := io.WriteString(f.w, "\uFEFF"); err != nil {
		return err
	}
	return f.row("number", "time", "case", "kind", "actor", "verb", "room", "targets", "person", "typed", "code", "outcome", "detail", "api", "vendor_code", "request_id", "hash")
}

func (f *csvLog) entry(e *store.LoggedEntry) error {
	b := readBody(e)
	if b.ContentErased {
		b.Detail = contentErased
	}
	verb, room, targets := "", "", b.Targets
	if b.Action != nil {
		verb, room, targets = string(b.Action.Verb), say.RoomKeys(*b.Action), b.Action.Targets
	}
	if b.Room != "" { // of a case in several rooms, the one that the entry is about
		room, targets = b.Room, b.Targets
	}
	actor, vendor := "", moderation.VendorResponse{}
	if b.Actor != nil {
		actor = actorName(*b.Actor)
	}
	if b.Vendor != nil {
		vendor = *b.Vendor
	}
	no := ""
	if e.Case > 0 {
		no = strconv.FormatInt(e.Case, 10)
	}
	return f.row(strconv.FormatInt(e.Number, 10), e.At.In(f.zone).Format("2006-01-02T15:04:05.000Z07:00"), no, string(e.Kind), actor, verb, room,
		strings.Join(targets, " "), b.Person, b.Typed, string(b.Code), b.Outcome, b.Detail, b.API, vendor.Code, vendor.RequestID, e.Hash)
}

func (f *csvLog) row(cells ...string) error {
	for i := range cells {
		cells[i] = say.Cell(cells[i])
	}
	return f.out.Write(cells)
}

func (f *csvLog) end() error {
	f.out.Flush()
	return f.out.Error()
}

// contentErased is shown for a body that RETENTION erased.
const contentErased = "its content was erased because of its age"

// readBody returns the body of an entry. One that another version wrote, and
// that cannot be read, is its own detail.
func readBody(e *store.LoggedEntry) moderation.Body {
	var b moderation.Body
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return moderation.Body{Detail: string(e.Body)}
	}
	return b
}

func actorName(a moderation.Actor) string {
	if a.User == "" {
		return string(a.Kind)
	}
	return a.Label()
}
