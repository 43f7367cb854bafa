package socket

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Envelope is one delivery of Slack.
type Envelope struct {
	// ID is Slack's envelope_id, unique for each delivery.
	ID string
	// Type is slash_commands, interactive or events_api.
	Type string
	// Payload is the raw JSON object. The handler owns its memory and may
	// keep or change it.
	Payload json.RawMessage
	// AppID is the app that Slack's hello named for the connection; empty if
	// it named none. Some payloads do not name their app.
	AppID string
	// AcceptsResponse reports whether the ack may carry a payload.
	AcceptsResponse bool
	// Received is when the frame was read, with its monotonic part. Slack wants
	// the ack within 3 s of it. What was read right after this process stood
	// still counts as received before that.
	Received time.Time
}

// Handler is called for each envelope of a known type, on a goroutine of its
// own, in no particular order. ctx ends when the drain is over, not when
// Run's context ends, so that a running handler can finish.
//
// It must make sure that ack is called exactly once: before it returns, or
// later from any goroutine. Until then the envelope is open and the drain
// waits for it. If no ack must go out (the command could not be stored), call
// ack(Withheld{}): Slack then shows the author that the command failed, and
// repeats an event.
//
// A Handler may block when its destination is full; the client then stops
// reading. A Handler that panics is recovered and reported. Its envelope is
// not acknowledged, because the command may not be stored: the author sees
// Slack's failure message. A later call of ack after the panic is still
// written.
type Handler func(ctx context.Context, env Envelope, ack Ack)

// Ack acknowledges one envelope. It never blocks on the network and may be
// called from any goroutine. With a nil payload it sends the bare ack.
// Otherwise payload is marshalled into a JSON object and sent if
// AcceptsResponse is true and the ack stays under 20 KB; if not, the bare ack
// is sent and Ack returns ErrPayloadNotAccepted, ErrPayloadTooLarge or
// ErrPayloadInvalid.
//
// The ack is queued for the writer of the envelope's connection, so nil means
// that it was queued; if it is lost afterwards, Hooks.OnAckLost reports it.
// Ack returns ErrConnectionLost if the loss is known at once, and
// ErrAckedTwice for a second call.
type Ack func(payload any) error

// NoAck as the payload of an Ack settles the envelope without acking it.
type NoAck struct{}

// maxEnvelopeID bounds an id that is echoed. Slack's are UUIDs of 36 bytes.
const maxEnvelopeID = 256

// frame is the outer object of anything that Slack sends.
type frame struct {
	EnvelopeID      string          `json:"envelope_id"`
	Type            string          `json:"type"`
	Payload         json.RawMessage `json:"payload"`
	AcceptsResponse bool            `json:"accepts_response_payload"`

	Reason         string `json:"reason"`          // disconnect
	NumConnections int    `json:"num_connections"` // hello
	ConnectionInfo struct {
		AppID string `json:"app_id"`
	} `json:"connection_info"` // hello
}

// frameKind is what the reader does with a frame.
type frameKind int

const (
	kindUndecodable frameKind = iota
	kindUnknown
	kindEnvelope
	kindHello
	kindDisconnect
)

func (k frameKind) String() string {
	switch k {
	case kindUnknown:
		return "unknown"
	case kindEnvelope:
		return "envelope"
	case kindHello:
		return "hello"
	case kindDisconnect:
		return "disconnect"
	default:
		return "undecodable"
	}
}

// Errors of decode. They contain no content.
var (
	errBinary      = errors.New("binary frame")
	errUTF8        = errors.New("text is not utf-8")
	errJSON        = errors.New("not a json object")
	errNoID        = errors.New("no usable envelope_id")
	errNoPayload   = errors.New("payload is not a json object")
	errUnknownType = errors.New("unknown type")
	errTooLarge    = errors.New("larger than the read limit")
)

// decode decodes one message. For kindUndecodable and kindUnknown,
// f.EnvelopeID is the id to acknowledge, or empty. f keeps no reference to
// data.
func decode(data []byte) (f frame, kind frameKind, err error) {
	if !utf8.Valid(data) {
		return frame{EnvelopeID: salvageID(data)}, kindUndecodable, errUTF8
	}
	if err := json.Unmarshal(data, &f); err != nil {
		// A field of the wrong type that is not essential, such as
		// num_connections, is left at zero so that no command is lost.
		if _, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok || f.Type == "" {
			return frame{EnvelopeID: salvageID(data)}, kindUndecodable, errJSON
		}
	}
	switch f.Type {
	case "hello":
		return f, kindHello, nil
	case "disconnect":
		return f, kindDisconnect, nil
	case "slash_commands", "interactive", "events_api":
	case "":
		f.EnvelopeID = ackable(f.EnvelopeID)
		return f, kindUndecodable, errors.New("no type")
	default:
		f.EnvelopeID = ackable(f.EnvelopeID)
		return f, kindUnknown, errUnknownType
	}
	if ackable(f.EnvelopeID) == "" {
		f.EnvelopeID = ""
		return f, kindUndecodable, errNoID
	}
	if !bytes.HasPrefix(f.Payload, []byte("{")) {
		return f, kindUndecodable, errNoPayload
	}
	return f, kindEnvelope, nil
}

func ackable(id string) string {
	if len(id) > maxEnvelopeID {
		return ""
	}
	return id
}

// salvageID finds the envelope_id in bytes that are not valid JSON: the one
// at depth 1 if there is one, else the first at any depth. Quotes in people's
// text are escaped in JSON, so no one can type an id into the message; in
// damaged text the worst result is an ack of an id that Slack does not know.
func salvageID(data []byte) string {
	const key = "envelope_id"
	var first string
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			end := stringEnd(data, i)
			if end < 0 {
				return first
			}
			if string(data[i+1:end]) == key {
				if id := stringAfterColon(data, end+1); id != "" {
					if depth == 1 {
						return id
					}
					if first == "" {
						first = id
					}
				}
			}
			i = end
		}
	}
	return first
}

// stringEnd returns the index of the quote that ends the string at start, or -1.
func stringEnd(data []byte, start int) int {
	for i := start + 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// stringAfterColon decodes the string value of the key that ends before at.
func stringAfterColon(data []byte, at int) string {
	rest := bytes.TrimLeft(data[at:], " \t\r\n")
	if len(rest) == 0 || rest[0] != ':' {
		return ""
	}
	rest = bytes.TrimLeft(rest[1:], " \t\r\n")
	if len(rest) == 0 || rest[0] != '"' {
		return ""
	}
	rest = rest[:min(len(rest), maxEnvelopeID+2)]
	end := stringEnd(rest, 0)
	if end < 0 {
		return ""
	}
	var id string
	if !utf8.Valid(rest[:end+1]) || json.Unmarshal(rest[:end+1], &id) != nil {
		return ""
	}
	return id
}

// ackFrame appends the JSON of an ack to buf.
func ackFrame(buf []byte, id string, payload json.RawMessage) ([]byte, error) {
	quoted, err := json.Marshal(id)
	if err != nil {
		return buf, fmt.Errorf("envelope id: %w", err)
	}
	buf = append(buf, `{"envelope_id":`...)
	buf = append(buf, quoted...)
	if len(payload) > 0 {
		buf = append(buf, `,"payload":`...)
		buf = append(buf, payload...)
	}
	return append(buf, '}'), nil
}

// skip reads a message to its end and returns its last bytes.
func skip(r io.Reader) (size int64, tail []byte, err error) {
	const keep = 2 << 10
	chunk := make([]byte, 16<<10)
	for {
		n, err := r.Read(chunk)
		size += int64(n)
		tail = append(tail, chunk[:n]...)
		tail = tail[max(0, len(tail)-keep):]
		if errors.Is(err, io.EOF) {
			return size, tail, nil
		}
		if err != nil {
			return size, nil, err
		}
	}
}

// salvageLast finds the last envelope_id in the end of a message, where it is
// unknown what is inside a string and what is not: a key that people typed has
// backslashes before its quotes.
func salvageLast(tail []byte) string {
	key := []byte(`"envelope_id"`)
	at := bytes.LastIndex(tail, key)
	if at < 1 || tail[at-1] == '\\' {
		return ""
	}
	return stringAfterColon(tail, at+len(key))
}

// shortID shortens an id for a log line: a salvaged one may not be an id at
// all.
func shortID(id string) string {
	if len(id) > 64 || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fmt.Sprintf("(%d bytes)", len(id))
	}
	return id
}
