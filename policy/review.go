package policy

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// digest is when the digest is due each day.
type digest struct {
	hour, minute int
	zone         *time.Location
}

var (
	share   = regexp.MustCompile(`^([0-9]{1,3}(?:\.[0-9]{1,3})?)%$`)
	dayTime = regexp.MustCompile(`^([01][0-9]|2[0-3]):([0-5][0-9])$`)
)

func (l *loader) reviewers(e entry) { l.policy.reviewerRoles = l.roleList(e, "reviewers") }

func (l *loader) sample(e entry) {
	s, ok := l.scalar(e.value, e.key.at, "review_sample")
	if !ok {
		return
	}
	m := share.FindStringSubmatch(s.text)
	if m == nil {
		l.add(s.at, "review_sample %q is not a percentage such as 20%%", s.text)
		return
	}
	f, err := strconv.ParseFloat(m[1], 64)
	if err != nil || f > 100 {
		l.add(s.at, "review_sample %q is more than 100%%", s.text)
		return
	}
	l.policy.sampled = f / 100
}

func (l *loader) digest(e entry) {
	s, ok := l.scalar(e.value, e.key.at, "digest")
	if !ok {
		return
	}
	clock, zone, _ := strings.Cut(s.text, " ")
	m := dayTime.FindStringSubmatch(clock)
	if m == nil || zone == "" {
		l.add(s.at, "digest %q is not a time and zone such as \"09:00 Asia/Singapore\"", s.text)
		return
	}
	// Local is this machine's zone, which differs on the next one.
	where, err := time.LoadLocation(zone)
	if err != nil || zone == "Local" {
		l.add(s.at, "digest: unknown time zone %q; write a name such as Asia/Singapore or UTC", zone)
		return
	}
	d := digest{zone: where}
	d.hour, _ = strconv.Atoi(m[1])
	d.minute, _ = strconv.Atoi(m[2])
	l.policy.digestAt = &d
}

// ReviewShare returns the share of ordinary cases that is selected for review, from 0 to 1.
func (p *Policy) ReviewShare() float64 { return p.sampled }

// Digest returns when the digest is due each day; ok is false for never.
func (p *Policy) Digest() (hour, minute int, zone *time.Location, ok bool) {
	if p.digestAt == nil {
		return 0, 0, nil, false
	}
	return p.digestAt.hour, p.digestAt.minute, p.digestAt.zone, true
}
