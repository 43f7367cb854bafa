package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// Whatever hangs, a stop is over before Docker kills the process.
func TestAStopHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		hangs := make(chan struct{})
		defer close(hangs)
		began := time.Now()
		go func() { time.Sleep(time.Hour); stop() }()
		err := runUntil(ctx, func() error { <-hangs; return nil })
		require.ErrorContains(t, err, "DATABASE_URL")
		require.Less(t, time.Since(began), time.Hour+10*time.Second)
		require.Greater(t, time.Since(began), time.Hour+9*time.Second, "the drain has its time")

		own := errors.New("its own")
		require.ErrorIs(t, runUntil(ctx, func() error { time.Sleep(8 * time.Second); return own }), own)
		require.ErrorIs(t, runUntil(t.Context(), func() error { return own }), own)
	})
}
