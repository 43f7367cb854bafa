//go:build ignore

// Command make writes old.db and cases.json with the store of the commit that
// make.sh names: what a moderation team left behind in an afternoon, at 15:00. The
// next version is tested to go on with it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"bouncer/moderation"
	"bouncer/store"
)

var (
	ctx  = context.Background()
	now  = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	rtc  = moderation.Room{Kind: moderation.KindRoom, ID: "10006"}
	live = moderation.Room{Kind: moderation.KindLive, ID: "show1"}
	two  = moderation.Room{Kind: moderation.KindLive, ID: "show2"}
	need = moderation.Need{Approvals: 1, Approvers: []string{"leads"}, Glass: []string{"leads"}, TTL: 48 * time.Hour, RemindAfter: time.Hour}
)

const (
	app  = 1400000001
	team = "T1"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// hold is what the vendor knows of a target: a mute's value, or an end.
type hold struct {
	Mute   int       `json:"mute,omitempty"`
	Banned bool      `json:"banned,omitempty"`
	Silent bool      `json:"silent,omitempty"`
	Until  time.Time `json:"until,omitzero"`
}

type world struct {
	s       *store.Store
	svc     *moderation.Service
	n       int
	answers []string
	held    map[string]hold // by room and target
}

func (w *world) open(path string) {
	var err error
	w.s, err = store.New(ctx, store.Config{URL: path, App: app, Team: team, Now: func() time.Time { return now }})
	must(err)
	w.svc, err = moderation.New(moderation.Config{
		Store: w.s, Vendor: w, Rights: w, App: app, Rate: func(string) float64 { return 1e6 },
		AuditChannel: "C2", Now: func() time.Time { return now }, Jitter: func() float64 { return 0 },
	})
	must(err)
}

func (w *world) Recheck(context.Context, moderation.Case, moderation.Actor) error { return nil }

func (w *world) Plan(a moderation.Action) (moderation.Plan, error) {
	p := moderation.Plan{API: "api." + string(a.Verb), ChunkSize: 20}
	if a.Verb == moderation.Mute || a.Verb == moderation.Unmute {
		p.ChunkSize = 1
	}
	return p, nil
}

func (w *world) Describe(r moderation.Request) (string, string, error) {
	b, err := json.Marshal(r)
	return "api." + string(r.Verb), string(b), err
}

func (w *world) Do(_ context.Context, r moderation.Request) moderation.Answer {
	how := "yes"
	if len(w.answers) > 0 {
		how, w.answers = w.answers[0], w.answers[1:]
	}
	if how == "yes" || how == "taken" {
		for _, id := range r.Targets {
			key := r.Room.String() + " " + id
			k := w.held[key]
			until := time.Time{}
			if !r.Perm && r.Left > 0 {
				until = now.Add(r.Left)
			}
			switch r.Verb {
			case moderation.Mute, moderation.Unmute:
				k.Mute = r.IsMute
			case moderation.Ban, moderation.Unban:
				k.Banned, k.Until = r.Verb == moderation.Ban, until
			case moderation.Silence, moderation.Unsilence:
				k.Silent, k.Until = r.Verb == moderation.Silence, until
			case moderation.Freeze, moderation.Unfreeze:
				k.Silent = r.Verb == moderation.Freeze
			}
			w.held[key] = k
		}
	}
	switch how {
	case "yes":
		return moderation.Answer{Class: moderation.VendorYes, RequestID: "r"}
	case "no":
		return moderation.Answer{Class: moderation.VendorRefused, Code: "InvalidParameter", Message: "bad", RequestID: "r",
			Err: moderation.NewError(moderation.CodeVendorInput, "code", "InvalidParameter")}
	case "dies":
		panic(errDied)
	}
	return moderation.Answer{Class: moderation.VendorSilent, Err: moderation.NewError(moderation.CodeVendorSilent)}
}

var errDied = errors.New("the process ended here")

func (w *world) Read(context.Context, moderation.Action, func(context.Context, string) error) moderation.Reading {
	return moderation.Reading{Answer: moderation.Answer{Class: moderation.VendorYes}}
}

func (w *world) Look(context.Context, moderation.Room, func(context.Context, string) error) moderation.RoomLook {
	return moderation.RoomLook{People: 3, Created: now.Add(-24 * time.Hour).Truncate(24 * time.Hour)}
}

func (w *world) command() moderation.Job {
	w.n++
	done := make(chan error, 1)
	w.s.Accept(moderation.Incoming{Key: "slack:" + strconv.Itoa(w.n), Kind: "command", Payload: []byte(`{}`)}, func(_ bool, err error) { done <- err })
	must(<-done)
	jobs, err := w.s.Claim(ctx, moderation.QueueCommand, 1)
	must(err)
	return jobs[0]
}

func person(id string) moderation.Actor {
	return moderation.Actor{Kind: moderation.ActorPerson, Team: team, User: id, Name: "N " + id, Roles: []string{"leads", "mods"}}
}

// asks opens a case and, unless quiet, does what is due. length 0 is permanent.
func (w *world) asks(a moderation.Action, d moderation.Decision, quiet bool) moderation.Case {
	if a.Effect() == moderation.EffectBind && a.Duration == 0 {
		a.Perm = true
	}
	a.Reason = "spam"
	d.Allowed, d.Rule, d.Policy = true, "mods", "5be1"
	c, err := w.svc.Open(ctx, w.command(), moderation.Asked{
		Action: a, Actor: person("U1"), Judge: func(moderation.Facts) moderation.Decision { return d }, Typed: string(a.Verb) + " …",
		Origin: moderation.Origin{Channel: "C1", Source: "command"}, Team: team, At: now, Card: "C1",
	})
	must(err)
	if !quiet {
		w.works()
	}
	return c
}

func (w *world) does(v moderation.Verb, r moderation.Room, last time.Duration, on ...string) moderation.Case {
	return w.asks(moderation.Action{Verb: v, Room: r, Targets: on, Duration: last}, moderation.Decision{}, false)
}

func (w *world) goesOn(c moderation.Case, rel moderation.Relation, last time.Duration) moderation.Case {
	a := moderation.Action{Verb: c.Action.Verb, Room: c.Action.Room, Targets: c.Action.Targets, Media: c.Action.Media, Duration: last, Of: c.No, Rel: rel}
	if rel == moderation.RelUndo {
		a.Verb = moderation.LiftingVerb(a.Verb)
	}
	return w.asks(a, moderation.Decision{}, false)
}

func (w *world) works(but ...moderation.JobKind) {
	for {
		n := 0
		for _, q := range []moderation.Queue{moderation.QueueCall, moderation.QueueBulk, moderation.QueueLift, moderation.QueueTimer} {
			jobs, err := w.s.Claim(ctx, q, 100)
			must(err)
			for _, j := range jobs {
				skip := false
				for _, k := range but {
					skip = skip || j.Kind == k
				}
				if skip {
					must(w.s.Retry(ctx, j, 0))
					continue
				}
				n++
				must(w.svc.Handlers()[j.Kind](ctx, moderation.Hold(j)))
			}
		}
		if n == 0 {
			return
		}
	}
}

func (w *world) passes(d time.Duration) {
	for end := now.Add(d); now.Before(end); {
		now = now.Add(time.Second)
		w.works()
	}
}

// caseOf is what is compared after the migration.
type caseOf struct {
	No       int64                      `json:"no"`
	Verb     moderation.Verb            `json:"verb"`
	Rel      moderation.Relation        `json:"rel,omitempty"`
	Of       int64                      `json:"of,omitempty"`
	State    moderation.State           `json:"state"`
	Approval moderation.ApprovalState   `json:"approval,omitempty"`
	Counts   map[moderation.Outcome]int `json:"counts"`
	Until    time.Time                  `json:"until,omitzero"`
	Ended    string                     `json:"ended,omitempty"`
	Entries  int                        `json:"entries"`
}

func main() {
	w := &world{held: make(map[string]hold)}
	path := os.Args[1]
	w.open(path)
	hour := time.Hour

	// Pending ends.
	w.does(moderation.Mute, rtc, 5*hour, "alice")
	w.does(moderation.Ban, live, 6*hour, "bob")
	w.does(moderation.Silence, live, 4*hour, "carol")
	w.does(moderation.Freeze, two, 4*hour)
	// Several cases on one target, with different ends.
	w.does(moderation.Ban, live, 0, "dave")
	w.does(moderation.Ban, live, 4*hour, "dave")
	w.asks(moderation.Action{Verb: moderation.Mute, Room: rtc, Targets: []string{"erin"}, Media: []moderation.Medium{moderation.Audio}, Duration: 6 * hour}, moderation.Decision{}, false)
	w.does(moderation.Mute, rtc, 4*hour, "erin")
	w.does(moderation.Ban, live, 8*hour, "frank")
	w.does(moderation.Ban, live, 4*hour, "frank")
	w.does(moderation.Ban, live, 6*hour, "frank")
	// Undone and extended.
	w.goesOn(w.does(moderation.Mute, rtc, 5*hour, "gina"), moderation.RelUndo, 0)
	w.does(moderation.Ban, live, 5*hour, "hugo")
	w.goesOn(w.does(moderation.Ban, live, 9*hour, "hugo"), moderation.RelUndo, 0)
	w.goesOn(w.does(moderation.Ban, live, hour, "ivan"), moderation.RelExtend, 7*hour)
	w.goesOn(w.does(moderation.Mute, rtc, hour, "judy"), moderation.RelExtend, 5*hour)
	w.goesOn(w.goesOn(w.does(moderation.Ban, live, 5*hour, "kate"), moderation.RelExtend, 9*hour), moderation.RelUndo, 0)
	// Ended.
	w.does(moderation.Mute, rtc, 10*time.Minute, "liam")
	w.does(moderation.Ban, live, 10*time.Minute, "mona")
	w.does(moderation.Mute, rtc, 30*time.Minute, "nils")
	w.does(moderation.Unmute, rtc, 0, "nils")
	w.passes(2 * hour)
	// Failed.
	w.answers = []string{"no"}
	w.does(moderation.Ban, live, 5*hour, "olga")
	// Unknown: no answer for two minutes. It may have landed.
	for range 60 {
		w.answers = append(w.answers, "taken")
	}
	w.does(moderation.Mute, rtc, 3*hour, "paul")
	w.passes(4 * time.Minute)
	w.answers = nil
	// A lift that is late.
	w.does(moderation.Mute, rtc, time.Minute, "quin")
	for range 60 {
		w.answers = append(w.answers, "no")
	}
	w.passes(2 * time.Minute)
	w.answers = nil
	now = time.Date(2026, 11, 22, 14, 59, 50, 0, time.UTC) // nothing ran meanwhile, and no lift does from here on
	// Waiting; one ran ahead, and one of which the request was denied.
	n := need
	w.asks(moderation.Action{Verb: moderation.Ban, Room: live, Targets: []string{"rosa"}, Duration: 100 * hour}, moderation.Decision{Need: n}, true)
	n.ActNow = hour
	w.asks(moderation.Action{Verb: moderation.Mute, Room: rtc, Targets: []string{"sam"}, Duration: 10 * hour}, moderation.Decision{Need: n}, true)
	denied := w.asks(moderation.Action{Verb: moderation.Ban, Room: live, Targets: []string{"tess"}, Duration: 50 * hour}, moderation.Decision{Need: n}, true)
	w.works(moderation.JobLift)
	lead := person("U7")
	_, err := w.s.TurnDown(ctx, w.command(), denied.No, moderation.ApprovalDenied, moderation.Body{Actor: &lead, Code: moderation.CodeDenied})
	must(err)
	// An older mute whose answer was lost, which a newer unmute has to follow again.
	w.answers = []string{"late"}
	w.asks(moderation.Action{Verb: moderation.Mute, Room: rtc, Targets: []string{"uma"}, Duration: hour}, moderation.Decision{}, true)
	w.works(moderation.JobEndAhead, moderation.JobLift)
	w.asks(moderation.Action{Verb: moderation.Unmute, Room: rtc, Targets: []string{"uma"}}, moderation.Decision{}, true)
	w.works(moderation.JobEndAhead, moderation.JobLift, moderation.JobChunk) // nothing but what waits
	now = now.Add(time.Second)
	w.works(moderation.JobEndAhead, moderation.JobLift)
	// One that the process had announced when it ended, and one that it had not.
	func() {
		defer func() { _ = recover() }() // the answer "dies" ends the process by a panic
		w.answers = []string{"dies"}
		w.asks(moderation.Action{Verb: moderation.Mute, Room: rtc, Targets: []string{"vera"}, Duration: 2 * hour}, moderation.Decision{}, true)
		w.works(moderation.JobEndAhead, moderation.JobLift)
	}()
	must(w.s.Close())
	w.open(path)
	w.asks(moderation.Action{Verb: moderation.Ban, Room: live, Targets: []string{"walt", "xena"}, Duration: 2 * hour}, moderation.Decision{}, true)
	w.asks(moderation.Action{Verb: moderation.Kick, Room: rtc, Targets: []string{"yuri"}}, moderation.Decision{}, true)
	now = time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)

	out := struct {
		Now    time.Time         `json:"now"`
		Cases  []caseOf          `json:"cases"`
		Stands map[string]int64  `json:"stands"` // case by room, target and medium
		Held   map[string]hold   `json:"held"`
		Jobs   map[string]string `json:"-"`
	}{Now: now, Stands: make(map[string]int64), Held: w.held}
	for no := int64(1); ; no++ {
		v, err := w.s.View(ctx, no)
		if errors.Is(err, moderation.ErrNotFound) {
			break
		}
		must(err)
		c := v.Case
		out.Cases = append(out.Cases, caseOf{
			No: no, Verb: c.Action.Verb, Rel: c.Action.Rel, Of: c.Action.Of, State: c.State, Approval: c.Approval.State, Counts: c.Counts,
			Until: c.Until, Ended: c.Ended, Entries: len(v.Entries),
		})
	}
	for _, r := range []moderation.Room{rtc, live, two} {
		all, err := w.s.Standings(ctx, r)
		must(err)
		for _, s := range all {
			out.Stands[r.String()+" "+s.Target+" "+string(s.Medium)] = s.Case
		}
	}
	_, err = w.s.Seal(ctx)
	must(err)
	_, err = w.s.Verify(ctx)
	must(err)
	must(w.s.Close())
	raw, err := json.MarshalIndent(out, "", " ")
	must(err)
	must(os.WriteFile(os.Args[2], append(raw, '\n'), 0o600))
	fmt.Println(len(out.Cases), "cases")
}
