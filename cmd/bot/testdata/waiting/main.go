// Command waiting opens requests for approval in the database of a bot that is
// not running, each like case 1 but for its person: waiting DATABASE APP MANY.
// It takes the way that a command takes once its author was judged, and ends as
// a killed bot does.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/tencent"
)

// atOnce is how many are accepted, claimed and opened together.
const atOnce = 100

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0) // nothing is closed
}

func run(ctx context.Context, args []string) error {
	if len(args) != 3 {
		return errors.New("usage: waiting DATABASE APP MANY")
	}
	app, err := strconv.ParseUint(args[1], 10, 32)
	if err != nil {
		return err
	}
	many, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	st, err := store.New(ctx, store.Config{URL: args[0], App: uint32(app)})
	if err != nil {
		return err
	}
	like, err := st.Case(ctx, 1)
	if err != nil {
		return err
	}
	vendor, err := tencent.New(tencent.Config{SecretID: "AKID", SecretKey: "SECRET", SDKAppID: uint32(app), ChatSecretKey: "KEY"})
	if err != nil {
		return err
	}
	service, err := moderation.New(moderation.Config{
		Store: st, Vendor: vendor, Authorizer: nobody{}, App: uint32(app), Rates: map[string]float64{}, AuditChannel: "C0AUDIT",
	})
	if err != nil {
		return err
	}
	for from := 2; from <= many; from += atOnce {
		if err := open(ctx, st, service, like, from, min(from+atOnce, many+1)); err != nil {
			return err
		}
	}
	return nil
}

// open opens the requests from one number to before another.
func open(ctx context.Context, st *store.Store, service *moderation.Service, like moderation.Case, from, to int) error {
	accepted := make(chan error, to-from)
	for i := from; i < to; i++ {
		st.Accept(moderation.Delivery{Key: fmt.Sprintf("slack:waiting-%d", i), Kind: "command", Payload: []byte("{}")},
			func(_ bool, err error) { accepted <- err })
	}
	for range to - from {
		if err := <-accepted; err != nil {
			return err
		}
	}
	jobs, err := st.Claim(ctx, moderation.QueueCommand, to-from)
	if err != nil {
		return err
	}
	if len(jobs) != to-from {
		return fmt.Errorf("claimed %d of %d", len(jobs), to-from)
	}
	decision := like.Decision
	decision.Requirement = like.Approval.Requirement
	var g errgroup.Group
	for i, j := range jobs {
		g.Go(func() error {
			a := like.Action
			a.Targets = []string{fmt.Sprintf("crowd%d", from+i)}
			c, err := service.OpenCase(ctx, j, moderation.CaseRequest{
				Action: a, Actor: like.Actor, Typed: "kick " + a.Room.String() + " " + a.Targets[0], Origin: like.Origin, Team: like.Team,
				At: time.Now(), CardChannel: like.Origin.Channel, Evaluate: func(moderation.Facts) moderation.Decision { return decision },
			})
			if err == nil && c.State != moderation.AwaitingApproval {
				err = fmt.Errorf("case %d does not wait: %s", c.No, c.State)
			}
			return err
		})
	}
	return g.Wait()
}

// nobody has any right: nothing is sent here.
type nobody struct{}

func (nobody) Recheck(context.Context, moderation.Case, moderation.Actor) error {
	return errors.New("nothing is sent here")
}
