package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"strconv"
	"time"

	"bouncer/bot/socket"
	"bouncer/moderation"
	"bouncer/trace"
)

// A case's trace is named after the delivery that asked for it, so that the
// delivery's own spans are in it, and each replica finds it from the case. A
// click is a trace of its own, linked to the one of its case. The names of
// attributes are those of the log's fields.

// deliveryTrace returns the trace of a delivery and of the case that it opens.
func (b *Bot) deliveryTrace(envelope string) trace.ID {
	return trace.NewID(b.database.String(), envelope)
}

// caseTrace returns the trace of a case.
func (b *Bot) caseTrace(c moderation.Case) trace.ID {
	return b.deliveryTrace(cmp.Or(c.Origin.Envelope, "case "+strconv.FormatInt(c.No, 10)))
}

// traceDelivery records how long a delivery took until its acknowledgement was
// passed to its connection.
func (b *Bot) traceDelivery(env socket.Envelope, kind moderation.JobKind) {
	s := b.cfg.Tracer.First(b.deliveryTrace(env.ID), "acknowledge "+string(kind), trace.Server, env.Received)
	s.Set("envelope", env.ID)
	s.End(nil)
}

// traceJob begins the span of a job: in the trace of its delivery, or of its
// case. Jobs with neither have none.
func (b *Bot) traceJob(ctx context.Context, j moderation.Job) (context.Context, *trace.Span) {
	if b.cfg.Tracer == nil {
		return ctx, nil
	}
	began := time.Now()
	var id trace.ID
	var of struct {
		Envelope string `json:"envelope"`
	}
	switch {
	case j.Case > 0:
		c, err := b.cfg.Store.Case(ctx, j.Case)
		if err != nil {
			return ctx, nil // the job reports it
		}
		id = b.caseTrace(c)
	case json.Unmarshal(j.Payload, &of) == nil && of.Envelope != "":
		id = b.deliveryTrace(of.Envelope)
	default:
		return ctx, nil
	}
	ctx, s := b.cfg.Tracer.Join(ctx, id, "job "+string(j.Kind), trace.Internal, began)
	s.SetInt("job", j.ID)
	s.Set("queue", string(j.Queue))
	s.SetInt("attempt", int64(j.Attempt))
	if j.Case > 0 {
		s.SetInt("case", j.Case)
	}
	return ctx, s
}

// traceClick links the span of a click to the trace of its case.
func (b *Bot) traceClick(ctx context.Context, cl *click) {
	s := trace.FromContext(ctx)
	if s == nil || cl.of.No == 0 {
		return
	}
	s.Link(b.caseTrace(cl.of))
	s.SetInt("case", cl.of.No)
	s.Set("step", cl.step.Step)
}

// tracePosts records one message in the trace of each case that it is about.
func (b *Bot) tracePosts(ctx context.Context, channel string, posts []moderation.Post, began time.Time, err error) {
	if b.cfg.Tracer == nil {
		return
	}
	ended, seen := time.Now(), map[int64]bool{0: true} // 0: about no case
	for _, p := range posts {
		if seen[p.Case] {
			continue
		}
		seen[p.Case] = true
		c, readErr := b.cfg.Store.Case(ctx, p.Case)
		if readErr != nil {
			continue // the next message of the case shows it
		}
		_, s := b.cfg.Tracer.Join(ctx, b.caseTrace(c), "post "+string(p.Kind), trace.Client, began)
		s.SetInt("case", p.Case)
		s.Set("channel", channel)
		s.SetInt("attempt", int64(p.Attempt)+1)
		s.EndAt(ended, err)
	}
}
