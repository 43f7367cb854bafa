package policy

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"bouncer/commands"
	"bouncer/moderation"
)

// slackID reports whether s is an id of one of the kinds that the letters name.
func slackID(s, letters string) bool {
	if len(s) < 2 || len(s) > 32 || strings.IndexByte(letters, s[0]) < 0 {
		return false
	}
	for i := 1; i < len(s); i++ {
		if (s[i] < 'A' || s[i] > 'Z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

const (
	userLetters    = "UW"
	groupLetters   = "S"
	channelLetters = "CGD"
	slackbot       = "USLACKBOT"
	channelWords   = "channel id (C…, G…, D…)"
)

// maxName bounds names of roles, rules and rooms, in bytes, as they are in every card and entry.
const maxName = 64

// checkName returns what is wrong with a name, or "".
func checkName(name string) string {
	if name == "" || len(name) > maxName {
		return "must have 1 to 64 bytes"
	}
	if first, _ := utf8.DecodeRuneInString(name); !unicode.IsLetter(first) {
		return "must begin with a letter"
	}
	for _, r := range name {
		if r >= 0xff00 && r <= 0xffef || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.", r) {
			return "may contain letters, digits, - _ and . only, none of them full-width"
		}
	}
	return ""
}

// checkRoomName returns why people could not type a name as a room, or "".
func checkRoomName(name string) string {
	if bad := checkName(name); bad != "" {
		return bad
	}
	if !commands.Reserved(name) {
		return ""
	}
	low := strings.ToLower(name)
	for _, spec := range moderation.Verbs() {
		if low == string(spec.Verb) {
			return "is a verb"
		}
		if contains(spec.Aliases, low) {
			return "is another name of the verb " + string(spec.Verb)
		}
	}
	if moderation.Kind(low).Valid() {
		return "is a kind of room"
	}
	return "has its own meaning in a command"
}

// canonical is the only form of a duration in a policy. Commands accept others; a policy is read
// by more people than write it.
var canonical = regexp.MustCompile(`^([0-9]+[wdhms])+$`)

// parseDuration reads 30s, 10m, 24h, 7d, 2w and sums of them, larger units first. The second value
// is what is wrong, or "".
func parseDuration(s string) (time.Duration, string) {
	const malformed = "is not a duration such as 30s, 10m, 24h, 7d or 2w"
	if !canonical.MatchString(s) {
		return 0, malformed
	}
	d, _, m := commands.ParseDuration(s)
	switch {
	case m == nil:
		return d, ""
	case m.Code == commands.CodeDurationTooLong:
		return 0, "is longer than 365d"
	case m.Code == commands.CodeDurationZero:
		return 0, "must be longer than zero"
	}
	return 0, malformed
}

// classes are the words for several verbs. They do not include help, rooms and case, which need no
// rule.
var classes = map[string]func(moderation.VerbSpec) bool{
	"all":      func(s moderation.VerbSpec) bool { return s.Effect != moderation.EffectLocal },
	"read":     func(s moderation.VerbSpec) bool { return s.Effect == moderation.EffectRead },
	"restrict": func(s moderation.VerbSpec) bool { return s.Effect == moderation.EffectRestrict },
	"lift":     func(s moderation.VerbSpec) bool { return s.Effect == moderation.EffectLift },
	"event":    func(s moderation.VerbSpec) bool { return s.Effect == moderation.EffectEvent },
}

// verbsOf returns the verbs that a word of a rule means. The second value is what is wrong, or "".
func verbsOf(word string) ([]moderation.VerbSpec, string) {
	if in, ok := classes[word]; ok {
		var list []moderation.VerbSpec
		for _, s := range moderation.Verbs() {
			if in(s) {
				list = append(list, s)
			}
		}
		return list, ""
	}
	if s, ok := moderation.Verb(word).Spec(); ok {
		if s.Effect == moderation.EffectLocal {
			return nil, "needs no rule: everybody in your workspace may use help, and everybody with a role rooms and case"
		}
		return []moderation.VerbSpec{s}, ""
	}
	low := strings.ToLower(word)
	for _, s := range moderation.Verbs() {
		if low == string(s.Verb) || contains(s.Aliases, low) {
			return nil, "is not a verb here; write " + string(s.Verb)
		}
	}
	return nil, "is not a verb or class of verbs (all, read, restrict, lift, event)"
}
