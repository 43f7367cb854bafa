package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"bouncer/moderation"
)

// scrub removes a person from texts and JSON. It changes only what names the person, and knows
// whole words only: "mal" is not in "malice".
type scrub struct {
	id, marker string
	// slack means that id is a Slack user, whose name appears where the user is an actor.
	slack bool
	// also are the person's other ids: across the enterprise.
	also []string
}

func (s scrub) ids() []string { return append([]string{s.id}, s.also...) }

// fixedFields are fields with our own values, or places: a person may have the same name.
var fixedFields = []string{
	"kind", "verb", "topic", "purpose", "outcome", "code", "api", "class", "policy", "rel", "media", "source", "room", "rule",
	"roles", "approvers", "escalate_to", "glass", "channel", "envelope", "bot", "team", "enterprise", "verdict", "database",
	"case", "most", "got", "newer", "within", "until", "hash", "outcomes", "roomid", "strroomid", "groupid", "requestid", "request_id",
}

// idFields are fields that contain a single id.
var idFields = []string{"target", "user", "user_id", "userid", "person", "owner", "author", "enterprise_user", "key"}

// actors are fields that contain a Slack person.
var actors = []string{"actor", "by", "decided_by"}

// prose are fields that contain what people wrote.
var prose = []string{"typed", "reason", "reason_sent", "detail", "before", "text", "note", "link"}

// json removes the person from one JSON value. whole means that all of it concerns only this
// person: then what people wrote in it is removed too.
func (s scrub) json(raw string, whole bool) (string, error) {
	if !whole && !s.isIn(raw) {
		return raw, nil
	}
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", fmt.Errorf("decode a row: %w", err)
	}
	changed := false
	v = s.value(v, whole, &changed)
	if !changed {
		return raw, nil
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	if err := e.Encode(v); err != nil {
		return "", fmt.Errorf("encode a row: %w", err)
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// spellings returns how the person's ids are written, in texts and in JSON with and without escapes
// for HTML.
func (s scrub) spellings() (all []string) {
	for _, id := range s.ids() {
		all = append(all, id)
		for _, escape := range []bool{true, false} {
			var quoted bytes.Buffer
			e := json.NewEncoder(&quoted)
			e.SetEscapeHTML(escape)
			if err := e.Encode(id); err != nil { // a string: cannot fail
				panic("store: " + err.Error())
			}
			all = append(all, quoted.String()[1:quoted.Len()-len("\"\n")])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// isIn reports whether a text or JSON may name the person.
func (s scrub) isIn(raw string) bool {
	return slices.ContainsFunc(s.spellings(), func(id string) bool { return strings.Contains(raw, id) })
}

// names returns SQL that is true where one of the columns may name the person, as isIn, and its
// arguments.
func (s scrub) names(d dialect, columns ...string) (cond string, args []any) {
	var conds []string
	for _, id := range s.spellings() {
		cond, named := d.anyContains(columns, id)
		conds, args = append(conds, cond), append(args, named...)
	}
	return strings.Join(conds, ` OR `), args
}

func (s scrub) value(v any, whole bool, changed *bool) any {
	switch x := v.(type) {
	case string:
		out := s.text(x)
		*changed = *changed || out != x
		return out
	case []any: // strings in a list are ids
		for i := range x {
			if text, ok := x[i].(string); ok {
				out := s.exact(text)
				*changed = *changed || out != text
				x[i] = out
				continue
			}
			x[i] = s.value(x[i], whole, changed)
		}
	case map[string]any:
		return s.object(x, whole, changed)
	}
	return v
}

func (s scrub) object(o map[string]any, whole bool, changed *bool) any {
	if s.slack && s.isActor(o) {
		*changed = true
		for k := range o {
			if !slices.Contains([]string{"kind", "team", "enterprise", "roles"}, strings.ToLower(k)) {
				delete(o, k)
			}
		}
		o["user"] = s.marker
		return o
	}
	if key, named := o["key"].(string); named && s.slack && slices.Contains(s.ids(), key) { // a row of a digest
		delete(o, "name")
	}
	for k, v := range o {
		key := strings.ToLower(k)
		if slices.Contains(fixedFields, key) || !s.slack && slices.Contains(actors, key) {
			continue
		}
		if text, ok := v.(string); ok && whole && text != "" && slices.Contains(prose, key) {
			if text != moderation.ErasedPlaceholder {
				o[k], *changed = moderation.ErasedPlaceholder, true
			}
			continue
		}
		if text, ok := v.(string); ok && slices.Contains(idFields, key) {
			out := s.exact(text)
			o[k], *changed = out, *changed || out != text
			continue
		}
		o[k] = s.value(v, whole, changed)
		if slices.Contains(s.ids(), k) {
			o[s.marker], *changed = o[k], true
			delete(o, k)
		}
	}
	return o
}

// isActor reports whether an object is this Slack person as an actor.
func (s scrub) isActor(o map[string]any) bool {
	_, named := o["kind"]
	return named && slices.ContainsFunc(s.ids(), func(id string) bool { return o["user"] == id || o["enterprise_user"] == id })
}

// exact replaces a text that is an id by the marker.
func (s scrub) exact(text string) string {
	if slices.Contains(s.ids(), text) {
		return s.marker
	}
	return text
}

// text replaces each id by the marker wherever it is a whole word.
func (s scrub) text(text string) string {
	for _, id := range s.ids() {
		text = s.without(text, id)
	}
	return text
}

func (s scrub) without(text, id string) string {
	if text == id {
		return s.marker
	}
	first, _ := utf8.DecodeRuneInString(id)
	last, _ := utf8.DecodeLastRuneInString(id)
	var b strings.Builder
	for from := 0; ; {
		at := strings.Index(text[from:], id)
		if at < 0 {
			b.WriteString(text[from:])
			return b.String()
		}
		at += from
		before, after := text[:at], text[at+len(id):]
		b.WriteString(text[from:at])
		if wordBegins(before, first) && wordEnds(after, last) && !isOtherID(before, id) {
			b.WriteString(s.marker)
		} else {
			b.WriteString(id)
		}
		from = at + len(id)
	}
}

// joins are characters that connect both sides into one word, as ids are written.
const joins = ".-@+#/"

func isWordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_')
}

// wordBegins reports whether a word that begins with first can begin after a text.
func wordBegins(before string, first rune) bool {
	r, n := utf8.DecodeLastRuneInString(before)
	next, _ := utf8.DecodeLastRuneInString(before[:len(before)-n])
	return isBoundary(r, next, first)
}

// wordEnds reports whether a word that ends with last can end before a text.
func wordEnds(after string, last rune) bool {
	r, n := utf8.DecodeRuneInString(after)
	next, _ := utf8.DecodeRuneInString(after[n:])
	return isBoundary(r, next, last)
}

func isBoundary(beside, beyond, inside rune) bool {
	if strings.ContainsRune(joins, beside) {
		return !isWordRune(beyond)
	}
	return !isWordRune(beside) || !isWordRune(inside)
}

// isOtherID reports whether what follows a text is a room's id or a case's number.
func isOtherID(before, id string) bool {
	return afterRoomKind(before) || strings.HasSuffix(before, "#") && strings.Trim(id, "0123456789") == ""
}

// afterRoomKind reports whether what follows a text is the id of a room.
func afterRoomKind(before string) bool {
	for _, k := range moderation.Kinds() {
		if strings.HasSuffix(before, string(k)+":") {
			return true
		}
	}
	return false
}
