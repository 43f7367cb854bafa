package policy

import (
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"bouncer/moderation"
)

// rule is one compiled rule. It contains only what can match: kinds without any of its verbs are
// dropped.
type rule struct {
	name   string
	at     place
	roles  map[string]bool
	verbs  map[moderation.Verb]bool
	rooms  rooms
	within map[string]bool // channels; nil for all that the policy allows
	// roomWords and kindWords are as written, for people; empty for all.
	roomWords []string
	kindWords []moderation.Kind
	// longest is the longest duration, 0 for no limit; longestText is as written.
	longest     time.Duration
	longestText string
	most        int          // people, 0 for no limit
	approval    approvalRule // the zero value requires no approval
}

// word is one written condition of a rule and its meaning.
type word struct {
	scalar
	verbs []moderation.VerbSpec // of a verb word
	rooms rooms                 // of a room pattern
}

func (l *loader) rules(e entry) {
	seq, ok := e.value.(*ast.SequenceNode)
	if !ok {
		l.add(l.valuePlace(e.value, e.key.at), "rules must be a list of rules")
		return
	}
	if len(seq.Values) == 0 {
		l.add(nodePlace(seq), "rules is an empty list: nothing would be allowed")
	}
	if len(seq.Values) > maxRules {
		l.add(nodePlace(seq), "more than %d rules", maxRules)
		return
	}
	lines := map[string]int{}
	for _, n := range seq.Values {
		before := len(l.list)
		r := l.rule(n, e.key.at)
		if first, double := lines[r.name]; double && r.name != "" {
			l.add(r.at, "two rules are named %q: first in line %d", r.name, first)
		} else {
			lines[r.name] = r.at.line
		}
		if len(l.list) > before {
			continue // invalid rules are not compared
		}
		for i := range l.policy.rules {
			if earlier := &l.policy.rules[i]; l.shadows(earlier, &r) {
				l.add(r.at, "rule %s has no effect: rule %s before it (line %d) covers it", r.name, earlier.name, earlier.at.line)
				break
			}
		}
		l.policy.rules = append(l.policy.rules, r)
	}
}

func (l *loader) rule(n ast.Node, list place) rule {
	keys := []string{
		"name", "roles", "verbs", "kinds", "rooms", "channels", "max_duration", "max_targets",
		"approvals", "approvers", "escalate_to", "act_now", keyTTL, keyRemind, keyEscalate,
	}
	at := map[string]entry{}
	for _, f := range l.mapping(n, list, "a rule", keys...) {
		at[f.key.text] = f
	}
	r := rule{at: l.valuePlace(n, list), verbs: map[moderation.Verb]bool{}}
	for _, needed := range keys[:3] {
		if _, ok := at[needed]; !ok {
			l.add(r.at, "a rule requires %s", needed)
		}
	}
	if f, ok := at["name"]; ok {
		if s, ok := l.scalar(f.value, f.key.at, "name"); ok {
			r.name, r.at = s.text, s.at
			if bad := checkName(s.text); bad != "" {
				l.add(s.at, "rule name %q %s", s.text, bad)
			}
		}
	}
	if f, ok := at["roles"]; ok {
		r.roles = l.roleSet(f, "roles")
	}
	if f, ok := at["channels"]; ok {
		r.within = l.channelSet(f, "channels")
	}
	l.reach(&r, at)
	if f, ok := at["max_duration"]; ok {
		r.longest, r.longestText = l.duration(f, "max_duration")
		if len(r.verbs) > 0 && !r.any(func(t moderation.Takes) bool { return t.Duration }) {
			l.add(f.key.at, "max_duration limits nothing: no verb of this rule has a duration")
		}
	}
	if f, ok := at["max_targets"]; ok {
		r.most = l.number(f, "max_targets", maxTargets)
		if len(r.verbs) > 0 && !r.any(users) {
			l.add(f.key.at, "max_targets limits nothing: no verb of this rule has targets")
		}
	}
	l.approval(&r, at)
	return r
}

// reach reads verbs, kinds and rooms of a rule and reports every word that cannot match together
// with the others.
func (l *loader) reach(r *rule, at map[string]entry) {
	verbs := l.verbWords(r, at)
	kinds := map[moderation.Kind]scalar{}
	if f, ok := at["kinds"]; ok {
		for _, s := range l.scalars(f.value, f.key.at, "kinds", false) {
			if k := moderation.Kind(s.text); k.Valid() {
				kinds[k] = s
				r.kindWords = append(r.kindWords, k)
			} else {
				l.add(s.at, "unknown kind of room %q; known kinds are %s", s.text, kindWords())
			}
		}
	} else {
		for _, k := range moderation.Kinds() {
			kinds[k] = scalar{}
		}
	}
	patterns := []word{{rooms: everyRoom()}}
	if f, ok := at["rooms"]; ok {
		patterns = l.roomWords(f)
		for _, w := range patterns {
			r.roomWords = append(r.roomWords, w.text)
		}
	}
	if len(verbs) == 0 || len(kinds) == 0 || len(patterns) == 0 {
		return // already reported
	}
	r.rooms = rooms{}
	usedVerb, usedKind, usedPattern := map[int]bool{}, map[moderation.Kind]bool{}, map[int]bool{}
	for k := range kinds {
		for pi, p := range patterns {
			if len(p.rooms[k]) == 0 {
				continue
			}
			for vi, v := range verbs {
				for _, spec := range v.verbs {
					if moderation.Supports(spec.Verb, k).Supported {
						usedVerb[vi], usedKind[k], usedPattern[pi] = true, true, true
					}
				}
			}
		}
		if usedKind[k] {
			for _, p := range patterns {
				r.rooms[k] = append(r.rooms[k], p.rooms[k]...)
			}
		}
	}
	for i, v := range verbs {
		if !usedVerb[i] {
			l.add(v.at, "%s can never match: none of this rule's rooms has it", v.text)
		}
	}
	for k, s := range kinds {
		if !usedKind[k] && s.text != "" {
			l.add(s.at, "kind %s can never match: it has none of this rule's verbs, or no room of this rule is of that kind", s.text)
		}
	}
	for i, p := range patterns {
		if !usedPattern[i] && p.text != "" {
			l.add(p.at, "%q can never match: no matching kind is in this rule or has one of its verbs", p.text)
		}
	}
}

func (l *loader) verbWords(r *rule, at map[string]entry) []word {
	f, ok := at["verbs"]
	if !ok {
		return nil
	}
	var words []word
	for _, s := range l.scalars(f.value, f.key.at, "verbs", false) {
		specs, bad := verbsOf(l.renamed(s))
		if bad != "" {
			l.add(s.at, "%q %s", s.text, bad)
			continue
		}
		added := false
		for _, spec := range specs {
			added = added || !r.verbs[spec.Verb]
			r.verbs[spec.Verb] = true
		}
		if !added {
			l.add(s.at, "%s is in this rule's verbs already", s.text)
		}
		words = append(words, word{scalar: s, verbs: specs})
	}
	return words
}

// roomWords reads a list of room patterns.
func (l *loader) roomWords(f entry) []word {
	var words []word
	for _, s := range l.scalars(f.value, f.key.at, "rooms", false) {
		if !l.count(s.at) {
			return nil
		}
		if w, ok := l.roomWord(s); ok {
			words = append(words, w)
		}
	}
	return words
}

// roomWord reads a room pattern: kind:id with stars, a name with stars, or the name of a group. A
// pattern with stars matches no group: a group may get rooms that its name does not suggest.
func (l *loader) roomWord(s scalar) (w word, ok bool) {
	w = word{scalar: s, rooms: rooms{}}
	kind, id, isID := strings.Cut(s.text, ":")
	if !isID {
		g := newGlob(s.text)
		add := func(room moderation.Room) {
			if l.count(s.at) {
				w.rooms[room.Kind] = append(w.rooms[room.Kind], exactly(room.ID))
			}
		}
		for name, room := range l.policy.rooms {
			if g.matches(name) {
				add(room)
			}
		}
		for _, room := range l.policy.groups[s.text] {
			add(room)
		}
		if len(w.rooms) == 0 {
			l.add(s.at, "%q is not kind:id and matches no name in rooms", s.text)
		}
		return w, len(w.rooms) > 0
	}
	g := newGlob(id)
	for _, k := range moderation.Kinds() {
		check := func(id string) error { return moderation.Room{Kind: k, ID: id}.Check() }
		if (kind == "*" || kind == string(k)) && g.canBe(check) {
			w.rooms[k] = []glob{g}
		}
	}
	if len(w.rooms) > 0 {
		return w, true
	}
	one := moderation.Room{Kind: moderation.Kind(kind), ID: id}
	switch {
	case kind != "*" && !one.Kind.Valid():
		l.add(s.at, "%q has an unknown kind of room; known kinds are %s, or * for all", s.text, kindWords())
	case kind == "*" || g.hasStar():
		l.add(s.at, "%q can never match: no id of that kind matches it", s.text)
	default:
		l.add(s.at, "%s", roomTrouble(one, one.Check()))
	}
	return w, false
}

func users(t moderation.Takes) bool { return t.Users }

// any reports whether some verb of the rule takes it.
func (r *rule) any(takes func(moderation.Takes) bool) bool {
	for v := range r.verbs {
		if spec, _ := v.Spec(); takes(spec.Takes) {
			return true
		}
	}
	return false
}

// shadows reports whether a allows everything that b allows, with or without approvals: the first
// matching rule decides.
func (l *loader) shadows(a, b *rule) bool {
	ids := l.policy.holders(a.roles)
	for id := range l.policy.holders(b.roles) {
		if !ids[id] {
			return false
		}
	}
	within := b.within
	if within == nil {
		within = l.policy.channels
	}
	if a.within != nil {
		if within == nil {
			return false
		}
		for c := range within {
			if !a.within[c] {
				return false
			}
		}
	}
	if a.longest > 0 && (b.longest == 0 || b.longest > a.longest) && b.any(func(t moderation.Takes) bool { return t.Duration }) {
		return false
	}
	if a.most > 0 && b.any(users) {
		// Each rule counts the people of its own verbs: a rule with more verbs reaches its limit
		// sooner.
		for v := range a.verbs {
			if spec, _ := v.Spec(); spec.Takes.Users && !b.verbs[v] {
				return false
			}
		}
		if b.most == 0 || b.most > a.most {
			return false
		}
	}
	for v := range b.verbs {
		for k := range b.rooms {
			if moderation.Supports(v, k).Supported && (!a.verbs[v] || !a.rooms.coversKind(b.rooms, k)) {
				return false
			}
		}
	}
	return true
}
