package commands

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"bouncer/moderation"
)

// MaxPick is the highest number of a target that can be picked from a list.
const MaxPick = 99_999

// Metadata returns what a modal carries through Slack and back, as its
// private_metadata: the step that opened it and the channel it belongs to.
func Metadata(s Step, channel string) string { return s.Value() + "\n" + channel }

// ParseMetadata returns what a modal's private_metadata says. It accepts only
// what Metadata writes for a valid step and channel id; its errors repeat none
// of the input.
func ParseMetadata(text string) (s Step, channel string, err error) {
	value, channel, ok := strings.Cut(text, "\n")
	if !ok || !slackChannel(channel) {
		return Step{}, "", errors.New("commands: modal without a channel")
	}
	actionID, _, _ := strings.Cut(value, "/")
	if s, err = ParseStep(actionID, value); err != nil {
		return Step{}, "", err
	}
	return s, channel, nil
}

// maxSlackID is longer than any id of Slack.
const maxSlackID = 24

// slackChannel reports whether an id is one of a channel, a private channel
// or a direct message.
func slackChannel(id string) bool {
	return len(id) <= maxSlackID && slackID(id) && strings.IndexByte("CGD", id[0]) >= 0
}

// Picks returns the value of one checkbox: the numbers of its targets, such
// as "3,17".
func Picks(numbers ...int) string {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ",")
}

// ParsePicks returns the sorted numbers of the targets whose checkboxes are
// ticked. It accepts only what Picks writes, and no number twice; its errors
// repeat none of the input.
func ParsePicks(values []string) ([]int, error) {
	var out []int
	for _, value := range values {
		for word := range strings.SplitSeq(value, ",") {
			n, err := strconv.Atoi(word)
			if err != nil || n < 0 || n > MaxPick || strconv.Itoa(n) != word {
				return nil, errors.New("commands: pick is not the number of a target")
			}
			if len(out) > MaxPick {
				return nil, errors.New("commands: more picks than targets are possible")
			}
			out = append(out, n)
		}
	}
	slices.Sort(out)
	if len(slices.Compact(slices.Clone(out))) != len(out) {
		return nil, errors.New("commands: target picked twice")
	}
	return out, nil
}

// ParseReason parses a reason, a note or any other text typed into a modal:
// one clean line, required. It returns a Mistake with a code about reasons.
func ParseReason(text string) (string, *Mistake) {
	if !utf8.ValidString(text) {
		return "", mistake(CodeTextNotUTF8, strings.ToValidUTF8(text, "\uFFFD"))
	}
	reason := cleanReason(text)
	if reason == "" {
		return "", mistake(CodeReasonMissing, "")
	}
	if n := utf8.RuneCountInString(reason); n > MaxReason {
		return "", mistake(CodeReasonTooLong, reason, "most", strconv.Itoa(MaxReason), "got", strconv.Itoa(n))
	}
	return reason, nil
}

// ParseUsers returns the users of a list that was typed into a modal, as after
// a verb.
func ParseUsers(text string) ([]string, *Mistake) {
	p := parser{takes: moderation.Takes{Users: true}}
	p.set.setDefaults()
	s, forms := plain(text)
	p.reader = &reader{s: s, forms: forms}
	m := p.users()
	if m == nil {
		m = p.nothingMore()
	}
	if m != nil {
		m.offers, m.from = nil, nil
		return nil, m
	}
	return p.act.Targets, nil
}

// CaseNumber returns a case's number that was typed into a modal, with or
// without "#" before it; 0 for none.
func CaseNumber(text string) int64 {
	word := strings.TrimSpace(text)
	if word == "" {
		return 0
	}
	n, ok := caseNumber(fold(word))
	if !ok {
		return 0
	}
	return n
}
