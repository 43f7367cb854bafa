package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// An error about the database names what the operator used: the setting, or -db.
func TestAnErrorNamesTheSettingOrTheFlag(t *testing.T) {
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(policy, []byte("roles: {mods: [S1]}\nrules: [{name: all, roles: [mods], verbs: [all]}]\n"), 0o600))
	missing := filepath.Join(t.TempDir(), "none", "bouncer.db")
	for name, c := range map[string]struct {
		run  func(ctx context.Context, args []string, out, errs io.Writer) error
		rest []string
	}{
		"audit":   {auditCommand, nil},
		"accept":  {auditCommand, []string{"-accept"}},
		"export":  {auditExport, nil},
		"prune":   {auditPrune, []string{"-before", "2026-01-31"}},
		"migrate": {migrate, nil},
		"backup":  {backup, []string{filepath.Join(t.TempDir(), "copy.db")}},
		"erase":   {erase, []string{"troll7"}},
		"replay":  {policyReplay, []string{policy}},
	} {
		var out bytes.Buffer
		for _, url := range []string{missing, "mysql://host/database"} {
			environ(t, map[string]string{"SDK_APP_ID": "1400000001", "DATABASE_URL": url})
			require.ErrorContains(t, c.run(t.Context(), c.rest, &out, &out), "DATABASE_URL", name)
			environ(t, map[string]string{"SDK_APP_ID": "1400000001"})
			err := c.run(t.Context(), append([]string{"-db", url}, c.rest...), &out, &out)
			require.ErrorContains(t, err, "-db", name)
			require.NotContains(t, err.Error(), "DATABASE_URL", name)
		}
	}
}
