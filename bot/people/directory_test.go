package people

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/policy"
)

func TestOverHTTP(t *testing.T) {
	f := newFake()
	f.groups = []object{group("S1", []string{"U1"}, nil)}
	server := httptest.NewServer(f)
	defer server.Close()
	c := newClock()
	d := directory(t, f, []string{"S1"}, func(cfg *Config) {
		cfg.API = slack.New(token, slack.OptionHTTPClient(server.Client()), slack.OptionAPIURL(server.URL+"/api/"))
		cfg.TeamID = "T1"
		cfg.Now = c.now
	})
	p, err := d.Person(t.Context(), "U1", time.Minute)
	require.NoError(t, err)
	require.Equal(t, moderation.Person{
		User: "U1", Team: "T1", Name: "mod", Locale: "zh-CN", Groups: []string{"S1"}, ReadAt: c.now(),
	}, p)
	ch, err := d.Channel(t.Context(), "C1", time.Minute)
	require.NoError(t, err)
	require.Equal(t, moderation.Channel{ID: "C1", Name: "mods", Member: true, ReadAt: c.now()}, ch)
	require.Equal(t, map[string]string{"token": token, "user": "U1", "include_locale": "true"}, f.forms["users.info"])
	require.Equal(t, map[string]string{"token": token, "include_users": "true", "team_id": "T1"}, f.forms["usergroups.list"])
	server.CloseClientConnections()
	server.Client().CloseIdleConnections()
}

func TestPerson(t *testing.T) {
	plain := moderation.Person{User: "U1", Team: "T1"}
	for name, c := range map[string]struct {
		says object
		want func(*moderation.Person)
	}{
		"plain":         {object{}, func(*moderation.Person) {}},
		"deactivated":   {object{"deleted": true}, func(p *moderation.Person) { p.Deactivated = true }},
		"invited":       {object{"is_invited_user": true}, func(p *moderation.Person) { p.Invited = true }},
		"guest":         {object{"is_restricted": true}, func(p *moderation.Person) { p.Guest = true }},
		"single guest":  {object{"is_ultra_restricted": true}, func(p *moderation.Person) { p.Guest = true }},
		"stranger":      {object{"is_stranger": true}, func(p *moderation.Person) { p.External = true }},
		"bot":           {object{"is_bot": true}, func(p *moderation.Person) { p.Bot = true }},
		"workflow bot":  {object{"is_workflow_bot": true}, func(p *moderation.Person) { p.Bot = true }},
		"connector bot": {object{"is_connector_bot": true}, func(p *moderation.Person) { p.Bot = true }},
		"bot's profile": {object{"profile": object{"bot_id": "B1"}}, func(p *moderation.Person) { p.Bot = true }},
		"other team":    {object{"team_id": "T2"}, func(p *moderation.Person) { p.Team = "T2" }},
		"no team":       {object{"team_id": nil}, func(p *moderation.Person) { p.Team = "" }},
		"zone":          {object{"tz": "Asia/Shanghai"}, func(p *moderation.Person) { p.TZ = "Asia/Shanghai" }},
		"real name":     {object{"name": "old", "real_name": "Wang Fang"}, func(p *moderation.Person) { p.Name = "Wang Fang" }},
		"enterprise": {
			object{"enterprise_user": object{"id": "W1", "enterprise_id": "E1", "teams": []string{"T1", "T2"}}},
			func(p *moderation.Person) {
				p.Enterprise, p.EnterpriseUser, p.EnterpriseTeams = "E1", "W1", []string{"T1", "T2"}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, clock := newFake(), newClock()
			f.users["U1"] = with(object{"id": "U1", "team_id": "T1"}, c.says)
			d := directory(t, f, nil, func(cfg *Config) { cfg.Now = clock.now })
			want := plain
			want.ReadAt = clock.now()
			c.want(&want)
			p, err := d.Person(t.Context(), "U1", 0)
			require.NoError(t, err)
			require.Equal(t, want, p)
		})
	}
	f := newFake()
	f.users["USLACKBOT"] = object{"id": "USLACKBOT", "team_id": "T1", "is_bot": false}
	p, err := directory(t, f, nil).Person(t.Context(), "USLACKBOT", 0)
	require.NoError(t, err)
	require.True(t, p.Bot)
}

func TestChannel(t *testing.T) {
	plain := moderation.Channel{ID: "C1", Member: true}
	for name, c := range map[string]struct {
		says object
		want func(*moderation.Channel)
	}{
		"plain":              {object{}, func(*moderation.Channel) {}},
		"not a member":       {object{"is_member": false}, func(c *moderation.Channel) { c.Member = false }},
		"archived":           {object{"is_archived": true}, func(c *moderation.Channel) { c.Archived = true }},
		"private":            {object{"is_private": true}, func(c *moderation.Channel) { c.Private = true }},
		"direct message":     {object{"is_im": true, "is_member": nil}, func(c *moderation.Channel) { c.Private = true }},
		"group message":      {object{"is_mpim": true, "is_member": nil}, func(c *moderation.Channel) { c.Private = true }},
		"with outsiders":     {object{"is_ext_shared": true, "is_shared": true}, func(c *moderation.Channel) { c.Shared = true }},
		"outsiders to come":  {object{"is_pending_ext_shared": true}, func(c *moderation.Channel) { c.PendingShared = true }},
		"outsiders invited":  {object{"pending_shared": []string{"T2"}}, func(c *moderation.Channel) { c.PendingShared = true }},
		"shared, unsaid how": {object{"is_shared": true}, func(c *moderation.Channel) { c.Shared = true }},
		"shared in the org":  {object{"is_shared": true, "is_org_shared": true}, func(*moderation.Channel) {}},
	} {
		t.Run(name, func(t *testing.T) {
			f, clock := newFake(), newClock()
			f.channels["C1"] = with(object{"id": "C1", "is_member": true}, c.says)
			d := directory(t, f, nil, func(cfg *Config) { cfg.Now = clock.now })
			want := plain
			want.ReadAt = clock.now()
			c.want(&want)
			got, err := d.Channel(t.Context(), "C1", 0)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func TestSlackCannotSay(t *testing.T) {
	for name, c := range map[string]struct {
		method, fault, detail string
	}{
		"no such user":      {"users.info", "user_not_found", "users.info: user_not_found"},
		"token revoked":     {"users.info", "token_revoked", "users.info: token_revoked"},
		"missing scope":     {"users.info", "missing_scope", "users.info: missing_scope, needed is users:read"},
		"odd code":          {"users.info", "<!channel> *hi*", "users.info: an odd error"},
		"not found":         {"users.info", "404", "users.info: http 404"},
		"nothing in it":     {"users.info", "{}", "users.info: an empty answer"},
		"someone else":      {"users.info", `{"ok":true,"user":{"id":"U2","team_id":"T1"}}`, "users.info: an empty answer"},
		"free plan":         {"usergroups.list", "plan_upgrade_required", "usergroups.list: plan_upgrade_required"},
		"no such channel":   {"conversations.info", "channel_not_found", "conversations.info: channel_not_found"},
		"another channel":   {"conversations.info", `{"ok":true,"channel":{"id":"C2"}}`, "conversations.info: an answer about another channel"},
		"no channel at all": {"conversations.info", "{}", "conversations.info: an answer about another channel"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			f.faults[c.method] = []string{c.fault}
			d := directory(t, f, []string{"S1"})
			want, ask := moderation.RefuseUnknownPerson, func() error {
				p, err := d.Person(t.Context(), "U1", time.Minute)
				require.Equal(t, err != nil, p.User == "")
				return err
			}
			if c.method == "conversations.info" {
				want, ask = moderation.RefuseUnknownChannel, func() error {
					got, err := d.Channel(t.Context(), "C1", time.Minute)
					require.Equal(t, err != nil, got.ID == "")
					return err
				}
			}
			err := ask()
			var no *moderation.Error
			require.ErrorAs(t, err, &no)
			require.Equal(t, want, no.Code)
			require.Equal(t, c.detail, no.Values["detail"])
			require.NotContains(t, err.Error(), token)
			require.False(t, IsTransient(err))
			require.Equal(t, c.fault == "channel_not_found", IsUnknownChannel(err))
			require.Equal(t, 1, f.count(c.method), "what lasts is not repeated")
			require.NoError(t, ask(), "a fault is not kept in memory")
		})
	}
	for _, id := range []string{"", "U", "bob", "U1&x=2", strings.Repeat("U", 33)} {
		f := newFake()
		d := directory(t, f, nil)
		_, err := d.Person(t.Context(), id, 0)
		require.Equal(t, moderation.RefuseUnknownPerson, moderation.CodeOf(err))
		_, err = d.Channel(t.Context(), id, 0)
		require.Equal(t, moderation.RefuseUnknownChannel, moderation.CodeOf(err))
		require.Empty(t, f.calls)
	}
}

func TestFreshness(t *testing.T) {
	f, c := newFake(), newClock()
	f.groups = []object{group("S1", []string{"U1"}, nil)}
	d := directory(t, f, []string{"S1"}, func(cfg *Config) { cfg.Now = c.now })
	began := c.now()
	const fresh, callFresh = DefaultMaxAge, 5 * time.Second
	for _, step := range []struct {
		pass, maxAge  time.Duration
		users, groups int
		readAt        time.Duration
	}{
		{0, fresh, 1, 1, 0},
		{time.Minute, fresh, 1, 1, 0},
		{0, callFresh, 2, 2, time.Minute},
		{5 * time.Second, callFresh, 2, 2, time.Minute},
		{time.Millisecond, callFresh, 3, 3, 65*time.Second + time.Millisecond},
		{61 * time.Second, time.Hour, 4, 4, 126*time.Second + time.Millisecond}, // never older than Fresh
		{time.Nanosecond, 0, 5, 5, 126*time.Second + time.Millisecond + 1},
		{-time.Hour, fresh, 6, 6, 126*time.Second + time.Millisecond + 1 - time.Hour}, // the clock was set back
	} {
		c.pass(step.pass)
		p, err := d.Person(t.Context(), "U1", step.maxAge)
		require.NoError(t, err)
		require.Equal(t, began.Add(step.readAt), p.ReadAt)
		require.Equal(t, step.users, f.count("users.info"))
		require.Equal(t, step.groups, f.count("usergroups.list"))
	}
	// One call serves all groups and all people; the older answer is the age.
	c.pass(30 * time.Second)
	p, err := d.Person(t.Context(), "U2", fresh)
	require.NoError(t, err)
	require.Equal(t, 6, f.count("usergroups.list"))
	require.Equal(t, c.now().Add(-30*time.Second), p.ReadAt)
}

func TestGroups(t *testing.T) {
	var logs bytes.Buffer
	f, c := newFake(), newClock()
	wanted := []string{"S1", "S2", "S3", "S4", "S5", "S6"}
	f.groups = []object{
		group("S1", []string{"U1", "U2"}, nil),
		group("S2", []string{"U2"}, nil),
		group("S3", []string{"U1"}, object{"is_external": true}),
		group("S4", []string{"U1"}, object{"date_delete": 1700000000}),
		group("S5", []string{"U1"}, object{"team_id": "T2"}),
		group("S9", []string{"U1"}, nil), // not used by the policy
	}
	d := directory(t, f, nil, func(cfg *Config) {
		cfg.Now = c.now
		cfg.Groups = func() []string { return wanted }
		cfg.Logger = slog.New(slog.NewTextHandler(&logs, nil))
	})
	for range 3 {
		p, err := d.Person(t.Context(), "U1", 0)
		require.NoError(t, err)
		require.Equal(t, []string{"S1"}, p.Groups)
		c.pass(time.Second)
	}
	for id, why := range map[string]string{"S3": "is external", "S4": "is disabled", "S5": "another team", "S6": "not in the workspace"} {
		require.Regexp(t, "grants nothing: it .*"+why+".* group="+id, logs.String())
	}
	require.Equal(t, 4, strings.Count(logs.String(), "\n"), "logged once: %s", logs.String())

	f.set(func() { f.groups = append(f.groups, group("S6", []string{"U1"}, nil)) })
	p, err := d.Person(t.Context(), "U1", 0)
	require.NoError(t, err)
	require.Equal(t, []string{"S1", "S6"}, p.Groups)
	require.Contains(t, logs.String(), "grants its roles again")

	// A policy that names a group more does not wait for the answer to age.
	wanted = append(wanted, "S9")
	p, err = d.Person(t.Context(), "U1", time.Minute)
	require.NoError(t, err)
	require.Equal(t, []string{"S1", "S6", "S9"}, p.Groups)
}

// Groups reports the groups that people's rights depend on.
func TestGroupsReport(t *testing.T) {
	f := newFake()
	f.groups = []object{
		group("S1", []string{"U1", "U2"}, object{"handle": "mods"}),
		group("S2", []string{"U1"}, object{"handle": "org", "team_id": "E1"}),
		group("S3", []string{"U1"}, object{"handle": "gone", "date_delete": 1700000000}),
		group("S4", []string{"U1"}, object{"handle": "partners", "team_id": "T2"}),
		group("S6", nil, object{"handle": "empty"}),
	}
	wanted := []string{"S4", "S1", "S2", "S3", "S5", "S6"}
	d := directory(t, f, wanted, func(cfg *Config) { cfg.Workspace = policy.Workspace{Team: "T1", Enterprise: "E1"} })
	all, err := d.Groups(t.Context())
	require.NoError(t, err)
	empty := map[string]bool{}
	require.Equal(t, []Group{
		{ID: "S4", Handle: "partners", Members: empty, WhyNoRights: "belongs to another team"},
		{ID: "S1", Handle: "mods", Members: map[string]bool{"U1": true, "U2": true}},
		{ID: "S2", Handle: "org", Members: map[string]bool{"U1": true}},
		{ID: "S3", Handle: "gone", Members: empty, WhyNoRights: "is disabled"},
		{ID: "S5", Members: empty, WhyNoRights: "is not in the workspace, or is disabled"},
		{ID: "S6", Handle: "empty", Members: empty},
	}, all)
	p, err := d.Person(t.Context(), "U1", time.Minute)
	require.NoError(t, err)
	require.Equal(t, []string{"S1", "S2"}, p.Groups)
	require.Equal(t, 1, f.count("usergroups.list"), "the same answer serves both")

	f.faults["usergroups.list"] = []string{"missing_scope"}
	_, err = directory(t, f, wanted).Groups(t.Context())
	require.ErrorContains(t, err, "usergroups.list: missing_scope")
	none, err := directory(t, f, nil).Groups(t.Context())
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestGroupOfTheEnterprise(t *testing.T) {
	f := newFake()
	f.users["U1"] = with(f.users["U1"], object{"enterprise_user": object{"id": "W1", "enterprise_id": "E1", "teams": []string{"T1"}}})
	f.groups = []object{group("S1", []string{"W1"}, object{"team_id": "E1"}), group("S2", []string{"U1"}, object{"team_id": "E2"})}
	d := directory(t, f, []string{"S1", "S2"}, func(cfg *Config) { cfg.Workspace = policy.Workspace{Team: "T1", Enterprise: "E1"} })
	p, err := d.Person(t.Context(), "U1", 0)
	require.NoError(t, err)
	require.Equal(t, []string{"S1"}, p.Groups)
}

func TestNoGroupsNoCall(t *testing.T) {
	f := newFake()
	f.faults["usergroups.list"] = []string{"plan_upgrade_required"}
	p, err := directory(t, f, nil).Person(t.Context(), "U1", 0)
	require.NoError(t, err)
	require.Empty(t, p.Groups)
	require.Zero(t, f.count("usergroups.list"))
}

func TestEventsForget(t *testing.T) {
	f := newFake()
	f.groups = []object{group("S1", []string{"U1"}, nil)}
	c := newClock()
	d := directory(t, f, []string{"S1"}, func(cfg *Config) { cfg.Now = c.now })
	look := func() moderation.Person {
		p, err := d.Person(t.Context(), "U1", time.Minute)
		require.NoError(t, err)
		return p
	}
	look()
	f.set(func() {
		f.users["U1"] = with(f.users["U1"], object{"deleted": true})
		f.groups = nil
	})
	require.False(t, look().Deactivated, "from memory")
	d.ForgetUser("U2")
	d.ForgetGroup("S9")
	require.False(t, look().Deactivated, "it was another")
	d.ForgetUser("U1")
	require.True(t, look().Deactivated)
	require.Equal(t, []string{"S1"}, look().Groups, "from memory")
	d.ForgetGroup("S1")
	require.Empty(t, look().Groups)
	require.Equal(t, 2, f.count("users.info"))
	require.Equal(t, 2, f.count("usergroups.list"))

	ch, err := d.Channel(t.Context(), "C1", time.Minute)
	require.NoError(t, err)
	require.False(t, ch.HasExternalPeople())
	f.set(func() { f.channels["C1"] = with(f.channels["C1"], object{"is_pending_ext_shared": true}) })
	d.ForgetChannel("C1")
	ch, err = d.Channel(t.Context(), "C1", time.Minute)
	require.NoError(t, err)
	require.True(t, ch.HasExternalPeople())
}

func TestLocale(t *testing.T) {
	f, c := newFake(), newClock()
	d := directory(t, f, nil, func(cfg *Config) { cfg.Now = c.now })
	_, known := d.Locale("U1")
	require.False(t, known)
	require.Empty(t, f.calls)
	for _, id := range []string{"U1", "U2"} {
		_, err := d.Person(t.Context(), id, 0)
		require.NoError(t, err)
	}
	c.pass(time.Hour)
	d.ForgetUser("U1")
	locale, known := d.Locale("U1")
	require.True(t, known)
	require.Equal(t, "zh-CN", locale)
	_, known = d.Locale("U2")
	require.False(t, known, "Slack sent no locale")
}

// A cached person is complete and as fresh as a decision needs, and causes no
// request.
func TestRemembered(t *testing.T) {
	f, c := newFake(), newClock()
	f.groups = []object{group("S1", []string{"U1"}, nil), group("S2", []string{"U1"}, nil)}
	wanted := []string{"S1"}
	d := directory(t, f, nil, func(cfg *Config) { cfg.Now, cfg.Groups = c.now, func() []string { return wanted } })
	unknown := func() {
		t.Helper()
		_, known := d.CachedPerson("U1")
		require.False(t, known)
	}
	read := func() moderation.Person {
		p, err := d.Person(t.Context(), "U1", 0)
		require.NoError(t, err)
		return p
	}
	unknown()
	require.Empty(t, f.calls)
	want := read()
	c.pass(time.Minute)
	p, known := d.CachedPerson("U1")
	require.True(t, known)
	require.Equal(t, want, p)
	require.Equal(t, []string{"S1"}, p.Groups)
	c.pass(time.Millisecond)
	unknown()
	_, err := d.Person(t.Context(), "U2", time.Minute)
	require.NoError(t, err)
	unknown() // the groups are young again, he is not
	for _, overtaken := range []func(){
		func() { d.ForgetUser("U1") }, func() { d.ForgetGroup("S1") }, func() { wanted = append(wanted, "S2") },
	} {
		read()
		overtaken()
		unknown()
	}

	_, known = d.CachedChannel("C1")
	require.False(t, known)
	of, err := d.Channel(t.Context(), "C1", 0)
	require.NoError(t, err)
	remembered, known := d.CachedChannel("C1")
	require.True(t, known)
	require.Equal(t, of, remembered)
	d.ForgetChannel("C1")
	_, known = d.CachedChannel("C1")
	require.False(t, known)
}

func TestMemoryIsBounded(t *testing.T) {
	f := newFake()
	d := directory(t, f, nil, func(cfg *Config) { cfg.Entries = 3 })
	for i := range 10 {
		id := fmt.Sprintf("U%d", 10+i)
		f.users[id] = object{"id": id, "team_id": "T1", "locale": "en-US"}
		_, err := d.Person(t.Context(), id, time.Minute)
		require.NoError(t, err)
	}
	require.Len(t, d.users.byKey, 3)
	require.Equal(t, 3, d.users.oldest.Len())
	require.Empty(t, d.users.flights)
	_, known := d.Locale("U19")
	require.True(t, known, "the youngest stay")
	_, known = d.Locale("U16")
	require.False(t, known)
}

func TestCancellationIsNoRefusal(t *testing.T) {
	d := directory(t, newFake(), nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := d.Person(ctx, "U1", 0)
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, moderation.CodeOf(err))
	_, err = d.Channel(ctx, "C1", 0)
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, moderation.CodeOf(err))

	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.gate = make(chan struct{}) // Slack does not answer: only the end of the directory can end a lookup
		life, end := context.WithCancel(t.Context())
		closed, err := New(life, Config{API: directory(t, f, nil).cfg.API, Workspace: policy.Workspace{Team: "T1"}})
		require.NoError(t, err)
		began := time.Now()
		underWay := aside(t.Context(), lookup(closed, 0))
		synctest.Wait()
		end()
		_, err = closed.Person(t.Context(), "U1", 0)
		for _, err := range []error{err, (<-underWay).err} {
			require.ErrorIs(t, err, context.Canceled)
			require.Empty(t, moderation.CodeOf(err))
		}
		require.Zero(t, time.Since(began), "at once, not when its time is over")
	})
}

func TestNewRefuses(t *testing.T) {
	api := slack.New(token)
	for _, cfg := range []Config{
		{Workspace: policy.Workspace{Team: "T1"}},
		{API: api},
		{API: api, Workspace: policy.Workspace{Team: "T1"}, MaxAge: -1},
		{API: api, Workspace: policy.Workspace{Team: "T1"}, Entries: -1},
	} {
		_, err := New(t.Context(), cfg)
		require.Error(t, err)
	}
}

func TestAgeUsesBothClocks(t *testing.T) {
	mono := time.Now()
	wall := mono.Round(0)
	require.Equal(t, time.Hour, age(wall.Add(time.Hour), mono), "a machine that slept")
	require.Equal(t, time.Duration(0), age(mono, mono))
	require.Negative(t, age(wall.Add(-time.Hour), wall))
}
