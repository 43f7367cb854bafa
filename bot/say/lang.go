package say

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Lang is a language that people are spoken to in.
type Lang string

// The languages of the catalogue.
const (
	EN Lang = "en"
	ZH Lang = "zh"
)

// Langs returns all languages.
func Langs() []Lang { return []Lang{EN, ZH} }

// LangOf picks the language of a private answer from a Slack locale such as
// "zh-CN" or "en-GB". A locale that the catalogue does not speak, or none,
// returns the fallback.
func LangOf(slackLocale string, fallback Lang) Lang {
	if l, err := ParseLang(slackLocale); err == nil {
		return l
	}
	return fallback
}

// ParseLang returns the language of the setting LANGUAGE, with or without a
// region ("zh", "zh-CN", "en_US"). Its error names the languages that exist.
func ParseLang(setting string) (Lang, error) {
	base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(setting)), "_", "-"), "-")
	switch Lang(base) {
	case EN:
		return EN, nil
	case ZH:
		return ZH, nil
	}
	return "", fmt.Errorf("say: language %q is not one of en, zh", setting)
}

// number writes 1000 as 1,000, in both languages.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	var b strings.Builder
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return sign + b.String()
}

// length writes a duration for people, exact to the second; days only from two
// of them on ("24 h", "7 days", "1 h 30 min").
func (s *speech) length(d time.Duration) string {
	if d < time.Second {
		return s.own("unit.ms", vals{"n": int(d.Milliseconds())})
	}
	d = d.Round(time.Second)
	days, rest := int(d/(24*time.Hour)), d%(24*time.Hour)
	if days < 2 {
		days, rest = 0, d
	}
	steps := []struct {
		key string
		n   int
	}{
		{"unit.day", days},
		{"unit.hour", int(rest / time.Hour)},
		{"unit.minute", int(rest % time.Hour / time.Minute)},
		{"unit.second", int(rest % time.Minute / time.Second)},
	}
	var parts []string
	for _, u := range steps {
		if u.n > 0 {
			parts = append(parts, s.own(u.key, vals{"n": u.n}))
		}
	}
	return strings.Join(parts, " ")
}

// took writes how long something lasted that is over within seconds.
func (s *speech) took(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return s.length(d)
	case d < 100*time.Millisecond:
		return s.own("unit.ms", vals{"n": int(d.Milliseconds())})
	}
	return s.own("unit.took", vals{"n": own(strconv.FormatFloat(d.Seconds(), 'f', 1, 64))})
}

// ago writes how long before another moment something was, in one unit.
func (s *speech) ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return s.own("ago.now", nil)
	case d < time.Hour:
		return s.own("ago.minute", vals{"n": int(d / time.Minute)})
	case d < 48*time.Hour:
		return s.own("ago.hour", vals{"n": int(d / time.Hour)})
	}
	return s.own("ago.day", vals{"n": int(d / (24 * time.Hour))})
}
