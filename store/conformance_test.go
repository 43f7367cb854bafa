package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Suite(t, func(t testing.TB, dir string, now func() time.Time) (moderation.Store, error) {
		return store.New(t.Context(), store.Config{URL: filepath.Join(dir, "bouncer.db"), App: 1400000001, Team: "T1", Now: now})
	})
}
