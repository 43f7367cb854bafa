package main

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/store"
)

// An operator erases a person: not while the bot runs, not while a case is in
// force, and then permanently.
func TestErase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bouncer.db")
	t.Setenv("SDK_APP_ID", "1400000001")
	t.Setenv("DATABASE_URL", path)
	open := func() *store.Store {
		s, err := store.New(t.Context(), store.Config{URL: path, App: 1400000001, Team: "T1"})
		require.NoError(t, err)
		return s
	}
	run := func(args ...string) (status int, out, errs string) {
		var o, e bytes.Buffer
		status = Main(t.Context(), args, &o, &e)
		return status, o.String(), e.String()
	}
	s := open()
	mei := moderation.Actor{Kind: moderation.ActorPerson, Team: "T1", User: "U07MEI", Name: "Mei Lin"}
	for _, target := range []string{"troll7", "troll8"} {
		require.NoError(t, s.Append(t.Context(), moderation.Change{Note: &moderation.Note{Target: target, By: mei, Text: "lives in Leeds"}}))
	}
	status, _, errs := run("erase", "troll7")
	require.Equal(t, 1, status)
	require.Contains(t, errs, "is used by a running bot: stop it first")
	require.NoError(t, s.Close())

	status, out, errs := run("erase", "troll7")
	require.Zero(t, status, errs)
	require.Regexp(t, `^erased: entries 1, cases 0, notes 1, other rows \d+\. erased:[0-9a-f]{8} replaces the id\. The head of the log is 3 `, out)
	status, out, _ = run("erase", "troll7")
	require.Zero(t, status)
	require.Equal(t, "no data is stored about troll7\n", out)
	status, _, errs = run("erase", "slack:U07MEI")
	require.Zero(t, status, errs)
	status, out, errs = run("audit")
	require.Zero(t, status, errs)
	require.Contains(t, out, "the chain is intact: 4 entries")

	s = open()
	defer func() { require.NoError(t, s.Close()) }()
	notes, err := s.Notes(t.Context(), "troll8")
	require.NoError(t, err)
	require.Equal(t, "lives in Leeds", notes[0].Text, "the other one's is kept")
	require.Empty(t, notes[0].By.Name, "who wrote it is not")
	notes, err = s.Notes(t.Context(), "troll7")
	require.NoError(t, err)
	require.Empty(t, notes)
}
