package commands

import (
	"strings"
)

// joinedUser answers "and" before a word that may belong to the reason: it joins
// people where a comma stands too, or where what follows looks like an id.
func (p *parser) joinedUser(g gap) *Mistake {
	if !g.joined || g.comma || g.lines > 0 || p.quoteAt(p.i) {
		return nil
	}
	word := p.s[p.i:p.userEnd(p.i)]
	if idLike(p, p.i, word) {
		return nil
	}
	m := mistake(CodeUserOrReason, word, "verb", string(p.spec.Verb))
	return p.fail(m, p.peopleOffer(g.from, p.i), p.reasonOffer(g.from))
}

// peopleOffer makes a user of what follows p.s[from:to].
func (p *parser) peopleOffer(from, to int) offer {
	return offer{edits: []edit{{from, to, ","}}, does: DoesPeople}
}

// reasonOffer makes a reason of everything from here on.
func (p *parser) reasonOffer(from int) offer {
	text := strings.TrimFunc(p.s[from:], parted)
	return offer{edits: []edit{{from, len(p.s), " " + enquote(text)}}, does: DoesReason, literal: true}
}

// headerWords head a column of users.
var headerWords = wordSet("user_id userid user-id uid uids id ids user users username usernames user_name account accounts account_id member members member_id openid handle target targets 用户 用戶 用户id 用戶id 用户名 用戶名 账号 帳號 账户 成员 成員 昵称")

// header answers the heading of a pasted column.
func (p *parser) header() *Mistake {
	p.gap(true)
	from := p.i
	if p.end() || p.quoteAt(from) {
		return nil
	}
	to := p.userEnd(from)
	if line := p.runTo(from, func(r rune) bool { return isNewline(r) || r == '\t' || partsUsers(r) }); line-from <= wordBytes {
		to = line
	}
	word := p.s[from:to]
	if len(word) > wordBytes || !headerWords[strings.Join(strings.Fields(fold(strings.TrimRight(word, ":："))), "_")] {
		return nil
	}
	p.i = to
	g := p.gap(false)
	next := p.i
	if p.i = from; next >= len(p.s) || g.lines == 0 && !g.tab {
		return nil
	}
	m := mistake(CodeUserColumn, word, "verb", string(p.spec.Verb))
	return p.fail(m, offer{edits: []edit{{from, next, ""}}, does: DoesPeople})
}

// column answers what no column of users has: an empty line, and a line or a
// cell of several words. The user has been read; from is where it begins.
func (p *parser) column(g gap, from int, first bool) *Mistake {
	if first || g.comma || g.joined {
		return nil
	}
	next := skipSpaces(p.s, p.i)
	words := next > p.i && next < len(p.s) && !p.quoteAt(next) && !strings.ContainsRune(p.s[p.i:next], '\t') &&
		!partsUsers(firstRune(p.s[next:])) && !isNewline(firstRune(p.s[next:])) && !p.optionAt(next) && !joiners[fold(p.s[next:p.userEnd(next)])]
	if !words && g.lines < 2 || !g.tab && g.lines == 0 {
		return nil
	}
	line := p.runTo(from, func(r rune) bool { return isNewline(r) || r == '\t' })
	m := mistake(CodeUserColumn, p.s[from:line], "verb", string(p.spec.Verb))
	people, reason := p.peopleOffer(g.from, from), p.reasonOffer(g.from)
	if words { // "raid from sheet"
		return p.fail(m, reason, people)
	}
	return p.fail(m, people, reason)
}
