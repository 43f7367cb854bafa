// Package hosts guarantees one answer to what may be asked without TLS, and
// that an error of a request does not tell its address.
package hosts

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// Loopback reports whether a host, without its port, is this machine.
func Loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Unaddressed gives an error of net/http or net/url without the URL that they
// put around it: a URL may hold a ticket or a token.
func Unaddressed(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
