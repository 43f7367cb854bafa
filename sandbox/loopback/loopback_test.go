package loopback

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestListen(t *testing.T) {
	l, err := Listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })

	for addr, want := range map[string]string{
		l.Addr().String(): "address already in use", "0.0.0.0:0": "not on loopback", ":0": "not on loopback", "[::]:0": "not on loopback",
		"192.0.2.1:80": "not on loopback", "example.com:80": "not on loopback", "": "not host:port", "127.0.0.1": "not host:port",
	} {
		_, err := Listen(t.Context(), addr)
		require.ErrorContains(t, err, want, addr)
	}
}
