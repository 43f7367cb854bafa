package bot

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"bouncer/bot/socket"
	"bouncer/moderation"
)

// described is a registry that records the names of the registered metrics, but
// not the deprecated ones.
type described struct {
	prometheus.Registerer
	names map[string]bool
}

var (
	fqName  = regexp.MustCompile(`fqName: "([a-z_]+)"`)
	oldName = regexp.MustCompile(`help: "Deprecated, use `)
)

func (d described) MustRegister(all ...prometheus.Collector) {
	for _, c := range all {
		ch := make(chan *prometheus.Desc, 100)
		c.Describe(ch)
		close(ch)
		for desc := range ch {
			if text := desc.String(); !oldName.MatchString(text) {
				d.names[fqName.FindStringSubmatch(text)[1]] = true
			}
		}
	}
}

// exported returns the names of the metrics that the bot exports, without
// deprecated ones.
func exported(t *testing.T) map[string]bool {
	t.Helper()
	have := described{names: map[string]bool{}}
	newMetrics(have)
	have.MustRegister(newBacklogCollector(nil, nil))
	require.Greater(t, len(have.names), 20)
	return have.names
}

var metricName = regexp.MustCompile(`\bbouncer_[a-z_]+[a-z]`)

// The tables of docs/monitoring.md list exactly the metrics that the bot exports.
func TestMonitoringListsEveryMetric(t *testing.T) {
	page, err := os.ReadFile("../docs/monitoring.md")
	require.NoError(t, err)
	listed := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(bouncer_[a-z_]+)` \\| (counter|gauge|histogram) \\| .+ \\|$").FindAllStringSubmatch(string(page), -1) {
		require.False(t, listed[row[1]], "%s is listed twice", row[1])
		listed[row[1]] = true
	}
	require.Equal(t, exported(t), listed)
}

// The metrics that alert rules, their tests, the dashboard and the pages use
// exist, not only under an old name.
func TestRulesAndDashboardUseMetricsThatExist(t *testing.T) {
	have := exported(t)
	for _, file := range []string{"docs/alerts.yaml", "docs/alerts_test.yaml", "docs/grafana.json", "docs/monitoring.md", "docs/operation.md", "README.md"} {
		text, err := os.ReadFile("../" + file)
		require.NoError(t, err)
		names := metricName.FindAllString(string(text), -1)
		if strings.HasPrefix(file, "docs/alerts") || strings.HasSuffix(file, ".json") {
			require.NotEmpty(t, names, file)
		}
		for _, name := range names {
			require.True(t, have[name] || have[strings.TrimSuffix(name, "_bucket")], "%s uses %s, which is not exported", file, name)
		}
	}
}

// A series that begins with its first event would hide that event from an
// alert on an increase.
func TestSeriesBeginAtZero(t *testing.T) {
	reg := prometheus.NewRegistry()
	newMetrics(reg).exportZeros([]moderation.JobKind{moderation.JobChunk, jobCommand})
	reg.MustRegister(newBacklogCollector(latePosts{}, func() int { return 0 }))
	families, err := reg.Gather()
	require.NoError(t, err)
	labels := map[string][]string{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if len(m.GetLabel()) > 0 {
				require.Zero(t, m.GetCounter().GetValue()+m.GetGauge().GetValue())
				labels[f.GetName()] = append(labels[f.GetName()], m.GetLabel()[0].GetValue())
			}
		}
	}
	queues := []string{"command", "call", "bulk", "lift", "read", "answer", "timer"}
	for name, want := range map[string][]string{
		"panics_total":            {"chunk", string(jobCommand), "outbox", "slash_commands", "interactive", "events_api"},
		"post_faults_total":       {"card", "thread", "line", "report", "csv", "shape", "modal"},
		"slack_disconnects_total": socket.EndReasons(),
		"jobs_due":                queues,
		"jobs_oldest_seconds":     queues,
	} {
		require.ElementsMatch(t, want, labels["bouncer_"+name], name)
	}
}

// A renamed metric has the same value under its old name, whose help names the
// new one.
func TestRenamedMetricsKeepTheirOldNames(t *testing.T) {
	reg := prometheus.NewRegistry()
	m := newMetrics(reg)
	for i, c := range []prometheus.Counter{m.notStored, m.withheld, m.badReplyURL, m.answersLost, m.eventsDelayed} {
		c.Add(float64(i + 1))
	}
	reg.MustRegister(newBacklogCollector(latePosts{}, func() int { return 0 }))
	families, err := reg.Gather()
	require.NoError(t, err)
	value, help := map[string]float64{}, map[string]string{}
	for _, f := range families {
		if m := f.GetMetric()[0]; len(m.GetLabel()) == 0 {
			value[f.GetName()] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
			help[f.GetName()] = f.GetHelp()
		}
	}
	for old, now := range map[string]struct {
		name  string
		value float64
	}{
		"not_kept_total":           {"deliveries_not_stored_total", 1},
		"withheld_total":           {"posts_withheld_total", 2},
		"foreign_reply_urls_total": {"rejected_reply_urls_total", 3},
		"answers_given_up_total":   {"answers_abandoned_total", 4},
		"slack_events_held_total":  {"slack_events_delayed_total", 5},
		"posts_behind_seconds":     {"posts_oldest_seconds", 7},
	} {
		require.Equal(t, now.value, value["bouncer_"+now.name], now.name)
		require.Equal(t, now.value, value["bouncer_"+old], old)
		require.Equal(t, "Deprecated, use bouncer_"+now.name+".", help["bouncer_"+old])
	}
}

// latePosts is a store whose oldest due message has waited 7 s.
type latePosts struct{}

func (latePosts) Backlog(context.Context) (moderation.Backlog, error) {
	return moderation.Backlog{OldestPost: 7 * time.Second}, nil
}
