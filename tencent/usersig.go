package tencent

import (
	"bytes"
	"compress/zlib"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"
)

// A UserSig lives for sigLife and is renewed after half of it. It is in the query of every v4
// call, so a leaked one should soon be worthless.
const sigLife = 2 * time.Hour

// claims is the content of a UserSig (version 2.0), signed with the Chat key.
type claims struct {
	Version    string `json:"TLS.ver"`
	Identifier string `json:"TLS.identifier"`
	App        uint32 `json:"TLS.sdkappid"`
	Time       int64  `json:"TLS.time"`   // Unix seconds
	Expire     int64  `json:"TLS.expire"` // seconds from Time
	Sig        string `json:"TLS.sig"`
}

// sigAlphabet turns base64 into the alphabet of UserSigs; the padding stays, as "_".
var sigAlphabet = strings.NewReplacer("+", "*", "/", "-", "=", "_")

// makeUserSig signs an identifier. The key is used as text, not as the bytes of its hex digits.
func makeUserSig(app uint32, key, identifier string, at time.Time, life time.Duration) (string, error) {
	c := claims{
		Version: "2.0", Identifier: identifier, App: app,
		Time: at.Unix(), Expire: int64(life / time.Second),
	}
	mac := hmac.New(sha256.New, []byte(key))
	if _, err := fmt.Fprintf(mac, "TLS.identifier:%s\nTLS.sdkappid:%d\nTLS.time:%d\nTLS.expire:%d\n",
		c.Identifier, c.App, c.Time, c.Expire); err != nil {
		return "", fmt.Errorf("tencent: UserSig: %w", err)
	}
	c.Sig = base64.StdEncoding.EncodeToString(mac.Sum(nil))
	raw, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("tencent: UserSig claims: %w", err)
	}
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	if _, err := z.Write(raw); err != nil {
		return "", fmt.Errorf("tencent: UserSig: %w", err)
	}
	if err := z.Close(); err != nil {
		return "", fmt.Errorf("tencent: UserSig: %w", err)
	}
	return sigAlphabet.Replace(base64.StdEncoding.EncodeToString(packed.Bytes())), nil
}

// signer caches one UserSig and renews it in time.
type signer struct {
	app             uint32
	key, identifier string
	now             func() time.Time

	mu   sync.Mutex
	sig  string
	made int64 // Unix seconds; wall time, since the monotonic clock stops while a machine sleeps
}

// get returns a UserSig that is valid for at least half its life.
func (s *signer) get() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	age := s.now().Unix() - s.made
	// A negative age means that the clock was set back: the old signature would come from the
	// future.
	if s.sig != "" && age >= 0 && age < int64(sigLife/time.Second)/2 {
		return s.sig, nil
	}
	return s.make()
}

// renew makes a new UserSig unless another caller has already replaced old.
func (s *signer) renew(old string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sig != old && s.sig != "" {
		return s.sig, nil
	}
	return s.make()
}

func (s *signer) make() (string, error) {
	at := s.now()
	sig, err := makeUserSig(s.app, s.key, s.identifier, at, sigLife)
	if err != nil {
		return "", err
	}
	s.sig, s.made = sig, at.Unix()
	return sig, nil
}
