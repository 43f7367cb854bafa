package sandbox

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

var (
	settingKey = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	// bare values mean the same with and without quotes, or are numbers and
	// switches, which must be unquoted.
	bare = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.%/+-]*$`)
	// listed is a list or a mapping in one line.
	listed = regexp.MustCompile(`^(\[\P{C}*\]|\{\P{C}*\})$`)
)

// withSettings replaces top-level keys of a policy's text by one value each,
// or adds them at the end. A value that is neither a plain word nor a
// one-line list or mapping is quoted, so that it cannot add another key.
func withSettings(text string, settings map[string]string) (string, error) {
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		value := settings[key]
		switch {
		case !settingKey.MatchString(key):
			return "", fmt.Errorf("sandbox: %q is not a policy key", key)
		case value == "" || !utf8.ValidString(value):
			return "", fmt.Errorf("sandbox: the policy's %s cannot be %q", key, value)
		case !bare.MatchString(value) && !listed.MatchString(value):
			value = strconv.QuoteToASCII(value)
		}
		text = strings.TrimRight(withoutKey(text, key), "\n") + "\n\n" + key + ": " + value + "\n"
	}
	return text, nil
}

// withoutKey drops a top-level key with all that is indented below it.
func withoutKey(text, key string) string {
	var out []string
	dropping := false
	for _, line := range strings.Split(text, "\n") {
		inside := strings.HasPrefix(line, " ") || strings.HasPrefix(line, "-") || line == ""
		if strings.HasPrefix(line, key+":") {
			dropping = true
			continue
		}
		if dropping = dropping && inside; !dropping {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}
