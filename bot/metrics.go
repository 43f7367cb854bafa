package bot

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"bouncer/moderation"
)

// metrics are what an operator watches. Names begin with bouncer_.
type metrics struct {
	refusals, posted, postFaults, calls, cases, done, disconnects, panics *prometheus.CounterVec
	undecodable, notKept, badReplyURL, answersLost, withheld, moved       prometheus.Counter
	opens, ghosts, lost, held                                             prometheus.Counter
	acks, took, lifts                                                     prometheus.Histogram
}

func newMetrics(reg prometheus.Registerer) *metrics {
	count := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: "bouncer_" + name, Help: help})
		reg.MustRegister(c)
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
		refusals:    vec("refusals_total", "Refused commands and clicks by code.", "code"),
		posted:      vec("posts_total", "Messages that Slack took, by kind.", "kind"),
		postFaults:  vec("post_faults_total", "Tries to post that failed, by kind.", "kind"),
		calls:       vec("vendor_calls_total", "Calls to the vendor by API and class of answer.", "api", "class"),
		cases:       vec("cases_total", "Cases opened, by verb.", "verb"),
		done:        vec("chunks_total", "Chunks of cases that got their outcome, by API.", "api", "outcome"),
		disconnects: vec("slack_disconnects_total", "Socket Mode connections that ended, by reason.", "reason"),
		panics:      vec("panics_total", "Handlers that panicked, by kind of job.", "kind"),
		undecodable: count("undecodable_total", "Deliveries that nobody understood."),
		notKept:     count("not_kept_total", "Deliveries that could not be stored; their senders were told."),
		badReplyURL: count("foreign_reply_urls_total", "Response URLs on hosts that are never called."),
		answersLost: count("answers_given_up_total", "Private answers that could not be delivered."),
		withheld:    count("withheld_total", "Times that posting was held back from a channel with outsiders."),
		moved:       count("cards_moved_total", "Cards that went to the case channel instead."),
		opens:       count("slack_connections_opened_total", "Calls of apps.connections.open."),
		ghosts:      count("slack_ghost_connections_total", "Times that Slack counted more connections than we hold."),
		held:        count("slack_events_held_total", "Times that Slack said that it holds events back (app_rate_limited)."),
		lost:        count("slack_acks_lost_total", "Acks that could not be written."),
		acks:        seconds("ack_seconds", "From a delivery's arrival to its ack.", .0005, .001, .002, .005, .01, .05, .1, .5, 1, 3),
		took:        seconds("vendor_seconds", "How long a call to the vendor took.", .01, .05, .1, .2, .5, 1, 3, 8),
		lifts:       seconds("lift_late_seconds", "How late a timed action ended.", 0.5, 1, 2, 5, 30, 300, 3600),
	}
}

// CaseOpened implements moderation.Meter.
func (m *metrics) CaseOpened(v moderation.Verb) { m.cases.WithLabelValues(string(v)).Inc() }

// TargetsDone implements moderation.Meter.
func (m *metrics) TargetsDone(api string, o moderation.Outcome) {
	m.done.WithLabelValues(api, string(o)).Inc()
}

// Called implements moderation.Meter.
func (m *metrics) Called(api string, class moderation.VendorClass, took time.Duration) {
	m.calls.WithLabelValues(api, string(class)).Inc()
	m.took.Observe(took.Seconds())
}

// Lifted implements moderation.Meter.
func (m *metrics) Lifted(late time.Duration) { m.lifts.Observe(max(0, late.Seconds())) }

// backlogCollector reads what waits at each scrape.
type backlogCollector struct {
	store                                                          backlogs
	live                                                           func() int
	jobs, oldest, posts, behind, lifts, overdue, unsealed, sockets *prometheus.Desc
}

func newBacklogCollector(store backlogs, live func() int) *backlogCollector {
	d := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("bouncer_"+name, help, labels, nil)
	}
	return &backlogCollector{
		store: store, live: live,
		jobs:     d("jobs_due", "Jobs that are due, by queue.", "queue"),
		oldest:   d("jobs_oldest_seconds", "How long the oldest due job waits, by queue.", "queue"),
		posts:    d("posts_due", "Messages that are due in Slack."),
		behind:   d("posts_behind_seconds", "How long the oldest due message waits."),
		lifts:    d("lifts_pending", "Timed actions that the bot still has to end."),
		overdue:  d("lifts_overdue", "Timed actions whose end has passed and that still stand."),
		unsealed: d("entries_unsealed", "Entries that are not yet in the chain."),
		sockets:  d("slack_connections", "Socket Mode connections that stand."),
	}
}

// Describe implements prometheus.Collector.
func (c *backlogCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.jobs, c.oldest, c.posts, c.behind, c.lifts, c.overdue, c.unsealed, c.sockets} {
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
	for q, n := range b.Jobs {
		gauge(c.jobs, float64(n), string(q))
	}
	for q, d := range b.Oldest {
		gauge(c.oldest, d.Seconds(), string(q))
	}
	gauge(c.posts, float64(b.Posts))
	gauge(c.behind, b.Behind.Seconds())
	gauge(c.lifts, float64(b.Lifts))
	gauge(c.overdue, float64(b.Overdue))
	gauge(c.unsealed, float64(b.Unsealed))
}
