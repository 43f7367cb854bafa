package commands

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"bouncer/moderation"
)

// stopWords alone are never people.
var stopWords = wordSet("in on at for from of the to by because since as with and or is was until in: via this that due not again still keeps kept he she they it his her its their my your our a an then also was were has had got no if but so very too")

// neverUsers are taken for people in quotation marks only.
var neverUsers = wordSet("and in on at for from of the to by because since as with or is was until via this that he she it him her them they me us you someone somebody anybody nobody none null nil undefined n/a")

// checkUser checks an id against what the vendor allows and what ids of this
// application look like.
func (p *parser) checkUser(from, to int, id string, quoted bool) *Mistake {
	piece := p.s[from:to]
	if f, ok := p.formAt(from, to); ok {
		return p.fail(slackForm(f))
	}
	if !quoted && (strings.HasPrefix(id, "<@") || strings.HasPrefix(id, "<!")) {
		return p.fail(mistake(CodeSlackPerson, piece))
	}
	if pieces := splitIDs(id); !quoted && pieces != nil && nonASCII(id) {
		return p.fail(mistake(CodeUserUnusual, piece, "user", id), offer{edits: []edit{{from, to, strings.Join(pieces, ",")}}, does: OfferPeople})
	}
	if at, r := foreignChar(id); at >= 0 {
		return p.foreignUser(from, to, id, at, r, quoted)
	}
	switch err := moderation.CheckUserID(id); {
	case id == "":
		return p.replace(from, skipParted(p.s, to), mistake(CodeUserEmpty, piece), "")
	case err != nil:
		return mistake(CodeUserLength, piece, "user", id, "most", strconv.Itoa(moderation.MaxUserID))
	case p.set.UserID != nil && p.set.UserID.MatchString(id):
		return nil
	case !quoted && (isAll(id) || everyoneWords[fold(strings.Trim(id, "@*.,:!<>"))] || strings.Trim(id, "*") == ""):
		return p.fail(mistake(CodeUserReserved, piece, "user", id, "verb", string(p.spec.Verb)))
	case p.set.UserID != nil:
		return p.fail(mistake(CodeUserPattern, piece, "user", id, "pattern", unanchored(p.set.UserID.String())), p.plainOffers(from, to, id)...)
	case !quoted && neverUsers[fold(id)]:
		return p.fail(mistake(CodeUserReserved, piece, "user", id, "verb", string(p.spec.Verb)))
	case quoted || !hasOddPunctuation(id):
		return nil
	}
	code := CodeUserUnusual
	if id[0] == '@' {
		code = CodeUserReserved
	}
	m := mistake(code, piece, "user", id, "verb", string(p.spec.Verb))
	literal := offer{edits: []edit{{from, to, enquote(id)}}, does: OfferLiteralID}
	offers := p.plainOffers(from, to, id)
	if bareID(id) != "" && !neverUsers[fold(id)] { // punctuation only is not a user
		offers = append(offers, literal)
	}
	return p.fail(m, offers...)
}

// foreignUser answers an id with a character that no id has.
func (p *parser) foreignUser(from, to int, id string, at int, r rune, quoted bool) *Mistake {
	m := badCharacter(CodeUserCharacter, "user", p.s[from:to], id, at, r)
	if !quoted && everyoneWords[fold(strings.Trim(id, "@＠"))] {
		return p.fail(mistake(CodeUserReserved, p.s[from:to], "user", id, "verb", string(p.spec.Verb)))
	}
	var written []string
	for _, reading := range readings(id) {
		if !quoted && hasOddPunctuation(reading) {
			if bare := bareID(reading); bare != "" && !hasOddPunctuation(bare) {
				written = append(written, bare)
			}
		}
		written = append(written, enquote(reading))
	}
	if written == nil && strings.TrimFunc(id, isHidden) == "" {
		written = []string{""} // nothing but what cannot be seen
	}
	if before, after, ok := cutColon(id); ok && after != "" && !quoted && len(written) == 0 && before != "" && !hasOddPunctuation(before) {
		written = []string{before + " " + after} // "troll7：刷屏"
	}
	return p.replace(from, to, m, written...)
}

// plainOffers are an id without the punctuation around it, or several ids that
// are joined by it.
func (p *parser) plainOffers(from, to int, id string) []offer {
	var out []offer
	fits := func(id string) bool {
		if p.set.UserID != nil {
			return p.set.UserID.MatchString(id)
		}
		return id != "" && !hasOddPunctuation(id) && !stopWords[fold(id)] && !everyoneWords[fold(id)]
	}
	bare := bareID(id)
	if bare != id && fits(bare) {
		out = append(out, offer{edits: []edit{{from, to, bare + " "}}, does: OfferTrimmedID})
	}
	if before, after, ok := cutColon(id); ok && after != "" && !strings.HasPrefix(after, "//") && kindLess(before) && fits(before) { // "troll7:spam"
		out = append(out, offer{edits: []edit{{from, to, before + " " + after}}, does: OfferTrimmedID})
	}
	if pieces := splitIDs(bare); pieces != nil && !slices.ContainsFunc(pieces, func(id string) bool { return !fits(id) }) {
		out = append(out, offer{edits: []edit{{from, to, strings.Join(pieces, ",")}}, does: OfferPeople})
	}
	return out
}

// kindLess reports whether the text before a colon is an id: not a scheme
// such as "http", and not a number.
func kindLess(before string) bool {
	return strings.ContainsAny(before, "0123456789_") && strings.Trim(before, "0123456789") != ""
}

// everyoneWords mean everyone who is there.
var everyoneWords = wordSet("all everyone everybody here channel anyone anybody them 所有人 全部 全体 全體 全员 全員 大家 全体成员 全體成員 每个人 每個人")

// hasOddPunctuation reports an id with characters that few ids have, or with punctuation at
// its ends.
func hasOddPunctuation(id string) bool {
	return strings.ContainsFunc(id, func(r rune) bool {
		return !isLetter(r) && (r < '0' || r > '9') && !strings.ContainsRune("_-.", r)
	}) || strings.Trim(id, ".-") != id || italic(id)
}

// italic reports what Slack would show in italics.
func italic(id string) bool {
	return len(id) > 2 && id[0] == '_' && id[len(id)-1] == '_' && strings.Trim(id, "_") != ""
}

// bareID returns an id without surrounding punctuation.
func bareID(id string) string {
	id = strings.TrimFunc(id, func(r rune) bool { return !isLetter(r) && (r < '0' || r > '9') && r != '_' })
	if italic(id) {
		id = strings.Trim(id, "_")
	}
	return id
}

func nonASCII(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// splitIDs splits ids joined by a character; nil if there is none, or if a
// piece is not a plain id.
func splitIDs(word string) []string {
	if len(word) > 20*(moderation.MaxUserID+1) {
		return nil
	}
	pieces := strings.FieldsFunc(word, func(r rune) bool { return strings.ContainsRune("/+&|\\和与與及＋＆／｜", r) })
	if len(pieces) < 2 || slices.ContainsFunc(pieces, func(id string) bool { return hasOddPunctuation(id) || moderation.CheckUserID(id) != nil }) {
		return nil
	}
	return pieces
}

// unanchored is a pattern as the operator wrote it.
func unanchored(pattern string) string {
	return strings.TrimSuffix(strings.TrimPrefix(pattern, `^(?:`), `)$`)
}

// idLike reports whether a word looks like a UserID: letters with digits or
// "_", or a long number.
func idLike(p *parser, from int, word string) bool {
	word = trimmed(word)
	if word == "" || len(word) > moderation.MaxUserID || hasOddPunctuation(word) && p.set.UserID == nil {
		return false
	}
	if _, form := p.formAt(from, from+len(word)); form {
		return false
	}
	if p.set.UserID != nil && (!p.set.patternTooBroad() || !p.set.UserID.MatchString(word)) {
		return p.set.UserID.MatchString(word)
	}
	letters, digits, runs := 0, 0, 0
	for i := range len(word) {
		switch c := word[i]; {
		case isLetter(rune(c)):
			letters++
		case c >= '0' && c <= '9':
			if digits++; i == 0 || word[i-1] < '0' || word[i-1] > '9' {
				runs++
			}
		}
	}
	switch {
	case strings.Contains(word, "_"):
		return letters+digits > 0
	case letters == 0:
		return runs == 1 && digits == len(word) && digits >= longNumber
	case digits == 0:
		return false
	}
	return !countLike(fold(word)) && p.timeAt(from).kind == spanNone
}

// trimmed returns a word without what people put around an id.
func trimmed(word string) string {
	return strings.TrimRight(strings.TrimLeft(word, "@([{<`'‘“（【"), ".,:;!?…。：；！？)]}>`'’”）】")
}

// longNumber is how many digits a number has that may be a UserID.
const longNumber = 5

// countLike reports an ordinal, or a number of things: 3rd, x5, 10k, 1v1, 2nd.
func countLike(word string) bool {
	if before, after, ok := strings.Cut(word, "-"); ok && len(before) < 3 && strings.Trim(before, "0123456789") == "" && strings.Trim(after, "abcdefghijklmnopqrstuvwxyz-") == "" {
		return true // 3-strike
	}
	digits := strings.Trim(word, "abcdefghijklmnopqrstuvwxyz")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return len(word) == 3 && word[1] == 'v' // 1v1
	}
	before, after, _ := strings.Cut(word, digits)
	switch before {
	case "":
		return slices.Contains([]string{"st", "nd", "rd", "th", "x", "k", "am", "pm", "gb", "mb", "fps", "p", "yo"}, after)
	case "x", "no", "nr", "v", "rule", "top", "round", "part", "day", "mp", "ps", "covid":
		return after == ""
	}
	return false
}

// patternTooBroad reports whether a pattern of UserIDs also matches ordinary
// words, so that a match proves nothing.
func (s *ParseContext) patternTooBroad() bool {
	return s.UserID.MatchString("flooding") || s.UserID.MatchString("spam")
}
