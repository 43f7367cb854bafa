package script

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"bouncer/sandbox"
)

// report sends a report as the customer's backend.
func (r *runner) report(g given) error {
	r.begin()
	return r.sendReport(g, g.args[0])
}

// flood sends reports of made-up people, as fast as they are answered.
func (r *runner) flood(g given) error {
	n, err := strconv.Atoi(g.args[0])
	if err != nil {
		return err
	}
	r.begin()
	for i := range n {
		if err := r.sendReport(g, fmt.Sprint("person", i+1)); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) sendReport(g given, target string) error {
	status, answer, err := r.world.SendReport(r.ctx, sandbox.Report{
		ID: fmt.Sprintf("script-%d", time.Now().UnixNano()), Reporter: "kim", Target: target, Room: string(g.kind) + ":" + g.room,
		Reason: g.args[1], Text: g.args[2],
	})
	if err == nil && status != http.StatusAccepted {
		err = fmt.Errorf("the report was answered with %d: %s", status, answer)
	}
	return err
}
