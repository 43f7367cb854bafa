package moderation

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Length is how long a restriction lasts.
type Length struct {
	Duration  time.Duration // 0 when Permanent
	Permanent bool
}

// LengthOf returns how long an action lasts.
func LengthOf(a Action) Length { return Length{Duration: a.Duration, Permanent: a.Permanent} }

// Exceeds reports whether l is longer than o.
func (l Length) Exceeds(o Length) bool {
	return !o.Permanent && (l.Permanent || l.Duration > o.Duration)
}

// PresetReason is a reason that the policy names by a code.
type PresetReason struct {
	Code  string
	Texts map[string]string // by language, "en" and "zh"; one may be missing
	// Verbs are the verbs that it is for; nil for all.
	Verbs map[Verb]bool
	// Ladder are the lengths for the first case about a person with this reason, the second, and
	// so on; the last one is for all after it. Empty for none.
	Ladder []Length
	// Within is how far back earlier cases count; 0 for all.
	Within time.Duration
}

// Text returns the reason in a language, or in the other one when it has no such text, or its
// code.
func (p PresetReason) Text(lang string) string {
	if s := p.Texts[lang]; s != "" {
		return s
	}
	for _, s := range p.Texts {
		if s != "" {
			return s
		}
	}
	return p.Code
}

// For reports whether the reason is for a verb.
func (p PresetReason) For(v Verb) bool { return p.Verbs == nil || p.Verbs[v] }

// Step returns the length for a person with so many earlier cases, and the number of that step
// from 1. ok is false when the reason has no ladder.
func (p PresetReason) Step(earlier int) (length Length, step int, ok bool) {
	if len(p.Ladder) == 0 {
		return Length{}, 0, false
	}
	step = min(earlier+1, len(p.Ladder))
	return p.Ladder[step-1], step, true
}

// ReasonRules are what the policy says about reasons. The zero value has no preset reasons and
// requires none.
type ReasonRules struct {
	Presets []PresetReason // in the order of the policy
	// Required are the verbs that need a reason.
	Required map[Verb]bool
	// Pattern must match in a required reason; nil for any. Example is a reason that matches it.
	Pattern *regexp.Regexp
	Example string
}

// Preset returns the preset reason with a code. ok is false when there is none.
func (r ReasonRules) Preset(code string) (PresetReason, bool) {
	i := slices.IndexFunc(r.Presets, func(p PresetReason) bool { return p.Code == code })
	if i < 0 || code == "" {
		return PresetReason{}, false
	}
	return r.Presets[i], true
}

// For returns the preset reasons for a verb, in the order of the policy.
func (r ReasonRules) For(v Verb) []PresetReason {
	var out []PresetReason
	for _, p := range r.Presets {
		if p.For(v) {
			out = append(out, p)
		}
	}
	return out
}

// Code returns the code of the preset reason that a text is: one that begins with the code as a
// word, or is the preset's text in a language. It is "" when there is none for the verb.
func (r ReasonRules) Code(v Verb, text string) string {
	first, _ := cutCode(text)
	for _, p := range r.For(v) {
		if strings.EqualFold(first, p.Code) {
			return p.Code
		}
		for _, whole := range p.Texts {
			if whole != "" && strings.EqualFold(strings.TrimSpace(text), whole) {
				return p.Code
			}
		}
	}
	return ""
}

// Detail returns what a reason says besides its preset reason.
func (p PresetReason) Detail(text string) string {
	if first, rest := cutCode(text); strings.EqualFold(first, p.Code) {
		return rest
	}
	for _, whole := range p.Texts {
		if whole != "" && strings.EqualFold(strings.TrimSpace(text), whole) {
			return ""
		}
	}
	return text
}

// cutCode returns the first word of a reason without the punctuation behind it, and the rest.
func cutCode(text string) (first, rest string) {
	text = strings.TrimSpace(text)
	end := strings.IndexFunc(text, func(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune(",;:，；：", c) })
	if end < 0 {
		return strings.TrimRight(text, ".!。！"), ""
	}
	return text[:end], strings.TrimLeft(text[end:], " \t\r\n,;:，；：")
}

// Missing reports whether a verb needs a reason and has none. Malformed reports whether it has one
// that does not match the pattern.
func (r ReasonRules) Missing(v Verb, text string) (missing, malformed bool) {
	switch {
	case !r.Required[v]:
		return false, false
	case strings.TrimSpace(text) == "":
		return true, false
	}
	return false, r.Pattern != nil && !r.Pattern.MatchString(text)
}

// Proposal is the length that a preset reason's ladder proposes for an action, and why.
type Proposal struct {
	Length Length
	Code   string
	Step   int // of the ladder, from 1
	// Target has the most earlier cases with this reason: so many, within a time (0 for all).
	Target  string
	Earlier int
	Within  time.Duration
}

// CountsAgain reports whether a case counts as an earlier one about its targets: it restricted or
// removed them, and nobody took it back.
func (c Case) CountsAgain() bool {
	effect := c.Action.Effect()
	return (effect == EffectRestrict || effect == EffectEvent) && c.Action.Relation == "" && c.Ended != EndedUndone && c.Counts[Accepted] > 0
}
