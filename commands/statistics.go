package commands

import "bouncer/moderation"

// StatisticsWithin is the time that statistics are about when none is typed, as it is typed.
const StatisticsWithin = "30d"

// statistics reads a time, a moderator and a room, in any order, each at most once. The keys of a
// search can be typed before them.
func (p *parser) statistics() *Mistake {
	f := &p.act.Search
	for {
		if p.gap(true); p.end() {
			break
		}
		if m := p.oneStatistic(f); m != nil {
			return m
		}
	}
	if f.Within == 0 {
		f.Within, _, _ = ParseDuration(StatisticsWithin)
	}
	return nil
}

func (p *parser) oneStatistic(f *moderation.SearchQuery) *Mistake {
	from := p.i
	to := p.itemEnd(from)
	key, at := "", from
	if name, value, ok := cutColon(p.s[from:to]); ok {
		if k, known := findKeyNamed(fold(name)); known && (k.key == "in" || k.key == "by" || k.key == "room") {
			key, at = k.key, to-len(value)
		}
	}
	if _, ok := p.mentionAt(from); ok || p.s[from] == '@' {
		key = "by"
	}
	if _, end, digits := readNumber(p.s, from); digits > 0 && end == to {
		key = "in" // where a unit is missing
	}
	if key == "" && !p.quoteAt(from) {
		if last, ok := p.lastAt(from, to); ok {
			key, at = "in", last
		} else if sp := p.timeAt(from); sp.kind != spanNone && sp.core == from && sp.sign == 0 {
			key = "in"
		}
	}
	if key == "" {
		key = "room"
	}
	k, _ := findKeyNamed(key)
	return p.findValue(f, k, from, at)
}
