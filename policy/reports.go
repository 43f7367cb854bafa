package policy

import (
	"slices"
	"strings"
	"time"

	"bouncer/moderation"
)

// maxReportActions is how many buttons fit on a phone beside those that every report has.
const maxReportActions = 6

// defaultReportRemind is when the first reminder of an unanswered report comes.
const defaultReportRemind = 10 * time.Minute

// reportChannel is the channel of reports of some rooms.
type reportChannel struct {
	rooms   rooms
	channel string
}

// reportChannelKey reads the channel of reports of all other rooms.
func (l *loader) reportChannelKey(e entry) {
	if s, ok := l.scalar(e.value, e.key.at, "report_channel"); ok && l.channel(s) {
		l.policy.reportChannel = s.text
	}
}

// reportChannelsKey reads the channels of reports by room. The first that has a room counts.
func (l *loader) reportChannelsKey(e entry) {
	for _, c := range l.mapping(e.value, e.key.at, "report_channels") {
		s, ok := l.scalar(c.value, c.key.at, "the channel of "+c.key.text)
		if w, known := l.roomWord(c.key); known && ok && l.channel(s) {
			l.policy.reportChannels = append(l.policy.reportChannels, reportChannel{w.rooms, s.text})
		}
	}
}

// reportActionsKey reads the actions that a report offers, such as "ban 24h".
func (l *loader) reportActionsKey(e entry) {
	list := l.scalars(e.value, e.key.at, "report_actions", false)
	if len(list) > maxReportActions {
		l.add(e.key.at, "report_actions has more than %d actions", maxReportActions)
		return
	}
	l.policy.reportActions = nil
	for _, s := range list {
		a, bad := reportAction(s.text)
		same := func(o moderation.PresetAction) bool { return o.Verb == a.Verb }
		switch {
		case bad != "":
			l.add(s.at, "report action %q %s", s.text, bad)
		case slices.ContainsFunc(l.policy.reportActions, same):
			l.add(s.at, "report action %s is there twice", a.Verb)
		default:
			l.policy.reportActions = append(l.policy.reportActions, a)
		}
	}
}

// reportAction reads a verb and its length. The second value is what is wrong, or "".
func reportAction(text string) (a moderation.PresetAction, bad string) {
	word, length, timed := strings.Cut(text, " ")
	spec, known := moderation.Verb(word).Spec()
	if !known || !spec.Takes.Users || !spec.Takes.Room || spec.Effect != moderation.EffectRestrict && spec.Effect != moderation.EffectEvent {
		return a, "is not an action on a person: use mute, silence, ban or kick, such as \"ban 24h\""
	}
	a.Verb = spec.Verb
	switch {
	case spec.Takes.Duration != timed && timed:
		return a, "has a duration, which " + word + " does not take"
	case spec.Takes.Duration != timed:
		return a, "has no duration, such as 24h"
	case length == "perm":
		a.Length.Permanent = true
	case timed:
		a.Length.Duration, bad = parseDuration(length)
	}
	return a, bad
}

func (l *loader) reportRemindKey(e entry) { l.policy.reportRemind, _ = l.duration(e, "report_remind") }

// ReportChannel returns the channel of reports about a room; empty for none.
func (p *Policy) ReportChannel(room moderation.Room) string {
	for _, c := range p.reportChannels {
		if c.rooms.has(room) {
			return c.channel
		}
	}
	return p.reportChannel
}

// ReportChannels returns all channels of reports, sorted.
func (p *Policy) ReportChannels() []string {
	var all []string
	if p.reportChannel != "" {
		all = append(all, p.reportChannel)
	}
	for _, c := range p.reportChannels {
		all = append(all, c.channel)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// ReportActions returns the actions that reports offer, in the order of the policy.
func (p *Policy) ReportActions() []moderation.PresetAction {
	if p.reportActions == nil {
		return defaultReportActions
	}
	return p.reportActions
}

// ReportRemind returns how long an unanswered report waits for each reminder.
func (p *Policy) ReportRemind() time.Duration {
	if p.reportRemind == 0 {
		return defaultReportRemind
	}
	return p.reportRemind
}

var defaultReportActions = func() (out []moderation.PresetAction) {
	for _, text := range []string{"mute 10m", "silence 1h", "ban 24h", "kick"} {
		a, _ := reportAction(text)
		out = append(out, a)
	}
	return out
}()
