package slackd

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

// chart is a bar chart with fields replaced.
func chart(more m) m {
	c := m{
		"type": "bar", "axis_config": m{"categories": l{"Mon", "Tue"}},
		"series": l{m{"name": "ban", "data": l{m{"label": "Mon", "value": 1}, m{"label": "Tue", "value": -2.5}}}},
	}
	for k, v := range more {
		c[k] = v
	}
	return m{"type": "data_visualization", "title": "Cases by day", "chart": c}
}

func series(name string) m {
	return m{"name": name, "data": l{m{"label": "Mon", "value": 1}, m{"label": "Tue", "value": 2}}}
}

func TestCharts(t *testing.T) {
	x := strings.Repeat
	s := start(t, Config{Limits: free})
	slices := func(n int) []any {
		return repeat(n, func(i int) any { return m{"label": fmt.Sprint(i), "value": i + 1} })
	}
	pie := func(segments []any) m {
		return chart(m{"type": "pie", "segments": segments, "series": nil, "axis_config": nil})
	}
	drop := func(c m, keys ...string) m {
		for _, k := range keys {
			delete(c["chart"].(m), k)
		}
		return c
	}
	for _, tc := range []struct {
		name   string
		blocks l
		want   string
	}{
		{"bar", l{chart(nil)}, ""},
		{"line", l{chart(m{"type": "line"})}, ""},
		{"area", l{chart(m{"type": "area"})}, ""},
		{"pie", l{drop(pie(slices(6)), "series", "axis_config")}, ""},
		{"pie of 7", l{drop(pie(slices(7)), "series", "axis_config")}, "no more than 6 items"},
		{"pie of nothing", l{drop(pie(l{m{"label": "a", "value": 0}}), "series", "axis_config")}, "must be more than 0"},
		{"pie with axes", l{drop(pie(slices(2)), "series")}, "invalid additional property: axis_config"},
		{"unknown", l{chart(m{"type": "radar"})}, "unsupported type: radar [json-pointer:/blocks/0/chart/type]"},
		{"title 51", l{set(chart(nil), "title", x("t", 51))}, "must be less than 51"},
		{"title as an object", l{set(chart(nil), "title", plainText("t"))}, "must be a string"},
		{"no axes", l{drop(chart(nil), "axis_config")}, "missing required field: axis_config"},
		{"six series", l{chart(m{"series": repeat(6, func(i int) any { return series(fmt.Sprint(i)) })})}, ""},
		{"seven series", l{chart(m{"series": repeat(7, func(i int) any { return series(fmt.Sprint(i)) })})}, "no more than 6 items"},
		{"a name twice", l{chart(m{"series": l{series("a"), series("a")}})}, "names must be unique"},
		{"a category twice", l{chart(m{"axis_config": m{"categories": l{"Mon", "Mon"}}})}, "must be unique"},
		{"a category without a point", l{chart(m{"axis_config": m{"categories": l{"Mon", "Tue", "Wed"}}})}, "exactly one point for each category"},
		{"a point of no category", l{chart(m{"axis_config": m{"categories": l{"Mon", "Wed"}}})}, "exactly one point for each category"},
		{"a label of 21", l{chart(m{"axis_config": m{"categories": l{"Mon", x("x", 21)}}})}, "must be less than 21"},
		{"a value as text", l{drop(pie(l{m{"label": "a", "value": "1"}}), "series", "axis_config")}, "must be a number"},
		{"a value beyond all numbers", l{drop(pie(l{m{"label": "a", "value": json.Number("1e9999999")}}), "series", "axis_config")}, "must be more than 0"},
		{"two charts", l{chart(nil), chart(nil)}, ""},
		{"three charts", l{chart(nil), chart(nil), chart(nil)}, "no more than 2 data_visualization"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := form(t, s, "chat.postMessage", "channel", "C0LIVE", "text", "x", "blocks", j(tc.blocks))
			if tc.want == "" {
				require.Empty(t, a.err(), a.Raw)
				return
			}
			require.Equal(t, "invalid_blocks", a.err())
			require.Contains(t, a.Raw, tc.want)
		})
	}
	view := modal(m{"blocks": l{chart(nil)}})
	acking(t, s, nil)
	require.Equal(t, "invalid_arguments", call(t, s, "views.open", m{"trigger_id": triggerOf(t, s), "view": view}).err(), "messages only")
}

func TestAWorkspaceWithoutCharts(t *testing.T) {
	s := start(t, Config{Limits: free, NoCharts: true})
	a := form(t, s, "chat.postMessage", "channel", "C0LIVE", "text", "x", "blocks", j(l{chart(nil)}))
	require.Equal(t, "invalid_blocks", a.err())
	require.Contains(t, a.Raw, "unsupported type: data_visualization")
}

// The workspace accepts what slack-go sends.
func TestChartsOfSlackGo(t *testing.T) {
	s := start(t, Config{Limits: free})
	axis := slack.NewDataVisualizationAxisConfig("Mon", "Tue").WithYLabel("cases")
	bans := slack.NewDataVisualizationDataSeries("ban", slack.NewDataVisualizationDataPoint("Mon", 3), slack.NewDataVisualizationDataPoint("Tue", 0))
	block := slack.NewDataVisualizationBlock("Cases", slack.NewDataVisualizationBarChart(axis, bans))
	require.NoError(t, block.Validate())
	api := slack.New(s.BotToken(), slack.OptionAPIURL(s.URL()))
	_, _, err := api.PostMessageContext(t.Context(), "C0LIVE", slack.MsgOptionText("x", false), slack.MsgOptionBlocks(block))
	require.NoError(t, err)
}
