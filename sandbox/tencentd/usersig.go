package tencentd

import (
	"bytes"
	"compress/zlib"
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// maxClaims bounds what a UserSig may inflate to, in bytes.
const maxClaims = 64 << 10

// claims are the claims of a UserSig.
type claims struct {
	Version    string `json:"TLS.ver"`
	Identifier string `json:"TLS.identifier"`
	SDKAppID   uint64 `json:"TLS.sdkappid"`
	Time       int64  `json:"TLS.time"`
	Expire     int64  `json:"TLS.expire"`
	UserBuf    string `json:"TLS.userbuf"`
	Sig        string `json:"TLS.sig"`
}

// sign is the TLS.sig that these claims must carry.
func (c claims) sign(key string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "TLS.identifier:%s\nTLS.sdkappid:%d\nTLS.time:%d\nTLS.expire:%d\n",
		c.Identifier, c.SDKAppID, c.Time, c.Expire)
	if c.UserBuf != "" {
		fmt.Fprintf(&b, "TLS.userbuf:%s\n", c.UserBuf)
	}
	return base64.StdEncoding.EncodeToString(hmacSHA256([]byte(key), b.String()))
}

// parseUserSig undoes the three layers of a UserSig.
func parseUserSig(sig string) (claims, *refusal) {
	broken := refuse("70003", "The UserSig cannot be decoded; it may be truncated.")
	// Standard base64 in the vendor's own alphabet. Its original letters must
	// not occur: a + in a query is an unescaped blank.
	if strings.ContainsAny(sig, "+/= ") {
		return claims{}, broken
	}
	packed, err := base64.StdEncoding.DecodeString(strings.NewReplacer("*", "+", "-", "/", "_", "=").Replace(sig))
	if err != nil {
		return claims{}, broken
	}
	zr, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return claims{}, broken
	}
	text, err := io.ReadAll(io.LimitReader(zr, maxClaims))
	if err != nil {
		return claims{}, broken
	}
	var c claims
	if err := json.Unmarshal(text, &c); err != nil || c.Version != "2.0" || c.Sig == "" {
		return claims{}, refuse("70005", "The UserSig does not contain the claims of version 2.0.")
	}
	return c, nil
}

// verifyUserSig authenticates the caller of a v4 API, by the URL's
// parameters.
func (s *Server) verifyUserSig(appID, identifier, sig string, now time.Time) *refusal {
	id, err := strconv.ParseUint(appID, 10, 64)
	switch {
	case appID == "":
		return refuse("60012", "The URL carries no sdkappid.")
	case err != nil:
		return refuse("60006", "The sdkappid is not a number.")
	case id != s.cfg.SDKAppID:
		return refuse("70020", "There is no such SDKAppID in this data center.")
	case identifier == "":
		return refuse("60004", "The URL carries no identifier.")
	case sig == "":
		return refuse("70002", "The UserSig is empty.")
	}
	c, refused := parseUserSig(sig)
	if refused != nil {
		return refused
	}
	key, skew := s.creds.chat()
	switch {
	case c.SDKAppID != id:
		return refuse("70014", "The UserSig was made for another SDKAppID.")
	case c.Identifier != identifier:
		return refuse("70013", "The UserSig was made for another identifier.")
	case key == "":
		return refuse("70016", "The application has no key to verify the UserSig with.")
	case !hmac.Equal([]byte(c.sign(key)), []byte(c.Sig)):
		return refuse("70009", "The UserSig was made with another key.")
	case now.Add(skew).Unix() > c.Time+c.Expire:
		return refuse("70001", "The UserSig has expired.")
	}
	for _, admin := range s.cfg.ChatAdmins {
		if admin == identifier {
			return nil
		}
	}
	return refuse("60010", "The identifier is no administrator of the application.")
}
