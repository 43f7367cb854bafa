package store_test

import (
	"path/filepath"
	"strings"
	"testing"

	"bouncer/moderation"
	"bouncer/store/storetest"

	"github.com/stretchr/testify/require"
)

// A search for a moderator and a verb that finds nothing reads no case of the moderator.
func TestSearchUsesTheIndexOfVerbs(t *testing.T) {
	s := open(t, filepath.Join(storetest.TempDir(t), "a.db"))
	_, err := s.SearchCaseNumbers(t.Context(), moderation.SearchQuery{Actor: "U1", Verb: moderation.Ban}, 0)
	require.NoError(t, err)
	plans, err := s.Plans(t.Context())
	require.NoError(t, err)
	var steps []string
	for query, plan := range plans {
		if strings.HasPrefix(query, "SELECT c.no, c.reason FROM cases c") {
			steps = append(steps, plan...)
		}
	}
	require.Len(t, steps, 2)
	for _, step := range steps {
		require.Regexp(t, `INDEX cases_(user|actor)_verb \(`, step)
	}
}
