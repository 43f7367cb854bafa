package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"bouncer/moderation"
)

var (
	drawnRooms   = []string{"room:1", "room:12", "strroom:1", "live:show1", "live:show2", "chat:g"}
	drawnTargets = []string{"a", "b", "host", "staff_1"}
	drawnVerbs   = []string{"mute", "unmute", "kick", "ban", "unban", "bans", "silence", "freeze", "close", "who"}
)

// drawnPatterns are room patterns of drawn policies, with the kinds of rooms that match: gala is a
// live room and the only named room, shows a group of live rooms.
var drawnPatterns = []struct {
	text  string
	kinds []moderation.Kind
}{
	{"*:*", moderation.Kinds()},
	{"*:*1", moderation.Kinds()},
	{"room:1*", []moderation.Kind{moderation.KindRoom}},
	{"live:*", []moderation.Kind{moderation.KindLive}},
	{"gala", []moderation.Kind{moderation.KindLive}},
	{"*", []moderation.Kind{moderation.KindLive}},
	{"shows", []moderation.Kind{moderation.KindLive}},
	{"chat:g", []moderation.Kind{moderation.KindChat}},
}

// drawHead draws all of a policy's text but the rules.
func drawHead(t *rapid.T) string {
	text := "roles: {r1: [U1, S1], r2: [U2, S2], r3: [S3, r1]}\nrooms: {gala: live:show1, shows: [gala, 'live:show2']}\n"
	if rapid.Bool().Draw(t, "has protected") {
		text += "protected:\n  - {targets: [host, 'staff_*'], except: [r2]}\n"
	}
	return text + "rules:\n"
}

// loadDrawn loads a text whose last rule is named last. It returns nil when Load refuses that rule
// because earlier ones cover it, the only error that a drawn text may have.
func loadDrawn(t *rapid.T, text, last string) *Policy {
	p, err := Load("drawn.yaml", []byte(text), Options{})
	if err != nil {
		refusal := `^drawn\.yaml:\d+:\d+: rule ` + last + ` has no effect: rule rule\d before it \(line \d+\) covers it$`
		require.Regexp(t, refusal, err.Error(), text)
		return nil
	}
	require.NotNil(t, p)
	return p
}

// drawPolicy draws rules over three roles, without those that have no effect.
func drawPolicy(t *rapid.T) *Policy {
	text := drawHead(t)
	var drawn *Policy
	for i := range rapid.IntRange(1, 4).Draw(t, "rules") {
		name := fmt.Sprintf("rule%d", i)
		longer := text + drawRule(t, name)
		if p := loadDrawn(t, longer, name); p != nil {
			text, drawn = longer, p
		}
	}
	require.NotNil(t, drawn, "no rule comes before the first")
	return drawn
}

// drawRule draws the text of a rule in which every word can match.
func drawRule(t *rapid.T, name string) string {
	role := rapid.SampledFrom([]string{"r1", "r2", "r3"}).Draw(t, "role")
	verb := rapid.SampledFrom(append([]string{"all", "read", "restrict", "lift", "event"}, drawnVerbs...)).Draw(t, "verb")
	specs, bad := verbsOf(verb)
	require.Empty(t, bad, verb)
	some := func(f func(moderation.VerbSpec) bool) bool { return slices.ContainsFunc(specs, f) }

	var b strings.Builder
	fmt.Fprintf(&b, "  - name: %s\n    roles: [%s]\n    verbs: [%s]\n", name, role, verb)
	if rapid.Bool().Draw(t, "has rooms") {
		var fit []string
		for _, p := range drawnPatterns {
			if slices.ContainsFunc(p.kinds, func(k moderation.Kind) bool {
				return some(func(s moderation.VerbSpec) bool { return moderation.Supports(s.Verb, k).Supported })
			}) {
				fit = append(fit, p.text)
			}
		}
		fmt.Fprintf(&b, "    rooms: ['%s']\n", rapid.SampledFrom(fit).Draw(t, "rooms"))
	}
	if rapid.Bool().Draw(t, "has channels") {
		b.WriteString("    channels: [C1]\n")
	}
	if some(func(s moderation.VerbSpec) bool { return s.Takes.Duration }) && rapid.Bool().Draw(t, "has max_duration") {
		fmt.Fprintf(&b, "    max_duration: %dm\n", rapid.IntRange(1, 120).Draw(t, "max_duration"))
	}
	if some(func(s moderation.VerbSpec) bool { return s.Takes.Users }) && rapid.Bool().Draw(t, "has max_targets") {
		fmt.Fprintf(&b, "    max_targets: %d\n", rapid.IntRange(1, 3).Draw(t, "max_targets"))
	}
	return b.String()
}

// drawInput draws an action as it can be typed: one without users has no targets.
func drawInput(t *rapid.T) moderation.PolicyInput {
	verb := moderation.Verb(rapid.SampledFrom(drawnVerbs).Draw(t, "verb"))
	spec, ok := verb.Spec()
	require.True(t, ok, verb)
	var targets []string
	if spec.Takes.Users {
		targets = rapid.SliceOfNDistinct(rapid.SampledFrom(drawnTargets), 1, 4, rapid.ID).Draw(t, "targets")
	}
	room, _ := moderation.RoomFromKey(rapid.SampledFrom(drawnRooms).Draw(t, "room"))
	return moderation.PolicyInput{
		Person: moderation.Person{
			User:   rapid.SampledFrom([]string{"U1", "U2", "U9"}).Draw(t, "user"),
			Groups: rapid.SliceOfDistinct(rapid.SampledFrom([]string{"S1", "S2", "S3", "S4"}), rapid.ID).Draw(t, "groups"),
		},
		Channel: moderation.Channel{ID: rapid.SampledFrom([]string{"C1", "C2"}).Draw(t, "channel"), Member: true},
		Action: moderation.Action{
			Verb:      verb,
			Room:      room,
			Targets:   targets,
			Duration:  time.Duration(rapid.IntRange(0, 180).Draw(t, "minutes")) * time.Minute,
			Permanent: rapid.Bool().Draw(t, "perm"),
		},
	}
}

// Losing what grants a role never allows more.
func TestFewerRolesAllowNoMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := drawPolicy(t), drawInput(t)
		less := q
		if len(q.Person.Groups) > 0 && rapid.Bool().Draw(t, "lose a group") {
			less.Person.Groups = q.Person.Groups[1:]
		} else {
			less.Person.User = "U9"
		}
		if p.Evaluate(less).Allowed {
			require.True(t, p.Evaluate(q).Allowed, p.Text())
		}
	})
}

// For every allowed action, a rule of one of the person's roles matches in all conditions, read
// directly from the rule; for every refused one, none does.
func TestNoRuleNoRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := drawPolicy(t), drawInput(t)
		d := p.Evaluate(q)
		spec, _ := q.Action.Verb.Spec()
		var allowing []string
		for _, r := range p.rules {
			roles := slices.ContainsFunc(d.Roles, func(name string) bool { return r.roles[name] })
			lasts := q.Action.Duration
			if q.Action.Permanent || lasts == 0 {
				lasts = 1 << 62
			}
			timely := r.longest == 0 || !spec.Takes.Duration || lasts <= r.longest
			few := r.most == 0 || len(q.Action.Targets) <= r.most
			here := r.within == nil || r.within[q.Channel.ID]
			can := moderation.Supports(spec.Verb, q.Action.Room.Kind).Supported
			if roles && timely && few && here && can && r.verbs[spec.Verb] && r.rooms.has(q.Action.Room) {
				allowing = append(allowing, r.name)
			}
		}
		switch {
		case d.Allowed:
			require.Nil(t, d.Refusal)
			require.Equal(t, allowing[0], d.Rule, "the first that allows is named")
			require.NotEmpty(t, d.Via)
		case len(allowing) > 0:
			require.Equal(t, moderation.RefuseProtected, d.Refusal.Code, p.Text())
		default:
			require.NotNil(t, d.Refusal)
			require.Empty(t, d.Rule)
		}
	})
}

// A request for less, or for a shorter time, is never refused where more was allowed.
func TestLimitsAreLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := drawPolicy(t), drawInput(t)
		less := q
		if all := q.Action.Targets; len(all) > 0 {
			less.Action.Targets = all[:rapid.IntRange(1, len(all)).Draw(t, "fewer")]
		}
		if q.Action.Duration > 0 {
			less.Action.Permanent = false
			less.Action.Duration = time.Duration(rapid.Int64Range(1, int64(q.Action.Duration)).Draw(t, "shorter"))
		}
		if p.Evaluate(q).Allowed {
			require.True(t, p.Evaluate(less).Allowed, p.Text())
		}
	})
}

// A rule that is refused as having no effect allows nothing that the rule before it does not.
func TestRefusedRulesNeverMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		head, first, second := drawHead(t), drawRule(t, "rule0"), drawRule(t, "rule1")
		wide, narrow := loadDrawn(t, head+first, "rule0"), loadDrawn(t, head+second, "rule1")
		require.NotNil(t, wide)
		require.NotNil(t, narrow)
		if loadDrawn(t, head+first+second, "rule1") != nil {
			return
		}
		for range 20 {
			if q := drawInput(t); narrow.Evaluate(q).Allowed {
				require.True(t, wide.Evaluate(q).Allowed, head+first+second)
			}
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(ourWorkspace))
	f.Add([]byte(head))
	f.Add([]byte("roles: {a: [b], b: [a]}\nrules:\n- {name: x, roles: [a], verbs: [all], rooms: ['*:*', \"room:1*\"]}\n"))
	f.Add([]byte(approvalPolicy))
	f.Add([]byte(defaultRules + "roles: {approvers: [], moderators: [U1]}\napprovers: [approvers]\npeople_limit: off\n"))
	f.Add([]byte(head + "digest: '09:00 UTC'\nreview_sample: 20%\nreviewers: [mods]\nbreak_glass: [mods]\npeople_limit: [{people: 5, within: 1h, then: refuse}]\n"))
	f.Add([]byte(head + "rooms: {gala: live:show1, all: [gala, 'chat:g'], none: [], twice: [all, gala, 'live:show1']}\nchannel_rooms: {C1: all}\n"))
	f.Add([]byte("? a\n: - b\n--- # c\n...\n"))
	f.Add([]byte("roles: |\n  x\nrules: >\n  y\nrooms: {'a': \"\\u0041\"}"))
	f.Add([]byte("roles:\n\t- a: !!str b\n&a *a <<: [{}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Load("fuzz.yaml", text, Options{PeopleLimit: 5})
		if err != nil {
			var list FileErrors
			require.ErrorAs(t, err, &list)
			for _, e := range list {
				require.Positive(t, e.Line)
				require.Positive(t, e.Column)
			}
			return
		}
		require.Equal(t, string(text), p.Text())
		ids := append(p.Users(), p.Groups()...)
		require.NotEmpty(t, ids, "a valid policy allows something")
		for _, spec := range moderation.Verbs() {
			for _, key := range drawnRooms {
				room, _ := moderation.RoomFromKey(key)
				q := moderation.PolicyInput{
					Person:  moderation.Person{User: "U0NOBODY"},
					Channel: moderation.Channel{ID: "C1", Member: true},
					Action:  moderation.Action{Verb: spec.Verb, Room: room, Targets: []string{"host"}, Duration: time.Hour},
				}
				if !slices.Contains(p.Users(), q.Person.User) && spec.Verb != moderation.Help {
					require.False(t, p.Evaluate(q).Allowed)
				}
				q.Person.Groups = p.Groups()
				if actsInRooms(spec) {
					several := q
					other, _ := moderation.RoomFromKey(drawnRooms[3])
					several.Action.MoreRooms = []moderation.Room{other}
					require.False(t, p.Evaluate(several).Allowed && !p.Evaluate(q).Allowed, "several rooms, one of them refused")
				}
				d := p.Evaluate(q)
				require.Equal(t, d.Allowed, d.Refusal == nil)
				if d.Requirement.Required() {
					require.True(t, d.Allowed)
					require.NotEmpty(t, d.Requirement.Mention, "approvers are mentioned")
					require.NotEmpty(t, d.Requirement.Why)
					require.Positive(t, d.Requirement.TTL)
				}
			}
		}
	})
}
