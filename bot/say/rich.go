package say

import (
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// runOf is how many bytes of text one element has at most.
const runOf = 2900

// pieceOf is runOf without the isolates of a text.
const pieceOf = runOf - len(string(isolates)+string(isolated))

// halves parts an atom whose text is too long for one element.
func (a atom) halves(most int) (head, rest atom) {
	for !utf8.RuneStart(a.text[most]) {
		most--
	}
	head, rest = a, a
	head.text, rest.text = a.text[:most], a.text[most:]
	return head, rest
}

// rich renders lines as one rich_text section. Lines are parted by a newline
// inside the section, as the composer of the client does it.
// A run of text is kept under 3,000 characters, Slack's bound for other texts:
// for this one none is documented.
func rich(lines []phrase) *slack.RichTextBlock {
	var elements []slack.RichTextSectionElement
	var run strings.Builder
	bold := false
	flush := func() {
		if run.Len() == 0 {
			return
		}
		var style *slack.RichTextSectionTextStyle
		if bold {
			style = &slack.RichTextSectionTextStyle{Bold: true}
		}
		elements = append(elements, slack.NewRichTextSectionTextElement(run.String(), style))
		run.Reset()
	}
	write := func(s string, strong bool) {
		if strong != bold || run.Len()+len(s) > runOf {
			flush()
			bold = strong
		}
		run.WriteString(s)
	}
	for i, line := range lines {
		if i > 0 {
			write("\n", false)
		}
		for _, a := range line {
			switch a.kind {
			case codeText:
				flush()
				elements = append(elements, slack.NewRichTextSectionTextElement(a.plain(), &slack.RichTextSectionTextStyle{Code: true}))
			case link:
				flush()
				elements = append(elements, slack.NewRichTextSectionLinkElement(a.url, a.text, nil))
			case date:
				flush()
				inUTC := a.moment()
				elements = append(elements, slack.NewRichTextSectionDateElement(a.at, dateForms[a.as].tokens, nil, &inUTC))
			case mention:
				flush()
				elements = append(elements, slack.NewRichTextSectionUserElement(a.text, nil))
			case usergroup:
				flush()
				elements = append(elements, slack.NewRichTextSectionUserGroupElement(a.text))
			case channel:
				flush()
				elements = append(elements, slack.NewRichTextSectionChannelElement(a.text, nil))
			default:
				for len(a.text) > pieceOf {
					var head atom
					head, a = a.halves(pieceOf)
					write(head.plain(), a.bold)
				}
				write(a.plain(), a.bold)
			}
		}
	}
	flush()
	if len(elements) == 0 {
		elements = append(elements, slack.NewRichTextSectionTextElement("–", nil))
	}
	return slack.NewRichTextBlock("", slack.NewRichTextSection(elements...))
}
