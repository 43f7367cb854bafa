package commands

import (
	"strings"

	"bouncer/moderation"
)

// reason takes the rest of the text. Quotation marks around the whole of it
// go; others stay as they were typed.
func (p *parser) reason() *Mistake {
	for {
		p.blanks()
		from, mends := p.i, p.mends
		isQuoted := quoteAt(p.s, from)
		if !p.end() && !isQuoted {
			if restarted, m := p.misplaced(from); restarted || m != nil {
				return m
			}
		}
		if p.mends == mends {
			if m := p.lasting(); m != nil {
				return m
			}
		}
		if p.mends != mends {
			continue
		}
		if p.end() {
			return nil
		}
		text := p.s[from:]
		if isQuoted {
			inner, end, ok := quoted(p.s, from)
			if !ok {
				rest := strings.TrimRightFunc(text, isBlank)
				if m := p.replace(from, len(p.s), mistake(CodeQuoteOpen, rest), enquote(rest[len(string(firstRune(rest))):])); m != nil {
					return m
				}
				continue
			}
			if strings.TrimFunc(p.s[end:], isBlank) == "" {
				text = inner
			}
		}
		p.act.Reason, p.i = cleanReason(text), len(p.s)
		return nil
	}
}

// misplaced answers a reason that begins like something that belongs
// elsewhere: a room behind the users of the channel's room, or a user behind a
// verb for whole rooms. Acting on it would do something that was not meant.
func (p *parser) misplaced(from int) (restarted bool, m *Mistake) {
	to := wordEnd(p.s, from)
	word := p.s[from:to]
	if _, id, ok := splitKind(word); ok && id != "" && p.implied {
		k, m := p.fault(2, mistake(CodeRoomPlace, word, "room", word))
		if m != nil {
			return false, m
		}
		if k == 1 {
			p.quoteRest(from)
			return false, nil
		}
		p.put(from, to, "")
		p.put(p.args, p.args, " "+word+" ")
		return true, p.restart()
	}
	if p.spec.Verb != moderation.Freeze || p.timed || p.switched {
		return false, nil
	}
	next := skipSpaces(p.s, to)
	if next == to || next == len(p.s) {
		return false, nil
	}
	d, end, state := readDuration(p.s, next)
	if state != spanOK && state != spanPerm {
		return false, nil
	}
	k, m := p.fault(2, mistake(CodeUsersNotTaken, word, "verb", string(p.spec.Verb), "instead", string(moderation.Silence)))
	if m != nil {
		return false, m
	}
	if k == 1 {
		lasts := "perm"
		if state == spanOK {
			lasts = FormatDuration(d)
		}
		p.put(from, end, lasts+" "+word+" ")
		return false, p.options()
	}
	p.become(moderation.Silence, 0)
	if m := p.users(true); m != nil {
		return false, m
	}
	return false, p.options()
}

// restart reads the mended text again from its beginning.
func (p *parser) restart() *Mistake {
	*p = parser{set: p.set, s: p.s, forms: p.forms, pass: p.pass, about: p.about, mends: p.mends}
	return p.command()
}

// cleanReason makes one line of a reason, without control and direction
// characters and with single blanks.
func cleanReason(s string) string {
	clean, last := true, true
	for _, r := range s {
		blank := isBlank(r)
		if dropped(r) || (blank && (r != ' ' || last)) {
			clean = false
			break
		}
		last = blank
	}
	if clean && !last {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, r := range s {
		switch {
		case isBlank(r):
			gap = b.Len() > 0
		case !dropped(r):
			if gap {
				b.WriteByte(' ')
				gap = false
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}
