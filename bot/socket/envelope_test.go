package socket

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDecode(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		kind frameKind
		id   string
	}{
		"hello":                   {helloFrame(2, 18060), kindHello, ""},
		"hello, odd debug info":   {`{"type":"hello","num_connections":2,"debug_info":"none"}`, kindHello, ""},
		"disconnect":              {`{"type":"disconnect","reason":"warning","debug_info":{"host":"x"}}`, kindDisconnect, ""},
		"command":                 {command("a"), kindEnvelope, "a"},
		"attempt of another kind": {`{"envelope_id":"a","type":"events_api","payload":{},"retry_attempt":"1"}`, kindEnvelope, "a"},
		"flag of another kind":    {`{"envelope_id":"a","type":"interactive","payload":{},"accepts_response_payload":"yes"}`, kindEnvelope, "a"},
		"id is a number":          {`{"envelope_id":7,"type":"interactive","payload":{}}`, kindUndecodable, ""},
		"id too long":             {command(strings.Repeat("a", 300)), kindUndecodable, ""},
		"payload null":            {`{"envelope_id":"a","type":"interactive","payload":null}`, kindUndecodable, "a"},
		"payload list":            {`{"envelope_id":"a","type":"interactive","payload":[]}`, kindUndecodable, "a"},
		"type is a number":        {`{"envelope_id":"a","type":7,"payload":{}}`, kindUndecodable, "a"},
		"no type":                 {`{"envelope_id":"a","payload":{}}`, kindUndecodable, "a"},
		"unknown type":            {`{"envelope_id":"a","type":"x"}`, kindUnknown, "a"},
		"list":                    {`[{"envelope_id":"a"}]`, kindUndecodable, "a"},
		"two values":              {command("a") + command("b"), kindUndecodable, "a"},
		"null":                    {`null`, kindUndecodable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, kind, err := decode([]byte(c.text))
			require.Equal(t, c.kind.String(), kind.String())
			require.Equal(t, c.id, f.EnvelopeID)
			require.Equal(t, kind == kindUndecodable || kind == kindUnknown, err != nil)
		})
	}
}

func TestSalvageID(t *testing.T) {
	for text, want := range map[string]string{
		`{"envelope_id":"a","payload":{"envelope_id":"b"`:               "a",
		`{"payload":{"envelope_id":"b",},"envelope_id" : "a"`:           "a",
		`{"payload":{"envelope_id":"b"`:                                 "b",
		`{"payload":{"text":"\"envelope_id\":\"typed\""},"x":`:          "",
		`{"payload":{"text":"\\"},"envelope_id":"a"`:                    "a",
		`{"envelope_id":"\u0061b"`:                                      "ab",
		`{"envelope_id":"a`:                                             "",
		`{"envelope_id":`:                                               "",
		`{"envelope_id":7,"y":"envelope_id"}`:                           "",
		`{"envelope_id":"` + strings.Repeat("a", 300) + `","payload":{`: "",
		``: "",
	} {
		require.Equal(t, want, salvageID([]byte(text)), text)
	}
	require.Equal(t, "a", salvageLast([]byte(`xxx"},"envelope_id":"a"}`)))
	require.Empty(t, salvageLast([]byte(`xxx\"envelope_id\":\"typed\"`)))
	require.Equal(t, "(3 bytes)", shortID("a\nb"))
}

func TestDecodeKeepsNothingOfTheBuffer(t *testing.T) {
	buf := []byte(command("a"))
	f, _, err := decode(buf)
	require.NoError(t, err)
	clear(buf)
	require.Equal(t, "a", f.EnvelopeID)
	require.True(t, json.Valid(f.Payload))
}

func FuzzDecode(f *testing.F) {
	for _, text := range realEnvelopes(f)[:4] { // the fifth is 67 KB of the same and slows the fuzzer down
		f.Add([]byte(text))
		f.Add([]byte(text[:len(text)/2]))
	}
	f.Add([]byte(helloFrame(2, 360)))
	f.Add([]byte(`{"payload":{"text":"\"envelope_id\":\"typed\""},"envelope_id":"a"`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, kind, err := decode(data)
		if len(got.EnvelopeID) > maxEnvelopeID && kind != kindHello && kind != kindDisconnect {
			t.Fatalf("id of %d bytes would be echoed", len(got.EnvelopeID))
		}
		if (err == nil) != (kind == kindEnvelope || kind == kindHello || kind == kindDisconnect) {
			t.Fatalf("kind %s with error %v", kind, err)
		}
		salvageLast(data)
		if got.EnvelopeID == "" {
			return
		}
		ack, err := ackFrame(nil, got.EnvelopeID, nil)
		if err != nil {
			t.Fatal(err)
		}
		var back ackSeen
		if err := json.Unmarshal(ack, &back); err != nil || back.EnvelopeID != got.EnvelopeID {
			t.Fatalf("ack %q does not return the id %q: %v", ack, got.EnvelopeID, err)
		}
	})
}
