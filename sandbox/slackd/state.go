package slackd

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// stateValues is what was entered, by block_id and action_id, as view.state.values carries it.
type stateValues map[string]map[string]object

// found is an interactive element and its block.
type found struct {
	block, element object
}

func (f found) str(key string) string {
	v, _ := f.element[key].(string)
	return v
}

func (f found) kind() string { return f.str("type") }

// elements lists the interactive elements of decoded blocks in order.
func elements(blocks any) []found {
	var out []found
	items, _ := blocks.([]any)
	for _, item := range items {
		b, ok := item.(object)
		if !ok {
			continue
		}
		for _, key := range []string{"accessory", "element"} {
			if e, ok := b[key].(object); ok && e["action_id"] != nil {
				out = append(out, found{b, e})
			}
		}
		inner, _ := b["elements"].([]any)
		for _, x := range inner {
			if e, ok := x.(object); ok && e["action_id"] != nil {
				out = append(out, found{b, e})
			}
		}
		rows, _ := b["rows"].([]any)
		for _, row := range rows {
			cells, _ := row.([]any)
			for _, x := range cells {
				cell, _ := x.(object)
				if e, ok := cell["element"].(object); ok && e["action_id"] != nil {
					out = append(out, found{b, e})
				}
			}
		}
	}
	return out
}

// locate finds one element. An empty blockID matches the only block that has the action.
func locate(blocks any, blockID, actionID string) (found, bool) {
	var hits []found
	for _, f := range elements(blocks) {
		if f.str("action_id") == actionID && (blockID == "" || f.block["block_id"] == blockID) {
			hits = append(hits, f)
		}
	}
	if len(hits) != 1 {
		return found{}, false
	}
	return hits[0], true
}

// valueKey returns the field of a state value or action that has the chosen
// value, and whether it has several.
func valueKey(kind string) (key string, several bool) {
	switch kind {
	case "static_select", "external_select", "radio_buttons", "overflow":
		return "selected_option", false
	case "multi_static_select", "multi_external_select", "checkboxes":
		return "selected_options", true
	case "users_select":
		return "selected_user", false
	case "multi_users_select":
		return "selected_users", true
	case "conversations_select":
		return "selected_conversation", false
	case "multi_conversations_select":
		return "selected_conversations", true
	case "channels_select":
		return "selected_channel", false
	case "multi_channels_select":
		return "selected_channels", true
	case "datepicker":
		return "selected_date", false
	case "timepicker":
		return "selected_time", false
	case "datetimepicker":
		return "selected_date_time", false
	case "plain_text_input", "email_text_input", "url_text_input", "number_input":
		return "value", false
	case "rich_text_input":
		return "rich_text_value", false
	case "file_input":
		return "files", true
	}
	return "", false
}

// initialKeys are the fields of an element with its initial value.
var initialKeys = []string{
	"initial_option", "initial_options", "initial_user", "initial_users", "initial_conversation",
	"initial_conversations", "initial_channel", "initial_channels", "initial_date", "initial_time",
	"initial_date_time", "initial_value",
}

// initialState is the state before anybody entered anything.
func initialState(blocks any) stateValues {
	out := stateValues{}
	for _, f := range elements(blocks) {
		key, several := valueKey(f.kind())
		if key == "" || f.kind() == "overflow" {
			continue // buttons and overflow menus have no state
		}
		var start any
		if several {
			start = []any{}
		}
		for _, k := range initialKeys {
			if v, ok := f.element[k]; ok {
				start = v
			}
		}
		out.set(f, object{"type": f.kind(), key: start})
	}
	return out
}

// copied shares nothing that set changes.
func (st stateValues) copied() stateValues {
	out := make(stateValues, len(st))
	for block, actions := range st {
		out[block] = maps.Clone(actions)
	}
	return out
}

func (st stateValues) set(f found, v object) {
	b, _ := f.block["block_id"].(string)
	if st[b] == nil {
		st[b] = map[string]object{}
	}
	st[b][f.str("action_id")] = v
}

// options are an element's choices by value, those of its groups included.
func (f found) options() map[string]any {
	out := map[string]any{}
	add := func(list any) {
		items, _ := list.([]any)
		for _, x := range items {
			if o, ok := x.(object); ok {
				v, _ := o["value"].(string)
				out[v] = o
			}
		}
	}
	add(f.element["options"])
	groups, _ := f.element["option_groups"].([]any)
	for _, g := range groups {
		if o, ok := g.(object); ok {
			add(o["options"])
		}
	}
	return out
}

var (
	dateForm  = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)
	clockForm = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d$`)
	emailForm = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
	webForm   = regexp.MustCompile(`^https?://\S+$`)
)

// enter converts what a person chose or typed into the value in payloads.
// suggested are the options that the app offered for an external select.
func (f found) enter(values []string, suggested map[string]any) (object, error) {
	key, several := valueKey(f.kind())
	if key == "" {
		return nil, fmt.Errorf("%w: a %s accepts no value", ErrRefused, f.kind())
	}
	if !several && len(values) > 1 {
		return nil, fmt.Errorf("%w: a %s accepts one value", ErrRefused, f.kind())
	}
	if most, ok := f.element["max_selected_items"].(json.Number); ok {
		if n, err := most.Int64(); err == nil && int64(len(values)) > n {
			return nil, fmt.Errorf("%w: at most %d may be chosen", ErrRefused, n)
		}
	}
	if n, ok := number(f.element["max_files"]); f.kind() == "file_input" && int64(len(values)) > max(n, 1) && (ok || len(values) > maxFiles) {
		return nil, fmt.Errorf("%w: at most %d files may be chosen", ErrRefused, n)
	}
	list := []any{}
	for _, v := range values {
		if v == "" {
			continue
		}
		one, err := f.one(v, suggested)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	out := object{"type": f.kind()}
	switch {
	case several:
		out[key] = list
	case len(list) == 1:
		out[key] = list[0]
	default:
		out[key] = nil
	}
	return out, nil
}

func (f found) one(v string, suggested map[string]any) (any, error) {
	refuse := func(what string) (any, error) { return nil, fmt.Errorf("%w: %q is not a %s", ErrRefused, v, what) }
	switch f.kind() {
	case "file_input":
		if o, ok := suggested[v]; ok {
			return o, nil
		}
		return refuse("file that this person uploaded (with Attach)")
	case "external_select", "multi_external_select":
		if o, ok := suggested[v]; ok {
			return o, nil
		}
		return refuse("option that the app offered (ask with Suggest first)")
	case "static_select", "multi_static_select", "radio_buttons", "checkboxes", "overflow":
		if o, ok := f.options()[v]; ok {
			return o, nil
		}
		return refuse("option of " + f.str("action_id"))
	case "datepicker":
		if !dateForm.MatchString(v) {
			return refuse("date")
		}
	case "timepicker":
		if !clockForm.MatchString(v) {
			return refuse("time")
		}
	case "datetimepicker":
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return refuse("Unix time")
		}
		return n, nil
	case "rich_text_input":
		return object{"type": "rich_text", "elements": []any{object{
			"type": "rich_text_section", "elements": []any{object{"type": "text", "text": v}},
		}}}, nil
	}
	return v, nil
}

// complaint returns what Slack's client says about an invalid value when a
// modal is submitted, or "". The app never receives such a submission.
func (f found) complaint(value object) string {
	key, several := valueKey(f.kind())
	v := value[key]
	list, _ := v.([]any)
	if v == nil || v == "" || (several && len(list) == 0) {
		if f.block["optional"] == true {
			return ""
		}
		return "Please complete this required field."
	}
	s, _ := v.(string)
	switch f.kind() {
	case "plain_text_input":
		n := int64(utf8.RuneCountInString(s))
		if least, ok := number(f.element["min_length"]); ok && n < least {
			return fmt.Sprintf("Must be at least %d characters.", least)
		}
		most, ok := number(f.element["max_length"])
		if !ok {
			most = 3000
		}
		if n > most {
			return fmt.Sprintf("Must be at most %d characters.", most)
		}
	case "email_text_input":
		if !emailForm.MatchString(s) {
			return "Please enter a valid email."
		}
	case "url_text_input":
		if !webForm.MatchString(s) {
			return "Please enter a valid URL."
		}
	case "number_input":
		return f.numberComplaint(s)
	case "datepicker":
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			return "Please enter a valid date."
		}
	}
	return ""
}

func (f found) numberComplaint(s string) string {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || (f.element["is_decimal_allowed"] != true && n != float64(int64(n))) {
		return "Please enter a valid number."
	}
	bound := func(key string) (float64, bool) {
		b, err := strconv.ParseFloat(f.str(key), 64)
		return b, err == nil
	}
	if lo, ok := bound("min_value"); ok && n < lo {
		return fmt.Sprintf("Must be at least %v.", lo)
	}
	if hi, ok := bound("max_value"); ok && n > hi {
		return fmt.Sprintf("Must be at most %v.", hi)
	}
	return ""
}

func number(v any) (int64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := n.Int64()
	return i, err == nil
}

// inputBlock reports whether the block is an input with that id.
func inputBlock(blocks any, blockID string) bool {
	items, _ := blocks.([]any)
	return slices.ContainsFunc(items, func(x any) bool {
		b, ok := x.(object)
		return ok && b["type"] == "input" && b["block_id"] == blockID
	})
}
