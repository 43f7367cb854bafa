package bot

import (
	"log/slog"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"bouncer/bot/say"
)

// inAnyForm sends a message, and again where Slack refuses its form: with columns of text in place of
// a table, which a workspace may not have, and at last without blocks. The text has everything
// important. noTables remembers that the workspace has no tables.
func inAnyForm(m say.Message, noTables *atomic.Bool, faults prometheus.Counter, log *slog.Logger, send func(say.Message) error) error {
	table := m.Plain != nil
	if table && noTables.Load() {
		m.Blocks, table = m.Plain, false
	}
	err := send(m)
	if !refusedForm(err) {
		return err
	}
	faults.Inc()
	if table {
		log.Warn("Slack refuses a table, lists are sent as columns of text from now on", "err", err)
		if err = send(say.Message{Text: m.Text, Blocks: m.Plain}); !refusedForm(err) {
			noTables.Store(true)
			return err
		}
	}
	log.Error("Slack refuses the form of a message, sending plain text", "err", err)
	return send(say.Message{Text: m.Text})
}

func refusedForm(err error) bool {
	f, _ := faultOf(err)
	return err != nil && f == faultShape
}
