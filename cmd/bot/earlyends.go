package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/tencent"
)

// endsDrain is how long running calls may continue when the bot itself takes
// over.
const endsDrain = 2 * time.Second

// earlyEnds ends timed actions on time while Slack is unavailable at the start.
// Nothing else runs, because no rights can be checked.
type earlyEnds struct {
	workers *moderation.Workers
	log     *slog.Logger
	once    sync.Once
	quit    context.CancelFunc
	done    chan struct{}
}

func newEnds(c config, st *store.Store, vendor moderation.Vendor, log *slog.Logger) (*earlyEnds, error) {
	service, err := moderation.New(moderation.Config{
		Store: st, Vendor: vendor, Authorizer: noRights{}, App: c.sdkAppID, Rates: tencent.Rates(c.quota), SendReason: c.sendReason,
		AuditChannel: c.AuditChannel, Timing: c.timing, Logger: log,
	})
	if err != nil {
		return nil, err
	}
	all := service.Handlers()
	workers, err := moderation.NewWorkers(moderation.WorkersConfig{
		Store: st, Sizes: map[moderation.Queue]int{moderation.QueueLift: 24}, Drain: endsDrain, Logger: log,
		Handlers: map[moderation.JobKind]moderation.Handler{moderation.JobSync: all[moderation.JobSync]},
	})
	if err != nil {
		return nil, err
	}
	return &earlyEnds{workers: workers, log: log, done: make(chan struct{})}, nil
}

// begin starts the work at its first call.
func (e *earlyEnds) begin(ctx context.Context) {
	e.once.Do(func() {
		ctx, e.quit = context.WithCancel(ctx)
		e.log.Info("timed actions are ended meanwhile")
		go func() {
			defer close(e.done)
			if err := e.workers.Run(ctx); err != nil {
				e.log.Error("ending timed actions failed", "err", err)
			}
		}()
	})
}

// stop ends the work, so that the bot's own workers take it over.
func (e *earlyEnds) stop() {
	e.once.Do(func() { close(e.done) }) // it never began
	if e.quit != nil {
		e.quit()
	}
	<-e.done
}

// noRights refuses every right: the end of a timed action needs none.
type noRights struct{}

// Recheck implements moderation.Authorizer.
func (noRights) Recheck(context.Context, moderation.Case, moderation.Actor) error {
	return errors.New("rights cannot be checked while Slack is unavailable")
}
