package trace

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"bouncer/hosts"
)

// Config is where spans go, in the form of OpenTelemetry's settings, and who sends them.
type Config struct {
	// Endpoint is OTEL_EXPORTER_OTLP_ENDPOINT, to which /v1/traces is added. TracesEndpoint is
	// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, which is used as it is and takes precedence. Without
	// either nothing is traced.
	Endpoint, TracesEndpoint string
	// Headers is OTEL_EXPORTER_OTLP_HEADERS: name=value pairs, separated by commas, with values as
	// in URLs. They may be secrets.
	Headers string
	// Protocol is OTEL_EXPORTER_OTLP_PROTOCOL: empty or http/json.
	Protocol string
	// Service is OTEL_SERVICE_NAME, Resource OTEL_RESOURCE_ATTRIBUTES, written like Headers.
	Service, Resource string
	// Version is the program's. Instance distinguishes this process from others of the service.
	Version, Instance string

	HTTP   *http.Client // nil: http.DefaultClient
	Logger *slog.Logger // nil: none
}

// endpoint returns the URL that spans are posted to; empty for none.
func (c Config) endpoint() string {
	if c.TracesEndpoint != "" {
		return c.TracesEndpoint
	}
	if c.Endpoint != "" {
		return strings.TrimSuffix(c.Endpoint, "/") + "/v1/traces"
	}
	return ""
}

// check returns an error that begins with the setting and repeats none of its value. With several
// errors it is one line each.
func (c Config) check() error {
	return errors.Join(c.checkURL("OTEL_EXPORTER_OTLP_ENDPOINT", c.Endpoint), c.checkURL("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", c.TracesEndpoint), c.checkRest())
}

func (c Config) checkURL(name, value string) error {
	if value == "" {
		return nil
	}
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%s: not a URL such as http://localhost:4318", name)
	case u.User != nil:
		return fmt.Errorf("%s: a URL with a password; use OTEL_EXPORTER_OTLP_HEADERS", name)
	case c.Headers != "" && u.Scheme == "http" && !hosts.Loopback(u.Hostname()):
		return fmt.Errorf("%s: with OTEL_EXPORTER_OTLP_HEADERS plain http is allowed on loopback only; use https", name)
	}
	return nil
}

func (c Config) checkRest() error {
	if c.Protocol != "" && c.Protocol != "http/json" {
		return errors.New("OTEL_EXPORTER_OTLP_PROTOCOL: only http/json is supported; leave it out and use the collector's HTTP port, which is usually 4318")
	}
	if _, ok := pairs(c.Headers); !ok {
		return errors.New("OTEL_EXPORTER_OTLP_HEADERS: not name=value pairs, separated by commas")
	}
	if _, ok := pairs(c.Resource); !ok {
		return errors.New("OTEL_RESOURCE_ATTRIBUTES: not name=value pairs, separated by commas")
	}
	return nil
}

func (c Config) headers() map[string]string {
	list, _ := pairs(c.Headers) // checked
	return list
}

// pairs reads "name=value,name=value"; ok is false when it is something else.
func pairs(list string) (found map[string]string, ok bool) {
	found = map[string]string{}
	for pair := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		name = strings.TrimSpace(name)
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !ok || err != nil || name == "" || strings.ContainsAny(name, " \t\r\n\x00") || strings.ContainsAny(value, "\r\n\x00") {
			return nil, false
		}
		found[name] = value
	}
	return found, true
}
