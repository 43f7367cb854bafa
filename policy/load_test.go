package policy

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

func TestExample(t *testing.T) {
	text, err := os.ReadFile("testdata/example.yaml")
	require.NoError(t, err)
	p, err := Load("example.yaml", text, Options{})
	require.NoError(t, err)
	require.Equal(t, string(text), p.Text())
	require.Len(t, p.Hash(), 64)
	require.Equal(t, []string{"S0LEADS", "S0MODS"}, p.Groups())
	require.Equal(t, []string{"U0ADMIN", "U0HELPER1", "U0HELPER2", "U0LEAD"}, p.Users())
	require.Equal(t, []string{"C0GALA", "C0MOD"}, p.Channels())
	require.Equal(t, &moderation.Room{Kind: "live", ID: "show1", Name: "gala"}, p.ChannelRoom("C0GALA"))
	require.Nil(t, p.ChannelRoom("C0MOD"))
	require.Equal(t, map[string]moderation.Room{
		"gala":      {Kind: "live", ID: "show1", Name: "gala"},
		"gala-chat": {Kind: "chat", ID: "@TGS#aJRGC4MH6", Name: "gala-chat"},
		"lobby":     {Kind: "strroom", ID: "lobby", Name: "lobby"},
	}, p.Rooms())
}

func TestRoomsAreCopies(t *testing.T) {
	p := load(t, "rooms: {gala: live:show1}\nchannel_rooms: {C1: gala}")
	delete(p.Rooms(), "gala")
	p.ChannelRoom("C1").ID = "other"
	require.Equal(t, "show1", p.Rooms()["gala"].ID)
	require.Equal(t, "show1", p.ChannelRoom("C1").ID)
}

// head is a valid policy; tests add text from line 5 on.
const head = `roles: {mods: [U1, S1], leads: [U2], none: []}
rules:
  - {name: a, roles: [leads], verbs: [all]}
#
`

func load(t *testing.T, more string) *Policy {
	t.Helper()
	p, err := Load("p.yaml", []byte(head+more+"\n"), Options{})
	require.NoError(t, err)
	return p
}

// ruleText returns head with a second rule in line 5; column 5 is its first key.
func ruleText(fields string) string {
	return strings.Replace(head, "#\n", "", 1) + "  - " + strings.ReplaceAll(fields, "; ", "\n    ") + "\n"
}

// nested returns nested mappings, one per line.
func nested(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%*sk:\n", i, "")
	}
	return b.String()
}

func TestLoadRefuses(t *testing.T) {
	const mods = "name: b; roles: [mods]; "
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":             {head + "rule: []", `5:1: unknown key "rule" in a policy`},
		"duplicate key":           {head + "rules: []", `5:1: duplicate key "rules": first in line 2`},
		"not a mapping":           {"- a", "1:1: a policy must be a mapping"},
		"empty":                   {"# nothing\n", "1:1: the policy is empty"},
		"nothing":                 {"", "1:1: the policy is empty"},
		"syntax":                  {head + "rooms: {a: b", "5:8: not YAML"},
		"second document":         {head + "---\nroles: {}", "5:1: a second document"},
		"anchor":                  {"roles: {a: &x [U1], b: *x}\nrules: []", "1:12: anchors"},
		"alias, a bare star":      {ruleText(mods + "verbs: [mute]; rooms: [*:vip]"), `7:13: aliases (*) are not used in a policy; put a pattern that begins with * in quotes`},
		"tag":                     {head + "channels: !!binary [C1]", "5:11: tags"},
		"merge":                   {head + "<<: {a: b}", "5:1: merges"},
		"directive":               {"%YAML 1.2\n---\n" + head, "1:1: directives"},
		"control character":       {head + "channels: [C1\x00]", "5:14: control character U+0000"},
		"bidi character":          {head + "channels: [\u202eC1]", "5:12: invisible character U+202E"},
		"not UTF-8":               {head + "channels: [\xff]", "5:12: not UTF-8"},
		"too large":               {head + strings.Repeat("#\n", 1<<19), "1:1: the policy is larger than 1 MiB"},
		"nested too deep":         {head + "rooms: " + strings.Repeat("[", 100000), "5:24: nested too deep"},
		"indented too deep":       {head + nested(20), "nested too deep"},
		"dashes too deep":         {strings.Repeat("- ", 100000), "nested too deep"},
		"roles missing":           {"rules:\n  - {name: a, roles: [x], verbs: [all]}", "1:1: roles is missing"},
		"rules missing":           {"roles: {a: [U1]}", "1:1: rules is missing"},
		"rules empty":             {"roles: {a: [U1]}\nrules: []", "2:8: rules is an empty list"},
		"rules null":              {"roles: {a: [U1]}\nrules:", "2:1: rules must be a list"},
		"role name":               {"roles: {2x: [U1]}", `1:9: role name "2x" must begin with a letter`},
		"role named as an id":     {"roles: {U1: [U2]}", "1:9: role name \"U1\" looks like a Slack id"},
		"bad member":              {"roles: {a: [U1, '@bob']}", `1:17: "@bob" is not a user id`},
		"channel as member":       {"roles: {a: [C1]}", `1:13: "C1" is not a user id`},
		"Slackbot":                {"roles: {a: [USLACKBOT]}", "1:13: Slackbot cannot have a role"},
		"member twice":            {"roles: {a: [U1, U1]}", `1:17: "U1" is twice in role a`},
		"role twice":              {"roles: {a: [U1], a: [U2]}", `1:18: duplicate key "a"`},
		"role in a circle":        {"roles: {a: [b], b: [c], c: [a]}", "1:13: role a includes itself through b"},
		"role with itself":        {"roles: {a: [a]}", "1:13: role a includes itself through a"},
		"members no list":         {"roles: {a: U1}", "1:12: role a must be a list"},
		"undefined role":          {ruleText("name: b; roles: [modz]; verbs: [mute]"), `5:13: role "modz" is not defined`},
		"role without members":    {ruleText("name: b; roles: [none]; verbs: [mute]"), "5:13: role none has no members"},
		"rule without name":       {ruleText("roles: [mods]; verbs: [mute]"), "4:5: a rule requires name"},
		"rule without roles":      {ruleText("name: b; verbs: [mute]"), "4:5: a rule requires roles"},
		"rule without verbs":      {ruleText("name: b; roles: [mods]"), "4:5: a rule requires verbs"},
		"rule name twice":         {ruleText("name: a; roles: [mods]; verbs: [mute]"), `4:11: two rules are named "a": first in line 3`},
		"unknown key of a rule":   {ruleText(mods + "verbs: [mute]; max: 3"), `7:5: unknown key "max" in a rule`},
		"unknown verb":            {ruleText(mods + "verbs: [mute, zap]"), `6:19: "zap" is not a verb or class`},
		"alias of a verb":         {ruleText(mods + "verbs: [禁言]"), `6:13: "禁言" is not a verb here; write silence`},
		"verb in capitals":        {ruleText(mods + "verbs: [Mute]"), `6:13: "Mute" is not a verb here; write mute`},
		"verb that needs no rule": {ruleText(mods + "verbs: [mute, case]"), `6:19: "case" needs no rule`},
		"verb twice":              {ruleText(mods + "verbs: [mute, mute]"), `6:19: "mute" is twice`},
		"verb in its class":       {ruleText(mods + "verbs: [all, mute]"), "6:18: mute is in this rule's verbs already"},
		"no verbs":                {ruleText(mods + "verbs: []"), "6:12: verbs is an empty list"},
		"unknown kind":            {ruleText(mods + "verbs: [mute]; kinds: [tv]"), `7:13: unknown kind of room "tv"`},
		"verb no kind has":        {ruleText(mods + "verbs: [mute, ban]; kinds: [room]"), "6:19: ban can never match"},
		"kind no verb has":        {ruleText(mods + "verbs: [mute]; kinds: [room, live]"), "7:19: kind live can never match"},
		"class no kind has":       {ruleText(mods + "verbs: [mute, read]; kinds: [strroom]"), "6:19: read can never match"},
		"pattern of other kind":   {ruleText(mods + "verbs: [ban]; kinds: [live]; rooms: ['live:*', 'chat:*']"), `8:23: "chat:*" can never match`},
		"kind without a pattern":  {ruleText(mods + "verbs: [ban]; kinds: [live, chat]; rooms: ['live:*']"), "7:19: kind chat can never match"},
		"pattern without a verb":  {ruleText(mods + "verbs: [mute]; rooms: ['room:1', 'live:*']"), `7:23: "live:*" can never match`},
		"verb without a pattern":  {ruleText(mods + "verbs: [mute, freeze]; rooms: ['room:1']"), "6:19: freeze can never match"},
		"number with letters":     {ruleText(mods + "verbs: [mute]; rooms: ['room:a*']"), `7:13: "room:a*" can never match: no id of that kind matches it`},
		"number with a zero":      {ruleText(mods + "verbs: [mute]; rooms: ['room:0*']"), `7:13: "room:0*" can never match`},
		"number too large":        {ruleText(mods + "verbs: [mute]; rooms: ['room:4294967295*']"), `"room:4294967295*" can never match`},
		"id too long":             {ruleText(mods + "verbs: [ban]; rooms: ['live:" + strings.Repeat("x", 49) + "*']"), "can never match: no id of that kind matches it"},
		"character of no id":      {ruleText(mods + "verbs: [mute]; rooms: ['strroom:a/*']"), "can never match: no id of that kind matches it"},
		"room without a star":     {ruleText(mods + "verbs: [mute]; rooms: ['room:abc']"), "7:13: \"room:abc\": a room of kind room has a number"},
		"unknown kind in a room":  {ruleText(mods + "verbs: [mute]; rooms: ['tv:1']"), `7:13: "tv:1" has an unknown kind of room`},
		"unknown name of a room":  {ruleText(mods + "verbs: [mute]; rooms: [gala]"), `7:13: "gala" is not kind:id and matches no name in rooms`},
		"bad channel of a rule":   {ruleText(mods + "verbs: [mute]; channels: [general]"), `7:16: "general" is not a channel id`},
		"channel that is closed":  {ruleText(mods+"verbs: [mute]; channels: [C2]") + "channels: [C1]", "7:16: channel C2 is not in the policy's channels"},
		"bad duration":            {ruleText(mods + "verbs: [mute]; max_duration: 10"), `7:19: max_duration "10" is not a duration`},
		"duration too long":       {ruleText(mods + "verbs: [mute]; max_duration: 366d"), `7:19: max_duration "366d" is longer than 365d`},
		"duration of a huge sum":  {ruleText(mods + "verbs: [mute]; max_duration: 99999999999999999999w"), "is longer than 365d"},
		"duration of nothing":     {ruleText(mods + "verbs: [mute]; max_duration: 0s"), "must be longer than zero"},
		"limit without duration":  {ruleText(mods + "verbs: [kick]; max_duration: 1h"), "7:5: max_duration limits nothing"},
		"bad number":              {ruleText(mods + "verbs: [mute]; max_targets: 0"), `7:18: max_targets "0" is not a number from 1 to 100000`},
		"limit without targets":   {ruleText(mods + "verbs: [freeze]; max_targets: 1"), "7:5: max_targets limits nothing"},
		"list for a value":        {ruleText(mods + "verbs: [mute]; max_targets: [1]"), "7:18: max_targets must be a single value"},
		"mapping in a list":       {ruleText(mods + "verbs: [{mute: 1}]"), "6:13: each of verbs must be a single value"},
		"nothing for a value":     {ruleText(mods + "verbs: [mute]; max_duration:"), "7:5: max_duration must be a single value"},
		"room named as a verb":    {head + "rooms: {Ban: live:x}", `5:9: room name "Ban" is a verb`},
		"room named as an alias":  {head + "rooms: {黑名单: live:x}", `5:9: room name "黑名单" is another name of the verb bans`},
		"room named as a kind":    {head + "rooms: {live: live:x}", `5:9: room name "live" is a kind of room`},
		"room named as an option": {head + "rooms: {perm: live:x}", "has its own meaning in a command"},
		"room named as no end":    {head + "rooms: {Forever: live:x}", `5:9: room name "Forever" has its own meaning in a command`},
		"room named as permanent": {head + "rooms: {permanent: live:x}", "has its own meaning in a command"},
		"room named as a medium":  {head + "rooms: {视频: live:x}", `5:9: room name "视频" has its own meaning in a command`},
		"room name with a blank":  {head + "rooms: {a b: live:x}", "may contain letters, digits"},
		"room name of a duration": {head + "rooms: {30m: live:x}", "must begin with a letter"},
		"room names by capitals":  {head + "rooms: {gala: live:x, Gala: live:y}", "5:23: the room names gala and Gala differ only in capitals"},
		"invalid room":            {head + "rooms: {a: room:0}", `5:12: "room:0": a room of kind room has a number`},
		"room without a kind":     {head + "rooms: {a: show1}", `5:12: not a room: "show1"`},
		"room id too long":        {head + "rooms: {a: 'live:" + strings.Repeat("x", 49) + "'}", "the id is empty or too long"},
		"room id character":       {head + "rooms: {a: 'strroom:a/b'}", "has a character that its kind does not allow"},
		"channel room unknown":    {head + "channel_rooms: {C1: gala}", `5:21: "gala" is neither a name from rooms nor kind:id`},
		"channel room bad id":     {head + "channel_rooms: {general: live:x}", `5:17: "general" is not a channel id`},
		"channel room closed":     {head + "channels: [C2]\nchannel_rooms: {C1: live:x}", "6:17: channel C1 is not in the policy's channels"},
		"channels empty":          {head + "channels: []", "5:11: channels is an empty list, which could mean all or none"},
		"protected no list":       {head + "protected: {targets: [a]}", "5:12: protected must be a list"},
		"protected no targets":    {head + "protected:\n  - except: [leads]", "6:5: an entry of protected requires targets"},
		"protected bad target":    {head + "protected:\n  - targets: ['名*']", `6:15: "名*" matches no UserID`},
		"protected unknown role":  {head + "protected:\n  - {targets: [a], except: [x]}", `6:29: role "x" is not defined`},
		"identical rules":         {ruleText("name: b; roles: [leads]; verbs: [all]"), "4:11: rule b has no effect: rule a before it (line 3) covers it"},
		"narrower rule later":     {ruleText("name: b; roles: [leads]; verbs: [mute]; rooms: ['room:1*']; channels: [C1]; max_duration: 1h; max_targets: 3"), "4:11: rule b has no effect"},

		"approvals without approvers":        {ruleText(mods + "verbs: [mute]; approvals: 1"), "7:5: approvals requires approvers, in the rule or at the top level"},
		"approvals out of bounds":            {ruleText(mods + "verbs: [mute]; approvals: 6; approvers: [mods]"), `7:16: approvals "6" is not a number from 1 to 5`},
		"approvers without approvals":        {ruleText(mods + "verbs: [mute]; approvers: [mods]"), "7:5: approvers has no effect without approvals"},
		"escalate_to without approvals":      {ruleText(mods + "verbs: [mute]; escalate_to: [mods]"), "7:5: escalate_to has no effect without approvals"},
		"act_now without approvals":          {ruleText(mods + "verbs: [mute]; act_now: 1m"), "7:5: act_now has no effect without approvals"},
		"a time without approvals":           {ruleText(mods + "verbs: [mute]; remind_after: 1m"), "7:5: remind_after has no effect without approvals"},
		"undefined approver":                 {ruleText(mods + "verbs: [mute]; approvals: 1; approvers: [bosses]"), `8:17: role "bosses" is not defined`},
		"no approvers":                       {ruleText(mods + "verbs: [mute]; approvals: 1; approvers: []"), "8:16: approvers is an empty list"},
		"more approvals than people":         {ruleText(mods + "verbs: [mute]; approvals: 2; approvers: [leads]"), "7:5: 2 approvals are impossible: the number of approvers is 1"},
		"escalate_to without new people":     {ruleText(mods + "verbs: [mute]; approvals: 1; approvers: [mods]; escalate_to: [mods]"), "9:5: escalate_to adds nobody"},
		"escalate_to without members":        {ruleText(mods + "verbs: [mute]; approvals: 1; approvers: [mods]; escalate_to: [none]"), "9:19: role none has no members"},
		"act_now of an event":                {ruleText(mods + "verbs: [mute, kick]; approvals: 1; approvers: [leads]; act_now: 1m"), "9:5: act_now does not work with kick"},
		"act_now of what frees":              {ruleText(mods + "verbs: [unmute]; approvals: 1; approvers: [leads]; act_now: 1m"), "9:5: act_now does not work with unmute"},
		"act_now for all of it":              {ruleText(mods + "verbs: [mute]; max_duration: 10m; approvals: 1; approvers: [leads]; act_now: 10m"), "10:5: act_now is not shorter than max_duration"},
		"act_now of no duration":             {ruleText(mods + "verbs: [mute]; approvals: 1; approvers: [leads]; act_now: perm"), `9:14: act_now "perm" is not a duration`},
		"reminded too late":                  {ruleText(mods + "verbs: [mute]; approvals: 1; approvers: [leads]; remind_after: 10m"), "9:5: remind_after is not shorter than approval_ttl"},
		"escalated too late":                 {ruleText(mods + "verbs: [mute]; approvals: 1; approvers: [leads]; escalate_to: [mods]; escalate_after: 10m"), "10:5: escalate_after is not shorter than approval_ttl"},
		"gone before it is escalated":        {ruleText(mods + "verbs: [mute]; approvals: 1; approvers: [leads]; escalate_to: [mods]; approval_ttl: 3m"), "7:5: escalate_after is not shorter than approval_ttl"},
		"escalate_after without escalate_to": {ruleText(mods + "verbs: [mute]; approvals: 1; approvers: [leads]; escalate_after: 1m"), "9:5: escalate_after has no effect without escalate_to"},
		"escalate_after for no rule":         {head + "escalate_after: 1m", "5:1: escalate_after has no effect: no rule has escalate_to"},
		"all are reminded too late":          {head + "remind_after: 10m", "5:1: remind_after is not shorter than approval_ttl"},
		"approval_ttl of no duration":        {head + "approval_ttl: never", `5:15: approval_ttl "never" is not a duration`},
		"allowed before, with approval":      {ruleText("name: b; roles: [leads]; verbs: [close]; approvals: 1; approvers: [mods]"), "4:11: rule b has no effect: rule a before it"},
		"asked before, allowed later": {"roles: {m: [U1, U2]}\nrules:\n  - {name: a, roles: [m], verbs: [all], approvals: 1, approvers: [m]}\n  - {name: b, roles: [m], verbs: [mute]}",
			"4:12: rule b has no effect: rule a before it"},
		"limit of no list":                   {head + "brake: 60", "5:8: people_limit must be a list of limits, or off"},
		"limit of nothing":                   {head + "brake:", "5:1: people_limit must be a list of limits, or off"},
		"limit of an empty list":             {head + "people_limit: []", "5:15: people_limit is an empty list; write off"},
		"limit without people":               {head + "people_limit:\n  - {within: 10m, then: refuse}", "6:5: a limit requires people"},
		"limit without a time":               {head + "people_limit:\n  - {people: 5, then: refuse}", "6:5: a limit requires within"},
		"limit over too long":                {head + "people_limit:\n  - {people: 5, within: 2d, then: refuse}", "6:17: within is longer than 24h"},
		"limit of zero people":               {head + "people_limit:\n  - {people: 0, within: 1h, then: refuse}", `6:14: people "0" is not a number from 1 to 100000`},
		"limit on a verb without people":     {head + "people_limit:\n  - {people: 5, within: 1h, then: refuse, verbs: [kick, close]}", "6:57: close does not act on people"},
		"limit on reading":                   {head + "people_limit:\n  - {people: 5, within: 1h, then: refuse, verbs: [read]}", "6:51: read does not act on people"},
		"limit for an unknown role":          {head + "people_limit:\n  - {people: 5, within: 1h, then: refuse, roles: [x]}", `6:51: role "x" is not defined`},
		"limit that does something":          {head + "people_limit:\n  - {people: 5, within: 1h, then: stop}", `6:35: then is "stop"`},
		"limit without approvers":            {head + "people_limit:\n  - {people: 5, within: 1h}", "6:5: a limit requires approvers"},
		"limit that refuses, with approvers": {head + "people_limit:\n  - {people: 5, within: 1h, then: refuse, approvers: [mods]}", "6:43: approvers has no effect with then: refuse"},
		"limit that no approver shares":      {ruleText(mods+"verbs: [kick]; approvals: 1; approvers: [mods]") + "people_limit:\n  - {people: 5, within: 1h, approvers: [leads]}", "no role may approve both this limit and rule b: name an approver of that rule here too"},
		"unknown key of a limit":             {head + "people_limit:\n  - {people: 5, within: 1h, then: refuse, who: [mods]}", `6:43: unknown key "who" in a limit`},
		"break_glass unknown":                {head + "break_glass: [x]", `5:15: role "x" is not defined`},
		"reviewers without members":          {head + "reviewers: [none]", "5:13: role none has no members"},
		"sample of no share":                 {head + "review_sample: 20", `5:16: review_sample "20" is not a percentage such as 20%`},
		"sample of more than all":            {head + "review_sample: 101%", `5:16: review_sample "101%" is more than 100%`},
		"digest without a zone":              {head + "digest: '09:00'", `5:9: digest "09:00" is not a time and zone`},
		"digest of no hour":                  {head + "digest: '24:00 UTC'", `5:9: digest "24:00 UTC" is not a time and zone`},
		"digest of no zone":                  {head + "digest: '09:00 Mars/Olympus'", `unknown time zone "Mars/Olympus"`},
		"digest by this machine":             {head + "digest: '09:00 Local'", `unknown time zone "Local"`},
		"user_id of no expression":           {head + "user_id: '['", `5:10: user_id "[" is not a regular expression`},
		"user_id that ends a group":          {head + "user_id: 'a)|(b'", `is not a regular expression`},
		"user_id that looks behind":          {head + "user_id: '(?<=u)1'", `is not a regular expression`},
		"user_id without an end":             {head + "user_id: " + strings.Repeat("a", 201), "is longer than 200 characters"},
		"user_id of no line":                 {head + "user_id: [a]", "5:10: user_id must be a single value"},
		"digest of no line":                  {head + "digest: [a]", "5:9: digest must be a single value"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load("p.yaml", []byte(c.text), Options{})
			require.Error(t, err)
			var list FileErrors
			require.True(t, errors.As(err, &list))
			require.Contains(t, err.Error(), c.want)
			for _, e := range list {
				require.Equal(t, "p.yaml", e.File)
				require.Positive(t, e.Line)
				require.Positive(t, e.Column)
			}
		})
	}
}

// manyRules returns a text of rules as people write them: a key on each line.
func manyRules(n int) string {
	var b strings.Builder
	b.WriteString("roles:\n  mods: [U1]\n\nrules:\n")
	for i := range n {
		fmt.Fprintf(&b, "  # the next\n  - name: r%d\n    roles: [mods]\n    verbs: [kick]\n    max_targets: %d\n\n", i, i+1)
	}
	return b.String()
}

func TestLoadTakes(t *testing.T) {
	for name, text := range map[string]string{
		"many rules, line by line":   manyRules(100),
		"CRLF and a BOM":             "\ufeff" + strings.ReplaceAll(head, "\n", "\r\n"),
		"document header":            "# policy\n---\n" + head,
		"block style throughout":     "roles:\n  mods:\n    - U1\n    - leads\n  leads:\n  - W2\nrules:\n- name: a\n  roles:\n  - mods\n  verbs:\n  - mute\n",
		"numbers as targets":         head + "protected:\n  - targets: [29376, 007, true, 1.50]",
		"patterns of every form":     head + "rooms: {gala: live:show1}\n" + "protected:\n  - targets: ['*', 'a*b', '\\*']",
		"narrower rule first":        "roles: {m: [U1]}\nrules:\n  - {name: a, roles: [m], verbs: [mute], max_duration: 1h}\n  - {name: b, roles: [m], verbs: [mute]}\n",
		"wider roles later":          "roles: {m: [U1], n: [U2, m]}\nrules:\n  - {name: a, roles: [m], verbs: [mute]}\n  - {name: b, roles: [n], verbs: [mute]}\n",
		"other rooms later":          "roles: {m: [U1]}\nrules:\n  - {name: a, roles: [m], verbs: [mute], rooms: ['room:1*']}\n  - {name: b, roles: [m], verbs: [mute], rooms: ['room:*1']}\n",
		"other channels later":       "roles: {m: [U1]}\nrules:\n  - {name: a, roles: [m], verbs: [mute], channels: [C1]}\n  - {name: b, roles: [m], verbs: [mute]}\n",
		"more targets later":         "roles: {m: [U1]}\nrules:\n  - {name: a, roles: [m], verbs: [mute], max_targets: 1, max_duration: 2h}\n  - {name: b, roles: [m], verbs: [mute], max_targets: 2, max_duration: 1h}\n",
		"rooms of no other meaning":  head + "rooms: {both: room:1, foreverest: room:2, banquet: room:3}\n",
		"room set later than a rule": "rules:\n  - {name: a, roles: [m], verbs: [mute], rooms: [lobby]}\nroles: {m: [U1]}\nrooms: {lobby: room:1}\n",
		"approvers without members":  head + "approvers: [none]\npeople_limit: [{people: 5, within: 1h}]\n",
		"more approvals, in a group": "roles: {m: [S1]}\nrules:\n  - {name: a, roles: [m], verbs: [mute], approvals: 5, approvers: [m]}\n",
		"reminder that never comes":  "roles: {m: [S1]}\nrules:\n  - {name: a, roles: [m], verbs: [mute], approvals: 1, approvers: [m], approval_ttl: 1m}\n",
		"people of fewer verbs":      "roles: {m: [U1]}\nrules:\n  - {name: a, roles: [m], verbs: [mute, kick], max_targets: 3}\n  - {name: b, roles: [m], verbs: [mute], max_targets: 3}\n",
		"no approval needed, first":  "roles: {m: [S1]}\napprovers: [m]\nrules:\n  - {name: a, roles: [m], verbs: [mute], max_targets: 3}\n  - {name: b, roles: [m], verbs: [mute], approvals: 1}\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load("p.yaml", []byte(text), Options{})
			require.NoError(t, err)
		})
	}
}

func TestLoadReportsAllErrors(t *testing.T) {
	_, err := Load("p.yaml", []byte(`roles: {mods: [bob]}
rules:
  - {name: a, roles: [modz], verbs: [zap]}
what: 1
rooms: {ban: live:x}
`), Options{})
	require.EqualError(t, err, strings.Join([]string{
		`p.yaml:1:16: "bob" is not a user id (U…, W…), user-group id (S…) or role`,
		`p.yaml:3:23: role "modz" is not defined`,
		`p.yaml:3:38: "zap" is not a verb or class of verbs (all, read, restrict, lift, event)`,
		`p.yaml:4:1: unknown key "what" in a policy; known keys are roles, rooms, channels, channel_rooms, approvers, approval_ttl, remind_after, escalate_after, rules, protected, people_limit, break_glass, reviewers, review_sample, digest, user_id, reasons, reason_required, reason_pattern, reason_example, durations, on_duty, quiet_hours, report_channel, report_channels, report_actions, report_remind`,
		`p.yaml:5:9: room name "ban" is a verb`,
	}, "\n"))
	var one *FileError
	require.True(t, errors.As(err, &one))
	require.Equal(t, 1, one.Line)
}

func TestLoadBounds(t *testing.T) {
	var many, patterns strings.Builder
	for i := range maxRoles + 1 {
		fmt.Fprintf(&many, "  r%d: [U1]\n", i)
	}
	for i := range maxPatterns + 1 {
		fmt.Fprintf(&patterns, "u%d, ", i)
	}
	_, err := Load("p", []byte("roles:\n"+many.String()), Options{})
	require.ErrorContains(t, err, "more than 200 roles")
	_, err = Load("p", []byte(strings.Repeat("k: v\n", maxKeys+1)), Options{})
	require.ErrorContains(t, err, "p:8001:2: more than 8000 keys")
	_, err = Load("p", []byte(head+"protected:\n  - targets: ["+patterns.String()+"]\n"), Options{})
	require.ErrorContains(t, err, "more than 5000 patterns")
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]string{
		"30s": "30s", "10m": "10m0s", "24h": "24h0m0s", "7d": "168h0m0s", "2w": "336h0m0s",
		"1d12h": "36h0m0s", "1h30m": "1h30m0s", "365d": "8760h0m0s", "52w1d": "8760h0m0s",
		"": "!", "h": "!", "10": "!", "-1h": "!", "1.5h": "!", "1h1h": "!", "30m1h": "!", "1 h": "!", "1y": "!",
		"366d": "!", "365d1s": "!", "0d": "!", "00000000000000030s": "30s",
		// Forms that people may type in a command, but that a policy does not accept.
		"2 days": "!", "30分钟": "!", "3０s": "!", "10M": "!", "10min": "!", "10m.": "!", "1d 12h": "!", "perm": "!", "+1h": "!",
	} {
		d, bad := parseDuration(text)
		if want == "!" {
			require.NotEmpty(t, bad, text)
			continue
		}
		require.Empty(t, bad, text)
		require.Equal(t, want, d.String(), text)
	}
}

func TestFromLists(t *testing.T) {
	p, err := FromLists([]string{" U2", "S1", "U1", "U1", ""}, []string{"W9"}, []string{"C1"}, 0)
	require.NoError(t, err)
	require.Equal(t, []string{"U1", "U2", "W9"}, p.Users())
	require.Equal(t, []string{"S1"}, p.Groups())
	require.Equal(t, []string{"C1"}, p.Channels())
	again, err := FromLists([]string{"S1", "U1", "U2"}, []string{"W9"}, []string{"C1"}, 0)
	require.NoError(t, err)
	require.Equal(t, p.Hash(), again.Hash(), "the order typed plays no part")
	other, err := FromLists([]string{"S1", "U1", "U2", "W9"}, nil, []string{"C1"}, 0)
	require.NoError(t, err)
	require.NotEqual(t, p.Hash(), other.Hash())
	loaded, err := Load("again", []byte(p.Text()), Options{})
	require.NoError(t, err)
	loaded.lists = true // for the text of warnings
	require.Equal(t, p, loaded)

	for piece, lists := range map[string][3][]string{
		`"@bob"`:               {{"@bob"}, {}, {}},
		`"C1"`:                 {{"U1"}, {"C1"}, {}},
		`"U1,U2"`:              {{"U1,U2"}, {}, {}},
		`"<@U1>"`:              {{"<@U1>"}, {}, {}},
		`"u1"`:                 {{"u1"}, {}, {}},
		`"#mod"`:               {{"U1"}, {}, {"#mod"}},
		"USLACKBOT":            {{"USLACKBOT"}, {}, {}},
		"the list is empty":    {{}, {" "}, {"C1"}},
		`"x" is not a user id`: {{"x"}, {"y"}, {"z"}},
	} {
		_, err := FromLists(lists[0], lists[1], lists[2], 0)
		require.ErrorContains(t, err, piece)
	}
	_, err = FromLists([]string{"x"}, []string{"y"}, []string{"z"}, 0)
	require.ErrorContains(t, err, `approvers: "y"`)
	require.ErrorContains(t, err, `channels: "z"`)
}
