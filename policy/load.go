package policy

import (
	"slices"
	"strconv"
	"time"

	"github.com/goccy/go-yaml/ast"

	"bouncer/moderation"
)

// Bounds of a policy's content, so that loading and evaluating it stay quick.
const (
	maxRoles    = 200
	maxRules    = 500
	maxPatterns = 5000
	maxTargets  = 100_000 // as many as a file of people may name
)

// Options are what the settings define when a policy file does not.
type Options struct {
	// PeopleLimit applies when the file has no people_limit. The zero value is off, which also
	// stops counting across commands.
	PeopleLimit PeopleLimit
	// UserID is the pattern of UserIDs when the file has none; empty for any.
	UserID string
}

// Load reads a policy file: one YAML document as the package doc describes. name is the file's
// name for errors. All errors are reported together: the error is FileErrors, each with line and
// column.
func Load(name string, text []byte, o Options) (*Policy, error) {
	l := &loader{
		problems:    problems{file: name},
		policy:      &Policy{times: defaultTimes, limits: o.PeopleLimit.list(), counts: o.PeopleLimit > 0},
		memberLists: map[string][]scalar{},
		included:    map[string][]scalar{},
	}
	l.policy.setText(string(text))
	if o.UserID != "" {
		var err error
		if l.policy.userID, err = UserIDPattern(o.UserID); err != nil {
			l.add(start, "USER_ID_PATTERN %v", err)
		}
	}
	if body := parse(text, &l.problems); body != nil {
		l.document(body)
	}
	l.checkRenamed()
	if err := l.err(); err != nil {
		return nil, err
	}
	return l.policy, nil
}

// loader turns a parsed text into a Policy.
type loader struct {
	problems
	policy      *Policy
	memberLists map[string][]scalar // a role's members as written
	included    map[string][]scalar // those members that are roles
	patterns    int
}

func (l *loader) document(body ast.Node) {
	// In the order of their dependencies.
	steps := []struct {
		key  string
		read func(entry)
	}{
		{"roles", l.roles}, {"rooms", l.rooms}, {"channels", l.channels},
		{"channel_rooms", l.channelRooms}, {"approvers", l.approvers}, {keyTTL, l.ttl}, {keyRemind, l.remind},
		{keyEscalate, l.escalate}, {"rules", l.rules}, {"protected", l.protected}, {keyPeopleLimit, l.peopleLimit},
		{"break_glass", l.breakGlass}, {"reviewers", l.reviewers}, {"review_sample", l.sample}, {"digest", l.digest},
		{"user_id", l.userID},
		{"reasons", l.reasons}, {"reason_required", l.reasonRequired}, {"reason_pattern", l.reasonPattern},
		{"reason_example", l.reasonExample}, {"durations", l.durations}, {"on_duty", l.onDuty}, {"quiet_hours", l.quiet},
		{"report_channel", l.reportChannelKey}, {"report_channels", l.reportChannelsKey}, {"report_actions", l.reportActionsKey},
		{"report_remind", l.reportRemindKey},
	}
	var keys []string
	for _, s := range steps {
		keys = append(keys, s.key)
	}
	found := map[string]entry{}
	for _, e := range l.mapping(body, start, "a policy", keys...) {
		found[e.key.text] = e
	}
	for _, needed := range []string{"roles", "rules"} {
		if _, ok := found[needed]; !ok {
			l.add(start, "%s is missing: without it nothing would be allowed", needed)
		}
	}
	for _, s := range steps {
		if e, ok := found[s.key]; ok {
			s.read(e)
		}
	}
	l.checkReasons(found)
	if e, ok := found[keyEscalate]; ok && !slices.ContainsFunc(l.policy.rules, func(r rule) bool { return len(r.approval.escalateTo) > 0 }) {
		l.add(e.key.at, "%s has no effect: no rule has escalate_to", keyEscalate)
	}
}

func (l *loader) roles(e entry) {
	entries := l.mapping(e.value, e.key.at, "roles")
	if len(entries) > maxRoles {
		l.add(e.key.at, "more than %d roles", maxRoles)
		return
	}
	for _, r := range entries {
		if bad := checkName(r.key.text); bad != "" {
			l.add(r.key.at, "role name %q %s", r.key.text, bad)
		} else if slackID(r.key.text, userLetters+groupLetters) {
			l.add(r.key.at, "role name %q looks like a Slack id", r.key.text)
		}
		l.memberLists[r.key.text] = l.scalars(r.value, r.key.at, "role "+r.key.text, true)
		l.policy.roles = append(l.policy.roles, role{name: r.key.text})
	}
	for name, members := range l.memberLists {
		for _, m := range members {
			if _, known := l.memberLists[m.text]; known {
				l.included[name] = append(l.included[name], m)
				continue
			}
			switch {
			case m.text == slackbot:
				l.add(m.at, "Slackbot cannot have a role")
			case !slackID(m.text, userLetters+groupLetters):
				l.add(m.at, "%q is not a user id (U…, W…), user-group id (S…) or role", m.text)
			}
		}
	}
	for i := range l.policy.roles {
		r := &l.policy.roles[i]
		r.ids = map[string]bool{}
		l.gather(r.name, r.ids, map[string]bool{})
		l.checkCycle(r.name)
	}
}

// gather puts the ids of a role and of all that it includes into ids.
func (l *loader) gather(name string, ids, seen map[string]bool) {
	if seen[name] {
		return
	}
	seen[name] = true
	for _, m := range l.memberLists[name] {
		if _, known := l.memberLists[m.text]; known {
			l.gather(m.text, ids, seen)
		} else {
			ids[m.text] = true
		}
	}
}

// checkCycle reports the members of a role through which it includes itself.
func (l *loader) checkCycle(name string) {
	for _, m := range l.included[name] {
		if l.reaches(m.text, name, map[string]bool{}) {
			l.add(m.at, "role %s includes itself through %s", name, m.text)
		}
	}
}

// reaches reports whether from is the role to or includes it.
func (l *loader) reaches(from, to string, seen map[string]bool) bool {
	if from == to {
		return true
	}
	if seen[from] {
		return false
	}
	seen[from] = true
	for _, m := range l.included[from] {
		if l.reaches(m.text, to, seen) {
			return true
		}
	}
	return false
}

func (l *loader) protected(e entry) {
	seq, ok := e.value.(*ast.SequenceNode)
	if !ok {
		l.add(l.valuePlace(e.value, e.key.at), "protected must be a list of entries with targets")
		return
	}
	for _, n := range seq.Values {
		var entryOf protection
		at := map[string]entry{}
		for _, f := range l.mapping(n, e.key.at, "an entry of protected", "targets", "except") {
			at[f.key.text] = f
		}
		if f, ok := at["targets"]; ok {
			for _, s := range l.scalars(f.value, f.key.at, "targets", false) {
				if !l.count(s.at) {
					return
				}
				g := newGlob(s.text)
				if !g.canBe(moderation.CheckUserID) {
					l.add(s.at, "%q matches no UserID: a UserID has 1 to 32 printable ASCII characters", s.text)
				}
				entryOf.targets = append(entryOf.targets, g)
			}
		} else if n != nil {
			l.add(nodePlace(n), "an entry of protected requires targets")
		}
		if f, ok := at["except"]; ok {
			entryOf.except = l.roleSet(f, "except")
		}
		l.policy.protected = append(l.policy.protected, entryOf)
	}
}

// roleSet reads a list of existing roles with members.
func (l *loader) roleSet(e entry, what string) map[string]bool {
	set := map[string]bool{}
	for _, s := range l.scalars(e.value, e.key.at, what, false) {
		found := l.policy.role(s.text)
		switch {
		case found == nil:
			l.add(s.at, "role %q is not defined", s.text)
		case len(found.ids) == 0:
			l.add(s.at, "role %s has no members", s.text)
		}
		set[s.text] = true
	}
	return set
}

// count bounds the patterns of a policy, counting each room that a pattern of names matches; false
// when there are too many.
func (l *loader) count(at place) bool {
	if l.patterns++; l.patterns == maxPatterns+1 {
		l.add(at, "more than %d patterns and rooms in rules and protected", maxPatterns)
	}
	return l.patterns <= maxPatterns
}

func (l *loader) duration(e entry, key string) (time.Duration, string) {
	s, ok := l.scalar(e.value, e.key.at, key)
	if !ok {
		return 0, ""
	}
	d, bad := parseDuration(s.text)
	if bad != "" {
		l.add(s.at, "%s %q %s", key, s.text, bad)
	}
	return d, s.text
}

// number reads a whole number from 1 to most; 0 when it is invalid.
func (l *loader) number(e entry, key string, most int) int {
	s, ok := l.scalar(e.value, e.key.at, key)
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(s.text)
	if err != nil || n < 1 || n > most {
		l.add(s.at, "%s %q is not a number from 1 to %d", key, s.text, most)
		return 0
	}
	return n
}
