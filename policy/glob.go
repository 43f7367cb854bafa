package policy

import (
	"strings"

	"bouncer/moderation"
)

// star is the token of a glob that matches any characters.
const star = -1

// glob is a pattern as tokens: bytes, or star.
type glob []int16

// newGlob reads a pattern; \* and \\ are the characters themselves.
func newGlob(s string) glob {
	g := make(glob, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '*' || s[i+1] == '\\'):
			i++
			g = append(g, int16(s[i]))
		case s[i] != '*':
			g = append(g, int16(s[i]))
		case len(g) == 0 || g[len(g)-1] != star:
			g = append(g, star)
		}
	}
	return g
}

// exactly returns the glob that matches only s.
func exactly(s string) glob {
	g := make(glob, len(s))
	for i := range len(s) {
		g[i] = int16(s[i])
	}
	return g
}

// matches reports whether the whole of s matches.
func (g glob) matches(s string) bool { return g.covers(exactly(s)) }

// covers reports whether everything that matches o matches g: a star of o can only be covered by a
// star of g.
func (g glob) covers(o glob) bool {
	at, to := 0, 0
	lastStar, resume := -1, 0
	for to < len(o) {
		switch {
		case at < len(g) && g[at] == star:
			lastStar, resume = at, to
			at++
		case at < len(g) && g[at] == o[to]:
			at++
			to++
		case lastStar >= 0:
			resume++
			at, to = lastStar+1, resume
		default:
			return false
		}
	}
	for at < len(g) && g[at] == star {
		at++
	}
	return at == len(g)
}

func (g glob) hasStar() bool {
	for _, t := range g {
		if t == star {
			return true
		}
	}
	return false
}

// shortest returns the glob's text with first in place of its first star, and nothing for the
// others.
func (g glob) shortest(first string) string {
	var b strings.Builder
	for _, t := range g {
		if t == star {
			b.WriteString(first)
			first = ""
			continue
		}
		b.WriteByte(byte(t)) //nolint:gosec // tokens other than star come from bytes
	}
	return b.String()
}

// canBe reports whether some string that check accepts matches. The two shortest decide: with
// nothing for the stars, and with one digit, which every id may contain, for numbers that the
// stars must fill.
func (g glob) canBe(check func(string) error) bool {
	return check(g.shortest("")) == nil || g.hasStar() && check(g.shortest("1")) == nil
}

// rooms is a set of rooms: the globs of ids by kind.
type rooms map[moderation.Kind][]glob

// everyRoom returns the set of all rooms.
func everyRoom() rooms {
	all := rooms{}
	for _, k := range moderation.Kinds() {
		all[k] = []glob{{star}}
	}
	return all
}

func (r rooms) has(room moderation.Room) bool {
	id := exactly(room.ID)
	for _, g := range r[room.Kind] {
		if g.covers(id) {
			return true
		}
	}
	return false
}

// coversKind reports whether o's rooms of that kind are all in r.
func (r rooms) coversKind(o rooms, kind moderation.Kind) bool {
	for _, want := range o[kind] {
		covered := false
		for _, have := range r[kind] {
			if covered = have.covers(want); covered {
				break
			}
		}
		if !covered {
			return false
		}
	}
	return true
}
