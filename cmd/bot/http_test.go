package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

// A 503 with a Retry-After is respected like a 429.
func TestSlackSaysHowLongToWait(t *testing.T) {
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(status)
		}))
		api := slack.New("xoxb-x", slack.OptionAPIURL(server.URL+"/"), slack.OptionHTTPClient(httpClient()))
		_, _, err := api.PostMessageContext(t.Context(), "C1", slack.MsgOptionText("x", false))
		server.Close()
		var limited *slack.RateLimitedError
		require.ErrorAs(t, err, &limited, status)
		require.Equal(t, 7*time.Second, limited.RetryAfter)
	}
}
