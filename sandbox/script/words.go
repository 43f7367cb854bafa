package script

import (
	"fmt"
	"strconv"
	"strings"
)

// word is one word of a line; quoted ones may contain anything. joined means
// that it directly follows another quoted one and a comma.
type word struct {
	text           string
	quoted, joined bool
}

func split(line string) ([]word, error) {
	var out []word
	joined := false
	for rest := strings.TrimSpace(line); rest != ""; rest = strings.TrimSpace(rest) {
		if rest[0] == '"' {
			q, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, fmt.Errorf("the quote that begins at %q does not end", rest)
			}
			text, err := strconv.Unquote(q)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", q, err)
			}
			out, rest = append(out, word{text, true, joined}), rest[len(q):]
			if joined = strings.HasPrefix(rest, `,"`); joined {
				rest = rest[1:]
			}
			continue
		}
		to := strings.IndexAny(rest, " \t")
		if to < 0 {
			to = len(rest)
		}
		out, rest = append(out, word{text: rest[:to]}), rest[to:]
	}
	return out, nil
}

// match fits words into the form's places.
func (f *form) match(words []word) ([]string, bool) {
	var args []string
	if last := len(f.words) - 1; f.words[last] == "TEXTS" && len(words) > last {
		for _, w := range words[last+1:] {
			if !w.joined || w.text == "" {
				return nil, false
			}
			args = append(args, w.text)
		}
		words = words[:last+1]
	}
	if len(words) != len(f.words) {
		return nil, false
	}
	more := args
	args = nil
	for i, place := range f.words {
		if words[i].joined {
			return nil, false
		}
		fits, isPlace := fit(place, words[i])
		if !fits {
			return nil, false
		}
		if isPlace {
			args = append(args, words[i].text)
		}
	}
	return append(args, more...), true
}

func fit(place string, w word) (fits, isPlace bool) {
	switch place {
	case "TEXT", "TEXTS":
		return w.quoted && w.text != "", true
	case "USER", "ROOM", "VALUE":
		return w.text != "", true
	case "KEY":
		return !w.quoted && key.MatchString(w.text), true
	case "NAME", "HANDLE":
		return !w.quoted && name.MatchString(w.text), true
	case "CHANNEL":
		return !w.quoted && channel.MatchString(w.text), true
	case "API", "HOW":
		return !w.quoted, true
	case "TIMES":
		return !w.quoted && (w.text == "once" || w.text == "always" || number.MatchString(w.text) && w.text != "0"), true
	case "NUMBER":
		return !w.quoted && number.MatchString(w.text), true
	case "PERSONSTATE":
		return !w.quoted && personStates[w.text] != nil, true
	case "ROOMSTATE":
		return !w.quoted && roomStates[w.text] != nil, true
	}
	return !w.quoted && w.text == place, false
}
