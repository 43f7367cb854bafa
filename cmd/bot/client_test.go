package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

// The wait in an answer is used, of a 5xx as well, and bounded: a wrong value
// must not silence a channel for a day.
func TestRetryAfter(t *testing.T) {
	for name, c := range map[string]struct {
		status      int
		header      string
		least, most time.Duration
	}{
		"429":                 {429, "7", 7 * time.Second, 7 * time.Second},
		"429 of a day":        {429, "100000", mostWait, mostWait},
		"429 beyond numbers":  {429, "99999999999999999999", time.Second, mostWait},
		"429 below zero":      {429, "-5", time.Second, mostWait},
		"429 of now":          {429, "0", time.Second, time.Second},
		"429 without":         {429, "", time.Second, time.Second},
		"429 in words":        {429, "soon", time.Second, time.Second},
		"429 with a date":     {429, time.Now().Add(time.Minute).UTC().Format(http.TimeFormat), 50 * time.Second, time.Minute + time.Second},
		"503":                 {503, "7", 7 * time.Second, 7 * time.Second},
		"503 of a day":        {503, "100000", mostWait, mostWait},
		"503 without":         {503, "", 0, 0},
		"502":                 {502, "7", 7 * time.Second, 7 * time.Second},
		"502 with a far date": {502, "Fri, 31 Dec 2100 23:59:59 GMT", mostWait, mostWait},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if c.header != "" {
					w.Header().Set("Retry-After", c.header)
				}
				w.WriteHeader(c.status)
			}))
			defer server.Close()
			api := slack.New("xoxb-1", slack.OptionAPIURL(server.URL+"/"), slack.OptionHTTPClient(slackClient(httpClient())))
			_, _, err := api.PostMessageContext(t.Context(), "C1", slack.MsgOptionText("x", false))
			var wait time.Duration
			var busy *slack.RateLimitedError
			var unavailable *unavailableError
			var status slack.StatusCodeError
			if c.status == http.StatusTooManyRequests || c.status == http.StatusServiceUnavailable && c.least > 0 {
				require.ErrorAs(t, err, &busy)
				wait = busy.RetryAfter
			} else if c.least > 0 {
				require.ErrorAs(t, err, &unavailable)
				wait = unavailable.RetryAfter()
			} else {
				require.ErrorAs(t, err, &status)
			}
			require.GreaterOrEqual(t, wait, c.least)
			require.LessOrEqual(t, wait, c.most)
		})
	}
}
