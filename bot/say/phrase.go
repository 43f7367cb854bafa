package say

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// atom is one piece of a phrase.
type atom struct {
	kind atomKind
	bold bool
	text string
	url  string // of a link
	at   int64  // of a date, in Unix seconds
	as   dateForm
}

type atomKind uint8

const (
	ours      atomKind = iota // written in the catalogue, or a number
	userText                  // cleaned user-supplied text
	codeText                  // cleaned user-supplied text that is shown as code: commands to copy
	date                      // a time; in the reader's own zone where the carrier can
	mention                   // a Slack user who must act
	usergroup                 // a Slack user group whose people must act
	channel                   // a Slack channel, shown by its name
	link                      // our own permalink
)

// phrase is text that knows which of its parts others wrote.
type phrase []atom

// own is our own text.
func own(s string) phrase { return phrase{{kind: ours, text: s}} }

// supplied is user-supplied prose, cut to a weight.
func supplied(s string, most int) phrase {
	s = brief(s, prose, most)
	if s == "" {
		return nil
	}
	return phrase{{kind: userText, text: s}}
}

// suppliedLine is user-supplied prose that has a line for itself.
func suppliedLine(s string, most int) phrase {
	s = brief(s, alone, most)
	if s == "" {
		return nil
	}
	return phrase{{kind: userText, text: s}}
}

// exactText is user-supplied text of which nothing is dropped: what is invisible is
// shown by its number.
func exactText(s string, most int) phrase {
	s = brief(s, exact, most)
	if s == "" {
		return nil
	}
	return phrase{{kind: userText, text: s}}
}

// shownLines is how many lines of a typed text are shown.
const shownLines = 3

// oneLine is a typed text in one short line: a line break is shown as ⏎, a tab as ⇥,
// and of many lines the first, with how many there are. Why shows it exactly.
func (s *speech) oneLine(text string, most int) phrase {
	lines := strings.Split(breaksToNL.Replace(strings.TrimSpace(text)), "\n")
	more := phrase(nil)
	if n := len(lines); n > shownLines {
		lines, more = lines[:shownLines], s.say("typed.lines", vals{"n": n})
	}
	return join(" ", exactText(strings.Join(lines, " ⏎ "), most), more)
}

var breaksToNL = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\u0085", "\n", "\t", " ⇥ ")

// id is a user-supplied id: nothing in it is dropped, and only what no vendor would
// take as an id is ever cut.
func id(s string) phrase { return phrase{{kind: userText, text: clip(exactID(s), 160)}} }

// command is something to be typed again.
func command(s string, most int) phrase {
	return phrase{{kind: codeText, text: brief(s, exact, most)}}
}

// quoted is a text in quotation marks.
func quoted(p phrase) phrase {
	if len(p) == 0 {
		return nil
	}
	return cat(own("“"), p, own("”"))
}

// hashed is a case's number.
func hashed(no int64) phrase { return own("#" + strconv.FormatInt(no, 10)) }

// dateForm is how much of a time is shown.
type dateForm uint8

const (
	dayMinute dateForm = iota
	daySecond
	clockMinute
	clockSecond
)

// dateForms are Slack's tokens of each form, and the layout in UTC for carriers
// that have no dates: notifications, plain_text and files.
var dateForms = [...]struct{ tokens, layout string }{
	dayMinute:   {"{date_short_pretty} {time}", "2006-01-02 15:04 UTC"},
	daySecond:   {"{date_short_pretty} {time_secs}", "2006-01-02 15:04:05 UTC"},
	clockMinute: {"{time}", "15:04 UTC"},
	clockSecond: {"{time_secs}", "15:04:05 UTC"},
}

// perDate is what the element of a date weighs beside its text.
const perDate = 170

// moment is a time to the minute, with its day.
func moment(t time.Time) phrase { return dated(t, dayMinute) }

// near is the time of day of what happened about when the rest did, and with its
// day otherwise.
func near(t, rest time.Time) phrase {
	if d := t.Sub(rest).Abs(); d < 12*time.Hour {
		return dated(t, clockMinute)
	}
	return moment(t)
}

// dated returns a time in a form; "?" for none.
func dated(t time.Time, as dateForm) phrase {
	if t.IsZero() {
		return own("?")
	}
	return phrase{{kind: date, at: t.Unix(), as: as}}
}

var (
	slackUser  = regexp.MustCompile(`^[UW][A-Z0-9]{1,20}$`)
	slackGroup = regexp.MustCompile(`^S[A-Z0-9]{1,20}$`)
	slackPlace = regexp.MustCompile(`^[CG][A-Z0-9]{1,20}$`)
)

// channelOf names a channel; what is not a channel's id stays plain.
func channelOf(id string) phrase {
	if slackPlace.MatchString(id) {
		return phrase{{kind: channel, text: id}}
	}
	return supplied(id, 40)
}

// mentionOf mentions a user or the people of a group; what is neither's id stays
// plain.
func mentionOf(who string) phrase {
	switch {
	case slackUser.MatchString(who):
		return phrase{{kind: mention, text: who}}
	case slackGroup.MatchString(who):
		return phrase{{kind: usergroup, text: who}}
	}
	return supplied(who, 40)
}

var slackLink = regexp.MustCompile(`^https?://[A-Za-z0-9.:-]+/[A-Za-z0-9/._?=&-]+$`)

// longestLink is longer than any of Slack's. A bound within slackLink would be
// compiled to as many steps, and kept.
const longestLink = 400

// links returns a link with our own text, or just the text when the address is
// not one of Slack's.
func links(url, text string) phrase {
	if len(url) > longestLink || !slackLink.MatchString(url) {
		return own(text)
	}
	return phrase{{kind: link, text: text, url: url}}
}

func (p phrase) strong() phrase {
	out := append(phrase(nil), p...)
	for i := range out {
		out[i].bold = true
	}
	return out
}

// join puts our own separator between phrases, leaving out empty ones.
func join(sep string, parts ...phrase) phrase {
	n := 0
	for _, p := range parts {
		n += len(p) + 1
	}
	if n == len(parts) {
		return nil
	}
	out := make(phrase, 0, n)
	for _, p := range parts {
		if len(p) > 0 && len(out) > 0 && sep != "" {
			out = append(out, atom{text: sep})
		}
		out = append(out, p...)
	}
	return out
}

func cat(parts ...phrase) phrase { return join("", parts...) }

// between separates the fields of a line. User-supplied text cannot contain it.
const between = " · "

func fields(parts ...phrase) phrase { return join(between, parts...) }

// weight of a phrase in a rich_text block, without the elements' own braces.
func (p phrase) weight() int {
	n := 0
	for _, a := range p {
		n += weight(a.plain()) + len(a.url)
	}
	return n
}

// dates is what the elements of a phrase's dates weigh beside their text.
func (p phrase) dates() int {
	n := 0
	for _, a := range p {
		if a.kind == date {
			n += perDate
		}
	}
	return n
}

// inUTC writes dates out, where there is no room for their elements.
func (p phrase) inUTC() phrase {
	out := make(phrase, len(p))
	for i, a := range p {
		if out[i] = a; a.kind == date {
			out[i] = atom{text: a.moment()}
		}
	}
	return out
}

// cut shortens a phrase to a weight. Mentions, channels, links and dates go whole or not
// at all.
func (p phrase) cut(most int) phrase {
	if p.weight() <= most {
		return p
	}
	var out phrase
	left := most - 1
	for _, a := range p {
		w := phrase{a}.weight()
		if w <= left {
			out, left = append(out, a), left-w
			continue
		}
		if a.kind != mention && a.kind != usergroup && a.kind != channel && a.kind != link && a.kind != date && left > 8 {
			a.text = clip(a.text, left)
			return append(out, a)
		}
		break
	}
	return append(out, atom{text: "…"})
}

// plain is what a carrier shows that parses nothing.
func (a atom) plain() string {
	switch a.kind {
	case userText, codeText:
		return isolate(a.text)
	case date:
		return a.moment()
	case mention, usergroup:
		return "@" + a.text
	case channel:
		return "#" + a.text
	}
	return a.text
}

func (a atom) moment() string { return time.Unix(a.at, 0).UTC().Format(dateForms[a.as].layout) }

// marked is the atom in text that Slack parses. full says that dates may be
// local to the viewer: in blocks, not in fallback text, where a notification
// would show them raw.
func (a atom) marked(full bool) string {
	switch a.kind {
	case userText:
		return isolate(escaped(a.text))
	case codeText:
		return isolate("`" + escaper.Replace(strings.ReplaceAll(a.text, "`", "'")) + "`")
	case date:
		if !full {
			return a.moment()
		}
		return "<!date^" + strconv.FormatInt(a.at, 10) + "^" + dateForms[a.as].tokens + "|" + a.moment() + ">"
	case mention:
		return "<@" + a.text + ">"
	case usergroup:
		return "<!subteam^" + a.text + ">"
	case channel:
		return "<#" + a.text + ">"
	case link:
		return "<" + escaper.Replace(a.url) + "|" + escaper.Replace(a.text) + ">"
	}
	return escaper.Replace(a.text)
}

func (p phrase) plain() string {
	var b strings.Builder
	for _, a := range p {
		b.WriteString(a.plain())
	}
	return b.String()
}

func (p phrase) mrkdwn() string {
	var b strings.Builder
	for _, a := range p {
		b.WriteString(a.marked(true))
	}
	return b.String()
}

// fallback renders lines as the text beside the blocks, cut between atoms so
// that no entity, code span or mention is ever halved.
func fallback(lines []phrase, most int) string {
	var b strings.Builder
	used := 0
	put := func(s string) bool {
		w := weight(s)
		if used+w > most {
			return false
		}
		b.WriteString(s)
		used += w
		return true
	}
	for i, line := range lines {
		if i > 0 && !put("\n") {
			return b.String()
		}
		for _, a := range line {
			if put(a.marked(false)) {
				continue
			}
			for share := (most - used) / 6; share > 1; share /= 2 { // 6: the longest an escaped rune with its span gets
				short := a
				short.text = clip(a.text, share)
				if (a.kind == userText || a.kind == codeText || a.kind == ours) && put(short.marked(false)) {
					break
				}
			}
			return b.String()
		}
	}
	return b.String()
}
