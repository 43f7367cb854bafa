package moderation

import (
	"slices"
	"strings"
	"unicode"
)

// Bounds of the links of one reason.
const (
	maxLinks      = 5
	maxLinkLength = 500
)

// LinksIn returns the web addresses in texts, each once, unverified. It also reads links as Slack
// writes them, such as <https://a.example/x|x>.
func LinksIn(texts ...string) []string {
	var out []string
	for _, text := range texts {
		text = unescaper.Replace(text)
		for len(out) < maxLinks {
			at := strings.Index(text, "https://")
			if plain := strings.Index(text, "http://"); plain >= 0 && (at < 0 || plain < at) {
				at = plain
			}
			if at < 0 {
				break
			}
			text = text[at:]
			end := strings.IndexFunc(text, endsLink)
			if end < 0 {
				end = len(text)
			}
			link := strings.TrimRight(text[:end], ".,;:!?)]}")
			text = text[end:]
			if _, rest, _ := strings.Cut(link, "://"); rest != "" && len(link) <= maxLinkLength && !slices.Contains(out, link) {
				out = append(out, link)
			}
		}
	}
	return out
}

var unescaper = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">")

func endsLink(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>|\"“”'`，。；、（）", r)
}
