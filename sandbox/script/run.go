package script

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"bouncer/sandbox"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// Config configures the run of a script.
type Config struct {
	// World is where it happens; a bot must be connected to it. Required.
	World *sandbox.World
	// Out receives the conversation as it happens. Required.
	Out io.Writer
	// Patience is how long expect waits, LongPatience wait. Zero means 30 s and 2 min.
	Patience, LongPatience time.Duration
}

// ErrNotMet is wrapped by the error of an expectation that was not met.
var ErrNotMet = errors.New("was not met")

// settle is how long nothing must happen before the conversation counts as over.
const settle = 150 * time.Millisecond

type runner struct {
	ctx          context.Context // of the Run that the runner lives for
	world        *sandbox.World
	out          *printer
	talk         <-chan slackd.Change
	rooms        <-chan tencentd.Change
	patience     time.Duration
	longPatience time.Duration
	// mark is the time of the last action of a person: expect ignores what is
	// older.
	mark time.Time
	// calls is how many calls Tencent had seen then.
	calls int
	// inputs are what was filled in and not yet submitted, by person.
	inputs map[string][]slackd.Input
	// past are messages with blocks as they were shown, the newest last.
	past []slackd.Message
	// searches repeat the last search of a person.
	searches map[string]func() (string, error)
	// refusals are what Slack's own client showed to people.
	refusals []refusal
}

type refusal struct {
	user, text string
	at         time.Time
}

// Run plays the script to its end, or to the first line that fails: then the
// error is one sentence that begins with file and line. It ends early when ctx does.
func Run(ctx context.Context, cfg Config, s *Script) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := &runner{
		ctx: ctx, world: cfg.World, out: &printer{world: cfg.World, w: cfg.Out},
		talk: cfg.World.Slack.Subscribe(ctx), rooms: cfg.World.Tencent.Subscribe(ctx),
		patience: cfg.Patience, longPatience: cfg.LongPatience, inputs: map[string][]slackd.Input{},
	}
	if err := s.checkWorld(r.world); err != nil {
		return err
	}
	if r.patience == 0 {
		r.patience = 30 * time.Second
	}
	if r.longPatience == 0 {
		r.longPatience = 2 * time.Minute
	}
	for _, st := range s.steps {
		r.drain()
		r.out.step(st)
		g, err := r.given(st)
		if err == nil {
			err = st.form.do(r, g)
		}
		if err != nil {
			r.drain()
			return errors.Join(fmt.Errorf("%s:%d: %s: %w", s.Name, st.line, st, err), r.out.err)
		}
	}
	r.rest()
	return r.out.err
}

// drain prints what has happened.
func (r *runner) drain() {
	for r.next(nil) {
	}
}

// next prints one change; without one it waits for late (nil: does not wait)
// and returns false.
func (r *runner) next(late <-chan time.Time) bool {
	if late == nil {
		select {
		case c, ok := <-r.talk:
			r.record(c)
			return ok
		case c, ok := <-r.rooms:
			r.out.room(c)
			return ok
		default:
			return false
		}
	}
	select {
	case c, ok := <-r.talk:
		r.record(c)
		return ok
	case c, ok := <-r.rooms:
		r.out.room(c)
		return ok
	case <-late:
	case <-r.ctx.Done():
	}
	return false
}

// record prints and stores a message.
func (r *runner) record(c slackd.Change) {
	r.remember(c)
	r.out.talk(c)
}

// rest prints the tail of the conversation.
func (r *runner) rest() {
	end := time.Now().Add(10 * settle)
	for time.Now().Before(end) && r.next(time.After(settle)) {
	}
	r.drain()
}

// look waits until a condition is true, and prints what happens meanwhile.
func (r *runner) look(patience time.Duration, holds func() bool) bool {
	late := time.NewTimer(patience)
	defer late.Stop()
	tick := time.NewTicker(20 * time.Millisecond) // bans end by the clock, without a change
	defer tick.Stop()
	r.out.texts = map[string]string{}
	defer func() { r.out.texts = nil }()
	for {
		if holds() {
			return true
		}
		select {
		case c, ok := <-r.talk:
			if !ok {
				return false
			}
			r.record(c)
		case c, ok := <-r.rooms:
			if !ok {
				return false
			}
			r.out.room(c)
		case <-tick.C:
		case <-late.C:
			return holds()
		case <-r.ctx.Done():
			return false
		}
	}
}

// condition is what expect and wait check.
type condition func(r *runner, g given, s since) bool

// until makes a step of a condition.
func (holds condition) until(word string) func(*runner, given) error {
	return func(r *runner, g given) error {
		patience, s := r.patience, since{r.mark, r.calls}
		if word == "wait" {
			patience, s = r.longPatience, since{}
		}
		return r.await(patience, func() bool { return holds(r, g, s) })
	}
}

// await is look with an error: the condition was not met, or the run was
// cancelled.
func (r *runner) await(patience time.Duration, holds func() bool) error {
	if r.look(patience, holds) {
		return nil
	}
	if err := r.ctx.Err(); err != nil {
		return err
	}
	return fmt.Errorf("%w within %s", ErrNotMet, patience)
}

// since is from when on things count.
type since struct {
	at    time.Time
	calls int
}

// begin records the time of an action.
func (r *runner) begin() {
	r.mark = r.world.Now()
	r.calls = 0
	if all := r.world.Tencent.Calls(); len(all) > 0 {
		r.calls = all[len(all)-1].Seq
	}
}

// given has the values of a step's places, looked up in the world. What the
// step does not name is zero.
type given struct {
	user    slackd.User
	channel slackd.Channel
	group   slackd.Group
	kind    tencentd.Kind
	room    string
	args    []string // all other places, in their order
}

func (r *runner) given(st step) (g given, err error) {
	for i, word := range st.places() {
		if err != nil {
			return g, err
		}
		switch word {
		case "NAME":
			g.user, err = r.user(st.args[i])
		case "CHANNEL":
			g.channel, err = r.channel(st.args[i])
		case "HANDLE":
			g.group, err = r.group(st.args[i])
		case "ROOM":
			g.kind, g.room, err = sandbox.RoomOf(st.args[i])
		case "TEXTS":
			g.args = append(g.args, st.args[i:]...)
		default:
			g.args = append(g.args, st.args[i])
		}
	}
	return g, err
}

func (r *runner) user(handle string) (slackd.User, error) {
	for _, u := range r.world.Slack.Users() {
		if u.Name == handle {
			return u, nil
		}
	}
	return slackd.User{}, fmt.Errorf("there is no person %s here", handle)
}

func (r *runner) channel(name string) (slackd.Channel, error) {
	for _, c := range r.world.Slack.Channels() {
		if !c.IM && "#"+c.Name == name {
			return c, nil
		}
	}
	return slackd.Channel{}, fmt.Errorf("there is no channel %s here", name)
}

func (r *runner) group(handle string) (slackd.Group, error) {
	for _, g := range r.world.Slack.Groups() {
		if g.Handle == handle {
			return g, nil
		}
	}
	return slackd.Group{}, fmt.Errorf("there is no user group %s here", handle)
}

// refused stores what Slack's client would show to the person; any other
// error ends the script.
func (r *runner) refused(u slackd.User, err error) error {
	if !errors.Is(err, slackd.ErrRefused) {
		return err
	}
	r.addRefusal(u, strings.TrimPrefix(err.Error(), slackd.ErrRefused.Error()+": "))
	return nil
}

// addRefusal stores and prints what Slack's client shows to the person.
func (r *runner) addRefusal(u slackd.User, text string) {
	r.refusals = append(r.refusals, refusal{u.ID, text, r.world.Now()})
	r.out.private(u.Name, "Slack", text)
}

func (r *runner) say(g given) error {
	r.begin()
	text, err := g.args[0], error(nil)
	command, rest, _ := strings.Cut(text, " ")
	switch {
	case command == r.world.Slack.CommandName():
		_, err = r.world.Slack.Command(r.ctx, g.user.ID, g.channel.ID, rest)
	case strings.HasPrefix(command, "/"):
		err = fmt.Errorf("%w: %s is not a valid command", slackd.ErrRefused, command)
	default:
		_, err = r.world.Slack.Say(g.user.ID, g.channel.ID, "", text)
	}
	return r.refused(g.user, err)
}

func (r *runner) fill(g given) error {
	var in slackd.Input
	err := r.await(r.patience, func() (ok bool) { in, ok = r.input(g.user.ID, g.args[0]); return ok })
	if err != nil {
		return fmt.Errorf("no input %q in a modal of %s: %w", g.args[0], g.user.Name, err)
	}
	in.Values = []string{g.args[1]}
	r.inputs[g.user.ID] = append(r.inputs[g.user.ID], in)
	v, _ := r.open(g.user.ID)
	// A value that Slack's client refuses is refused when it is submitted.
	_ = r.world.Slack.EnterInputs(g.user.ID, v.ID, in)
	return nil
}

func (r *runner) submit(g given) error {
	v, ok := r.open(g.user.ID)
	if !ok {
		return fmt.Errorf("%s has no modal open", g.user.Name)
	}
	inputs := r.inputs[g.user.ID]
	delete(r.inputs, g.user.ID)
	r.begin()
	d, err := r.world.Slack.SubmitView(r.ctx, g.user.ID, v.ID, inputs...)
	for _, text := range d.Errors {
		r.addRefusal(g.user, text)
	}
	return r.refused(g.user, err)
}

// open is the modal on top.
func (r *runner) open(user string) (slackd.View, bool) {
	for _, v := range slices.Backward(r.world.Slack.Views(user)) {
		if v.Type == "modal" && v.Top {
			return v, true
		}
	}
	return slackd.View{}, false
}

func times(word string) int {
	switch word {
	case "once":
		return 1
	case "always":
		return 0
	}
	n, _ := strconv.Atoi(word) // the form accepts only numbers
	return n
}

func (r *runner) failTencent(g given) error {
	return r.world.FailTencent(g.args[0], g.args[1], times(g.args[2]))
}

func (r *runner) failSlack(g given) error {
	return r.world.FailSlack(g.args[0], g.args[1], times(g.args[2]))
}

func (r *runner) join(g given) error   { return r.world.Tencent.Join(g.kind, g.room, g.args[0]) }
func (r *runner) leave(g given) error  { return r.world.Tencent.Leave(g.kind, g.room, g.args[0]) }
func (r *runner) rejoin(g given) error { return r.world.Tencent.Rejoin(g.kind, g.room, g.args[0]) }
