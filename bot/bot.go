// Package bot is the Slack side of Bouncer: it stores deliveries before it
// acknowledges them, authorizes their authors, answers them, and keeps every
// case card and audit line up to date. It guarantees that no acknowledged
// command is lost and that nothing runs for a person without the right to it.
package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/slack-go/slack"
	"golang.org/x/sync/errgroup"

	"bouncer/bot/people"
	"bouncer/bot/say"
	"bouncer/bot/socket"
	"bouncer/moderation"
	"bouncer/policy"
	"bouncer/trace"
)

// directory looks up people, groups and channels in Slack.
type directory interface {
	Person(ctx context.Context, user string, maxAge time.Duration) (moderation.Person, error)
	Channel(ctx context.Context, channel string, maxAge time.Duration) (moderation.Channel, error)
	IsMember(ctx context.Context, channel, user string) (bool, error)
	// The Cached methods answer from memory, without waiting.
	CachedPerson(user string) (person moderation.Person, known bool)
	CachedChannel(channel string) (c moderation.Channel, known bool)
	Locale(user string) (locale string, known bool)
	ForgetUser(user string)
	ForgetGroup(group string)
	ForgetChannel(channel string)
	// Groups returns the user groups that the policy names, as Slack
	// describes them.
	Groups(ctx context.Context) ([]people.Group, error)
}

// Vendor is Tencent. A dry run shows what would be sent, as Describe returns it.
type Vendor interface {
	moderation.Vendor
	// Describe returns the API and the body that a request would be sent with. The error says why
	// it cannot be made.
	Describe(r moderation.Request) (api, body string, err error)
}

// Config is what a Bot needs. Every field is required unless its comment says
// otherwise.
type Config struct {
	Store  Store
	Vendor Vendor
	// Policy returns the policy in force, never nil. Its result may change
	// between calls.
	Policy func() *policy.Policy
	// UsePolicy replaces the policy that Policy returns.
	UsePolicy func(*policy.Policy)
	// PolicyOptions are what a policy's text leaves to the settings.
	PolicyOptions policy.Options
	People        directory
	// Speaker makes every message.
	Speaker *say.Speaker

	Slack  *slack.Client // with the bot token
	APIURL string        // SLACK_API_URL, ends in "/"
	HTTP   *http.Client  // for response_urls: must not follow redirects
	Opener socket.Opener
	// Connections is the number of sockets to keep open.
	Connections int
	// Budget bounds it where several processes share the app; nil where this is
	// the only one.
	Budget socket.Budget
	// CanReadHistory says that a history scope was granted, so that posts
	// whose answer was lost can be found again.
	CanReadHistory bool
	// CanReadFiles says that files:read was granted, so that the form takes a file.
	CanReadFiles bool

	// PublishedHead is the published head that the log was already compared
	// with; zero for none.
	PublishedHead moderation.PublishedHead

	AppID     string           // Slack's id of this app
	Workspace policy.Workspace // our team and enterprise
	// WorkspaceURL is the base of permalinks, such as https://acme.slack.com/.
	WorkspaceURL string

	Command                   string // "/mod"
	AuditChannel, CaseChannel string
	Lang                      say.Lang // of channels

	SDKAppID   uint32
	Rates      map[string]float64 // our share of each vendor limit, by API
	SendReason bool
	Version    string

	Timing   moderation.Timing // see there what zero means
	Now      func() time.Time  // nil: time.Now
	Logger   *slog.Logger      // nil: none
	Registry *prometheus.Registry
	Tracer   *trace.Tracer // nil: none
}

// Bot runs everything between Slack, the store and the vendor.
type Bot struct {
	cfg     Config
	log     *slog.Logger
	metrics *metrics
	slack   *poster
	reply   *replier
	service *moderation.Service
	workers *moderation.Workers
	outbox  *outbox
	socket  *socket.Client
	reports chan report
	steps   map[string]step
	// modals are the calls that open one.
	modals   errgroup.Group
	openings openings
	homes    *homes
	// refreshes are the forms that are being updated, insides the lists read for them.
	refreshes refreshes
	insides   insides
	reads     readSlots
	// noTables says that Slack refused a table since the start.
	noTables atomic.Bool
	// files are the places of those who read a file of people, which takes memory.
	files chan struct{}

	odd             noticeLimit
	eventsDelayedAt atomic.Int64 // minute of the last reported app_rate_limited

	database uuid.UUID // its id

	suspended atomic.Pointer[map[string]bool] // see cacheSuspended
	groups    chan struct{}                   // a role group may have changed
	policyMu  sync.Mutex                      // serializes changes of the policy in force
	turn      int64                           // of the policy in force; under policyMu
}

// report is a delivery that the sockets could not understand.
type report struct {
	id   string
	err  error
	size int
}

// New returns a Bot of the wired packages. Nothing runs before Run. Its error
// says what the config lacks, or which value of it cannot be used.
func New(ctx context.Context, cfg Config) (*Bot, error) {
	if cfg.Store == nil || cfg.Vendor == nil || cfg.Policy == nil || cfg.UsePolicy == nil || cfg.People == nil || cfg.Speaker == nil ||
		cfg.Slack == nil || cfg.HTTP == nil || cfg.Opener == nil || cfg.Rates == nil || cfg.Registry == nil {
		return nil, errors.New("bot: a required field of Config is missing")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Timing = cfg.Timing.Filled()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	b := &Bot{
		cfg: cfg, log: cfg.Logger, metrics: newMetrics(cfg.Registry), reports: make(chan report, 256),
		openings: openings{of: make(map[string]*opening), begun: make(chan struct{}, openWorkers)}, groups: make(chan struct{}, 1),
		refreshes: refreshes{of: make(map[string]*refresh)}, insides: insides{of: make(map[string]*insideList)},
	}
	b.files = make(chan struct{}, filesAtOnce)
	b.steps, b.homes = b.newSteps(), newHomes(b)
	b.slack = &poster{api: cfg.Slack, store: cfg.Store, endpoint: cfg.APIURL, canFind: cfg.CanReadHistory, timing: cfg.Timing}
	id, _ := cfg.Store.Database()
	var err error
	if b.database, err = uuid.Parse(id); err != nil {
		return nil, fmt.Errorf("the database's id %q: %w", id, err)
	}
	if b.reply, err = newReplier(cfg.APIURL, cfg.HTTP); err != nil {
		return nil, err
	}
	b.service, err = moderation.New(moderation.Config{
		Store: cfg.Store, Vendor: cfg.Vendor, Authorizer: b, App: cfg.SDKAppID, Rates: cfg.Rates, SendReason: cfg.SendReason,
		AuditChannel: cfg.AuditChannel, Timing: cfg.Timing, Now: cfg.Now, Logger: cfg.Logger, Metrics: b.metrics,
	})
	if err != nil {
		return nil, err
	}
	if b.workers, err = b.newWorkers(); err != nil {
		return nil, err
	}
	b.outbox = b.newOutbox()
	if b.socket, err = socket.New(ctx, socket.Config{
		Opener: cfg.Opener, Handler: b.receive, Connections: cfg.Connections, Budget: cfg.Budget, Logger: cfg.Logger, Hooks: b.hooks(),
		DrainTimeout: drainSockets,
	}); err != nil {
		return nil, err
	}
	return b, cfg.Registry.Register(newBacklogCollector(cfg.Store, b.socket.Live))
}

// A stop fits into Docker's ten seconds: acknowledgements first, then running
// work. What Slack has not answered by stopAfter is looked up at the next
// start.
const (
	drainSockets = 4 * time.Second
	drainJobs    = 3500 * time.Millisecond
	stopAfter    = 8 * time.Second
)

// workersByQueue returns the number of jobs of each queue that run at once.
// Bulk work gets half as many as single actions. Most workers wait, for a
// turn or an answer: where an answer takes 0.1 s, 24 make 240 calls a second.
func workersByQueue() map[moderation.Queue]int {
	return map[moderation.Queue]int{
		moderation.QueueCommand: 16, moderation.QueueCall: 48, moderation.QueueBulk: 24,
		moderation.QueueLift: 48, moderation.QueueRead: 12, moderation.QueueAnswer: 8, moderation.QueueTimer: 8,
	}
}

func (b *Bot) newWorkers() (*moderation.Workers, error) {
	handlers := b.service.Handlers()
	handlers[jobCommand] = b.command
	handlers[jobPress] = b.press
	handlers[jobSubmit] = b.submit
	handlers[jobMessage] = b.message
	handlers[jobForm] = b.form
	handlers[jobQuote] = b.quote
	handlers[jobFile] = b.peopleFile
	handlers[moderation.JobAnswer] = b.sendPrivateAnswer
	handlers[moderation.JobDigest] = b.postDigest
	handlers[jobSuspended] = b.notifySuspended
	handlers[moderation.JobRemindReports] = b.remindOfReports
	b.metrics.exportZeros(slices.Collect(maps.Keys(handlers)))
	return moderation.NewWorkers(moderation.WorkersConfig{
		Store: b.cfg.Store, Handlers: handlers, Sizes: workersByQueue(), Logger: b.cfg.Logger, Drain: drainJobs, Trace: b.traceJob,
		Panicked: func(k moderation.JobKind) { b.metrics.panics.WithLabelValues(string(k)).Inc() },
	})
}

func (b *Bot) newOutbox() *outbox {
	return &outbox{
		store: b.cfg.Store, slack: b.slack, speaker: b.cfg.Speaker, people: b.cfg.People, log: b.log, metrics: b.metrics,
		now: b.cfg.Now, audit: b.cfg.AuditChannel, fallback: b.cfg.CaseChannel, database: b.database, link: b.permalink, trace: b.tracePosts, report: b.reportView, named: b.named,
		noTables: &b.noTables,
		busy:     make(map[string]bool), next: make(map[string]time.Time),
	}
}

// hooks turns socket events into metrics, and undecodable deliveries into
// notices.
func (b *Bot) hooks() socket.Hooks {
	return socket.Hooks{
		OnAcked: func(_ string, d time.Duration) { b.metrics.acks.Observe(d.Seconds()) },
		OnAckLost: func(id string, err error) {
			b.metrics.lost.Inc()
			b.log.Warn("acknowledgement not written", "envelope", id, "err", err)
		},
		OnOpen: func(string) { b.metrics.opens.Inc() },
		OnDisconnect: func(reason string) {
			b.metrics.disconnects.WithLabelValues(reason).Inc()
		},
		OnGhosts: func(int) { b.metrics.ghosts.Inc() },
		OnUndecodable: func(id string, err error, size int) {
			select {
			case b.reports <- report{id, err, size}:
			default: // with hundreds at once, each is counted and logged but gets no entry
				b.metrics.undecodable.Inc()
				b.log.Error("delivery cannot be decoded", "envelope", id, "size", size, "err", err)
			}
		},
		OnPanic: func(_, kind string) { b.metrics.panics.WithLabelValues(kind).Inc() },
	}
}

// Ready reports whether at least one socket is open, or other processes have
// all that the app may keep and this one waits to replace them.
func (b *Bot) Ready() bool { return b.socket.Live() > 0 || b.socket.Standby() }

// Run works until ctx ends, then drains: no more deliveries, acks, running
// jobs, close frames. A *socket.FatalError ends it at once.
func (b *Bot) Run(ctx context.Context) error {
	if err := b.start(ctx); err != nil {
		return err
	}
	// Deliveries stop first; what they have brought in is worked on meanwhile.
	intake, stopIntake := context.WithCancel(ctx)
	defer stopIntake()
	rest, stopRest := context.WithCancel(context.WithoutCancel(ctx))
	defer stopRest()
	posting, stopPosting := context.WithCancel(context.WithoutCancel(ctx))
	defer stopPosting()
	defer context.AfterFunc(ctx, func() {
		select {
		case <-time.After(stopAfter):
			stopPosting()
		case <-posting.Done():
		}
	})()
	var g errgroup.Group
	g.Go(func() error {
		defer stopRest()
		defer close(b.reports) // no hook is called any more
		err := b.socket.Run(intake)
		return errors.Join(err, b.modals.Wait())
	})
	g.Go(func() error { return b.workers.Run(rest) })
	g.Go(func() error { return b.outbox.run(rest, posting) })
	g.Go(func() error { b.seal(rest); return nil })
	g.Go(func() error { b.writeReports(rest); return nil })
	g.Go(func() error { b.watchGroups(rest); return nil })
	g.Go(func() error { b.homes.run(rest); return nil })
	err := g.Wait()
	b.undecodableCounted(context.WithoutCancel(ctx), b.odd.flush(b.cfg.Now(), true))
	// Seal the entries that were written until now; no writer is left.
	_, unsealed := b.cfg.Store.Seal(context.WithoutCancel(ctx))
	return errors.Join(err, unsealed)
}

// writeReports writes down what the sockets could not understand, all of it,
// until they have ended.
func (b *Bot) writeReports(ctx context.Context) {
	for r := range b.reports {
		b.undecodable(context.WithoutCancel(ctx), r.id, r.err, r.size)
	}
}

// start does what must come before anything runs: it compares the log with
// the head in the audit channel, and announces a new, empty database and a
// changed policy. The announcement says to a reader of an empty log whether it
// was always empty.
func (b *Bot) start(ctx context.Context) error {
	if err := b.checkPublishedHead(ctx); err != nil {
		return err
	}
	b.cacheSuspended(ctx)
	b.triggerGroupCheck()
	if err := b.startFresh(ctx); err != nil {
		return err
	}
	b.policyMu.Lock()
	defer b.policyMu.Unlock()
	return b.applyPolicy(ctx, b.cfg.Policy())
}

// startFresh announces an empty database, which only the first of several
// processes finds.
func (b *Bot) startFresh(ctx context.Context) error {
	id, fresh := b.cfg.Store.Database()
	if !fresh {
		return nil
	}
	body := moderation.Body{Actor: &moderation.Actor{Kind: moderation.ActorSystem}, Database: id,
		Policy: b.cfg.Policy().Hash(), Origin: &moderation.Origin{Bot: b.cfg.Version}}
	now := b.cfg.Now()
	return b.cfg.Store.AppendFirst(ctx, moderation.Change{
		Entries: []moderation.NewEntry{{Kind: moderation.EntryStart, Body: body}},
		Lines: []moderation.Line{{
			Key: "start:" + id, Channel: b.cfg.AuditChannel, Due: now, Kind: moderation.EntryStart, Body: body.JSON(), Count: 1,
		}},
	})
}

// sealEvery keeps the chain less than a second behind.
const sealEvery = 500 * time.Millisecond

// seal chains new entries until ctx ends. Run does so once more afterwards.
func (b *Bot) seal(ctx context.Context) {
	tick := time.NewTicker(sealEvery)
	defer tick.Stop()
	for {
		if _, err := b.cfg.Store.Seal(context.WithoutCancel(ctx)); err != nil {
			b.log.Error("entries not sealed", "err", err)
		}
		b.undecodableCounted(context.WithoutCancel(ctx), b.odd.flush(b.cfg.Now(), false))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// permalink returns the link of a message in Slack's format; empty for a
// message that is not posted.
func (b *Bot) permalink(p moderation.Posted) string {
	if p.TS == "" || b.cfg.WorkspaceURL == "" {
		return ""
	}
	return strings.TrimSuffix(b.cfg.WorkspaceURL, "/") + "/archives/" + p.Channel + "/p" + strings.ReplaceAll(p.TS, ".", "")
}

// idOf reads an id that Slack writes as a string or as an object with an id.
func idOf(to *string, raw []byte) error {
	var s string
	if err := json.Unmarshal(raw, &s); err == nil {
		*to = s
		return nil
	}
	var o idOnly
	if err := json.Unmarshal(raw, &o); err != nil {
		return err
	}
	*to = o.ID
	return nil
}

// Connected returns a channel that is closed when the first socket is open.
func (b *Bot) Connected() <-chan struct{} { return b.socket.Ready() }
