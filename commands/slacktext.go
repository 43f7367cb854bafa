package commands

import "strings"

// A form is a piece of the text that Slack wrote for the person: a mention or
// a link. from and to are byte offsets in the plain text.
type form struct {
	from, to int
	kind     formKind
	raw      string // as Slack sent it
}

type formKind int

const (
	formLink    formKind = iota // a link or an address: its text is what was typed
	formPerson                  // <@U…>
	formChannel                 // <#C…>
	formGroup                   // <!subteam^S…>, <!here>
)

// PlainText returns a text of Slack's as the person typed it: escaped characters
// as themselves, and mentions and links as they were seen.
func PlainText(text string) string {
	shown, _ := plain(text)
	return shown
}

// plain undoes Slack's escaping, once: &amp; &lt; &gt; become characters, and
// each <…> becomes what the person saw when typing it. A "<" that begins no
// form is literal. Text without either, the common case, is returned
// unchanged.
func plain(text string) (string, []form) {
	if strings.IndexByte(text, '<') < 0 && strings.IndexByte(text, '&') < 0 {
		return text, nil
	}
	var b strings.Builder
	b.Grow(len(text))
	var forms []form
	for i := 0; i < len(text); {
		switch text[i] {
		case '&':
			c, n := entity(text[i:])
			b.WriteByte(c)
			i += n
		case '<':
			shown, kind, n := readForm(text[i:])
			if n == 0 {
				b.WriteByte('<')
				i++
				continue
			}
			from := b.Len()
			b.WriteString(shown)
			forms = append(forms, form{from: from, to: b.Len(), kind: kind, raw: text[i : i+n]})
			i += n
		default:
			next := strings.IndexAny(text[i:], "<&")
			if next < 0 {
				next = len(text) - i
			}
			b.WriteString(text[i : i+next])
			i += next
		}
	}
	return b.String(), forms
}

// entity reads one of Slack's three entities; any other "&" is itself.
func entity(s string) (byte, int) {
	switch {
	case strings.HasPrefix(s, "&amp;"):
		return '&', 5
	case strings.HasPrefix(s, "&lt;"):
		return '<', 4
	case strings.HasPrefix(s, "&gt;"):
		return '>', 4
	}
	return '&', 1
}

var entities = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">")

// escaper reverses plain for text without forms.
var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// readForm reads "<…>" at the start of s: what to show, what it is, and its
// length; length 0 if it is not a form of Slack.
func readForm(s string) (string, formKind, int) {
	end := strings.IndexByte(s, '>')
	if end < 3 || strings.ContainsAny(s[1:end], "<\n") {
		return "", 0, 0
	}
	body, label, _ := strings.Cut(s[1:end], "|")
	label = entities.Replace(label)
	switch body[:min(1, len(body))] {
	case "@", "#":
		if !slackID(body[1:]) {
			return "", 0, 0
		}
		kind := formPerson
		if body[0] == '#' {
			kind = formChannel
		}
		if label == "" {
			label = body[1:]
		}
		return body[:1] + strings.TrimPrefix(label, body[:1]), kind, end + 1
	case "!":
		word, _, _ := strings.Cut(body[1:], "^")
		if label == "" {
			label = word
		}
		if word == "date" {
			return label, formLink, end + 1
		}
		return "@" + strings.TrimPrefix(label, "@"), formGroup, end + 1
	}
	url := entities.Replace(body)
	scheme, rest, ok := strings.Cut(url, ":")
	if !ok || !isScheme(scheme) || rest == "" {
		return "", 0, 0
	}
	bare := strings.TrimPrefix(rest, "//")
	switch {
	case strings.EqualFold(strings.TrimSuffix(label, "/"), strings.TrimSuffix(bare, "/")):
		return label, formLink, end + 1 // typed without a scheme: Slack made the link
	case scheme == "mailto" || scheme == "tel":
		return bare, formLink, end + 1
	}
	return url, formLink, end + 1
}

func slackID(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return len(s) > 1
}

func isScheme(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return len(s) > 1
}
