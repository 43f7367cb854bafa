package storetest

import (
	"strconv"
	"testing"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// modelMove is one move of one row in the model.
type modelMove struct {
	no        int64
	job       int64 // the delivery that requested it: numbers increase in order of acceptance
	restricts bool
	timed     bool
	void      bool
	ended     bool
}

// model is the specification of restrictions in force: the newest move of a row decides that was
// neither undone nor has ended. Newest is what was accepted last. Only what certainly did not land
// is undone.
type model struct {
	*bench
	room  moderation.Room
	moves map[string][]*modelMove
	open  []*modelCase
	timed []*modelCase
}

type modelCase struct {
	moderation.Case
	job    moderation.Job
	landed bool // one of its calls may have
}

func (m *model) rows(c *modelCase) (keys []string) {
	for _, medium := range c.Action.AffectedMedia() {
		keys = append(keys, c.Action.Targets[0]+"/"+string(medium))
	}
	return keys
}

// decidingMove returns the newest effective move of a row when it restricts; else a move that does
// not restrict, of the newest case.
func (m *model) decidingMove(key string) *modelMove {
	newest, says := &modelMove{}, &modelMove{}
	for _, mv := range m.moves[key] {
		if !mv.void && mv.job > newest.job {
			newest = mv
		}
		if !mv.void && !mv.ended && mv.job > says.job {
			says = mv
		}
	}
	if says.restricts {
		return says
	}
	return &modelMove{no: newest.no, job: newest.job}
}

// expire ends every restriction of a row whose time has come.
func (m *model) expire(key string) {
	for _, mv := range m.moves[key] {
		mv.ended = mv.ended || mv.timed
	}
}

func (m *model) each(c *modelCase, change func(*modelMove)) {
	for _, key := range m.rows(c) {
		for _, mv := range m.moves[key] {
			if mv.no == c.No {
				change(mv)
			}
		}
	}
}

func (m *model) check(t require.TestingT) {
	want := make(map[string]int64)
	for key := range m.moves {
		if s := m.decidingMove(key); s.restricts {
			want[key] = s.no
		}
	}
	require.Equal(t, want, m.inForce(m.room))
}

func (m *model) has(c *modelCase) bool {
	for _, key := range m.rows(c) {
		if m.decidingMove(key).no == c.No {
			return true
		}
	}
	return false
}

// modelTest changes cases at random and compares restrictions, IsMute and outcomes with the model
// after every step.
func modelTest(t *testing.T, open Database) {
	b := newBench(t, open)
	n := open.rounds(25)
	n.check(t, func(rt *rapid.T) {
		// One store for all, and a room for each: opening a store takes longest.
		m := &model{bench: b, moves: make(map[string][]*modelMove), room: moderation.Room{Kind: moderation.KindRoom, ID: strconv.Itoa(n.done)}}
		defer m.abandon()
		rt.Repeat(map[string]func(*rapid.T){
			"":      func(rt *rapid.T) { m.check(rt) },
			"opens": func(rt *rapid.T) { m.opensOne(rt, m.command()) },
			"crosses": func(rt *rapid.T) { // two commands are decided against their order
				jobs := m.commands(2)
				m.opensOne(rt, jobs[1])
				m.opensOne(rt, jobs[0])
			},
			"sends":  m.sendsOne,
			"lets":   m.abandonsOne,
			"lifts":  m.liftsOne,
			"starts": m.startsAnew,
		})
	})
}

func (m *model) opensOne(rt *rapid.T, j moderation.Job) {
	a := asks{
		room: m.room,
		verb: rapid.SampledFrom([]moderation.Verb{moderation.Mute, moderation.Unmute}).Draw(rt, "verb"),
		on:   []string{rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "target")},
		media: rapid.SampledFrom([][]moderation.Medium{
			nil, {moderation.Audio}, {moderation.Video},
		}).Draw(rt, "media"),
	}
	if a.verb == moderation.Mute && rapid.Bool().Draw(rt, "timed") {
		a.last = time.Hour
	}
	opened, jobs := m.opensBy(j, a)
	c := &modelCase{Case: opened, job: jobs[0]}
	for _, key := range m.rows(c) {
		m.moves[key] = append(m.moves[key], &modelMove{no: c.No, job: j.ID, restricts: a.verb == moderation.Mute, timed: a.last > 0})
	}
	m.open = append(m.open, c)
}

func (m *model) pick(rt *rapid.T, from *[]*modelCase) *modelCase {
	if len(*from) == 0 {
		rt.Skip("none")
	}
	i := rapid.IntRange(0, len(*from)-1).Draw(rt, "case")
	c := (*from)[i]
	*from = append((*from)[:i:i], (*from)[i+1:]...)
	return c
}

func (m *model) sendsOne(rt *rapid.T) {
	c := m.pick(rt, &m.open)
	had := m.has(c)
	want := moderation.IsMute(m.holds(c, moderation.Audio), m.holds(c, moderation.Video))
	began := m.begin(c.job, 1)
	if !had {
		require.True(rt, began.Done, "case %d is superseded", c.No)
		m.ends(c)
		return
	}
	require.Equal(rt, want, began.Request.IsMute)
	require.Equal(rt, c.landed, began.EarlierUncertain)
	outcomes := []moderation.Outcome{moderation.Accepted, moderation.Unknown, moderation.Pending, moderation.Failed}
	if c.landed {
		outcomes = outcomes[:3] // after that no outcome is failed
	}
	switch v := rapid.SampledFrom(outcomes).Draw(rt, "outcome"); v {
	case moderation.Failed:
		m.answers(c.job, began.Call, no, failed)
		m.ends(c)
	case moderation.Pending:
		m.answers(c.job, began.Call, silent, moderation.Verdict{Outcome: v})
		c.job, c.landed = m.claim(moderation.QueueCall), true
		m.open = append(m.open, c)
	default:
		m.answers(c.job, began.Call, yes, moderation.Verdict{Outcome: v})
		c.landed = true
		m.ends(c)
	}
}

// ends undoes what certainly did not land; the rest will be lifted.
func (m *model) ends(c *modelCase) {
	switch {
	case !c.landed:
		m.each(c, func(mv *modelMove) { mv.void = true })
	case !c.Until.IsZero():
		m.timed = append(m.timed, c)
	}
}

func (m *model) holds(c *modelCase, medium moderation.Medium) bool {
	s := m.decidingMove(c.Action.Targets[0] + "/" + string(medium))
	return s.restricts
}

func (m *model) abandonsOne(rt *rapid.T) { m.abandons(rt, m.pick(rt, &m.open)) }

func (m *model) abandons(rt *rapid.T, c *modelCase) {
	_, err := m.s.AbandonPending(m.ctx, c.job, c.No, moderation.EntryDropped, moderation.Body{Code: moderation.CodeDropped})
	require.NoError(rt, err)
	m.ends(c)
}

// liftsOne lets an hour pass, in which all timed cases end. Cases that were not sent are abandoned
// before: an hour later they would ask their requester again.
func (m *model) liftsOne(rt *rapid.T) {
	for len(m.open) > 0 {
		c := m.open[0]
		m.open = m.open[1:]
		m.abandons(rt, c)
	}
	if len(m.timed) == 0 {
		rt.Skip("none")
	}
	m.clock.Add(time.Hour)
	jobs, err := m.s.Claim(m.ctx, moderation.QueueLift, 100)
	require.NoError(rt, err)
	for _, j := range jobs {
		began := m.works(j)
		require.Zero(rt, began.Wait, "no call is in flight")
		if !began.Done {
			m.answers(j, began.Call, yes, accepted)
		}
	}
	m.timed = nil
	for key := range m.moves {
		m.expire(key)
	}
}

// abandon ends what a round leaves behind, so that the next one claims only its own jobs.
func (m *model) abandon() {
	for _, c := range m.open {
		m.ok(m.s.Finish(m.ctx, c.job, moderation.Change{}))
	}
	m.clock.Add(time.Hour)
	jobs, err := m.s.Claim(m.ctx, moderation.QueueLift, 1000)
	m.ok(err)
	for _, j := range jobs {
		m.ok(m.s.Finish(m.ctx, j, moderation.Change{}))
	}
	m.clock.Add(-time.Hour)
}

// startsAnew closes and opens the store; claimed jobs are claimed again. It is slow, and therefore
// rare.
func (m *model) startsAnew(rt *rapid.T) {
	if rapid.IntRange(0, 15).Draw(rt, "rarely") != 7 {
		rt.Skip("not now")
	}
	m.restart()
	jobs, err := m.s.Claim(m.ctx, moderation.QueueCall, 1000)
	m.ok(err)
	for _, j := range jobs {
		for _, c := range m.open {
			if c.No == j.Case {
				c.job = j
			}
		}
	}
}
