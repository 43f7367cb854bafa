package moderation

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// lister is a vendor that has one list.
type lister struct {
	Vendor
	reading Reading
}

func (l lister) Read(context.Context, Action, func(context.Context, string) error) Reading {
	return l.reading
}

// appending is a store that accepts entries.
type appending struct{ Store }

func (appending) Append(context.Context, Change) error { return nil }

// An incomplete or missing list says of no target that it is out.
func TestPresence(t *testing.T) {
	rows := []ReadingRow{{ID: "a"}}
	yes := Answer{Class: VendorAccepted}
	for name, c := range map[string]struct {
		kind    Kind
		reading Reading
		a, b    Inside
	}{
		"a whole list":     {KindLive, Reading{Rows: rows, Answer: yes}, InsideYes, InsideNo},
		"a list that ends": {KindLive, Reading{Rows: rows, Cut: true, Answer: yes}, InsideYes, InsideUnknown},
		"no answer":        {KindChat, Reading{Answer: Answer{Class: VendorNoAnswer}}, InsideUnknown, InsideUnknown},
		"a room without":   {KindRoom, Reading{Rows: rows, Answer: yes}, InsideUnknown, InsideUnknown},
	} {
		s := &Service{cfg: Config{Vendor: lister{reading: c.reading}, Store: appending{}}}
		room := Room{Kind: c.kind, ID: "1"}
		got, err := s.lookupPresence(t.Context(), Case{Action: Action{Verb: Ban, Room: room, Targets: []string{"a", "b"}}}, room, time.Second)
		require.NoError(t, err)
		require.Equal(t, map[string]Inside{"a": c.a, "b": c.b}, got, name)
	}
}

// "Never seen here" is shown only where it is known.
func TestNeverSeen(t *testing.T) {
	all := []Inside{InsideYes, InsideNo, InsideUnknown, ""}
	for kind, want := range map[Kind][]string{
		KindLive: {"out"},
		KindRoom: {"out", "unknown", "not asked"},
	} {
		v := CaseView{Case: Case{Action: Action{Room: Room{Kind: kind, ID: "1"}}}, UnknownTargets: map[string]bool{}}
		for i, is := range all {
			id := []string{"in", "out", "unknown", "not asked"}[i]
			v.Targets = append(v.Targets, Target{ID: id, Inside: is})
			v.UnknownTargets[id] = true
		}
		v.Targets = append(v.Targets, Target{ID: "an old friend", Inside: InsideNo})
		require.Equal(t, want, v.NeverSeen(), kind)
		require.Equal(t, []Target{{ID: "out", Inside: InsideNo}, {ID: "an old friend", Inside: InsideNo}}, v.Absent())
	}
}

// A person of a case in several rooms is new where no room with a list has seen them.
func TestNeverSeenInSeveralRooms(t *testing.T) {
	live, chat, rtc := Room{Kind: KindLive, ID: "1"}, Room{Kind: KindChat, ID: "2"}, Room{Kind: KindRoom, ID: "3"}
	for name, c := range map[string]struct {
		rooms  []Room
		inside []Inside
		never  bool
	}{
		"in no list":               {[]Room{live, chat}, []Inside{InsideNo, InsideNo}, true},
		"in the second":            {[]Room{live, chat}, []Inside{InsideNo, InsideYes}, false},
		"in the first":             {[]Room{live, chat}, []Inside{InsideYes, InsideNo}, false},
		"one list is unknown":      {[]Room{live, chat}, []Inside{InsideNo, InsideUnknown}, false},
		"one room has no list":     {[]Room{rtc, chat}, []Inside{InsideUnknown, InsideNo}, true},
		"no room has a list":       {[]Room{rtc, {Kind: KindRoom, ID: "4"}}, []Inside{InsideUnknown, ""}, true},
		"a room without, then yes": {[]Room{rtc, live}, []Inside{"", InsideYes}, false},
	} {
		v := CaseView{Case: Case{Action: Action{Room: c.rooms[0], MoreRooms: c.rooms[1:], Targets: []string{"a"}}}, UnknownTargets: map[string]bool{"a": true}}
		var absent []Target
		for i, r := range c.rooms {
			v.Targets = append(v.Targets, Target{Room: r, ID: "a", Inside: c.inside[i]})
			if c.inside[i] == InsideNo {
				absent = append(absent, v.Targets[i])
			}
		}
		require.Equal(t, c.never, len(v.NeverSeen()) == 1, name)
		require.Len(t, v.Absent(), len(absent), name)
		for i := range absent {
			require.Equal(t, absent[i].Room, v.Absent()[i].Room, name)
		}
		v.UnknownTargets = nil
		require.Empty(t, v.NeverSeen(), name)
	}
}

// counting counts reads at the vendor.
type counting struct {
	Store
	Vendor
	reads atomic.Int32
	begun chan struct{}
}

func (c *counting) InsideKnown(context.Context, int64, Room) (bool, error) { return false, nil }
func (c *counting) Append(context.Context, Change) error                   { return nil }

func (c *counting) Read(context.Context, Action, func(context.Context, string) error) Reading {
	c.reads.Add(1)
	<-c.begun
	return Reading{Answer: Answer{Class: VendorAccepted}}
}

// Cases that begin together in one room share its list; those of another room, or a moment later,
// read their own.
func TestCasesOfOneMomentShareTheList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counting{begun: make(chan struct{})}
		close(c.begun)
		s := &Service{cfg: Config{Store: c, Vendor: c, Timing: Timing{}.Filled()}}
		look := func(no int64, room string) {
			of := Case{No: no, Action: Action{Verb: Ban, Room: Room{Kind: KindLive, ID: room}, Targets: []string{"a"}}}
			_, err := s.lookupPresence(t.Context(), of, of.Action.Room, time.Second)
			require.NoError(t, err)
		}
		look(1, "1")
		look(2, "1")
		require.EqualValues(t, 1, c.reads.Load())
		look(3, "2")
		require.EqualValues(t, 2, c.reads.Load())
		time.Sleep(listMaxAge) // the bubble's clock
		look(4, "2")
		require.EqualValues(t, 3, c.reads.Load())
	})
}

// The chunks of a large case begin together, and the room's list is read once.
func TestOneChunkReadsTheListForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counting{begun: make(chan struct{})}
		s := &Service{cfg: Config{Store: c, Vendor: c, Timing: Timing{}.Filled()}}
		of := Case{No: 1, Action: Action{Verb: Ban, Room: Room{Kind: KindLive, ID: "1"}, Targets: []string{"a"}}}
		var g errgroup.Group
		for range 12 {
			g.Go(func() error {
				found, err := s.presenceOf(t.Context(), of, of.Action.Room)
				require.Equal(t, map[string]Inside{"a": InsideNo}, found)
				return err
			})
		}
		synctest.Wait()
		close(c.begun)
		require.NoError(t, g.Wait())
		require.EqualValues(t, 1, c.reads.Load())
	})
}
