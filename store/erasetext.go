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

// scrub takes somebody out of texts and JSON. It changes nothing that does not
// name the person, and knows whole words only: "mal" is not in "malice".
type scrub struct {
	id, marker string
	// slack says that id is a Slack user, with a name wherever he is an actor.
	slack bool
	// also are his other ids: across the enterprise.
	also []string
}

func (s scrub) ids() []string { return append([]string{s.id}, s.also...) }

// fixedFields are fields that hold words of ours, or places: a person may be
// called like one of them.
var fixedFields = []string{
	"kind", "verb", "topic", "purpose", "outcome", "code", "api", "class", "policy", "rel", "media", "source", "room", "rule",
	"roles", "approvers", "escalate_to", "glass", "channel", "envelope", "bot", "team", "enterprise", "verdict", "database",
	"case", "most", "got", "newer", "within", "until", "hash", "outcomes", "roomid", "strroomid", "groupid", "requestid", "request_id",
}

// idFields are fields that hold one id and nothing else.
var idFields = []string{"target", "user", "user_id", "userid", "person", "owner", "author", "enterprise_user", "key"}

// actors are fields that hold a Slack person.
var actors = []string{"actor", "by", "decided_by"}

// prose are fields that hold what somebody wrote.
var prose = []string{"typed", "reason", "reason_sent", "detail", "before", "text", "note", "link"}

// json takes the person out of one JSON value. whole says that all of it is
// about nobody else: then what people wrote in it goes too.
func (s scrub) json(raw string, whole bool) (string, error) {
	if !whole && !s.isIn(raw) {
		return raw, nil
	}
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", fmt.Errorf("a row that cannot be read: %w", err)
	}
	changed := false
	v = s.value(v, whole, &changed)
	if !changed {
		return raw, nil
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	if err := e.Encode(v); err != nil {
		return "", fmt.Errorf("a row that cannot be kept: %w", err)
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// isIn tells whether JSON may name the person.
func (s scrub) isIn(raw string) bool {
	return slices.ContainsFunc(s.ids(), func(id string) bool {
		quoted, err := json.Marshal(id)
		if err != nil { // a string: cannot fail
			panic("store: " + err.Error())
		}
		return strings.Contains(raw, string(quoted[1:len(quoted)-1]))
	})
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

// isActor tells whether an object is this Slack person as an actor.
func (s scrub) isActor(o map[string]any) bool {
	_, named := o["kind"]
	return named && slices.ContainsFunc(s.ids(), func(id string) bool { return o["user"] == id || o["enterprise_user"] == id })
}

// exact puts the marker in the place of an id that stands alone.
func (s scrub) exact(text string) string {
	if slices.Contains(s.ids(), text) {
		return s.marker
	}
	return text
}

// text puts the marker in the place of each id wherever it is a word.
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

// joins are characters that make one word of what stands on both their sides,
// as ids are written.
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

// isOtherID tells whether what follows a text is a room's id or a case's number.
func isOtherID(before, id string) bool {
	return afterRoomKind(before) || strings.HasSuffix(before, "#") && strings.Trim(id, "0123456789") == ""
}

// afterRoomKind tells whether what follows a text is the id of a room.
func afterRoomKind(before string) bool {
	for _, k := range moderation.Kinds() {
		if strings.HasSuffix(before, string(k)+":") {
			return true
		}
	}
	return false
}
