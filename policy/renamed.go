package policy

import (
	"fmt"
	"maps"
	"slices"
)

const keyPeopleLimit = "people_limit"

// newNames are the old names of keys and verb classes, which still work in this release, and the
// names that replace them.
var newNames = map[string]string{"brake": keyPeopleLimit, "bind": "restrict", "free": "lift"}

// renamed returns the present name of a key or verb class, and remembers which name was used.
func (p *problems) renamed(s scalar) string {
	if p.used == nil {
		p.used = map[string]place{}
	}
	if _, again := p.used[s.text]; !again {
		p.used[s.text] = s.at
	}
	if now, old := newNames[s.text]; old {
		return now
	}
	return s.text
}

// checkRenamed warns of old names. A file that has the old and the new name is an error, since the
// two may contradict each other.
func (l *loader) checkRenamed() {
	for _, old := range slices.Sorted(maps.Keys(newNames)) {
		now := newNames[old]
		at, ok := l.used[old]
		switch _, both := l.used[now]; {
		case ok && both:
			l.add(at, "%q is the old name of %q: use only %q", old, now, now)
		case ok:
			l.policy.oldNames = append(l.policy.oldNames, fmt.Sprintf("line %d: %q is now %q; the old name works in this release only", at.line, old, now))
		}
	}
}
