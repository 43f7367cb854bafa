package bot

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"bouncer/bot/socket"
	"bouncer/moderation"
)

// metrics are the counters and histograms of the bot. Names begin with bouncer_.
type metrics struct {
	refusals, posted, postFaults, calls, cases, done, disconnects, panics, reports *prometheus.CounterVec
	undecodable, notStored, badReplyURL, answersLost, withheld, moved              prometheus.Counter
	opens, ghosts, lost, eventsDelayed                                             prometheus.Counter
	acks, took, lifts                                                              prometheus.Histogram
}

func newMetrics(reg prometheus.Registerer) *metrics {
	count := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: "bouncer_" + name, Help: help})
		reg.MustRegister(c)
		return c
	}
	// renamed also exports the counter under the name that it had before.
	renamed := func(old, name, help string) prometheus.Counter {
		c := count(name, help)
		read := func() float64 {
			var m dto.Metric
			_ = c.Write(&m) // a counter's Write returns no error
			return m.GetCounter().GetValue()
		}
		reg.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "bouncer_" + old, Help: deprecated(name)}, read))
		return c
	}
	vec := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "bouncer_" + name, Help: help}, labels)
		reg.MustRegister(c)
		return c
	}
	seconds := func(name, help string, buckets ...float64) prometheus.Histogram {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "bouncer_" + name, Help: help, Buckets: buckets})
		reg.MustRegister(h)
		return h
	}
	return &metrics{
		refusals:      vec("refusals_total", "Refused commands and clicks, by code.", "code"),
		posted:        vec("posts_total", "Messages that Slack accepted, by kind.", "kind"),
		postFaults:    vec("post_faults_total", "Failed attempts to post, by kind.", "kind"),
		calls:         vec("vendor_calls_total", "Calls to Tencent, by API and class of answer.", "api", "class"),
		cases:         vec("cases_total", "Cases opened, by verb.", "verb"),
		done:          vec("chunks_total", "Chunks of cases that got their outcome, by API and outcome.", "api", "outcome"),
		disconnects:   vec("slack_disconnects_total", "Socket Mode connections that ended, by reason.", "reason"),
		panics:        vec("panics_total", "Handlers that panicked, by kind of job.", "kind"),
		reports:       vec("reports_total", "Reports that were sent to INTAKE_ADDR, by result.", "result"),
		undecodable:   count("undecodable_total", "Deliveries that could not be decoded."),
		notStored:     renamed("not_kept_total", "deliveries_not_stored_total", "Deliveries that could not be stored. Their authors got an error."),
		badReplyURL:   renamed("foreign_reply_urls_total", "rejected_reply_urls_total", "Response URLs on hosts that are never called."),
		answersLost:   renamed("answers_given_up_total", "answers_abandoned_total", "Private answers that could not be delivered."),
		withheld:      renamed("withheld_total", "posts_withheld_total", "Times that posting was withheld from a channel that external people can read."),
		moved:         count("cards_moved_total", "Cards posted in the case channel because their own channel could not be used."),
		opens:         count("slack_connections_opened_total", "Calls of apps.connections.open."),
		ghosts:        count("slack_ghost_connections_total", "Times that Slack counted more connections than this process has open."),
		eventsDelayed: renamed("slack_events_held_total", "slack_events_delayed_total", "Times that Slack reported delayed events (app_rate_limited)."),
		lost:          count("slack_acks_lost_total", "Acknowledgements that could not be written."),
		acks:          seconds("ack_seconds", "Seconds from a delivery's arrival to its acknowledgement.", .0005, .001, .002, .005, .01, .05, .1, .5, 1, 3),
		took:          seconds("vendor_seconds", "Seconds that a call to Tencent took.", .01, .05, .1, .2, .5, 1, 3, 8),
		lifts:         seconds("lift_late_seconds", "Seconds that a timed action ended late.", 0.5, 1, 2, 5, 30, 300, 3600),
	}
}

// exportZeros creates the series of each known label, so that an alert on an
// increase also sees the first event. Of panics, these are the kinds of jobs
// and of deliveries.
func (m *metrics) exportZeros(jobs []moderation.JobKind) {
	for _, kind := range jobs {
		m.panics.WithLabelValues(string(kind))
	}
	for _, kind := range []string{panicOutbox, envelopeCommand, envelopeInteractive, envelopeEvent} {
		m.panics.WithLabelValues(kind)
	}
	for _, kind := range []string{string(moderation.PostCard), string(moderation.PostThread), string(moderation.PostLine), string(moderation.PostReport), faultCSV, faultForm, faultModal} {
		m.postFaults.WithLabelValues(kind)
	}
	for _, reason := range socket.EndReasons() {
		m.disconnects.WithLabelValues(reason)
	}
}

// Labels of panics and post faults that are no kind of a job or post.
const (
	panicOutbox = "outbox"
	faultCSV    = "csv"
	faultForm   = "shape" // Slack refused a message's form
	faultModal  = "modal"
)

// deprecated returns the help text of a renamed metric. The old name is
// exported for one release.
func deprecated(name string) string { return "Deprecated, use bouncer_" + name + "." }

// CaseOpened implements moderation.Metrics.
func (m *metrics) CaseOpened(v moderation.Verb) { m.cases.WithLabelValues(string(v)).Inc() }

// TargetsDone implements moderation.Metrics.
func (m *metrics) TargetsDone(api string, o moderation.Outcome) {
	m.done.WithLabelValues(api, string(o)).Inc()
}

// Called implements moderation.Metrics.
func (m *metrics) Called(api string, class moderation.VendorClass, took time.Duration) {
	m.calls.WithLabelValues(api, string(class)).Inc()
	m.took.Observe(took.Seconds())
}

// Lifted implements moderation.Metrics.
func (m *metrics) Lifted(late time.Duration) { m.lifts.Observe(max(0, late.Seconds())) }

// backlogCollector reads the backlogs of the store at each scrape.
type backlogCollector struct {
	store                                                                      backlogs
	live                                                                       func() int
	jobs, oldest, posts, oldestPost, behind, lifts, overdue, unsealed, sockets *prometheus.Desc
}

func newBacklogCollector(store backlogs, live func() int) *backlogCollector {
	d := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("bouncer_"+name, help, labels, nil)
	}
	return &backlogCollector{
		store: store, live: live,
		jobs:       d("jobs_due", "Jobs that are due, by queue.", "queue"),
		oldest:     d("jobs_oldest_seconds", "Seconds that the oldest due job has waited, by queue.", "queue"),
		posts:      d("posts_due", "Messages that are due in Slack."),
		oldestPost: d("posts_oldest_seconds", "Seconds that the oldest due message has waited."),
		behind:     d("posts_behind_seconds", deprecated("posts_oldest_seconds")),
		lifts:      d("lifts_pending", "Timed actions that Bouncer still has to end."),
		overdue:    d("lifts_overdue", "Timed actions that are past their end and still in force."),
		unsealed:   d("entries_unsealed", "Audit entries that are not yet in the log chain."),
		sockets:    d("slack_connections", "Open Socket Mode connections."),
	}
}

// Describe implements prometheus.Collector.
func (c *backlogCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.jobs, c.oldest, c.posts, c.oldestPost, c.behind, c.lifts, c.overdue, c.unsealed, c.sockets} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *backlogCollector) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(c.sockets, float64(c.live()))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	b, err := c.store.Backlog(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(c.jobs, err)
		return
	}
	for _, q := range moderation.Queues() { // an idle queue too: b has no entry for it
		gauge(c.jobs, float64(b.Jobs[q]), string(q))
		gauge(c.oldest, b.Oldest[q].Seconds(), string(q))
	}
	gauge(c.posts, float64(b.Posts))
	gauge(c.oldestPost, b.OldestPost.Seconds())
	gauge(c.behind, b.OldestPost.Seconds())
	gauge(c.lifts, float64(b.Lifts))
	gauge(c.overdue, float64(b.Overdue))
	gauge(c.unsealed, float64(b.Unsealed))
}
