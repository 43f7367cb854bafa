package moderation

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A label identifies one person by the id, whatever the display name is.
func TestALabelCannotPassForAnother(t *testing.T) {
	require.Equal(t, "U1", Actor{User: "U1"}.Label())
	require.Equal(t, "U1", Actor{User: "U1", Name: " ,"}.Label())
	require.Equal(t, "Mei Lin (U1)", Actor{User: "U1", Name: "Mei Lin"}.Label())
	require.Equal(t, "Raj [U07RAJ]  Lin (U1)", Actor{User: "U1", Name: "Raj (U07RAJ), Lin"}.Label())
}

// Two reads of a group differ in who joined, who left, and whether it grants roles.
func TestComparingGroups(t *testing.T) {
	a := RoleGroup{ID: "S1", Members: []string{"U1", "U2"}}
	came, went := a.Compare(RoleGroup{ID: "S1", Members: []string{"U2", "U3"}})
	require.Equal(t, []string{"U3"}, came)
	require.Equal(t, []string{"U1"}, went)
	require.True(t, a.Same(RoleGroup{ID: "S1", Handle: "renamed", Members: []string{"U2", "U1"}}))
	require.False(t, a.Same(RoleGroup{ID: "S1", Members: []string{"U1", "U2"}, GrantsNothing: true}))
}
