package policy

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

const ourWorkspace = `
roles:
  leads: [ULEAD]
  mods: [UMOD, SMODS, leads]
  helpers: [UHELP, WHELP]
  readers: [UREAD]
rooms: {gala: live:show1}
rules:
  - {name: leads, roles: [leads], verbs: [all]}
  - {name: short, roles: [mods], verbs: [mute, unmute, kick, who], rooms: ["*:*"], max_duration: 1h, max_targets: 3}
  - {name: long, roles: [mods], verbs: [mute], rooms: ["room:*"], max_duration: 2h, max_targets: 2}
  - {name: office, roles: [mods], verbs: [close], rooms: [gala], channels: [COFFICE]}
  - {name: shows, roles: [mods], verbs: [ban, freeze, silence], rooms: [gala, "live:vip*"], max_duration: 2d}
  - {name: helpers, roles: [helpers], verbs: [mute], kinds: [strroom], max_targets: 1}
protected:
  - {targets: [host, "staff_*"], except: [leads]}
  - {targets: [owner]}
`

func person(user string, groups ...string) moderation.Person {
	return moderation.Person{User: user, Team: "T1", Groups: groups}
}

func action(verb moderation.Verb, room string, d time.Duration, targets ...string) moderation.Action {
	r, _ := moderation.RoomFromKey(room)
	return moderation.Action{Verb: verb, Room: r, Duration: d, Targets: targets}
}

func perm(a moderation.Action) moderation.Action {
	a.Permanent, a.Duration = true, 0
	return a
}

func named(a moderation.Action, name string) moderation.Action {
	a.Room.Name = name
	return a
}

// One protected person in a long list is found, and the whole action is refused.
func TestAProtectedPersonAmongMany(t *testing.T) {
	p, err := Load("protected.yaml", []byte(`
roles: {leads: [ULEAD], mods: [UMOD]}
rules:
  - {name: all, roles: [mods, leads], verbs: [all]}
protected:
  - {targets: ["staff_*"], except: [leads]}
`), Options{})
	require.NoError(t, err)
	in := moderation.Channel{ID: "C1", Member: true}
	for at := range 100 {
		a := action("kick", "room:1", 0, slices.Repeat([]string{"p"}, 100)...)
		a.Targets[at] = "staff_ben"
		d := p.Evaluate(moderation.PolicyInput{Person: person("UMOD"), Channel: in, Action: a})
		require.False(t, d.Allowed, at)
		require.Equal(t, moderation.RefuseProtected, d.Refusal.Code, at)
		require.Equal(t, "staff_ben", d.Refusal.Values["user"])
		d = p.Evaluate(moderation.PolicyInput{Person: person("ULEAD"), Channel: in, Action: a})
		require.True(t, d.Allowed, at)
		require.Equal(t, []string{"staff_ben"}, d.Protected, at)
	}
}

func TestEvaluate(t *testing.T) {
	p, err := Load("house.yaml", []byte(ourWorkspace), Options{})
	require.NoError(t, err)
	in := moderation.Channel{ID: "C1", Member: true}
	office := moderation.Channel{ID: "COFFICE", Member: true}
	mod := person("UMOD")
	hour := time.Hour
	for name, c := range map[string]struct {
		person  moderation.Person
		channel moderation.Channel
		action  moderation.Action
		rule    string          // the rule that allows it
		code    moderation.Code // else the refusal's code
		values  map[string]string
	}{
		"by user":                       {mod, in, action("mute", "room:1", hour, "a"), "short", "", nil},
		"by group":                      {person("UX", "SMODS"), in, action("mute", "room:1", hour, "a"), "short", "", nil},
		"by enterprise user":            {moderation.Person{User: "U9", EnterpriseUser: "WHELP"}, in, action("mute", "strroom:1", 0, "a"), "helpers", "", nil},
		"by included role":              {person("ULEAD"), in, action("ban", "live:show1", 0, "a"), "leads", "", nil},
		"second rule":                   {mod, in, action("mute", "room:1", 2*hour, "a", "b"), "long", "", nil},
		"no duration, no limit":         {person("UHELP"), in, perm(action("mute", "strroom:x", 0, "a")), "helpers", "", nil},
		"verb without duration":         {mod, in, action("unmute", "room:1", 0, "a"), "short", "", nil},
		"room by its name":              {mod, in, named(action("ban", "live:show1", hour, "a"), "gala"), "shows", "", nil},
		"named room by its id":          {mod, in, action("ban", "live:show1", hour, "a"), "shows", "", nil},
		"a name is not believed":        {mod, in, named(action("ban", "live:other", hour, "a"), "gala"), "", moderation.RefuseNoRule, map[string]string{"verb": "ban"}},
		"ids by their case":             {mod, in, action("ban", "live:VIP1", hour, "a"), "", moderation.RefuseNoRule, map[string]string{"verb": "ban"}},
		"pattern":                       {mod, in, action("silence", "live:vip7", hour, "a"), "shows", "", nil},
		"channel of the rule":           {mod, office, action("close", "live:show1", 0), "office", "", nil},
		"read by its rule":              {mod, in, action("who", "chat:g", 0), "short", "", nil},
		"help without a role":           {person("UX"), in, action("help", "", 0), "", "", nil},
		"rooms with any role":           {person("UREAD"), in, action("rooms", "", 0), "", "", nil},
		"case with any role":            {person("UREAD"), in, action("case", "", 0), "", "", nil},
		"protected, by a lead":          {person("ULEAD"), in, action("mute", "room:1", hour, "host"), "leads", "", nil},
		"protected may be freed":        {mod, in, action("unmute", "room:1", 0, "host"), "short", "", nil},
		"protected by its case":         {mod, in, action("mute", "room:1", hour, "Host"), "short", "", nil},
		"no user":                       {person(""), in, action("help", "", 0), "", moderation.RefuseUnknownPerson, map[string]string{"detail": "no user id"}},
		"bot":                           {moderation.Person{User: "UMOD", Bot: true}, in, action("help", "", 0), "", moderation.RefuseBot, nil},
		"Slackbot":                      {person("USLACKBOT"), in, action("help", "", 0), "", moderation.RefuseBot, nil},
		"stranger":                      {moderation.Person{User: "UMOD", External: true}, in, action("help", "", 0), "", moderation.RefuseExternalPerson, nil},
		"deactivated":                   {moderation.Person{User: "UMOD", Deactivated: true}, in, action("help", "", 0), "", moderation.RefuseDeactivated, nil},
		"invited":                       {moderation.Person{User: "UMOD", Invited: true}, in, action("help", "", 0), "", moderation.RefuseDeactivated, nil},
		"guest":                         {moderation.Person{User: "UMOD", Guest: true}, in, action("help", "", 0), "", moderation.RefuseGuest, nil},
		"no channel":                    {mod, moderation.Channel{Member: true}, action("help", "", 0), "", moderation.RefuseUnknownChannel, map[string]string{"detail": "no channel id"}},
		"shared channel":                {mod, moderation.Channel{ID: "C1", Member: true, Shared: true}, action("help", "", 0), "", moderation.RefuseExternalChannel, nil},
		"channel about to be":           {mod, moderation.Channel{ID: "C1", PendingShared: true, Archived: true}, action("mute", "room:1", hour, "a"), "", moderation.RefuseExternalChannel, nil},
		"archived channel":              {mod, moderation.Channel{ID: "C1", Member: true, Archived: true}, action("mute", "room:1", hour, "a"), "", moderation.RefuseChannel, nil},
		"not a member":                  {mod, moderation.Channel{ID: "C1"}, action("mute", "room:1", hour, "a"), "", moderation.RefuseChannel, nil},
		"no role":                       {person("UX"), in, action("mute", "room:1", hour, "a"), "", moderation.RefuseNoRole, nil},
		"no role for rooms":             {person("UX"), in, action("rooms", "", 0), "", moderation.RefuseNoRole, nil},
		"no role for case":              {person("UX"), in, action("case", "", 0), "", moderation.RefuseNoRole, nil},
		"a group of no meaning":         {person("UX", "SOTHER"), in, action("rooms", "", 0), "", moderation.RefuseNoRole, nil},
		"a user id among groups":        {person("UX", "UMOD"), in, action("rooms", "", 0), "", moderation.RefuseNoRole, nil},
		"role without a rule":           {person("UREAD"), in, action("mute", "room:1", hour, "a"), "", moderation.RefuseNoRule, map[string]string{"verb": "mute"}},
		"verb of no rule":               {mod, in, action("unban", "live:show1", 0, "a"), "", moderation.RefuseNoRule, map[string]string{"verb": "unban"}},
		"kind of no rule":               {person("UHELP"), in, action("mute", "room:1", hour, "a"), "", moderation.RefuseNoRule, map[string]string{"verb": "mute"}},
		"kind that cannot":              {person("ULEAD"), in, action("mute", "live:x", hour, "a"), "", moderation.RefuseNoRule, map[string]string{"verb": "mute"}},
		"no such verb":                  {person("ULEAD"), in, action("zap", "room:1", 0, "a"), "", moderation.RefuseNoRule, map[string]string{"verb": "zap"}},
		"no such kind":                  {person("ULEAD"), in, moderation.Action{Verb: "kick", Room: moderation.Room{Kind: "tv", ID: "1"}}, "", moderation.RefuseNoRule, map[string]string{"verb": "kick"}},
		"no room":                       {person("ULEAD"), in, action("kick", "", 0, "a"), "", moderation.RefuseNoRule, map[string]string{"verb": "kick"}},
		"too long, best limit reported": {mod, in, action("mute", "room:1", 3*hour, "a"), "", moderation.RefuseTooLong, map[string]string{"most": "2h"}},
		"too long by a nanosecond":      {mod, in, action("ban", "live:show1", 48*hour+1, "a"), "", moderation.RefuseTooLong, map[string]string{"most": "2d"}},
		"perm":                          {mod, in, perm(action("freeze", "live:show1", 0)), "", moderation.RefuseTooLong, map[string]string{"most": "2d"}},
		"no duration counts as so":      {mod, in, action("freeze", "live:show1", 0), "", moderation.RefuseTooLong, map[string]string{"most": "2d"}},
		"too many, best limit reported": {mod, in, action("mute", "room:1", hour, "a", "b", "c", "d"), "", moderation.RefuseTooMany, map[string]string{"most": "3", "got": "4"}},
		"too many for the long one":     {mod, in, action("mute", "room:1", 2*hour, "a", "b", "c"), "", moderation.RefuseTooLong, map[string]string{"most": "1h"}},
		"id of no room":                 {person("ULEAD"), in, action("kick", "room:0", 0, "a"), "", moderation.RefuseNoRule, map[string]string{"verb": "kick"}},
		"not in this channel":           {mod, in, action("close", "live:show1", 0), "", moderation.RefuseChannel, nil},
		"other room, same channel":      {mod, in, action("close", "live:other", 0), "", moderation.RefuseNoRule, map[string]string{"verb": "close"}},
		"protected":                     {mod, in, action("mute", "room:1", hour, "a", "host"), "", moderation.RefuseProtected, map[string]string{"user": "host"}},
		"protected by a pattern":        {mod, in, action("kick", "room:1", 0, "staff_7"), "", moderation.RefuseProtected, map[string]string{"user": "staff_7", "people": "1"}},
		"protected from all":            {person("ULEAD"), in, action("kick", "room:1", 0, "owner"), "", moderation.RefuseProtected, map[string]string{"user": "owner", "people": "1"}},
		"no right reveals nothing":      {person("UX"), in, action("mute", "room:1", hour, "host"), "", moderation.RefuseNoRole, nil},
		"no rule reveals nothing":       {mod, in, action("ban", "live:other", hour, "host"), "", moderation.RefuseNoRule, map[string]string{"verb": "ban"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := p.Evaluate(moderation.PolicyInput{Person: c.person, Channel: c.channel, Action: c.action})
			require.Equal(t, p.Hash(), d.Policy)
			require.Equal(t, c.rule, d.Rule)
			if c.code == "" {
				require.Nil(t, d.Refusal)
				require.True(t, d.Allowed)
				return
			}
			require.False(t, d.Allowed)
			require.Equal(t, c.code, d.Refusal.Code)
			require.Equal(t, c.values, withoutCould(d.Refusal.Values))
		})
	}
}

// withoutCould returns a refusal's values without who could do it, which TestRefusalsNameWhoCould
// checks.
func withoutCould(values map[string]string) map[string]string {
	rest := maps.Clone(values)
	if delete(rest, "could"); len(rest) == 0 {
		return nil
	}
	return rest
}

// A refusal names the roles that may do what was refused, from where it was typed.
func TestRefusalsNameWhoCould(t *testing.T) {
	p, err := Load("p.yaml", []byte(`
roles: {leads: [ULEAD], mods: [UMOD, leads], vips: [UVIP], helpers: [UHELP]}
rules:
  - {name: short, roles: [mods], verbs: [mute], max_duration: 1h, max_targets: 2}
  - {name: long, roles: [leads], verbs: [mute], max_duration: 2d}
  - {name: elsewhere, roles: [vips], verbs: [mute], channels: [C9]}
protected: [{targets: [host], except: [leads]}]
`), Options{})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		user   string
		action moderation.Action
		code   moderation.Code
		could  string
	}{
		"longer than mine":      {"UMOD", action("mute", "room:1", 2*time.Hour, "a"), moderation.RefuseTooLong, "leads"},
		"longer than anybody's": {"UMOD", action("mute", "room:1", 72*time.Hour, "a"), moderation.RefuseTooLong, ""},
		"more people":           {"UMOD", action("mute", "room:1", time.Hour, "a", "b", "c"), moderation.RefuseTooMany, "leads"},
		"no rule":               {"UHELP", action("mute", "room:1", time.Hour, "a"), moderation.RefuseNoRule, "leads,mods"},
		"another channel's":     {"UVIP", action("mute", "room:1", time.Hour, "a"), moderation.RefuseChannel, "leads,mods"},
		"nobody's":              {"UHELP", action("kick", "room:1", 0, "a"), moderation.RefuseNoRule, ""},
		"protected":             {"UMOD", action("mute", "room:1", time.Hour, "host"), moderation.RefuseProtected, "leads"},
		"no role at all":        {"UX", action("mute", "room:1", time.Hour, "a"), moderation.RefuseNoRole, ""},
	} {
		d := p.Evaluate(moderation.PolicyInput{Person: person(c.user), Channel: inside, Action: c.action})
		require.NotNil(t, d.Refusal, name)
		require.Equal(t, c.code, d.Refusal.Code, name)
		require.Equal(t, c.could, d.Refusal.Values["could"], name)
	}
}

func TestEvaluateReturnsRolesAndWhatGrantedThem(t *testing.T) {
	p, err := Load("house.yaml", []byte(ourWorkspace), Options{})
	require.NoError(t, err)
	who := person("ULEAD", "SMODS", "SOTHER")
	who.EnterpriseUser = "WHELP"
	for _, verb := range []moderation.Verb{"mute", "zap"} {
		d := p.Evaluate(moderation.PolicyInput{Person: who, Channel: moderation.Channel{ID: "C1", Member: true}, Action: action(verb, "room:1", time.Hour, "a")})
		require.Equal(t, []string{"leads", "mods", "helpers"}, d.Roles)
		require.Equal(t, []string{"SMODS", "ULEAD", "WHELP"}, d.Via)
	}
}

func TestEvaluateChecksChannels(t *testing.T) {
	p, err := FromLists([]string{"U1"}, nil, []string{"C1"}, 0)
	require.NoError(t, err)
	ask := func(c moderation.Channel) moderation.Decision {
		return p.Evaluate(moderation.PolicyInput{Person: person("U1"), Channel: c, Action: action("kick", "room:1", 0, "a")})
	}
	require.True(t, ask(moderation.Channel{ID: "C1"}).Allowed, "listed: it need not be a member")
	require.Equal(t, "everyday", ask(moderation.Channel{ID: "C1"}).Rule)
	require.Equal(t, moderation.RefuseChannel, ask(moderation.Channel{ID: "C2", Member: true}).Refusal.Code)
	require.Equal(t, moderation.RefuseExternalChannel, ask(moderation.Channel{ID: "C1", Shared: true}).Refusal.Code)
}

func TestApproversAreModeratorsToo(t *testing.T) {
	p, err := FromLists([]string{"U1"}, []string{"S2"}, nil, 0)
	require.NoError(t, err)
	d := p.Evaluate(moderation.PolicyInput{Person: person("U9", "S2"), Channel: moderation.Channel{ID: "C1", Member: true}, Action: perm(action("mute", "room:1", 0, "a"))})
	require.True(t, d.Allowed)
	require.Equal(t, []string{"approvers", "moderators"}, d.Roles)
	require.Equal(t, []string{"S2"}, d.Via)
}

func TestHighestLimitIsReported(t *testing.T) {
	p, err := Load("p", []byte(`
roles: {m: [U1]}
rules:
  - {name: few, roles: [m], verbs: [kick], max_targets: 2}
  - {name: more, roles: [m], verbs: [kick], max_targets: 5}
  - {name: office, roles: [m], verbs: [kick], channels: [C2]}
  - {name: short, roles: [m], verbs: [mute], max_duration: 1h}
  - {name: longer, roles: [m], verbs: [mute], max_duration: 3h}
`), Options{})
	require.NoError(t, err)
	ask := func(a moderation.Action) *moderation.Error {
		return p.Evaluate(moderation.PolicyInput{Person: person("U1"), Channel: moderation.Channel{ID: "C1", Member: true}, Action: a}).Refusal
	}
	require.Equal(t, moderation.NewError(moderation.RefuseTooMany, "most", "5", "got", "6"), ask(action("kick", "room:1", 0, "a", "b", "c", "d", "e", "f")))
	require.Equal(t, moderation.NewError(moderation.RefuseTooLong, "most", "3h"), ask(action("mute", "room:1", 4*time.Hour, "a")))
}

func TestZeroPolicyRefuses(t *testing.T) {
	var p Policy
	d := p.Evaluate(moderation.PolicyInput{Person: person("U1"), Channel: moderation.Channel{ID: "C1", Member: true}, Action: action("kick", "room:1", 0, "a")})
	require.False(t, d.Allowed)
	require.Equal(t, moderation.RefuseNoRole, d.Refusal.Code)
}

func TestCheckMember(t *testing.T) {
	alone, grid := Workspace{Team: "T1"}, Workspace{Team: "T1", Enterprise: "E1"}
	for name, c := range map[string]struct {
		home   Workspace
		person moderation.Person
		code   moderation.Code
	}{
		"our team":                   {alone, moderation.Person{User: "U1", Team: "T1"}, ""},
		"our team on a Grid":         {grid, moderation.Person{User: "U1", Team: "T1", Enterprise: "E1"}, ""},
		"our team, no enterprise":    {grid, moderation.Person{User: "U1", Team: "T1"}, ""},
		"in our team too":            {grid, moderation.Person{User: "W1", Team: "T2", Enterprise: "E1", EnterpriseTeams: []string{"T2", "T1"}}, ""},
		"in our team, home unsaid":   {alone, moderation.Person{User: "W1", Team: "T2", Enterprise: "E1", EnterpriseTeams: []string{"T2", "T1"}}, moderation.RefuseExternalPerson},
		"in our team, both unsaid":   {alone, moderation.Person{User: "W1", Team: "T2", EnterpriseTeams: []string{"T1"}}, moderation.RefuseExternalPerson},
		"our team of some Grid":      {alone, moderation.Person{User: "W1", Team: "T1", Enterprise: "E1"}, ""},
		"other team":                 {alone, moderation.Person{User: "U1", Team: "T2"}, moderation.RefuseExternalPerson},
		"another team in it":         {grid, moderation.Person{User: "U1", Team: "T2", Enterprise: "E1", EnterpriseTeams: []string{"T2"}}, moderation.RefuseExternalPerson},
		"other enterprise":           {grid, moderation.Person{User: "U1", Team: "T1", Enterprise: "E2"}, moderation.RefuseExternalPerson},
		"other enterprise, our team": {grid, moderation.Person{User: "U1", Team: "T2", Enterprise: "E2", EnterpriseTeams: []string{"T1"}}, moderation.RefuseExternalPerson},
		"our team without its org":   {grid, moderation.Person{User: "U1", Team: "T2", EnterpriseTeams: []string{"T1"}}, moderation.RefuseExternalPerson},
		"is_stranger":                {alone, moderation.Person{User: "U1", Team: "T1", External: true}, moderation.RefuseExternalPerson},
		"bot":                        {alone, moderation.Person{User: "U1", Team: "T1", Bot: true}, moderation.RefuseBot},
		"Slackbot":                   {alone, moderation.Person{User: "USLACKBOT", Team: "T1"}, moderation.RefuseBot},
		"guest":                      {alone, moderation.Person{User: "U1", Team: "T1", Guest: true}, moderation.RefuseGuest},
		"deactivated":                {alone, moderation.Person{User: "U1", Team: "T1", Deactivated: true}, moderation.RefuseDeactivated},
		"invited":                    {alone, moderation.Person{User: "U1", Team: "T1", Invited: true}, moderation.RefuseDeactivated},
		"no user":                    {alone, moderation.Person{Team: "T1"}, moderation.RefuseUnknownPerson},
		"no team":                    {alone, moderation.Person{User: "U1"}, moderation.RefuseUnknownPerson},
		"we know no team":            {Workspace{}, moderation.Person{User: "U1", Team: "T1"}, moderation.RefuseUnknownPerson},
		"nothing known at all":       {Workspace{}, moderation.Person{}, moderation.RefuseUnknownPerson},
	} {
		t.Run(name, func(t *testing.T) {
			refusal := c.home.CheckMember(c.person)
			if c.code == "" {
				require.Nil(t, refusal)
				return
			}
			require.NotNil(t, refusal)
			require.Equal(t, c.code, refusal.Code)
		})
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		fits          bool
	}{
		{"", "", true}, {"", "a", false}, {"a", "a", true}, {"a", "A", false}, {"a", "ab", false},
		{"*", "", true}, {"*", "anything", true}, {"a*", "a", true}, {"a*", "ba", false}, {"*a", "bca", true},
		{"a*b*c", "abc", true}, {"a*b*c", "aXbXbXc", true}, {"a*b*c", "aXcXb", false}, {"**", "x", true},
		{`\*`, "*", true}, {`\*`, "x", false}, {`a\*b`, "a*b", true}, {`a\\*`, `a\xyz`, true}, {`a\b`, `a\b`, true},
		{"*ab", "aab", true}, {"a.c", "abc", false}, {"a?c", "abc", false}, {"[ab]", "a", false},
	} {
		require.Equal(t, c.fits, newGlob(c.pattern).matches(c.text), "%q %q", c.pattern, c.text)
	}
	for _, c := range []struct {
		wide, narrow string
		covers       bool
	}{
		{"*", "a*b", true}, {"a*", "ab*", true}, {"ab*", "a*", false}, {"a*b", "a*", false}, {"*a*", "*bab*", true},
		{"a", "a*", false}, {"a*", "a", true}, {"*a", "a*", false}, {`\*`, "*", false}, {"*", `\*`, true},
	} {
		require.Equal(t, c.covers, newGlob(c.wide).covers(newGlob(c.narrow)), "%q %q", c.wide, c.narrow)
	}
}
