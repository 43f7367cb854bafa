// Package storetest proves that a store.Store behaves as documented, on any database: it is the
// conformance suite.
package storetest

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/store"

	"github.com/stretchr/testify/require"
)

// Opener opens a store, and returns a check to run before it is closed; nil for none. The same dir
// names the same database, so that a test can close it and open it again. cfg has everything but
// the URL.
type Opener func(t testing.TB, dir string, cfg store.Config) (s *store.Store, closing func(*store.Store), err error)

// timing is production's, which the suite's stores use.
var timing = moderation.Timing{}.Filled()

// Clock is the clock of a suite's stores.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that starts at a whole minute.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 11, 22, 12, 59, 0, 0, time.UTC)} }

// Now returns the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Add moves the clock forward.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Database is what a suite runs on.
type Database struct {
	Open Opener
	// EndLeases ends all leases as of a time, where several processes may have the database open,
	// so that a start ends none; nil where a start does.
	EndLeases func(tb testing.TB, dir string, now time.Time)
	// RoundTrips means that each statement goes to a server and back, so that properties run fewer
	// rounds in make test.
	RoundTrips bool
}

// Suite runs all conformance tests, each on its own database, several at once.
func Suite(t *testing.T, open Database) {
	run := func(name string, test func(*testing.T)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
	for _, group := range []map[string]func(*bench){
		queueTests, caseTests, beginTests, liftTests, landedTests, outboxTests, logTests, recordTests, eraseTests, modTests, reviewTests, digestTests, formTests,
		approvalTests, lateTests, undoTests, actNowTests, reportTests, factsTests, extendTests, waitTests, pruneTests, portionTests, severalRoomsTests,
	} {
		for name, test := range group {
			run(name, func(t *testing.T) { test(newBench(t, open)) })
		}
	}
	run("bodies are erased because of their age", func(t *testing.T) { retentionTest(t, open) })
	for name, test := range retentionTests {
		run(name, func(t *testing.T) {
			b := newBench(t, open)
			b.retention = 400 * day
			b.restart()
			test(b)
		})
	}
	run("standing follows its model", func(t *testing.T) { modelTest(t, open) })
	run("nothing runs before its approvals, and the restrictions are the approved ones", func(t *testing.T) { requestsTest(t, open) })
	run("unapproved cases reach no state that needs approval", func(t *testing.T) { evasionTest(t, open) })
	run("two calls in doubt", func(t *testing.T) { uncertainTest(t, open) })
	run("a call in doubt that was said again", func(t *testing.T) { uncertainOlderTest(t, open) })
	run("three on top of each other", func(t *testing.T) { stackTest(t, open) })
	run("an undo that comes to nothing late", func(t *testing.T) { lateUndoTest(t, open) })
	run("a denied act-now does not come back", func(t *testing.T) { deniedTest(t, open) })
	run("the room is what the cases say", func(t *testing.T) { roomsTest(t, open) })
	run("every case comes to its end", func(t *testing.T) { lifecycleTest(t, open) })
}

// apart is a store that moves room lookups to the timers, so that a job that is due in QueueCall
// is a chunk.
type apart struct{ *store.Store }

// Claim claims due jobs.
func (a apart) Claim(ctx context.Context, q moderation.Queue, n int) ([]moderation.Job, error) {
	jobs, err := a.Store.Claim(ctx, q, n)
	if q != moderation.QueueCall {
		return jobs, err
	}
	return slices.DeleteFunc(jobs, func(j moderation.Job) bool {
		if j.Kind != moderation.JobRoomInfo {
			return false
		}
		err = errors.Join(err, a.MoveJob(ctx, j, moderation.QueueTimer))
		return true
	}), err
}

// bench is one test's store with short helpers.
type bench struct {
	t     testing.TB
	ctx   context.Context //nolint:containedctx // lives for one test
	s     apart
	clock *Clock
	open  Database
	// closing is called before s is closed; may be nil.
	closing func(*store.Store)
	dir     string
	n       int
	// retention is the stores' Config.Retention.
	retention time.Duration
}

// service returns a service whose vendor is w, who also says who has which rights.
func (b *bench) service(t require.TestingT, w interface {
	moderation.Vendor
	moderation.Authorizer
},
) *moderation.Service {
	s, err := moderation.New(moderation.Config{
		Store: b.s, Vendor: w, Authorizer: w, App: app, Rates: map[string]float64{},
		AuditChannel: audit, Now: b.clock.Now, Jitter: func() float64 { return 0 },
	})
	require.NoError(t, err)
	return s
}

// The places and people that tests use.
const (
	app   = 1400000001
	team  = "T1"
	here  = "C1" // the channel of cards
	audit = "C2"
)

var room = moderation.Room{Kind: moderation.KindRoom, ID: "10006"}
var live = moderation.Room{Kind: moderation.KindLive, ID: "show1"}

func newBench(t *testing.T, open Database) *bench {
	b := &bench{t: t, ctx: t.Context(), clock: NewClock(), open: open, dir: TempDir(t)}
	b.start()
	t.Cleanup(func() {
		if !t.Failed() { // whatever was done, the rows match the entries, and lists have the cases as they are
			ctx := context.WithoutCancel(b.ctx)
			_, err := b.s.Verify(ctx)
			require.NoError(t, err)
			cases, _, err := b.s.SearchCases(ctx, moderation.SearchQuery{}, 0, 50)
			require.NoError(t, err)
			for _, c := range cases {
				alone, err := b.s.Case(ctx, c.No)
				require.NoError(t, err)
				require.Equal(t, alone, c)
			}
		}
		b.stop()
	})
	return b
}

func (b *bench) start() {
	s, closing, err := b.open.Open(b.t, b.dir, store.Config{App: app, Team: team, Now: b.clock.Now, Describer: describer{}, Retention: b.retention})
	require.NoError(b.t, err)
	b.s, b.closing = apart{s}, closing
}

func (b *bench) stop() {
	if b.closing != nil {
		b.closing(b.s.Store)
	}
	require.NoError(b.t, b.s.Close())
}

// restart closes the store and opens it again. Afterwards nothing is leased.
func (b *bench) restart() {
	b.stop()
	if b.open.EndLeases != nil {
		b.open.EndLeases(b.t, b.dir, b.clock.Now())
	}
	b.start()
}

func (b *bench) ok(err error) {
	b.t.Helper()
	require.NoError(b.t, err)
}

// accept submits a delivery and waits until it is durable.
func (b *bench) accept(in moderation.Delivery) bool {
	b.t.Helper()
	type answer struct {
		fresh bool
		err   error
	}
	done := make(chan answer, 1)
	b.s.Accept(in, func(fresh bool, err error) { done <- answer{fresh, err} })
	a := <-done
	b.ok(a.err)
	return a.fresh
}

// keeps saves drafts and waits until they are durable.
func (b *bench) keeps(drafts ...moderation.Draft) {
	b.t.Helper()
	done := make(chan error, 1)
	b.s.SaveDrafts(drafts, func(err error) { done <- err })
	b.ok(<-done)
}

// claim claims the only job that is due in a queue.
func (b *bench) claim(q moderation.Queue) moderation.Job {
	b.t.Helper()
	jobs, err := b.s.Claim(b.ctx, q, 10)
	b.ok(err)
	require.Len(b.t, jobs, 1, "jobs due in %s", q)
	return jobs[0]
}

func (b *bench) none(q moderation.Queue) {
	b.t.Helper()
	jobs, err := b.s.Claim(b.ctx, q, 10)
	b.ok(err)
	require.Empty(b.t, jobs, "jobs due in %s", q)
}

// command returns the job of a new command.
func (b *bench) command() moderation.Job {
	b.t.Helper()
	return b.commands(1)[0]
}

// commands returns the jobs of new commands, in the order in which they were accepted.
func (b *bench) commands(n int) []moderation.Job {
	b.t.Helper()
	for range n {
		b.n++
		require.True(b.t, b.accept(moderation.Delivery{Key: "slack:" + strconv.Itoa(b.n), Kind: "command", Payload: []byte(`{}`)}))
	}
	jobs, err := b.s.Claim(b.ctx, moderation.QueueCommand, 10)
	b.ok(err)
	require.Len(b.t, jobs, n)
	return jobs
}

// asks describes a case.
type asks struct {
	verb   moderation.Verb
	room   moderation.Room
	more   []moderation.Room // further rooms
	media  []moderation.Medium
	on     []string
	chunk  int // targets per chunk; 0 for one
	last   time.Duration
	asking bool
	draft  string
	sample float64
}

func (b *bench) opening(a asks) moderation.NewCase {
	b.n++
	if a.room.ID == "" {
		a.room = room
	}
	now := b.clock.Now()
	action := moderation.Action{Verb: a.verb, Room: a.room, MoreRooms: a.more, Targets: a.on, Media: a.media, Duration: a.last, Reason: "spam"}
	o := moderation.NewCase{
		Case: moderation.Case{
			Token: "token" + strconv.Itoa(b.n), App: app, Team: team, Action: action, State: moderation.Open, Typed: "as typed",
			Actor:    moderation.Actor{Kind: moderation.ActorPerson, Team: team, User: "U1", Name: "Mei Lin"},
			Origin:   moderation.Origin{Channel: here, Envelope: "e1", Source: "command"},
			Decision: moderation.Decision{Allowed: true, Rule: "mods", Policy: "5be1"}, AskedAt: now,
		},
		CardChannel: here, AuditChannel: audit, Draft: a.draft, ReviewShare: a.sample,
	}
	if a.last > 0 {
		o.Case.Until = now.Add(a.last)
	}
	if a.asking {
		o.Case.State, o.Case.Until = moderation.AwaitingConfirmation, time.Time{}
	}
	size, last := max(a.chunk, 1), 0
	for _, r := range action.Rooms() {
		before := last
		for i, id := range action.TargetRows() {
			last = before + i/size + 1
			o.Targets = append(o.Targets, moderation.Target{Seq: len(o.Targets) + 1, Chunk: last, Room: r, ID: id, Outcome: moderation.Pending})
		}
	}
	if !a.asking {
		o.Jobs = chunkJobs(last, 0)
	}
	return o
}

func chunkJobs(chunks, round int) (jobs []moderation.NewJob) {
	for c := 1; c <= chunks; c++ {
		jobs = append(jobs, moderation.NewJob{
			Key:   "chunk:" + strconv.Itoa(c) + ":" + strconv.Itoa(round),
			Queue: moderation.QueueCall, Kind: moderation.JobChunk, Payload: []byte(`{"chunk":` + strconv.Itoa(c) + `}`),
		})
	}
	return jobs
}

// opens opens a case and claims its chunks.
func (b *bench) opens(a asks) (moderation.Case, []moderation.Job) {
	b.t.Helper()
	return b.opensBy(b.command(), a)
}

func (b *bench) opensBy(j moderation.Job, a asks) (moderation.Case, []moderation.Job) {
	b.t.Helper()
	c, err := b.s.OpenCase(b.ctx, j, b.opening(a))
	b.ok(err)
	jobs, err := b.s.Claim(b.ctx, moderation.QueueCall, 1000)
	b.ok(err)
	for _, j := range jobs {
		require.Equal(b.t, c.No, j.Case)
	}
	return c, jobs
}

// undescribed is the reason of a request that cannot be described.
const undescribed = "undescribed"

var errUndescribed = errors.New("no such call")

// describer describes the requests of the suite's stores.
type describer struct{}

// Describe implements store.Describer.
func (describer) Describe(r moderation.Request) (api, body string, err error) {
	if r.Reason == undescribed {
		return "", "", errUndescribed
	}
	return "api." + string(r.Verb), `{"targets":` + strconv.Itoa(len(r.Targets)) + `}`, nil
}

const flight = 9 * time.Second

// begin announces a call for a chunk.
func (b *bench) begin(j moderation.Job, chunk int) moderation.AnnouncedCall {
	b.t.Helper()
	began, err := b.s.AnnounceCall(b.ctx, j, moderation.CallInput{
		Case: j.Case, Work: moderation.SyncWork{Chunk: chunk}, Timeout: flight, Reason: "case",
	})
	b.ok(err)
	return began
}

// sends announces a call for a chunk that must be sent.
func (b *bench) sends(j moderation.Job, chunk int) moderation.AnnouncedCall {
	b.t.Helper()
	began := b.begin(j, chunk)
	require.False(b.t, began.Done)
	require.Zero(b.t, began.Wait)
	require.NotZero(b.t, began.Call)
	return began
}

// works announces the call of a sync job.
func (b *bench) works(j moderation.Job) moderation.AnnouncedCall {
	b.t.Helper()
	began, err := b.s.AnnounceCall(b.ctx, j, moderation.CallInput{Case: j.Case, Work: work(b.t, j), Timeout: flight})
	b.ok(err)
	return began
}

var yes = moderation.Answer{Class: moderation.VendorAccepted, RequestID: "req-1", Took: 212 * time.Millisecond}
var no = moderation.Answer{
	Class: moderation.VendorRefused, Code: "InvalidParameter", Message: "bad", RequestID: "req-2",
	Err: moderation.NewError(moderation.CodeVendorInput, "code", "InvalidParameter"),
}
var silent = moderation.Answer{Class: moderation.VendorNoAnswer, Err: moderation.NewError(moderation.CodeVendorNoAnswer)}

var accepted = moderation.Verdict{Outcome: moderation.Accepted}
var failed = moderation.Verdict{Outcome: moderation.Failed, Err: no.Err}

func (b *bench) answers(j moderation.Job, call int64, a moderation.Answer, v moderation.Verdict) {
	b.t.Helper()
	b.ok(b.s.RecordAnswer(b.ctx, j, call, a, v))
}

// done opens a case of one chunk, which is accepted.
func (b *bench) done(a asks) moderation.Case {
	b.t.Helper()
	c, jobs := b.opens(a)
	require.Len(b.t, jobs, 1)
	b.answers(jobs[0], b.sends(jobs[0], 1).Call, yes, accepted)
	return b.caseNo(c.No)
}

func (b *bench) caseNo(no int64) moderation.Case {
	b.t.Helper()
	c, err := b.s.Case(b.ctx, no)
	b.ok(err)
	return c
}

func (b *bench) view(no int64) moderation.CaseView {
	b.t.Helper()
	v, err := b.s.CaseView(b.ctx, no)
	b.ok(err)
	return v
}

func (b *bench) kinds(no int64) (kinds []moderation.EntryKind) {
	b.t.Helper()
	for _, e := range b.view(no).Entries {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// inForce returns the restrictions in a room as target/medium -> case.
func (b *bench) inForce(r moderation.Room) map[string]int64 {
	b.t.Helper()
	all, err := b.s.RestrictionsInForce(b.ctx, r)
	b.ok(err)
	out := make(map[string]int64)
	for _, s := range all {
		out[s.Target+"/"+string(s.Medium)] = s.Case
	}
	return out
}

func token(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
