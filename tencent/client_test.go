package tencent

import (
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// One client serves many goroutines; run with the race detector.
func TestManyAtOnce(t *testing.T) {
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-TC-Action") != "" {
			_, _ = io.WriteString(w, cloudYes)
			return
		}
		_, _ = io.WriteString(w, liveYes)
	})
	c := newTestClient(t, testConfig(v.URL))
	var all sync.WaitGroup
	answers := make(chan moderation.Answer, 60)
	for range 20 {
		for _, side := range sides() {
			all.Go(func() { answers <- c.Do(t.Context(), one(side)) })
		}
	}
	all.Wait()
	close(answers)
	for ans := range answers {
		require.Equal(t, moderation.VendorAccepted, ans.Class, "%v", ans.Err)
	}
	require.Len(t, v.requests(), 60)
}
