package slackd

// richShapes are the elements of a rich_text block.
func richShapes() map[string]shape {
	inline := list(0, 10_000, typed(" in rich text", func(k *kit) map[string]shape { return k.inline }))
	kind := str(1, 50)
	border := whole(0, 1)
	return map[string]shape{
		"rich_text_section":      {fields: map[string]rule{"type": kind, "elements": inline}, required: []string{"elements"}},
		"rich_text_quote":        {fields: map[string]rule{"type": kind, "elements": inline, "border": border}, required: []string{"elements"}},
		"rich_text_preformatted": {fields: map[string]rule{"type": kind, "elements": inline, "border": border, "language": str(1, 50)}, required: []string{"elements"}},
		"rich_text_list": {
			fields: map[string]rule{
				"type": kind, "style": oneOf("bullet", "ordered"), "indent": whole(0, 8), "offset": whole(0, 1_000_000), "border": border,
				"elements": list(1, 1000, typed(" in a list", func(k *kit) map[string]shape { return k.sections })),
			},
			required: []string{"style", "elements"},
		},
	}
}

func richDocument() shape {
	return shape{
		fields: map[string]rule{
			"type": str(1, 50), "block_id": id,
			"elements": list(1, 1000, typed(" in rich_text", func(k *kit) map[string]shape { return k.rich })),
		},
		required: []string{"elements"},
	}
}

// cellShapes are what a table's cell may be.
func cellShapes() map[string]shape {
	rich := richDocument()
	raw := shape{fields: map[string]rule{"type": str(1, 50), "text": str(0, 3000)}, required: []string{"text"}}
	raw.also = func(c *checker, _ string, o object) { c.read(o["text"]) }
	number := shape{fields: map[string]rule{"type": str(1, 50), "value": func(*checker, string, any) {}, "text": str(0, 3000)}}
	return map[string]shape{"rich_text": rich, "raw_text": raw, "raw_number": number}
}

func styleOf(names ...string) rule {
	fields := map[string]rule{}
	for _, n := range names {
		fields[n] = flag
	}
	return func(c *checker, at string, v any) { shape{fields: fields}.check(c, at, v) }
}

// inlineShapes are the pieces of a line of rich text. Their text stands as it
// is: no markup is read in it.
func inlineShapes() map[string]shape {
	kind := str(1, 50)
	style := styleOf("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink")
	text := shape{fields: map[string]rule{"type": kind, "text": str(1, 12_000), "style": style}, required: []string{"text"}}
	text.also = func(c *checker, _ string, o object) { c.read(o["text"]) }
	href := shape{
		fields:   map[string]rule{"type": kind, "url": anyLink, "text": str(0, 3000), "unsafe": flag, "style": style},
		required: []string{"url"},
	}
	href.also = func(c *checker, _ string, o object) { c.read(o["text"]) }
	anID := str(1, 255)
	return map[string]shape{
		"text":      text,
		"link":      href,
		"user":      {fields: map[string]rule{"type": kind, "user_id": anID, "style": style}, required: []string{"user_id"}},
		"usergroup": {fields: map[string]rule{"type": kind, "usergroup_id": anID, "style": style}, required: []string{"usergroup_id"}},
		"channel":   {fields: map[string]rule{"type": kind, "channel_id": anID, "style": style}, required: []string{"channel_id"}},
		"team":      {fields: map[string]rule{"type": kind, "team_id": anID, "style": style}, required: []string{"team_id"}},
		"emoji":     {fields: map[string]rule{"type": kind, "name": str(1, 100), "unicode": str(1, 100), "skin_tone": whole(2, 6), "style": style}, required: []string{"name"}},
		"broadcast": {fields: map[string]rule{"type": kind, "range": oneOf("here", "channel", "everyone"), "style": style}, required: []string{"range"}},
		"color":     {fields: map[string]rule{"type": kind, "value": pattern("color", `^#[0-9A-Fa-f]{6}$`), "style": style}, required: []string{"value"}},
		"date": {
			fields:   map[string]rule{"type": kind, "timestamp": whole(0, 9_999_999_999), "format": str(1, 255), "url": link, "fallback": str(1, 255), "style": style},
			required: []string{"timestamp", "format"},
		},
	}
}
