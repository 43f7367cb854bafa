package commands

import (
	"cmp"
	"strconv"
	"strings"

	"bouncer/moderation"
)

// mark after a verb means override.
const mark = "!"

// triedVerbs are words that people try and that may mean more than one verb, or
// are too common to be names of their own.
var triedVerbs = map[string][]moderation.Verb{
	"drop": {moderation.Kick}, "disconnect": {moderation.Kick}, "banish": {moderation.Ban}, "blacklist": {moderation.Ban},
	"hush": {moderation.Silence}, "shush": {moderation.Silence}, "shutup": {moderation.Silence}, "forgive": {moderation.Unban, moderation.Unsilence},
	"allow": {moderation.Unban, moderation.Unsilence}, "release": {moderation.Unban, moderation.Unmute}, "rollback": {moderation.Undo}, "dissolve": {moderation.Close},
	"shutdown": {moderation.Close}, "hist": {moderation.History}, "notes": {moderation.History}, "comment": {moderation.AddNote}, "explain": {moderation.Why},
	"shorten": {moderation.Extend}, "lookup": {moderation.History, moderation.Search}, "恢复": {moderation.Undo}, "恢復": {moderation.Undo}, "解鎖": {moderation.Unban, moderation.Unfreeze}, "解锁": {moderation.Unban, moderation.Unfreeze},
	"解禁": {moderation.Unban, moderation.Unsilence}, "解除": {moderation.Undo},
	"封": {moderation.Ban, moderation.Silence}, "lock": {moderation.Freeze}, "unlock": {moderation.Unfreeze},
	"lockdown": {moderation.Freeze}, "quiet": {moderation.Silence, moderation.Freeze}, "gag": {moderation.Silence},
	"softban": {moderation.Kick, moderation.Ban}, "delete": {moderation.Kick}, "stop": {moderation.Undo},
	"cancel": {moderation.Undo}, "log": {moderation.History}, "logs": {moderation.History}, "info": {moderation.History, moderation.Active},
	"whois": {moderation.History, moderation.Active}, "warn": {moderation.AddNote}, "warning": {moderation.AddNote},
	"警告": {moderation.AddNote}, "online": {moderation.Who}, "users": {moderation.Who}, "show": {moderation.ShowCase, moderation.Who},
	"取消": {moderation.Undo}, "解除限制": {moderation.Undo},
}

// verb reads a verb's name, and the mark after it. Offers are the nearest
// verbs, never with the mark: a mistyped command is not run without approval.
// A bare number may be a case's.
func (p *parser) verb() (moderation.VerbSpec, *Mistake) {
	p.blanks()
	from, to := p.i, p.wordEnd(p.i)
	p.typed, p.i = p.s[from:to], to
	word := fold(p.typed)
	spec, ok := verbNamed(word)
	if bare := strings.TrimRight(word, mark); !ok && bare != word {
		spec, ok = verbNamed(bare)
		p.marked = ok
	}
	if ok {
		p.verbFrom, p.verbTo = from, to
		p.markBehind()
		return spec, nil
	}
	var readings []string
	near := ""
	for i, v := range nearestVerbs(word) {
		if readings = append(readings, string(v)); i == 0 {
			near = string(v)
		}
	}
	if n, ok := caseNumber(word); ok {
		readings = append(readings, string(moderation.ShowCase)+" "+strconv.FormatInt(n, 10))
	}
	return spec, p.replace(from, to, mistake(CodeVerbUnknown, p.typed, "nearest", near), readings...)
}

// markBehind reads a separate mark after the verb, as in "ban !".
func (p *parser) markBehind() {
	from := skipSpaces(p.s, p.i)
	to := p.wordEnd(from)
	if isMarks(p.s[from:to]) {
		p.typed += p.s[p.i:to]
		p.i, p.verbTo, p.marked = to, to, true
	}
}

// isMarks reports a word of nothing but marks.
func isMarks(word string) bool {
	word = fold(word)
	return word != "" && strings.Trim(word, mark) == ""
}

// checkMark applies the mark. Only verbs that act can have it.
func (p *parser) checkMark() *Mistake {
	if !p.marked {
		return nil
	}
	p.act.Override = p.act.Verb.Acts()
	if p.act.Override {
		return nil
	}
	return p.replace(p.verbFrom, p.verbTo, mistake(CodeOverrideNeedless, p.typed, "verb", string(p.act.Verb)), string(p.act.Verb))
}

// dry reads the command after a verb that only describes what it would do.
func (p *parser) dry(about moderation.VerbSpec) (moderation.VerbSpec, *Mistake) {
	p.spec, p.act.Verb = about, about.Verb
	if m := p.checkMark(); m != nil {
		return about, m
	}
	p.marked = false
	from := p.verbFrom
	p.blanks()
	p.slash()
	spec, m := p.verb()
	if m != nil || spec.Verb.Acts() {
		p.act.Dry = m == nil
		return spec, m
	}
	return spec, p.replace(from, p.verbFrom, mistake(CodeDryNeedless, p.typed, "verb", string(spec.Verb)), "")
}

// requireReason checks a required reason. Without one there is no override,
// but an offer of the ordinary request.
func (p *parser) requireReason() *Mistake {
	rules := p.set.Reasons
	missing, malformed := rules.Missing(p.spec.Verb, p.act.Reason)
	switch {
	case malformed:
		return mistake(CodeReasonPattern, p.act.Reason, "verb", string(p.spec.Verb), "sample", rules.Example)
	case missing:
		return p.reasonsOffer(rules)
	case p.act.Reason != "":
		p.act.ReasonCode = rules.Code(p.spec.Verb, p.act.Reason)
		return nil
	}
	if p.spec.Takes.ReasonRequired {
		return mistake(CodeReasonMissing, "", "verb", string(p.spec.Verb), "example", Usage(p.spec.Verb).Example)
	}
	if !p.act.Override {
		return nil
	}
	m := mistake(CodeOverrideReason, p.typed, "verb", string(p.spec.Verb), "example", Usage(p.spec.Verb).Override)
	return p.replace(p.verbFrom, p.verbTo, m, string(p.spec.Verb))
}

// reasonsOffer asks for a reason that the policy requires, and offers its first preset reasons.
func (p *parser) reasonsOffer(rules moderation.ReasonRules) *Mistake {
	var codes []string
	var offers []offer
	for _, preset := range rules.For(p.spec.Verb) {
		codes = append(codes, preset.Code)
		offers = append(offers, offer{edits: []edit{{len(p.s), len(p.s), " " + preset.Code}}, does: OfferPreset})
	}
	if len(codes) == 0 {
		codes = []string{cmp.Or(rules.Example, example(p.spec).Reason)}
	}
	m := mistake(CodeReasonRequired, "", "verb", string(p.spec.Verb), "reasons", strings.Join(codes, ", "))
	return p.fail(m, offers...)
}

// verbNamed finds a verb by its folded name or alias.
func verbNamed(word string) (moderation.VerbSpec, bool) {
	if spec, ok := moderation.Verb(word).Spec(); ok {
		return spec, true
	}
	for _, spec := range moderation.Verbs() {
		for _, alias := range spec.Aliases {
			if alias == word {
				return spec, true
			}
		}
	}
	return moderation.VerbSpec{}, false
}

// topic reads the verb that help is asked about, if there is one.
func (p *parser) topic() *Mistake {
	if p.blanks(); p.end() {
		return nil
	}
	spec, m := p.verb()
	p.act.Topic = spec.Verb
	return m
}
