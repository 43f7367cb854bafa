package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/store/pgtest"
	"bouncer/store/storetest"
)

// postgresProgram returns the path of a program of the installed PostgreSQL,
// the newest one.
func postgresProgram(t *testing.T, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	require.NoError(t, err)
	require.NotEmpty(t, found, "this test needs %s of PostgreSQL", name)
	slices.Sort(found)
	return found[len(found)-1]
}

// A backup that is made while the bot runs can be restored, as
// docs/operation.md says: cases of the backup go on, an end that was pending
// comes, numbers that people saw later are not used again, and the log verifies.
func TestABackupIsRestored(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		database func(t *testing.T) string
		// copied makes a backup while the bot runs; restored replaces the
		// database with it once the bot has stopped.
		copied   func(t *testing.T, s *stage, to string)
		restored func(t *testing.T, s *stage, from string)
	}{
		"sqlite": {
			database: func(t *testing.T) string { return filepath.Join(storetest.TempDir(t), "bouncer.db") },
			copied: func(t *testing.T, s *stage, to string) {
				out, err := s.command("backup", to).CombinedOutput()
				require.NoError(t, err, "%s", out)
			},
			restored: func(t *testing.T, s *stage, from string) {
				db := s.env["DATABASE_URL"]
				require.NoError(t, os.Remove(db))
				for _, rest := range []string{"-wal", "-shm"} {
					_ = os.Remove(db + rest) // a clean stop leaves neither
				}
				require.NoError(t, os.Rename(from, db))
			},
		},
		"postgres": {
			database: func(t *testing.T) string { return pgtest.URL(t) },
			copied: func(t *testing.T, s *stage, to string) {
				runs(t, postgresProgram(t, "pg_dump"), "--format=custom", "--file="+to, s.env["DATABASE_URL"])
			},
			restored: func(t *testing.T, s *stage, from string) {
				s.env["DATABASE_URL"] = pgtest.URL(t)
				runs(t, postgresProgram(t, "pg_restore"), "--exit-on-error", "--single-transaction", "--no-owner", "--dbname="+s.env["DATABASE_URL"], from)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, unlimited)
			s.env["DATABASE_URL"] = c.database(t)
			s.asksNobody()
			s.start()
			s.say(mod, "mute room:10006 alice 20s") // ends after the restore
			s.say(mod, "silence live:show1 troll7 1h")
			s.idle(patience)
			s.posted()
			path := filepath.Join(storetest.TempDir(t), "copy")
			c.copied(t, s, path)
			s.say(mod, "mute room:10006 bob 1h") // is lost
			s.idle(patience)
			s.posted()
			require.NoError(t, s.stop())

			c.restored(t, s, path)
			require.Equal(t, 2, s.asked())
			out, err := s.audits("-accept", "-case", "3")
			require.NoError(t, err, out)
			s.start()
			s.await("the end that was pending", 3*patience, func() bool { return !s.muted("10006", "alice") })
			s.say(mod, "unsilence live:show1 troll7")
			s.idle(patience)
			require.Greater(t, s.newest(storetest.Cases{Verb: moderation.Unsilence}), 3, "people have seen #3")
			require.NoError(t, s.stop())
			require.Contains(t, s.audit(), "the chain is intact")
		})
	}
}

func runs(t *testing.T, program string, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
}
