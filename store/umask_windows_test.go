package store_test

import "testing"

func openUmask(t *testing.T) {
	t.Helper()
	t.Skip("Windows has no such modes")
}
