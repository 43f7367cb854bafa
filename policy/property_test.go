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

// drawPolicy draws rules over three roles. Texts that a policy refuses (rules
// that cannot match or matter) are drawn anew.
func drawPolicy(t *rapid.T) *Policy {
	var b strings.Builder
	b.WriteString("roles: {r1: [U1, S1], r2: [U2, S2], r3: [S3, r1]}\nrooms: {gala: live:show1}\nrules:\n")
	for i := range rapid.IntRange(1, 4).Draw(t, "rules") {
		role := rapid.SampledFrom([]string{"r1", "r2", "r3"}).Draw(t, "role")
		verb := rapid.SampledFrom(append([]string{"all", "read", "bind", "free", "event"}, drawnVerbs...)).Draw(t, "verb")
		fmt.Fprintf(&b, "  - name: rule%d\n    roles: [%s]\n    verbs: [%s]\n", i, role, verb)
		if rapid.Bool().Draw(t, "has rooms") {
			room := rapid.SampledFrom([]string{"*:*", "room:1*", "live:*", "gala", "*", "*:*1", "chat:g"}).Draw(t, "rooms")
			fmt.Fprintf(&b, "    rooms: ['%s']\n", room)
		}
		if rapid.Bool().Draw(t, "has channels") {
			b.WriteString("    channels: [C1]\n")
		}
		specs, _ := verbsOf(verb)
		takes := func(f func(moderation.Takes) bool) bool {
			return slices.ContainsFunc(specs, func(s moderation.VerbSpec) bool { return f(s.Takes) })
		}
		if takes(func(t moderation.Takes) bool { return t.Duration }) && rapid.Bool().Draw(t, "has max_duration") {
			fmt.Fprintf(&b, "    max_duration: %dm\n", rapid.IntRange(1, 120).Draw(t, "max_duration"))
		}
		if takes(func(t moderation.Takes) bool { return t.Users }) && rapid.Bool().Draw(t, "has max_targets") {
			fmt.Fprintf(&b, "    max_targets: %d\n", rapid.IntRange(1, 3).Draw(t, "max_targets"))
		}
	}
	if rapid.Bool().Draw(t, "has protected") {
		b.WriteString("protected:\n  - {targets: [host, 'staff_*'], except: [r2]}\n")
	}
	p, err := Load("drawn.yaml", []byte(b.String()))
	if err != nil {
		t.Skip(err.Error())
	}
	return p
}

func drawQuestion(t *rapid.T) moderation.Question {
	room, _ := moderation.RoomFromKey(rapid.SampledFrom(drawnRooms).Draw(t, "room"))
	return moderation.Question{
		Person: moderation.Person{
			User:   rapid.SampledFrom([]string{"U1", "U2", "U9"}).Draw(t, "user"),
			Groups: rapid.SliceOfDistinct(rapid.SampledFrom([]string{"S1", "S2", "S3", "S4"}), rapid.ID).Draw(t, "groups"),
		},
		Channel: moderation.Channel{ID: rapid.SampledFrom([]string{"C1", "C2"}).Draw(t, "channel"), Member: true},
		Action: moderation.Action{
			Verb:     moderation.Verb(rapid.SampledFrom(drawnVerbs).Draw(t, "verb")),
			Room:     room,
			Targets:  rapid.SliceOfNDistinct(rapid.SampledFrom(drawnTargets), 1, 4, rapid.ID).Draw(t, "targets"),
			Duration: time.Duration(rapid.IntRange(0, 180).Draw(t, "minutes")) * time.Minute,
			Perm:     rapid.Bool().Draw(t, "perm"),
		},
	}
}

// Whoever loses what gave a role may do no more than before.
func TestFewerRolesAllowNoMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := drawPolicy(t), drawQuestion(t)
		less := q
		if len(q.Person.Groups) > 0 && rapid.Bool().Draw(t, "lose a group") {
			less.Person.Groups = q.Person.Groups[1:]
		} else {
			less.Person.User = "U9"
		}
		if p.Decide(less).Allowed {
			require.True(t, p.Decide(q).Allowed, p.Text())
		}
	})
}

// Whatever is allowed, a rule of a role that the person holds allows it in all
// its conditions, read anew from the rule; whatever is refused, none does.
func TestNoRuleNoRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := drawPolicy(t), drawQuestion(t)
		d := p.Decide(q)
		spec, _ := q.Action.Verb.Spec()
		var allowing []string
		for _, r := range p.rules {
			roles := slices.ContainsFunc(d.Roles, func(name string) bool { return r.roles[name] })
			lasts := q.Action.Duration
			if q.Action.Perm || lasts == 0 {
				lasts = 1 << 62
			}
			timely := r.longest == 0 || !spec.Takes.Duration || lasts <= r.longest
			few := r.most == 0 || len(q.Action.Targets) <= r.most
			here := r.within == nil || r.within[q.Channel.ID]
			can := moderation.Supports(spec.Verb, q.Action.Room.Kind).OK
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

// Asking for less, in less time, is never refused where more was allowed.
func TestLimitsAreLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := drawPolicy(t), drawQuestion(t)
		less := q
		less.Action.Targets = q.Action.Targets[:rapid.IntRange(1, len(q.Action.Targets)).Draw(t, "fewer")]
		if q.Action.Duration > 0 {
			less.Action.Perm = false
			less.Action.Duration = time.Duration(rapid.Int64Range(1, int64(q.Action.Duration)).Draw(t, "shorter"))
		}
		if p.Decide(q).Allowed {
			require.True(t, p.Decide(less).Allowed, p.Text())
		}
	})
}

// A rule that is reported as one that never matters never matters.
func TestShadowedRulesNeverMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := drawPolicy(t), drawQuestion(t)
		l := &loader{policy: p}
		for i := range p.rules {
			for j := range p.rules {
				if i == j || !l.shadows(&p.rules[i], &p.rules[j]) {
					continue
				}
				narrow, wide := *p, *p
				narrow.rules, wide.rules = []rule{p.rules[j]}, []rule{p.rules[i]}
				if narrow.Decide(q).Allowed {
					require.True(t, wide.Decide(q).Allowed, p.Text())
				}
			}
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(house))
	f.Add([]byte(head))
	f.Add([]byte("roles: {a: [b], b: [a]}\nrules:\n- {name: x, roles: [a], verbs: [all], rooms: ['*:*', \"room:1*\"]}\n"))
	f.Add([]byte("? a\n: - b\n--- # c\n...\n"))
	f.Add([]byte("roles: |\n  x\nrules: >\n  y\nrooms: {'a': \"\\u0041\"}"))
	f.Add([]byte("roles:\n\t- a: !!str b\n&a *a <<: [{}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Load("fuzz.yaml", text)
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
		require.NotEmpty(t, ids, "a policy that loads lets somebody do something")
		for _, spec := range moderation.Verbs() {
			for _, key := range drawnRooms {
				room, _ := moderation.RoomFromKey(key)
				q := moderation.Question{
					Person:  moderation.Person{User: "U0NOBODY"},
					Channel: moderation.Channel{ID: "C1", Member: true},
					Action:  moderation.Action{Verb: spec.Verb, Room: room, Targets: []string{"host"}, Duration: time.Hour},
				}
				if !slices.Contains(p.Users(), q.Person.User) && spec.Verb != moderation.Help {
					require.False(t, p.Decide(q).Allowed)
				}
				q.Person.Groups = p.Groups()
				d := p.Decide(q)
				require.Equal(t, d.Allowed, d.Refusal == nil)
			}
		}
	})
}
