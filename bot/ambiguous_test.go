package bot

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/commands"
	"bouncer/moderation"
)

// An extension with a plus sign is added to the present end; without one it
// counts from when it was asked, and is asked about where that is sooner.
func TestNewEnd(t *testing.T) {
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	c := moderation.Case{No: 7, Action: moderation.Action{Verb: moderation.Ban}, Until: at.Add(24 * time.Hour)}
	extend := func(text string) (asked, action moderation.Action) {
		asked, m := commands.Parse("extend 7 "+text, commands.ParseContext{})
		require.Nil(t, m, text)
		return asked, moderation.Action{Verb: moderation.Ban, Relation: moderation.RelExtend, Duration: asked.Duration, Permanent: asked.Permanent}
	}
	for text, want := range map[string]time.Duration{
		"+2h": 26 * time.Hour, "+1s": 24*time.Hour + time.Second, "30h": 30 * time.Hour, "24h": 24 * time.Hour, "2h from now": 2 * time.Hour, "perm": 0,
	} {
		asked, action := extend(text)
		got, question, no := newEnd(asked, action, c, at, true)
		require.Nil(t, question, text)
		require.Nil(t, no, text)
		require.Equal(t, want, got.Duration, text)
	}
	asked, action := extend("2h spam")
	_, question, no := newEnd(asked, action, c, at, true)
	require.Nil(t, no)
	require.Equal(t, commands.CodeExtendSooner, question.Code)
	require.Equal(t, "extend 7 +2h spam", question.Offers[0].Command)
	require.Equal(t, "extend 7 2h from now spam", question.Offers[1].Command)
	for _, o := range question.Offers {
		back, m := commands.Parse(o.Command, commands.ParseContext{})
		require.Nil(t, m)
		require.Equal(t, o.Action, back)
	}
	_, question, _ = newEnd(asked, action, c, at, false)
	require.Nil(t, question, "a modal says that it counts from now")

	asked, action = extend("+364d 20h")
	_, question, _ = newEnd(asked, action, c, at, true)
	require.Equal(t, commands.CodeDurationTooLong, question.Code)

	c.Until = time.Time{} // permanent
	asked, action = extend("+2h")
	_, _, no = newEnd(asked, action, c, at, true)
	require.Equal(t, moderation.RefuseNoEnd, no.Code)
	asked, action = extend("2h")
	_, question, _ = newEnd(asked, action, c, at, true)
	require.Len(t, question.Offers, 1)
	require.Equal(t, "extend 7 2h from now", question.Offers[0].Command)
	asked, action = extend("perm")
	_, question, no = newEnd(asked, action, c, at, true)
	require.Nil(t, question)
	require.Nil(t, no)
}

// remembered is a store that knows of some people.
type remembered struct {
	cases, notes map[string]bool
	err          error
}

func (m remembered) SearchCaseNumbers(_ context.Context, f moderation.SearchQuery, _ int64) ([]int64, error) {
	if m.cases[f.Target] {
		return []int64{3}, m.err
	}
	return nil, m.err
}

func (m remembered) Notes(_ context.Context, id string) ([]moderation.Note, error) {
	if m.notes[id] {
		return []moderation.Note{{Target: id}}, m.err
	}
	return nil, m.err
}

func TestKnownFromBefore(t *testing.T) {
	m := remembered{cases: map[string]bool{"dave": true}, notes: map[string]bool{"erin": true}}
	for id, want := range map[string]bool{"dave": true, "erin": true, "spam": false} {
		got, err := knownFrom(t.Context(), m, id)
		require.NoError(t, err)
		require.Equal(t, want, got, id)
	}
	_, err := knownFrom(t.Context(), remembered{err: errors.New("disk")}, "spam")
	require.Error(t, err, "who cannot be looked up is not silently a reason")
}

// listings are the lists of rooms, of which those that are missing never arrive.
type listings map[string][]string

func (l listings) Read(ctx context.Context, a moderation.Action, _ func(context.Context, string) error) (r moderation.Reading) {
	ids, ok := l[a.Room.String()]
	if !ok {
		<-ctx.Done()
	}
	for _, id := range ids {
		r.Rows = append(r.Rows, moderation.ReadingRow{ID: id})
	}
	return r
}

// A person may be in any of several rooms, whose lists are read in the time of one.
func TestMemberListsOfSeveralRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &Bot{service: &moderation.Service{}, cfg: Config{Timing: moderation.Timing{}.Filled()}}
		rooms := []moderation.Room{{Kind: moderation.KindLive, ID: "1"}, {Kind: moderation.KindLive, ID: "2"}, {Kind: moderation.KindChat, ID: "3"}}
		from := time.Now()
		require.True(t, b.insideOne(t.Context(), listings{"live:1": {"host1"}, "chat:3": {"dave"}}, rooms, "dave"))
		require.False(t, b.insideOne(t.Context(), listings{"live:1": {"host1"}}, rooms, "dave"))
		require.Equal(t, 2*1500*time.Millisecond, time.Since(from))
	})
}

// listing is a vendor whose list arrives, or never does.
type listing struct {
	rows  []moderation.ReadingRow
	stuck bool
	asked *moderation.Action
}

func (l listing) Read(ctx context.Context, a moderation.Action, _ func(context.Context, string) error) moderation.Reading {
	*l.asked = a
	if l.stuck {
		<-ctx.Done()
	}
	return moderation.Reading{Rows: l.rows}
}

// A list that does not arrive does not delay a command, and rooms without a
// list are not read.
func TestMemberListIsOptional(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &Bot{service: &moderation.Service{}, cfg: Config{Timing: moderation.Timing{}.Filled()}}
		var asked moderation.Action
		room := moderation.Room{Kind: moderation.KindLive, ID: "show1"}
		require.True(t, b.inside(t.Context(), listing{rows: []moderation.ReadingRow{{ID: "host1"}, {ID: "dave"}}, asked: &asked}, room, "dave"))
		require.Equal(t, moderation.Action{Verb: moderation.Who, Room: room}, asked)
		require.False(t, b.inside(t.Context(), listing{rows: []moderation.ReadingRow{{ID: "host1"}}, asked: &asked}, room, "dave"))

		from := time.Now()
		require.False(t, b.inside(t.Context(), listing{stuck: true, asked: &asked}, room, "dave"))
		require.Equal(t, 1500*time.Millisecond, time.Since(from))

		require.False(t, listed(moderation.Room{Kind: moderation.KindRoom, ID: "1"}), "TRTC has no list")
		require.False(t, listed(moderation.Room{}))
	})
}
