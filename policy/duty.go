package policy

import (
	"strconv"
	"strings"
	"time"
)

// quietHours are the hours of each day in which only people on duty are mentioned.
type quietHours struct {
	from, to int // minutes after midnight; from may be later than to
	zone     *time.Location
}

// has reports whether a time is in the quiet hours.
func (q *quietHours) has(t time.Time) bool {
	if q == nil {
		return false
	}
	t = t.In(q.zone)
	at := t.Hour()*60 + t.Minute()
	if q.from <= q.to {
		return at >= q.from && at < q.to
	}
	return at >= q.from || at < q.to
}

// onDuty reads the user group that a rota maintains.
func (l *loader) onDuty(e entry) {
	s, ok := l.scalar(e.value, e.key.at, "on_duty")
	if ok && !slackID(s.text, groupLetters) {
		l.add(s.at, "on_duty %q is not a user-group id (S…)", s.text)
	}
	l.policy.onDuty = s.text
}

// quiet reads quiet hours such as "22:00-08:00 Asia/Singapore".
func (l *loader) quiet(e entry) {
	s, ok := l.scalar(e.value, e.key.at, "quiet_hours")
	if !ok {
		return
	}
	hours, zone, _ := strings.Cut(s.text, " ")
	from, to, _ := strings.Cut(hours, "-")
	a, b := dayTime.FindStringSubmatch(from), dayTime.FindStringSubmatch(to)
	where, err := time.LoadLocation(zone)
	switch {
	case a == nil || b == nil || zone == "" || from == to:
		l.add(s.at, "quiet_hours %q are not times and a zone such as \"22:00-08:00 Asia/Singapore\"", s.text)
		return
	case err != nil || zone == "Local": // this machine's zone, which differs on the next one
		l.add(s.at, "quiet_hours: unknown time zone %q; write a name such as Asia/Singapore or UTC", zone)
		return
	case l.policy.onDuty == "":
		l.add(e.key.at, "quiet_hours has no effect without on_duty")
	}
	l.policy.quietHours = &quietHours{minutes(a), minutes(b), where}
}

// minutes returns the minutes after midnight of a match of dayTime.
func minutes(m []string) int {
	hour, _ := strconv.Atoi(m[1]) // two digits
	minute, _ := strconv.Atoi(m[2])
	return hour*60 + minute
}
