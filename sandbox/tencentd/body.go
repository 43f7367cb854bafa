package tencentd

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"strings"
)

// field is one field of a request's body. Fields that are not declared are
// refused: the cloud API does so, and for the v4 APIs, which are silent about
// them, it finds a misspelt optional field that would otherwise do nothing.
type field struct {
	Name string `json:"name"`
	// Type is uint64, bool, string, user, strroom, strings, users or object.
	Type     string `json:"type"`
	Required bool   `json:"required"`
	// Min and Max bound a number's value; Max bounds a string's bytes and a
	// list's length. A zero Max is no bound.
	Min uint64 `json:"min"`
	Max uint64 `json:"max"`
	// Fields are an object's own.
	Fields []field `json:"-"`
}

// problem is what is wrong with a body. Each API has its own code for it.
type problem struct {
	kind  problemKind
	field field
}

type problemKind int

const (
	badJSON problemKind = iota
	unknownField
	missingField
	wrongType
	outOfBounds
	tooMany
)

// params are a body's fields: uint64, bool, string, []string or params.
type params map[string]any

func (p params) str(name string) string    { s, _ := p[name].(string); return s }
func (p params) list(name string) []string { l, _ := p[name].([]string); return l }
func (p params) object(name string) params { o, _ := p[name].(params); return o }
func (p params) has(name string) bool      { _, ok := p[name]; return ok }
func (p params) flag(name string) bool     { b, _ := p[name].(bool); return b }
func (p params) num(name string, zero uint64) uint64 {
	if n, ok := p[name].(uint64); ok {
		return n
	}
	return zero
}

// decode reads a body strictly: one JSON object, field names in their exact
// case, numbers as integers, nothing behind it.
func decode(fields []field, body []byte) (params, *problem) {
	var raw map[string]json.RawMessage
	dec := json.NewDecoder(bytes.NewReader(body))
	if err := dec.Decode(&raw); err != nil || raw == nil {
		return nil, &problem{kind: badJSON}
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, &problem{kind: badJSON}
	}
	return decodeObject(fields, raw)
}

func decodeObject(fields []field, raw map[string]json.RawMessage) (params, *problem) {
	p := params{}
	for _, f := range fields {
		value, ok := raw[f.Name]
		if !ok || string(value) == "null" {
			if f.Required {
				return nil, &problem{missingField, f}
			}
			delete(raw, f.Name)
			continue
		}
		v, kind, ok := f.decode(value)
		if v, isObject := v.(map[string]json.RawMessage); isObject && ok {
			inner, bad := decodeObject(f.Fields, v)
			if bad != nil {
				return nil, bad
			}
			p[f.Name] = inner
			delete(raw, f.Name)
			continue
		}
		if !ok {
			return nil, &problem{kind, f}
		}
		p[f.Name] = v
		delete(raw, f.Name)
	}
	for name := range raw {
		return nil, &problem{unknownField, field{Name: name}}
	}
	return p, nil
}

// decode reads one value. If it returns false, the kind says what is wrong.
func (f field) decode(raw json.RawMessage) (any, problemKind, bool) {
	switch f.Type {
	case "uint64":
		// ParseUint and not the decoder: 1.0 and 1e3 are not integers there.
		n, err := strconv.ParseUint(string(raw), 10, 64)
		if err != nil {
			return nil, wrongType, false
		}
		return n, outOfBounds, n >= f.Min && (f.Max == 0 || n <= f.Max)
	case "bool":
		var b bool
		return unmarshal(raw, &b)
	case "object":
		var o map[string]json.RawMessage
		return unmarshal(raw, &o)
	case "strings", "users":
		var l []string
		v, kind, ok := unmarshal(raw, &l)
		if !ok {
			return v, kind, ok
		}
		if f.Max > 0 && uint64(len(l)) > f.Max {
			return nil, tooMany, false
		}
		for _, s := range l {
			if s == "" || f.Type == "users" && !validUser(s) {
				return nil, outOfBounds, false
			}
		}
		return l, outOfBounds, len(l) > 0
	default:
		var s string
		v, kind, ok := unmarshal(raw, &s)
		if !ok {
			return v, kind, ok
		}
		switch f.Type {
		case "user":
			ok = validUser(s)
		case "strroom":
			ok = validStrRoom(s)
		default:
			ok = f.Max == 0 || uint64(len(s)) <= f.Max
		}
		return s, outOfBounds, ok
	}
}

func unmarshal[T any](raw json.RawMessage, v *T) (any, problemKind, bool) {
	if err := json.Unmarshal(raw, v); err != nil {
		return nil, wrongType, false
	}
	return *v, wrongType, true
}

// validUser: Chat's rule, the widest: printable ASCII, at most 32 bytes.
func validUser(s string) bool {
	return s != "" && len(s) <= 32 && printable(s)
}

// validID is the rule for Live rooms and Chat groups: printable ASCII, at most
// 48 bytes.
func validID(s string) bool {
	return s != "" && len(s) <= 48 && printable(s)
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// strRoomMarks are the characters that a string room id may contain in
// addition to letters and digits.
const strRoomMarks = " !#$%&()+-:;<=.>?@[]^_{}|~,"

func validStrRoom(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && !strings.ContainsRune(strRoomMarks, r) {
			return false
		}
	}
	return true
}
