package hosts

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "LocalHost": true, "127.0.0.1": true, "127.8.8.8": true, "::1": true, "::ffff:127.0.0.1": true,
		"": false, "localhost.example": false, "127.0.0.1.example": false, "0.0.0.0": false, "::": false, "10.0.0.1": false,
		"127.0.0.1:80": false, "127.1": false,
	} {
		require.Equal(t, want, Loopback(host), host)
	}
}

func TestUnaddressed(t *testing.T) {
	_, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://secret\x7f/", nil)
	require.ErrorContains(t, err, "secret")
	require.NotContains(t, Unaddressed(err).Error(), "secret")
	require.Equal(t, io.EOF, Unaddressed(&url.Error{Op: "Post", URL: "https://secret/", Err: io.EOF}))
	own := errors.New("own")
	require.Equal(t, own, Unaddressed(own))
	require.NoError(t, Unaddressed(nil))
}
