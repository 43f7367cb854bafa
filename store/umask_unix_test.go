//go:build unix

package store_test

import (
	"syscall"
	"testing"
)

// openUmask has new files get the modes that the program asks for.
func openUmask(t *testing.T) {
	t.Helper()
	old := syscall.Umask(0)
	t.Cleanup(func() { syscall.Umask(old) })
}
