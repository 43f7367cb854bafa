// Package say guarantees that user-supplied text cannot inject Slack markup: it is
// the one place with sentences for people, in English and Chinese, and
// where every message is put together. It is pure: no I/O and no clock; the
// same view makes the same message.
//
// How it keeps that promise: a message is built of phrases, whose atoms know
// whether they are ours or user-supplied. User-supplied atoms go into rich_text elements
// and plain_text objects, which Slack does not parse; mrkdwn objects contain only
// our own words, dates, mentions of checked ids and permalinks. Fallback text,
// which Slack parses, gets them escaped and, where they could be drawn as
// formatting, emoji or links, inside a code span.
//
// The sentences are in en.yaml and zh.yaml. What fills a {placeholder} is cleaned
// and escaped by its type, whatever the sentence says. A key that is never said, one
// that is not there, and a placeholder that no caller fills fail a test.
//
// Callers post with parse=none, link_names off and unfurling off.
package say

import (
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"bouncer/moderation"
)

// Limits that every message keeps: message itself sees to blocks and text,
// who fills a sheet to the weight. Slack allows 50 blocks, refuses about
// 13,200 characters of blocks and, on chat.update, more than 4,000 of text.
const (
	maxBlocks = 50
	maxWeight = 12500 // characters of JSON in all blocks
	maxText   = 3900
)

// Config is what all messages have in common.
type Config struct {
	// Lang is the language of channels. Empty means English.
	Lang Lang
	// Command is the slash command as people type it. Empty means "/mod".
	Command string
	// Version of the bot, shown in audit messages. Empty means "dev".
	Version string
	// Reasons returns the preset reasons in force. Nil means none.
	Reasons func() moderation.ReasonRules
}

// Speaker makes messages. It holds no state and is safe for use by many.
type Speaker struct {
	cfg       Config
	languages map[Lang]*speech
	// onSay is called with each key that is said, where a test sets it.
	onSay func(l Lang, key string, v vals)
}

// New returns a Speaker.
func New(cfg Config) *Speaker {
	if cfg.Lang != ZH {
		cfg.Lang = EN
	}
	if cfg.Command == "" {
		cfg.Command = "/mod"
	}
	if cfg.Version == "" {
		cfg.Version = "dev"
	}
	if cfg.Reasons == nil {
		cfg.Reasons = func() moderation.ReasonRules { return moderation.ReasonRules{} }
	}
	s := &Speaker{cfg: cfg, languages: map[Lang]*speech{}}
	for _, l := range Langs() {
		s.languages[l] = &speech{Speaker: s, marks: marksOf[l], lang: l, says: catalogues[l]}
	}
	return s
}

// in returns the speech of a language; that of channels when there is none.
func (s *Speaker) in(l Lang) *speech {
	if sp, ok := s.languages[l]; ok {
		return sp
	}
	return s.languages[s.cfg.Lang]
}

// LoadChannelLanguage reads the sentences of channels, which the first message would wait for.
func (s *Speaker) LoadChannelLanguage() { catalogue(s.cfg.Lang) }

// Lang returns the language of channels.
func (s *Speaker) Lang() Lang { return s.cfg.Lang }

// Message is what is sent to Slack: blocks, and the text in place of them
// in notifications, for screen readers, and where blocks are refused.
type Message struct {
	Text   string        // escaped, at most 4,000 characters
	Blocks []slack.Block // at most 50, within Slack's limits
	// Plain are the blocks for a workspace without tables; nil where Blocks have none.
	Plain []slack.Block
}

// vals are the values of a sentence's placeholders: phrase as it is, int as a
// number, anything typed string is user-supplied.
type vals map[string]any

// speech is the Speaker in one language.
type speech struct {
	*Speaker
	marks
	lang Lang
	says func() map[string]sentence
}

// has reports whether the catalogue has a row.
func (s *speech) has(key string) bool {
	_, ok := s.says()[key]
	return ok
}

// say returns a sentence with its placeholders filled. What has no value gets
// the row "missing.<name>", so that a sentence never has a hole in it.
func (s *speech) say(key string, v vals) phrase {
	if s.onSay != nil {
		s.onSay(s.lang, key, v)
	}
	row, ok := s.says()[key]
	if !ok {
		// Only a code of a newer version that reads the same database gets
		// here; its name is better than silence.
		return supplied(key, 80)
	}
	t := row.other
	if n, isInt := v["n"].(int); isInt && n == 1 && row.one != nil {
		t = row.one
	}
	out := make(phrase, 0, len(t)+2)
	for _, p := range t {
		if p.name == "" {
			out = append(out, atom{text: p.ours})
		} else if x, ok := value(v[p.name]); ok {
			out = append(out, x...)
		} else {
			out = append(out, p.none...)
		}
	}
	return out
}

// value is a placeholder's value as its type says; false for none. A phrase may
// be empty: a clause that is left out.
func value(x any) (phrase, bool) {
	switch x := x.(type) {
	case phrase:
		return x, true
	case int:
		return own(number(int64(x))), true
	case int64:
		return own(strconv.FormatInt(x, 10)), true // case and entry numbers have no commas
	case string:
		p := supplied(x, 300)
		return p, len(p) > 0
	}
	return nil, false
}

// own says a sentence without user-supplied text, as a string.
func (s *speech) own(key string, v vals) string { return s.say(key, v).plain() }

// marks are a language's punctuation.
type marks struct {
	comma, clause, pause, colon, gap, open, end string
}

var marksOf = map[Lang]marks{
	EN: {comma: ", ", clause: ", ", pause: " ", colon: ": ", gap: " ", open: " (", end: ")"},
	ZH: {comma: "、", clause: "，", pause: "，", colon: "：", open: "（", end: "）"},
}

func (s *speech) list(parts ...phrase) phrase    { return join(s.comma, parts...) }
func (s *speech) clauses(parts ...phrase) phrase { return join(s.clause, parts...) }

// label returns "Reason: x".
func (s *speech) label(key string, p phrase) phrase {
	if len(p) == 0 {
		return nil
	}
	return cat(s.say(key, nil), own(s.colon), p)
}

// brackets puts something behind a word, or nothing.
func (s *speech) brackets(inner phrase) phrase {
	if len(inner) == 0 {
		return nil
	}
	return cat(own(s.open), inner, own(s.end))
}

// sheet is a message in the making.
type sheet struct {
	speech *speech
	lines  []phrase
	blocks []slack.Block
	// plain is in place of the table at that place in blocks, where a workspace has no tables.
	plain []slack.Block
	at    int
}

func (s *speech) sheet() *sheet { return &sheet{speech: s} }

// para adds lines that may contain user-supplied text.
func (sh *sheet) para(lines ...phrase) *sheet {
	var kept []phrase
	for _, l := range lines {
		if len(l) > 0 {
			kept = append(kept, l)
		}
	}
	if len(kept) > 0 {
		sh.lines = append(sh.lines, kept...)
		sh.blocks = append(sh.blocks, rich(kept))
	}
	return sh
}

// note adds a small line of our own words and dates.
func (sh *sheet) note(p phrase) {
	if len(p) > 0 {
		sh.lines = append(sh.lines, p)
		sh.blocks = append(sh.blocks, slack.NewContextBlock("", slack.NewTextBlockObject(slack.MarkdownType, p.mrkdwn(), false, false)))
	}
}

// mention adds a sentence of our own words that mentions who must act.
func (sh *sheet) mention(p phrase) {
	if len(p) > 0 {
		sh.lines = append(sh.lines, p)
		sh.blocks = append(sh.blocks, slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, p.mrkdwn(), false, false), nil, nil))
	}
}

// buttons adds a row of buttons. They need no fallback: where blocks are not
// shown nothing can be pressed.
func (sh *sheet) buttons(bs ...slack.BlockElement) *sheet {
	if len(bs) > 0 {
		sh.blocks = append(sh.blocks, slack.NewActionBlock("", bs...))
	}
	return sh
}

// message ends the sheet. Slack refuses a message of more blocks than it
// allows, whole: so what is too much goes, and its place says how much it was.
func (sh *sheet) message() Message {
	if len(sh.blocks) > maxBlocks {
		over := len(sh.blocks) - (maxBlocks - 1)
		sh.blocks = sh.blocks[:maxBlocks-1]
		sh.para(sh.speech.say("sheet.over", vals{"n": over}))
	}
	text := fallback(sh.lines, maxText)
	if strings.TrimSpace(text) == "" {
		text = "…"
	}
	m := Message{Text: text, Blocks: sh.blocks}
	if sh.plain != nil {
		m.Plain = slices.Concat(sh.blocks[:sh.at], sh.plain, sh.blocks[sh.at+1:])
		m.Plain = m.Plain[:min(len(m.Plain), maxBlocks)]
	}
	return m
}
