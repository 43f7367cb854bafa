package trace

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// The messages of opentelemetry/proto/trace/v1, as far as they are used, in OTLP's JSON: ids are
// hexadecimal, 64-bit numbers are strings, enumerations are numbers.
type (
	otlpRequest struct {
		ResourceSpans []otlpResourceSpans `json:"resourceSpans"`
	}
	otlpResourceSpans struct {
		Resource   otlpResource     `json:"resource"`
		ScopeSpans []otlpScopeSpans `json:"scopeSpans"`
	}
	otlpResource struct {
		Attributes []otlpAttribute `json:"attributes"`
	}
	otlpScopeSpans struct {
		Scope otlpScope  `json:"scope"`
		Spans []otlpSpan `json:"spans"`
	}
	otlpScope struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
	}
	otlpSpan struct {
		TraceID    string          `json:"traceId"`
		SpanID     string          `json:"spanId"`
		ParentID   string          `json:"parentSpanId,omitempty"`
		Name       string          `json:"name"`
		Kind       Kind            `json:"kind"`
		Start      string          `json:"startTimeUnixNano"`
		End        string          `json:"endTimeUnixNano"`
		Attributes []otlpAttribute `json:"attributes,omitempty"`
		Links      []otlpLink      `json:"links,omitempty"`
		Status     *otlpStatus     `json:"status,omitempty"`
	}
	otlpAttribute struct {
		Key   string    `json:"key"`
		Value otlpValue `json:"value"`
	}
	otlpValue struct {
		String *string `json:"stringValue,omitempty"`
		Int    string  `json:"intValue,omitempty"`
	}
	otlpLink struct {
		TraceID string `json:"traceId"`
		SpanID  string `json:"spanId"`
	}
	otlpStatus struct {
		Code int `json:"code"`
	}
)

// statusError is STATUS_CODE_ERROR.
const statusError = 2

// encode returns the body of a request with spans.
func (c Config) encode(spans []*Span) []byte {
	list := make([]otlpSpan, len(spans))
	for i, s := range spans {
		list[i] = s.otlp()
	}
	body, _ := json.Marshal(otlpRequest{ResourceSpans: []otlpResourceSpans{{ // strings and numbers only: no error is possible
		Resource:   otlpResource{Attributes: c.resource()},
		ScopeSpans: []otlpScopeSpans{{Scope: otlpScope{Name: "bouncer", Version: c.Version}, Spans: list}},
	}}})
	return body
}

// resource describes the process that sends the spans.
func (c Config) resource() []otlpAttribute {
	all, _ := pairs(c.Resource) // checked
	for name, value := range map[string]string{
		"service.name": cmp.Or(c.Service, all["service.name"], "bouncer"), "service.version": c.Version, "service.instance.id": c.Instance,
	} {
		if value != "" {
			all[name] = value
		}
	}
	list := make([]otlpAttribute, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, otlpAttribute{name, textValue(all[name])})
	}
	return list
}

func textValue(text string) otlpValue { return otlpValue{String: &text} }

func (s *Span) otlp() otlpSpan {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := otlpSpan{
		TraceID: s.id.String(), SpanID: hex.EncodeToString(s.span[:]), Name: s.name, Kind: s.kind,
		Start: strconv.FormatInt(s.start.UnixNano(), 10), End: strconv.FormatInt(s.end.UnixNano(), 10),
	}
	if s.parent != [8]byte{} {
		out.ParentID = hex.EncodeToString(s.parent[:])
	}
	for _, a := range s.attrs {
		v := textValue(a.text)
		if a.isNumber {
			v = otlpValue{Int: strconv.FormatInt(a.number, 10)}
		}
		out.Attributes = append(out.Attributes, otlpAttribute{a.name, v})
	}
	for _, l := range s.links {
		out.Links = append(out.Links, otlpLink{l.String(), hex.EncodeToString(l.root[:])})
	}
	if s.failed {
		out.Status = &otlpStatus{Code: statusError}
	}
	return out
}
