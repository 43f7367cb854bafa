package script

import (
	"fmt"
	"net/http"
	"time"

	"bouncer/sandbox"
)

// report sends a report as the customer's backend.
func (r *runner) report(g given) error {
	r.begin()
	status, answer, err := r.world.SendReport(r.ctx, sandbox.Report{
		ID: fmt.Sprintf("script-%d", time.Now().UnixNano()), Reporter: "kim", Target: g.args[0], Room: string(g.kind) + ":" + g.room,
		Reason: g.args[1], Text: g.args[2],
	})
	if err == nil && status != http.StatusAccepted {
		err = fmt.Errorf("the report was answered with %d: %s", status, answer)
	}
	return err
}
