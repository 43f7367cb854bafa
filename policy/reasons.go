package policy

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"bouncer/commands"
	"bouncer/moderation"
)

// Bounds of reasons and lengths: a Slack menu has at most 100 options of 75 characters.
const (
	maxReasons    = 99
	maxReasonText = 70
	maxLengths    = 20
)

// reasons reads the preset reasons.
func (l *loader) reasons(e entry) {
	entries := l.mapping(e.value, e.key.at, "reasons")
	if len(entries) > maxReasons {
		l.add(e.key.at, "more than %d reasons", maxReasons)
		return
	}
	for _, f := range entries {
		p := moderation.PresetReason{Code: f.key.text, Texts: map[string]string{}}
		if bad := checkRoomName(p.Code); bad != "" {
			l.add(f.key.at, "reason %q %s", p.Code, bad)
		}
		same := func(o moderation.PresetReason) bool { return strings.EqualFold(o.Code, p.Code) }
		if slices.ContainsFunc(l.policy.reasonRules.Presets, same) {
			l.add(f.key.at, "reason %q differs from an earlier one only in case", p.Code)
		}
		for _, part := range l.mapping(f.value, f.key.at, "a reason", "en", "zh", "verbs", "durations", "within") {
			switch part.key.text {
			case "en", "zh":
				p.Texts[part.key.text] = l.reasonText(part)
			case "verbs":
				p.Verbs = l.verbSet(part)
			case "durations":
				p.Ladder = l.lengths(part, "durations")
			case "within":
				p.Within, _ = l.duration(part, "within")
			}
		}
		if len(p.Texts) == 0 {
			l.add(f.key.at, "reason %s requires en or zh", p.Code)
		}
		l.policy.reasonRules.Presets = append(l.policy.reasonRules.Presets, p)
	}
}

func (l *loader) reasonText(e entry) string {
	s, ok := l.scalar(e.value, e.key.at, e.key.text)
	if ok && (s.text == "" || utf8.RuneCountInString(s.text) > maxReasonText) {
		l.add(s.at, "%s must have 1 to %d characters", e.key.text, maxReasonText)
	}
	return s.text
}

// verbSet reads a list of verbs and classes of verbs that act.
func (l *loader) verbSet(e entry) map[moderation.Verb]bool {
	set := map[moderation.Verb]bool{}
	for _, s := range l.scalars(e.value, e.key.at, e.key.text, false) {
		specs, bad := verbsOf(s.text)
		if bad != "" {
			l.add(s.at, "%q %s", s.text, bad)
		}
		for _, spec := range specs {
			if spec.Verb.Acts() {
				set[spec.Verb] = true
			}
		}
	}
	return set
}

// lengths reads a list of durations and perm.
func (l *loader) lengths(e entry, what string) []moderation.Length {
	var out []moderation.Length
	seq, ok := e.value.(*ast.SequenceNode)
	if !ok || len(seq.Values) == 0 || len(seq.Values) > maxLengths {
		l.add(l.valuePlace(e.value, e.key.at), "%s must be a list of 1 to %d durations such as [24h, 7d, perm]", what, maxLengths)
		return nil
	}
	for _, v := range seq.Values {
		s, ok := l.scalar(v, e.key.at, "each of "+what)
		if !ok {
			continue
		}
		if s.text == "perm" {
			out = append(out, moderation.Length{Permanent: true})
			continue
		}
		d, bad := parseDuration(s.text)
		if bad != "" {
			l.add(s.at, "%s %q %s, nor perm", what, s.text, bad)
		}
		out = append(out, moderation.Length{Duration: d})
	}
	return out
}

func (l *loader) durations(e entry) { l.policy.durations = l.lengths(e, "durations") }

func (l *loader) reasonRequired(e entry) { l.policy.reasonRules.Required = l.verbSet(e) }

// reasonPattern reads the pattern that a required reason must contain.
func (l *loader) reasonPattern(e entry) {
	s, ok := l.scalar(e.value, e.key.at, "reason_pattern")
	if !ok {
		return
	}
	re, err := regexp.Compile(s.text)
	switch {
	case utf8.RuneCountInString(s.text) > maxPattern:
		l.add(s.at, "reason_pattern is longer than %d characters", maxPattern)
	case err != nil:
		l.add(s.at, "reason_pattern %q is not a regular expression: %v", s.text, err)
	default:
		l.policy.reasonRules.Pattern = re
	}
}

// reasonExample reads a reason that matches the pattern. People see it, not the pattern.
func (l *loader) reasonExample(e entry) {
	if s, ok := l.scalar(e.value, e.key.at, "reason_example"); ok {
		l.policy.reasonRules.Example = s.text
		if re := l.policy.reasonRules.Pattern; re != nil && !re.MatchString(s.text) {
			l.add(s.at, "reason_example %q does not match reason_pattern", s.text)
		}
	}
}

// checkReasons reports keys about reasons that need another one.
func (l *loader) checkReasons(found map[string]entry) {
	if p, ok := found["reason_pattern"]; ok {
		if _, ok := found["reason_example"]; !ok {
			l.add(p.key.at, "reason_pattern requires reason_example, which people see when their reason does not match")
		}
		if _, ok := found["reason_required"]; !ok {
			l.add(p.key.at, "reason_pattern has no effect without reason_required")
		}
	}
}

// Reasons returns the rules about reasons.
func (p *Policy) Reasons() moderation.ReasonRules { return p.reasonRules }

// Lengths returns the lengths that forms offer, in the order of the policy.
func (p *Policy) Lengths() []moderation.Length {
	if len(p.durations) == 0 {
		return defaultLengths
	}
	return p.durations
}

var defaultLengths = func() (out []moderation.Length) {
	for _, text := range []string{"10m", "1h", "24h", "7d", "30d"} {
		d, _, _ := commands.ParseDuration(text)
		out = append(out, moderation.Length{Duration: d})
	}
	return append(out, moderation.Length{Permanent: true})
}()
