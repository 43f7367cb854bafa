package tencent

import (
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// unpack decodes a UserSig without the code under test.
func unpack(t *testing.T, sig string) claims {
	t.Helper()
	plain := strings.NewReplacer("*", "+", "-", "/", "_", "=").Replace(sig)
	raw, err := base64.StdEncoding.DecodeString(plain)
	require.NoError(t, err)
	z, err := zlib.NewReader(strings.NewReader(string(raw)))
	require.NoError(t, err)
	text, err := io.ReadAll(z)
	require.NoError(t, err)
	var c claims
	require.NoError(t, json.Unmarshal(text, &c))
	return c
}

func TestUserSigVectors(t *testing.T) {
	var file struct {
		Vectors []struct {
			SDKAppID   uint32
			Key        string
			Identifier string
			Expire     int64
			Time       int64
			UserSig    string
			Claims     claims
		}
	}
	readJSON(t, "testdata/usersig.json", &file)
	require.Len(t, file.Vectors, 3)
	for _, v := range file.Vectors {
		t.Run(v.Identifier, func(t *testing.T) {
			sig, err := makeUserSig(v.SDKAppID, v.Key, v.Identifier, time.Unix(v.Time, 0), time.Duration(v.Expire)*time.Second)
			require.NoError(t, err)
			require.Equal(t, v.Claims, unpack(t, sig))
			// The decoder itself, with what the vendor's library made.
			require.Equal(t, v.Claims, unpack(t, v.UserSig))
			require.Empty(t, strings.Trim(sig, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-_"))
		})
	}
}

func TestUserSigIsKeptAndRenewedInTime(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	s := &signer{app: 1, key: "k", identifier: "administrator", now: func() time.Time { return now }}
	get := func() string {
		sig, err := s.get()
		require.NoError(t, err)
		c := unpack(t, sig)
		left := time.Unix(c.Time+c.Expire, 0).Sub(now)
		require.Greater(t, left, sigLife/2-time.Second, "must be good for half its life")
		require.LessOrEqual(t, c.Time, now.Unix(), "must not come from the future")
		return sig
	}
	first := get()
	now = now.Add(sigLife/2 - time.Second)
	require.Equal(t, first, get())
	now = now.Add(time.Second)
	second := get()
	require.NotEqual(t, first, second)

	now = now.Add(-time.Hour) // the clock was set back
	third := get()
	require.NotEqual(t, second, third)

	// Two callers that were refused with the same UserSig make one new one.
	now = now.Add(time.Minute)
	a, err := s.renew(third)
	require.NoError(t, err)
	require.NotEqual(t, third, a)
	now = now.Add(time.Minute)
	b, err := s.renew(third)
	require.NoError(t, err)
	require.Equal(t, a, b)
}
