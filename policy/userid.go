package policy

import (
	"errors"
	"regexp"
	"unicode/utf8"
)

// maxPattern is the longest pattern of UserIDs, in characters.
const maxPattern = 200

// UserIDPattern returns a compiled regular expression (RE2) that a whole UserID must match. Its
// errors say what is wrong with it.
func UserIDPattern(pattern string) (*regexp.Regexp, error) {
	if utf8.RuneCountInString(pattern) > maxPattern {
		return nil, errors.New("is longer than 200 characters")
	}
	if _, err := regexp.Compile(pattern); err != nil { // compiled alone: it must not close the group below
		return nil, errors.New("is not a regular expression: " + err.Error())
	}
	return regexp.Compile(`^(?:` + pattern + `)$`)
}

// userID reads the pattern of UserIDs.
func (l *loader) userID(e entry) {
	s, ok := l.scalar(e.value, e.key.at, "user_id")
	if !ok {
		return
	}
	re, err := UserIDPattern(s.text)
	if err != nil {
		l.add(s.at, "user_id %q %v", s.text, err)
		return
	}
	l.policy.userID = re
}
