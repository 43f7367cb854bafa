package bot

import (
	"testing"
	"time"
	_ "time/tzdata" // the tests name zones

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// A digest is due once a day by the local clock, also on days when clocks
// change.
func TestWhenADigestIsDue(t *testing.T) {
	zone := func(name string) *time.Location {
		z, err := time.LoadLocation(name)
		require.NoError(t, err)
		return z
	}
	berlin, singapore := zone("Europe/Berlin"), zone("Asia/Singapore")
	for name, c := range map[string]struct {
		now          string
		hour, minute int
		zone         *time.Location
		last, next   string
	}{
		"before the hour": {"2026-11-28T00:59:59Z", 9, 0, singapore, "2026-11-27T01:00:00Z", "2026-11-28T01:00:00Z"},
		"at the hour":     {"2026-11-28T01:00:00Z", 9, 0, singapore, "2026-11-28T01:00:00Z", "2026-11-29T01:00:00Z"},
		"a new year":      {"2026-12-31T23:00:00Z", 0, 30, time.UTC, "2026-12-31T00:30:00Z", "2027-01-01T00:30:00Z"},
		// In Berlin, 02:30 does not exist on 29 March 2026 and occurs twice
		// on 25 October.
		"a day of 23 hours":           {"2026-03-28T12:00:00Z", 9, 0, berlin, "2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z"},
		"a day of 25 hours":           {"2026-10-24T12:00:00Z", 9, 0, berlin, "2026-10-24T07:00:00Z", "2026-10-25T08:00:00Z"},
		"an hour that is not there":   {"2026-03-28T12:00:00Z", 2, 30, berlin, "2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z"},
		"an hour that comes twice":    {"2026-10-25T00:45:00Z", 2, 30, berlin, "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
		"the second of these hours":   {"2026-10-25T01:30:00Z", 2, 30, berlin, "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
		"after one that is not there": {"2026-03-29T01:30:00Z", 2, 30, berlin, "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		require.NoError(t, err)
		last, next := digestTimes(now, c.hour, c.minute, c.zone)
		require.Equal(t, c.last, last.UTC().Format(time.RFC3339), name)
		require.Equal(t, c.next, next.UTC().Format(time.RFC3339), name)
	}
}

// Over a year of hours, each day has exactly one due time.
func TestADayHasOneDigest(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	seen := map[string]time.Time{}
	for now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); now.Year() == 2026; now = now.Add(30 * time.Minute) {
		last, next := digestTimes(now, 2, 30, berlin)
		require.False(t, last.After(now))
		require.True(t, next.After(now))
		day := next.Format(time.DateOnly)
		if at, ok := seen[day]; ok {
			require.True(t, at.Equal(next), day)
		}
		seen[day] = next
		again, _ := digestTimes(next, 2, 30, berlin)
		require.True(t, again.Equal(next), "what is due is the last that was due")
	}
	require.Len(t, seen, 366)
}

// A published head is read from a message's metadata only if it is complete.
func TestPublishedHeadInMetadata(t *testing.T) {
	k := mark{Key: "line:1", Wanted: 1, Head: &moderation.PublishedHead{Database: "d", Number: 12, Hash: "9f"}}
	head, ok := publishedHeadOf(k.metadata().EventPayload, "1795315171.744517")
	require.True(t, ok)
	require.Equal(t, moderation.PublishedHead{Database: "d", Number: 12, Hash: "9f", At: time.UnixMilli(1795315171744).UTC()}, head)
	for name, payload := range map[string]map[string]any{
		"of a card":    mark{Key: "card:1"}.metadata().EventPayload,
		"no number":    {"head": "x", "hash": "9f"},
		"below zero":   {"head": "-1", "hash": "9f"},
		"no hash":      {"head": "12"},
		"another type": {"head": 12.0, "hash": "9f"},
	} {
		_, ok := publishedHeadOf(payload, "1795315171.744517")
		require.False(t, ok, name)
	}
	_, ok = publishedHeadOf(k.metadata().EventPayload, "now")
	require.False(t, ok)
}

// The button of a message is the same however often the message is written, and
// another for each other message and database.
func TestTheButtonOfFoldedLines(t *testing.T) {
	o := &outbox{}
	a, b := moderation.Post{Key: "line:1", Wanted: 1}, moderation.Post{Key: "line:2", Wanted: 1}
	again := a
	again.Wanted = 7
	require.Equal(t, o.lineToken([]moderation.Post{a, b}), o.lineToken([]moderation.Post{b, again}))
	require.NotEqual(t, o.lineToken([]moderation.Post{a, b}), o.lineToken([]moderation.Post{a}))
	other := &outbox{database: [16]byte{1}}
	require.NotEqual(t, o.lineToken([]moderation.Post{a, b}), other.lineToken([]moderation.Post{a, b}))
}
