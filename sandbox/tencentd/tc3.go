package tencentd

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxSkew is how far a cloud request's timestamp may lie from the clock.
const maxSkew = 5 * time.Minute

// credentials are the application's keys, which may be rotated while it runs.
type credentials struct {
	mu             sync.Mutex
	id, key, token string
	chatKey        string
	skew           time.Duration
}

func (c *credentials) cloud() (id, key, token string, skew time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.id, c.key, c.token, c.skew
}

func (c *credentials) chat() (key string, skew time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.chatKey, c.skew
}

// SetKey replaces the cloud API's key pair and session token; calls signed
// with the former ones are refused from now on.
func (s *Server) SetKey(secretID, secretKey, token string) {
	s.creds.mu.Lock()
	defer s.creds.mu.Unlock()
	s.creds.id, s.creds.key, s.creds.token = secretID, secretKey, token
}

// SetChatKey replaces the key of UserSigs. An empty one means an application
// whose key was removed.
func (s *Server) SetChatKey(key string) {
	s.creds.mu.Lock()
	defer s.creds.mu.Unlock()
	s.creds.chatKey = key
}

// SetSkew sets how far the clock for signatures is ahead of Config.Now. Bans
// and mutes are not affected.
func (s *Server) SetSkew(d time.Duration) {
	s.creds.mu.Lock()
	defer s.creds.mu.Unlock()
	s.creds.skew = d
}

// tc3 is what an Authorization header declares.
type tc3 struct {
	id, date, service string
	headers           []string
	signature         string
}

// parseTC3 reads an Authorization header. It reports false for one that does
// not have the form which the vendor prescribes.
func parseTC3(auth string) (tc3, bool) {
	rest, ok := strings.CutPrefix(auth, "TC3-HMAC-SHA256 ")
	if !ok {
		return tc3{}, false
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		k, v, found := strings.Cut(strings.TrimSpace(part), "=")
		if _, double := parts[k]; !found || double {
			return tc3{}, false
		}
		parts[k] = v
	}
	scope := strings.Split(parts["Credential"], "/")
	headers := strings.Split(parts["SignedHeaders"], ";")
	if len(parts) != 3 || len(scope) != 4 || scope[0] == "" || scope[3] != "tc3_request" || parts["Signature"] == "" {
		return tc3{}, false
	}
	if !slices.IsSorted(headers) || !slices.Contains(headers, "content-type") || !slices.Contains(headers, "host") {
		return tc3{}, false
	}
	return tc3{id: scope[0], date: scope[1], service: scope[2], headers: headers, signature: parts["Signature"]}, true
}

// verifyTC3 rebuilds a request's signature from what the request itself
// declares and from its body's bytes.
func verifyTC3(r *http.Request, body []byte, c *credentials, now time.Time) *refusal {
	auth, ok := parseTC3(r.Header.Get("Authorization"))
	if !ok {
		return refuse("AuthFailure.InvalidAuthorization", "The Authorization header does not have the prescribed form.")
	}
	id, key, token, skew := c.cloud()
	if auth.id != id {
		return refuse("AuthFailure.SecretIdNotFound", "The SecretId is not found.")
	}
	ts, err := strconv.ParseInt(r.Header.Get("X-TC-Timestamp"), 10, 64)
	if err != nil {
		return refuse("MissingParameter", "The header X-TC-Timestamp is missing or not a Unix time in seconds.")
	}
	signed := time.Unix(ts, 0).UTC()
	if off := now.Add(skew).Sub(signed); off > maxSkew || off < -maxSkew {
		return refuse("AuthFailure.SignatureExpire", "The timestamp is more than five minutes away from the server's time.")
	}
	mismatch := refuse("AuthFailure.SignatureFailure", "The signature does not match the request.")
	if auth.date != signed.Format(time.DateOnly) || auth.service != "trtc" {
		return mismatch
	}
	// One client signs the host with its port, another without. On the
	// vendor's port 443 both are the same; here each is accepted if it is
	// this request's own.
	hosts := []string{r.Host}
	if name, _, err := net.SplitHostPort(r.Host); err == nil {
		hosts = append(hosts, name)
	}
	for _, host := range hosts {
		want, ok := signTC3(r, body, auth, ts, key, host)
		if ok && hmac.Equal([]byte(want), []byte(auth.signature)) {
			if r.Header.Get("X-TC-Token") != token {
				return refuse("AuthFailure.TokenFailure", "The token does not belong to the key.")
			}
			return nil
		}
	}
	return mismatch
}

// signTC3 is the signature that the request must carry. It reports false when
// a header that was declared as signed is not there.
func signTC3(r *http.Request, body []byte, auth tc3, ts int64, key, host string) (string, bool) {
	var canonical strings.Builder
	canonical.WriteString(r.Method + "\n" + r.URL.EscapedPath() + "\n" + r.URL.RawQuery + "\n")
	for _, h := range auth.headers {
		value := host
		if h != "host" {
			values := r.Header.Values(h)
			if len(values) != 1 {
				return "", false
			}
			value = values[0]
		}
		canonical.WriteString(h + ":" + strings.ToLower(strings.TrimSpace(value)) + "\n")
	}
	canonical.WriteString("\n" + strings.Join(auth.headers, ";") + "\n" + hexSHA256(body))
	text := "TC3-HMAC-SHA256\n" + strconv.FormatInt(ts, 10) + "\n" +
		auth.date + "/" + auth.service + "/tc3_request\n" + hexSHA256([]byte(canonical.String()))
	k := hmacSHA256([]byte("TC3"+key), auth.date)
	k = hmacSHA256(k, auth.service)
	k = hmacSHA256(k, "tc3_request")
	return hex.EncodeToString(hmacSHA256(k, text)), true
}

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func hmacSHA256(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
