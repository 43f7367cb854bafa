package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each subcommand's help begins with its line of bouncer --help, which names
// every argument and flag. bouncer run lists its settings instead.
func TestHelpShowsTheUsageLine(t *testing.T) {
	flag := regexp.MustCompile(`(?m)^  (-\S+)`)
	groups := map[string]func() []subcommand{"policy": policyCommands, "audit": auditCommands, "store": storeCommands}
	check := func(c subcommand, args ...string) {
		var out, errs bytes.Buffer
		require.Zero(t, Main(t.Context(), append(args, c.name, "--help"), &out, &errs), c.name)
		require.True(t, strings.HasPrefix(errs.String(), "Usage: "+c.usage+"\n"), "%s: %s", c.name, &errs)
		for _, f := range flag.FindAllStringSubmatch(errs.String(), -1) {
			require.Contains(t, c.usage, f[1], c.name)
		}
	}
	for _, c := range subcommands() {
		if c.name != "run" && groups[c.name] == nil {
			check(c)
		}
	}
	for name, group := range groups {
		for _, c := range group() {
			check(c, name)
		}
	}
}
