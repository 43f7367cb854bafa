//go:build unix

package store

import (
	"errors"
	"fmt"
	"os"
)

// syncFolder makes a renamed file durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // the operator names the database
	if err != nil {
		return fmt.Errorf("the folder %s: %w", dir, err)
	}
	return errors.Join(d.Sync(), d.Close())
}
