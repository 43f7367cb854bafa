package intake

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

const (
	headerTime      = "X-Bouncer-Time"
	headerSignature = "X-Bouncer-Signature"
	// signedWithin is how far the time of a signature may be from now.
	signedWithin = 5 * time.Minute
)

// verify returns a problem unless the signature was made with one of the secrets over this time and
// body, not long ago.
func verify(secrets []string, at, signature string, body []byte, now time.Time) error {
	seconds, err := strconv.ParseInt(at, 10, 64)
	sum, ok := strings.CutPrefix(signature, "v1=")
	got, herr := hex.DecodeString(sum)
	if err != nil || !ok || herr != nil {
		return &problem{Unsigned, "The headers " + headerTime + " and " + headerSignature + " are missing or malformed: sign the request."}
	}
	valid := false
	for _, s := range secrets {
		mac := hmac.New(sha256.New, []byte(s))
		mac.Write([]byte(at + "."))
		mac.Write(body)
		valid = hmac.Equal(mac.Sum(nil), got) || valid
	}
	if !valid {
		return &problem{Unsigned, "The signature is wrong: check the secret, and sign the bytes of the body as they are sent."}
	}
	if now.Sub(time.Unix(seconds, 0)).Abs() > signedWithin {
		return &problem{Unsigned, "The signature is older than 5 minutes or from the future: check the clock, and sign the request again."}
	}
	return nil
}
