package bot

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/bot/people"
	"bouncer/bot/say"
	"bouncer/moderation"
	"bouncer/policy"
)

// book is a store of groups and policies.
type book struct {
	Store
	groups  map[string]moderation.RoleGroup
	force   moderation.PolicyInForce
	texts   map[string]string
	changes []moderation.Change
	raced   bool // another process is always first
}

func (k *book) RoleGroups(context.Context) (map[string]moderation.RoleGroup, error) {
	out := map[string]moderation.RoleGroup{}
	for id, g := range k.groups {
		out[id] = g
	}
	return out, nil
}

func (k *book) SaveRoleGroup(_ context.Context, _ *moderation.RoleGroup, now moderation.RoleGroup, c moderation.Change) error {
	if k.raced {
		return moderation.ErrStale
	}
	k.groups[now.ID] = now
	if len(c.Entries) > 0 {
		k.changes = append(k.changes, c)
	}
	return nil
}

func (k *book) DeleteOtherRoleGroups(_ context.Context, ids []string) error {
	for id := range k.groups {
		delete(k.groups, id)
	}
	return nil
}

func (k *book) Append(_ context.Context, c moderation.Change) error {
	k.changes = append(k.changes, c)
	return nil
}

func (k *book) PolicyInForce(context.Context) (moderation.PolicyInForce, error) { return k.force, nil }

func (k *book) PolicyText(_ context.Context, hash string) (moderation.PolicyText, error) {
	return moderation.PolicyText{Hash: hash, Text: k.texts[hash]}, nil
}

func (k *book) SetPolicyInForce(_ context.Context, p moderation.PolicyText, c moderation.PolicyChange) (moderation.PolicyInForce, error) {
	_, known := k.texts[p.Hash]
	k.texts[p.Hash] = p.Text
	before := k.force
	if before.Hash == p.Hash {
		return before, nil
	}
	k.force = moderation.PolicyInForce{Hash: p.Hash, Sequence: before.Sequence + 1}
	if before.Hash != "" {
		k.changes = append(k.changes, c.OnReplace(before.Hash))
	}
	if first := c.OnFirst(); !known && len(first.Entries) > 0 {
		k.changes = append(k.changes, first)
	}
	return moderation.PolicyInForce{Hash: p.Hash, Sequence: before.Sequence + 1, Previous: before.Hash}, nil
}

// newLines returns the bodies of the lines since the last call.
func (k *book) newLines(t *testing.T) (out []moderation.Body) {
	for _, c := range k.changes {
		require.Len(t, c.Entries, 1)
		require.Len(t, c.Lines, 1)
		require.JSONEq(t, string(c.Entries[0].Body.JSON()), string(c.Lines[0].Body))
		require.Equal(t, "CAUDIT", c.Lines[0].Channel)
		out = append(out, c.Entries[0].Body)
	}
	k.changes = nil
	return out
}

// roll is a directory that knows groups.
type roll struct {
	directory
	groups []people.Group
	err    error
	asked  int
}

func (r *roll) Groups(context.Context) ([]people.Group, error) { r.asked++; return r.groups, r.err }

func (r *roll) Person(_ context.Context, user string, _ time.Duration) (moderation.Person, error) {
	if user == "U3" {
		return moderation.Person{}, errors.New("slack is away")
	}
	return moderation.Person{User: user, Name: "Name of " + user}, nil
}

// clerk is a bot between a book and a roll, with a policy that can change.
func clerk(t *testing.T, k *book, r *roll, p *policy.Policy) *Bot {
	t.Helper()
	current := p
	return &Bot{log: slog.New(slog.DiscardHandler), groups: make(chan struct{}, 1), cfg: Config{
		Store: k, People: r, AuditChannel: "CAUDIT", Now: time.Now,
		Policy: func() *policy.Policy { return current }, UsePolicy: func(p *policy.Policy) { current = p },
	}}
}

func members(ids ...string) map[string]bool {
	out := map[string]bool{}
	for _, id := range ids {
		out[id] = true
	}
	return out
}

func lists(t *testing.T, mods, leads []string) *policy.Policy {
	t.Helper()
	p, err := policy.FromLists(mods, leads, nil, 60)
	require.NoError(t, err)
	return p
}

// The first reading of a group is not a change. People who joined and left
// are reported by name where one is known, and so is a deleted group. An
// outage of Slack changes nothing.
func TestRoleGroupChangesAreReported(t *testing.T) {
	k := &book{groups: map[string]moderation.RoleGroup{}}
	r := &roll{groups: []people.Group{{ID: "S1MODS", Handle: "mods", Members: members("U1", "U2")}}}
	b := clerk(t, k, r, lists(t, []string{"S1MODS"}, []string{"U9"}))
	b.checkGroups(t.Context())
	b.checkGroups(t.Context())
	require.Empty(t, k.newLines(t))

	r.groups[0].Members = members("U2", "U3", "U4")
	b.checkGroups(t.Context())
	lines := k.newLines(t)
	require.Len(t, lines, 1)
	require.Equal(t, say.GroupChanged, lines[0].Outcome)
	require.Equal(t, 3, lines[0].Count)
	require.Equal(t, map[string]string{"group": "mods (S1MODS)", "came": "U3, Name of U4 (U4)", "went": "Name of U1 (U1)"}, lines[0].Values)
	b.checkGroups(t.Context())
	require.Empty(t, k.newLines(t), "reported once")

	r.err = errors.New("slack is away")
	b.checkGroups(t.Context())
	require.Empty(t, k.newLines(t))
	r.err = nil
	r.groups[0] = people.Group{ID: "S1MODS", WhyNoRights: "is not in the workspace, or is disabled"}
	b.checkGroups(t.Context())
	lines = k.newLines(t)
	require.Len(t, lines, 1)
	require.Equal(t, say.GroupGone, lines[0].Outcome)
	require.Equal(t, "mods (S1MODS)", lines[0].Values["group"])
	r.groups[0] = people.Group{ID: "S1MODS", Handle: "mods", Members: members("U2")}
	b.checkGroups(t.Context())
	require.Equal(t, say.GroupBack, k.newLines(t)[0].Outcome)

	r.groups[0].Members = members("U5")
	k.raced = true
	b.checkGroups(t.Context())
	require.Empty(t, k.newLines(t), "another process has reported it")

	k.raced = false
	b.cfg.UsePolicy(lists(t, []string{"U1"}, []string{"U9"}))
	r.groups = nil
	b.checkGroups(t.Context())
	require.Empty(t, k.groups, "a group that no policy names is forgotten")
}

// A changed policy comes into force with one line, and its groups are read. A
// broken one is reported and the old one stays in force. Warnings about a
// policy are reported once per text.
func TestReloading(t *testing.T) {
	k := &book{groups: map[string]moderation.RoleGroup{}, texts: map[string]string{}}
	r := &roll{}
	first, second := lists(t, []string{"U1"}, nil), lists(t, []string{"S2"}, []string{"U9"})
	b := clerk(t, k, r, first)
	require.NoError(t, b.applyPolicy(t.Context(), first))
	lines := k.newLines(t)
	require.Len(t, lines, 1)
	require.Equal(t, say.PolicyWarned, lines[0].Outcome)
	require.Contains(t, lines[0].Detail, "APPROVERS is empty")
	require.NoError(t, b.applyPolicy(t.Context(), first))
	require.Empty(t, k.newLines(t), "once a text")

	give := func(p *policy.Policy, err error) func() (*policy.Policy, error) {
		return func() (*policy.Policy, error) { return p, err }
	}
	_, broken := policy.Load("policy.yaml", []byte("roles: 7\nrules: 8\nrooms: 9\nchannels: {}\nprotected: 1\nbrake: 2\nwhat: 3\n"), policy.Options{})
	require.Error(t, broken)
	require.NoError(t, b.Reload(t.Context(), give(nil, broken)))
	lines = k.newLines(t)
	require.Equal(t, say.PolicyRefused, lines[0].Outcome)
	require.Contains(t, lines[0].Detail, "policy.yaml:")
	require.Less(t, len(lines[0].Detail), 1500)
	require.Same(t, first, b.cfg.Policy())

	require.NoError(t, b.Reload(t.Context(), give(first, nil)))
	require.Empty(t, k.newLines(t), "nothing changed")
	require.NoError(t, b.Reload(t.Context(), give(second, nil)))
	lines = k.newLines(t)
	require.Len(t, lines, 1)
	require.Equal(t, say.PolicyReplaced, lines[0].Outcome)
	require.Equal(t, first.Hash(), lines[0].Before)
	require.Same(t, second, b.cfg.Policy())
	require.Equal(t, 1, r.asked, "its groups were looked up at once")
}

// A policy that another process has put into force is adopted without
// reporting it twice.
func TestFollowingAnotherProcess(t *testing.T) {
	mine, theirs := lists(t, []string{"U1"}, []string{"U9"}), lists(t, []string{"U1", "U2"}, []string{"U9"})
	k := &book{texts: map[string]string{theirs.Hash(): theirs.Text()}}
	b := clerk(t, k, &roll{}, mine)
	require.NoError(t, b.applyPolicy(t.Context(), mine))
	require.NoError(t, b.follow(t.Context()))
	require.Same(t, mine, b.cfg.Policy())
	k.force = moderation.PolicyInForce{Hash: theirs.Hash(), Sequence: 2}
	require.NoError(t, b.follow(t.Context()))
	require.Equal(t, theirs.Hash(), b.cfg.Policy().Hash())
	require.Empty(t, k.newLines(t))
	k.force = moderation.PolicyInForce{Hash: "gone", Sequence: 3}
	require.Error(t, b.follow(t.Context()))
	require.Equal(t, theirs.Hash(), b.cfg.Policy().Hash())
}
