// Package hosts guarantees one rule for which hosts may be called without TLS, and that an error
// of a request does not contain its address.
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

// Unaddressed returns an error of net/http or net/url without the URL that they add to it: a URL
// may contain a ticket or a token.
func Unaddressed(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
