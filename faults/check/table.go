package check

import (
	"fmt"
	"strings"
)

// shown is how many violations of a kind are listed.
const shown = 20

// Markdown returns the report as two tables, and the first violations of each kind.
func (r *Report) Markdown() string {
	var b strings.Builder
	b.WriteString("| counted | |\n|---|---:|\n")
	for _, row := range []struct {
		what string
		n    int
	}{
		{"commands sent", r.Sent}, {"deliveries, with repeated ones", r.Deliveries}, {"acknowledged", r.Acked},
		{"answered as not taken", r.Refused}, {"not acknowledged: Slack showed a failure", r.Unacked},
		{"cases", r.Cases}, {"calls at Tencent", r.Calls}, {"log entries", r.Entries}, {"messages in channels", r.Messages},
		{"events called again after an answer was lost", r.Repeated}, {"late ends, reported", r.LateEnds}, {"targets with unknown outcome, reported", r.Unknown},
	} {
		fmt.Fprintf(&b, "| %s | %d |\n", row.what, row.n)
	}
	b.WriteString("\n| violations | |\n|---|---:|\n")
	for _, k := range Kinds() {
		fmt.Fprintf(&b, "| %s | %d |\n", k, len(r.Violations[k]))
	}
	for _, k := range Kinds() {
		list := r.Violations[k]
		for i, v := range list {
			if i == 0 {
				fmt.Fprintf(&b, "\n%s:\n", k)
			}
			if i == shown {
				fmt.Fprintf(&b, "- and %d more\n", len(list)-shown)
				break
			}
			fmt.Fprintf(&b, "- %s\n", v)
		}
	}
	return b.String()
}
