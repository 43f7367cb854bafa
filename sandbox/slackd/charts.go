package slackd

import (
	"encoding/json"
	"strconv"
)

// maxCharts is how many charts a message may hold.
const maxCharts = 2

// chartRow is the data_visualization block, by the limits that slack-go
// v0.36.0 repeats from its page.
func chartRow() blockRow {
	r := blockRow{surfaceMessage, shape{
		fields: map[string]rule{
			"type": str(1, 50), "block_id": id, "title": str(1, 50),
			"chart": typed(" as a chart", func(k *kit) map[string]shape { return k.charts }),
		},
		required: []string{"title", "chart"},
	}}
	r.also = func(c *checker, _ string, o object) {
		c.charts++
		c.read(o["title"])
	}
	return r
}

func chartShapes() map[string]shape {
	kind, label := str(1, 50), str(1, 20)
	segment := objectOf(map[string]rule{"label": label, "value": positive}, "label", "value")
	point := objectOf(map[string]rule{"label": label, "value": anyNumber}, "label", "value")
	series := objectOf(map[string]rule{"name": label, "data": list(1, 20, point)}, "name", "data")
	axis := objectOf(map[string]rule{"categories": list(1, 20, label), "x_label": str(1, 50), "y_label": str(1, 50)}, "categories")
	plotted := shape{
		fields:   map[string]rule{"type": kind, "series": list(1, 6, series), "axis_config": axis},
		required: []string{"series", "axis_config"}, also: everyCategory,
	}
	pie := shape{fields: map[string]rule{"type": kind, "segments": list(1, 6, segment)}, required: []string{"segments"}}
	return map[string]shape{"pie": pie, "bar": plotted, "area": plotted, "line": plotted}
}

func objectOf(fields map[string]rule, required ...string) rule {
	return func(c *checker, at string, v any) { shape{fields: fields, required: required}.check(c, at, v) }
}

func anyNumber(c *checker, at string, v any) {
	if _, ok := v.(json.Number); !ok {
		c.say(at, "must be a number")
	}
}

func positive(c *checker, at string, v any) {
	n, _ := v.(json.Number)
	if f, err := n.Float64(); err != nil || f <= 0 {
		c.say(at, "must be more than 0")
	}
}

// everyCategory: series have names of their own, and one point for each
// category, of which none stands twice.
func everyCategory(c *checker, at string, o object) {
	axis, _ := o["axis_config"].(object)
	categories, twice := names(axis["categories"], "")
	if twice {
		c.say(at+"/axis_config/categories", "must be unique")
	}
	if _, twice = names(o["series"], "name"); twice {
		c.say(at+"/series", "names must be unique")
	}
	all, _ := o["series"].([]any)
	for i, x := range all {
		one, _ := x.(object)
		labels, twice := names(one["data"], "label")
		same := !twice && len(labels) == len(categories)
		for l := range labels {
			same = same && categories[l]
		}
		if !same {
			c.say(at+"/series/"+strconv.Itoa(i)+"/data", "must hold exactly one point for each category")
		}
	}
}

// names gathers strings of a list, or those under a key of its objects, and
// says whether one stands there twice.
func names(v any, key string) (set map[string]bool, twice bool) {
	set = map[string]bool{}
	items, _ := v.([]any)
	for _, x := range items {
		if o, ok := x.(object); ok {
			x = o[key]
		}
		s, _ := x.(string)
		twice = twice || set[s]
		set[s] = true
	}
	return set, twice
}
