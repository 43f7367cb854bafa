package slackd

import (
	"reflect"
	"regexp"
	"strings"
)

// place is what an element may stand in.
type place int

const (
	inSection place = 1 << iota
	inActions
	inInput
	inContext
	inContextActions
)

// blockRow is a block type: its shape and where it may stand.
type blockRow struct {
	surfaces surface
	shape
}

// elementRow is an element type: its shape, where it may stand, and whether it sends actions.
type elementRow struct {
	places place
	acts   bool
	shape
}

const urlChars = 3000

func with(base map[string]rule, more map[string]rule) map[string]rule {
	out := map[string]rule{"type": str(1, 50)}
	for k, r := range base {
		out[k] = r
	}
	for k, r := range more {
		out[k] = r
	}
	return out
}

// blockTable holds the limits of reference.slack.dev's block pages. Block
// types that are not rolled out to messages everywhere (alert, card, carousel
// and the like) are not in it, so they are refused.
func blockTable() map[string]blockRow {
	blockID := map[string]rule{"block_id": id}
	row := func(surfaces surface, fields map[string]rule, required ...string) blockRow {
		return blockRow{surfaces, shape{fields: with(blockID, fields), required: required}}
	}
	section := row(surfaceAll, map[string]rule{
		"text": anyText(3000), "fields": list(1, 10, anyText(2000)), "accessory": element(inSection), "expand": flag,
	})
	section.also = func(c *checker, at string, o object) {
		if o["text"] == nil && o["fields"] == nil {
			c.say(at, "missing required field: text")
		}
	}
	image := row(surfaceAll, map[string]rule{
		"image_url": link, "slack_file": slackFile, "alt_text": str(1, 2000), "title": plain(2000),
	}, "alt_text")
	image.also = imageSource
	input := row(surfaceAll, map[string]rule{
		"label": plain(2000), "element": element(inInput), "hint": plain(2000), "optional": flag, "dispatch_action": flag,
	}, "label", "element")
	input.also = func(c *checker, _ string, _ object) { c.inputs++ }
	markdown := row(surfaceMessage, map[string]rule{"text": str(1, 12_000)}, "text")
	markdown.also = func(c *checker, at string, o object) {
		before := c.chars
		c.read(o["text"])
		if c.markdown += c.chars - before; c.markdown > 12_000 {
			c.say(at+"/text", "must be less than 12001 characters in all markdown blocks")
		}
	}
	table := row(surfaceMessage, map[string]rule{
		"rows":            list(1, 100, list(1, 20, typed(" in a table", func(k *kit) map[string]shape { return k.cells }))),
		"column_settings": list(0, 20, tableColumn),
	}, "rows")
	table.also = func(c *checker, _ string, _ object) { c.tables++ }
	return map[string]blockRow{
		"section":  section,
		"divider":  row(surfaceAll, nil),
		"header":   row(surfaceAll, map[string]rule{"text": plain(150), "level": whole(1, 4)}, "text"),
		"context":  row(surfaceAll, map[string]rule{"elements": list(1, 10, contextItem)}, "elements"),
		"actions":  row(surfaceAll, map[string]rule{"elements": list(1, 25, element(inActions))}, "elements"),
		"image":    image,
		"input":    input,
		"markdown": markdown,
		"table":    table,
		"rich_text": row(surfaceAll, map[string]rule{
			"elements": list(1, 1000, typed(" in rich_text", func(k *kit) map[string]shape { return k.rich })),
		}, "elements"),
		"context_actions": row(surfaceMessage, map[string]rule{"elements": list(1, 5, element(inContextActions))}, "elements"),
		"video": row(surfaceAll, map[string]rule{
			"title": plain(200), "title_url": link, "description": plain(200), "video_url": link, "thumbnail_url": link,
			"alt_text": str(1, 2000), "author_name": str(1, 50), "provider_name": str(1, 50), "provider_icon_url": link,
		}, "title", "video_url", "thumbnail_url", "alt_text"),
	}
}

func link(c *checker, at string, v any) {
	str(1, urlChars)(c, at, v)
	if s, ok := v.(string); ok && !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") {
		c.say(at, "invalid url")
	}
}

func anyLink(c *checker, at string, v any) { str(1, urlChars)(c, at, v) }

func slackFile(c *checker, at string, v any) {
	shape{fields: map[string]rule{"id": str(1, 255), "url": link}}.check(c, at, v)
	o, _ := v.(object)
	if id, ok := o["id"].(string); ok && (c.picture == nil || !c.picture(id)) {
		c.say(at, "invalid slack file")
	}
}

func imageSource(c *checker, at string, o object) {
	if (o["image_url"] == nil) == (o["slack_file"] == nil) {
		c.say(at, "exactly one of image_url and slack_file is required")
	}
}

func contextItem(c *checker, at string, v any) {
	if o, ok := v.(object); ok && o["type"] != "image" {
		anyText(2000)(c, at, v)
		return
	}
	element(inContext)(c, at, v)
}

func tableColumn(c *checker, at string, v any) {
	if v == nil {
		return // a column that is left as it is
	}
	shape{fields: map[string]rule{"align": oneOf("left", "center", "right"), "is_wrapped": flag}}.check(c, at, v)
}

// confirmRule: the newer pages say plain_text for the text too, the older ones
// any text object; the stricter is taken.
func confirmRule(c *checker, at string, v any) {
	shape{
		fields: map[string]rule{
			"title": plain(100), "text": plain(300), "confirm": plain(30), "deny": plain(30), "style": oneOf("primary", "danger"),
		},
		required: []string{"title", "text", "confirm", "deny"},
	}.check(c, at, v)
}

// option is one choice; mrkdwn texts are for radio buttons and checkboxes alone.
func option(mrkdwn bool) rule {
	return func(c *checker, at string, v any) {
		shape{
			fields: map[string]rule{
				"text": text(75, mrkdwn), "value": str(1, c.limits.OptionValueChars),
				"description": text(75, mrkdwn), "url": link,
			},
			required: []string{"text", "value"},
		}.check(c, at, v)
	}
}

// initialAmong: what is chosen at first must be one of the options, in all its fields.
func initialAmong(c *checker, at string, o object) {
	known := found{element: o}.options()
	chosen, _ := o["initial_options"].([]any)
	if one, there := o["initial_option"]; there {
		chosen = append(chosen, one)
	}
	for _, x := range chosen {
		option, _ := x.(object)
		value, _ := option["value"].(string)
		if !reflect.DeepEqual(known[value], x) {
			c.say(at, "initial option must be one of the options: %s", value)
		}
	}
}

func optionGroup(c *checker, at string, v any) {
	shape{
		fields:   map[string]rule{"label": plain(75), "options": list(1, 100, option(false))},
		required: []string{"label", "options"},
	}.check(c, at, v)
}

func filter(c *checker, at string, v any) {
	shape{fields: map[string]rule{
		"include":                          list(1, 4, oneOf("im", "mpim", "private", "public")),
		"exclude_external_shared_channels": flag, "exclude_bot_users": flag,
	}}.check(c, at, v)
}

func dispatchConfig(c *checker, at string, v any) {
	shape{fields: map[string]rule{
		"trigger_actions_on": list(1, 2, oneOf("on_enter_pressed", "on_character_entered")),
	}}.check(c, at, v)
}

// pattern is a string of that form.
func pattern(what, expr string) rule {
	form := regexp.MustCompile(expr)
	return func(c *checker, at string, v any) {
		if s, ok := v.(string); !ok || !form.MatchString(s) {
			c.say(at, "must be a %s", what)
		}
	}
}

// elementTable holds the limits of the element pages.
func elementTable() map[string]elementRow {
	common := map[string]rule{"action_id": id, "confirm": confirmRule, "focus_on_load": flag}
	row := func(places place, fields map[string]rule, required ...string) elementRow {
		return elementRow{places, true, shape{fields: with(common, fields), required: required}}
	}
	everywhere := inSection | inActions | inInput
	placeholder := plain(150)
	options, groups := list(1, 100, option(false)), list(1, 100, optionGroup)
	anID, ids := str(1, 255), list(1, 100, str(1, 255))
	many := whole(1, 1000)
	choose := func(fields map[string]rule) elementRow {
		fields["placeholder"] = placeholder
		r := row(everywhere, fields)
		return r
	}
	needOptions := func(r elementRow) elementRow {
		r.also = func(c *checker, at string, o object) {
			if (o["options"] == nil) == (o["option_groups"] == nil) {
				c.say(at, "exactly one of options and option_groups is required")
			}
			initialAmong(c, at, o)
		}
		return r
	}
	text := map[string]rule{
		"initial_value": str(0, 3000), "placeholder": placeholder, "dispatch_action_config": dispatchConfig,
	}
	image := row(inSection|inContext, map[string]rule{"image_url": link, "slack_file": slackFile, "alt_text": str(1, 2000)}, "alt_text")
	image.acts = false
	delete(image.fields, "action_id")
	image.also = imageSource
	button := map[string]rule{
		"text": plain(75), "value": str(0, 2000), "url": anyLink, "style": oneOf("primary", "danger"), "accessibility_label": str(1, 75),
	}
	rows := map[string]elementRow{
		"button":        row(inSection|inActions, button, "text"),
		"image":         image,
		"icon_button":   row(inContextActions, map[string]rule{"icon": oneOf("trash"), "text": plain(75), "value": str(0, 2000), "accessibility_label": str(1, 75), "visible_to_user_ids": ids}, "icon", "text"),
		"overflow":      row(inSection|inActions, map[string]rule{"options": list(2, 5, option(false))}, "options"),
		"checkboxes":    row(everywhere, map[string]rule{"options": list(1, 10, option(true)), "initial_options": list(1, 10, option(true))}, "options"),
		"radio_buttons": row(everywhere, map[string]rule{"options": list(1, 10, option(true)), "initial_option": option(true)}, "options"),

		"static_select":              needOptions(choose(map[string]rule{"options": options, "option_groups": groups, "initial_option": option(false)})),
		"multi_static_select":        needOptions(choose(map[string]rule{"options": options, "option_groups": groups, "initial_options": list(1, 100, option(false)), "max_selected_items": many})),
		"external_select":            choose(map[string]rule{"initial_option": option(false), "min_query_length": whole(0, 1000)}),
		"multi_external_select":      choose(map[string]rule{"initial_options": list(1, 100, option(false)), "min_query_length": whole(0, 1000), "max_selected_items": many}),
		"users_select":               choose(map[string]rule{"initial_user": anID}),
		"multi_users_select":         choose(map[string]rule{"initial_users": ids, "max_selected_items": many}),
		"conversations_select":       choose(map[string]rule{"initial_conversation": anID, "default_to_current_conversation": flag, "filter": filter, "response_url_enabled": flag}),
		"multi_conversations_select": choose(map[string]rule{"initial_conversations": ids, "default_to_current_conversation": flag, "filter": filter, "max_selected_items": many}),
		"channels_select":            choose(map[string]rule{"initial_channel": anID, "response_url_enabled": flag}),
		"multi_channels_select":      choose(map[string]rule{"initial_channels": ids, "max_selected_items": many}),

		"datepicker":     choose(map[string]rule{"initial_date": pattern("date YYYY-MM-DD", `^\d{4}-\d{2}-\d{2}$`)}),
		"timepicker":     choose(map[string]rule{"initial_time": pattern("time HH:mm", `^\d{2}:\d{2}$`), "timezone": str(1, 100)}),
		"datetimepicker": row(inActions|inInput, map[string]rule{"initial_date_time": whole(1_000_000_000, 9_999_999_999)}),

		"plain_text_input": row(inInput, with(text, map[string]rule{"multiline": flag, "min_length": whole(0, 3000), "max_length": whole(1, 3000)})),
		"email_text_input": row(inInput, text),
		"url_text_input":   row(inInput, text),
		"number_input":     row(inInput, with(text, map[string]rule{"is_decimal_allowed": flag, "min_value": str(1, 100), "max_value": str(1, 100)}), "is_decimal_allowed"),
		"rich_text_input":  row(inInput, map[string]rule{"initial_value": typed(" here", func(k *kit) map[string]shape { return k.document }), "placeholder": placeholder, "dispatch_action_config": dispatchConfig}),
		"file_input":       row(inInput, map[string]rule{"filetypes": list(1, 100, str(1, 20)), "max_files": whole(1, 10)}),
	}
	for _, kind := range []string{"checkboxes", "radio_buttons"} {
		r := rows[kind]
		r.also = initialAmong
		rows[kind] = r
	}
	for _, kind := range []string{"button", "overflow", "icon_button"} {
		delete(rows[kind].fields, "focus_on_load")
	}
	for _, kind := range []string{"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input"} {
		delete(rows[kind].fields, "confirm")
	}
	delete(rows["file_input"].fields, "focus_on_load")
	return rows
}
