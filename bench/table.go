package main

import (
	"fmt"
	"strings"
	"time"
)

// table returns the results in Markdown, a column for each program.
func table(programs []program, results []result, outages bool) string {
	var b strings.Builder
	row := func(name string, cell func(r result) string) {
		b.WriteString("| " + name)
		for _, r := range results {
			b.WriteString(" | " + cell(r))
		}
		b.WriteString(" |\n")
	}
	b.WriteString("| ")
	for _, p := range programs {
		b.WriteString(" | " + p.name)
	}
	b.WriteString(" |\n|---" + strings.Repeat("|---", len(programs)) + "|\n")
	for _, rate := range rates {
		row(fmt.Sprintf("ack at %d/s, p50 / p99", rate), func(r result) string { return ms(r.p50[rate]) + " / " + ms(r.p99[rate]) + " ms" })
	}
	row("burst, acks a second", func(r result) string { return fmt.Sprintf("%.0f", r.burst) })
	row("memory, idle / after the burst", func(r result) string { return fmt.Sprintf("%.1f / %.1f MB", r.idle, r.peak) })
	row("CPU a command", func(r result) string { return ms(r.cpu) + " ms" })
	row("start to first connection", func(r result) string { return ms(r.start) + " ms" })
	row("commands without an ack, no fault", func(r result) string { return fmt.Sprint(r.unacked) })
	for _, f := range faults {
		if !outages {
			break
		}
		row("all connections: "+f.name+"; without acks", func(r result) string { return fmt.Sprintf("%.2f s", r.without[f.name].Seconds()) })
		row("… commands lost / Slack had no connection", func(r result) string { return fmt.Sprintf("%d / %d", r.lost[f.name], r.refused[f.name]) })
	}
	return b.String()
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d.Microseconds())/1000) }
