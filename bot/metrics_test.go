package bot

import (
	"os"
	"regexp"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

// described is a registry that keeps the names of what is registered.
type described struct {
	prometheus.Registerer
	names map[string]bool
}

var fqName = regexp.MustCompile(`fqName: "([a-z_]+)"`)

func (d described) MustRegister(all ...prometheus.Collector) {
	for _, c := range all {
		ch := make(chan *prometheus.Desc, 100)
		c.Describe(ch)
		close(ch)
		for desc := range ch {
			d.names[fqName.FindStringSubmatch(desc.String())[1]] = true
		}
	}
}

// The operator's page tells each metric that the bot has, and no other.
func TestOperationTellsEveryMetric(t *testing.T) {
	page, err := os.ReadFile("../docs/operation.md")
	require.NoError(t, err)
	have := described{names: map[string]bool{}}
	newMetrics(have)
	have.MustRegister(newBacklogCollector(nil, nil))
	require.Greater(t, len(have.names), 20)
	told := map[string]bool{}
	for _, name := range regexp.MustCompile(`\bbouncer_[a-z_]+[a-z]`).FindAllString(string(page), -1) {
		told[name] = true
	}
	require.Equal(t, have.names, told)
}
