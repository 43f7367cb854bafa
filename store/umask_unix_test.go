//go:build unix

package store_test

import (
	"syscall"
	"testing"
)

// openUmask lets new files have the modes that the program requests.
func openUmask(t *testing.T) {
	t.Helper()
	old := syscall.Umask(0)
	t.Cleanup(func() { syscall.Umask(old) })
}
