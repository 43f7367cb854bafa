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

// Config says where a script runs.
type Config struct {
	// World is where it happens; a bot must be connected to it. Required.
	World *sandbox.World
	// Out gets the conversation as it goes. Required.
	Out io.Writer
	// Patience is how long expect waits, LongPatience wait. Zero means 30 s and 2 min.
	Patience, LongPatience time.Duration
}

// ErrUnmet is wrapped by the error of an expectation that did not come true.
var ErrUnmet = errors.New("did not come true")

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
	// mark is when somebody last did something: what is older is not expected any more.
	mark time.Time
	// calls is how many calls Tencent had seen then.
	calls int
	// inputs are what was filled in and not yet submitted, by person.
	inputs map[string][]slackd.Input
	// past are messages with blocks as they were shown, the newest last.
	past []slackd.Message
	// refusals are what Slack's own client told somebody.
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
	if err := s.meant(r.world); err != nil {
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
		if err := st.form.do(r, st.args); err != nil {
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
// and says false.
func (r *runner) next(late <-chan time.Time) bool {
	if late == nil {
		select {
		case c, ok := <-r.talk:
			r.hear(c)
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
		r.hear(c)
		return ok
	case c, ok := <-r.rooms:
		r.out.room(c)
		return ok
	case <-late:
	case <-r.ctx.Done():
	}
	return false
}

// hear prints and remembers what was said.
func (r *runner) hear(c slackd.Change) {
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

// look waits until a condition holds, and prints what happens meanwhile.
func (r *runner) look(patience time.Duration, holds func() bool) bool {
	late := time.NewTimer(patience)
	defer late.Stop()
	tick := time.NewTicker(20 * time.Millisecond) // bans end by the clock, of which no change tells
	defer tick.Stop()
	for {
		if holds() {
			return true
		}
		select {
		case c, ok := <-r.talk:
			if !ok {
				return false
			}
			r.hear(c)
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

// looking makes a step of a condition. fresh tells whether an instant counts.
func looking(word string, cond func(r *runner, args []string, since since) (func() bool, error)) func(*runner, []string) error {
	return func(r *runner, args []string) error {
		patience, s := r.patience, since{r.mark, r.calls}
		if word == "wait" {
			patience, s = r.longPatience, since{}
		}
		holds, err := cond(r, args, s)
		if err != nil {
			return err
		}
		return r.await(patience, holds)
	}
}

// await is look with an error: the condition did not come true, or the run was ended.
func (r *runner) await(patience time.Duration, holds func() bool) error {
	if r.look(patience, holds) {
		return nil
	}
	if err := r.ctx.Err(); err != nil {
		return err
	}
	return fmt.Errorf("%w within %s", ErrUnmet, patience)
}

// since is from when on things count.
type since struct {
	at    time.Time
	calls int
}

// begin notes that somebody does something now.
func (r *runner) begin() {
	r.mark = r.world.Now()
	r.calls = 0
	if all := r.world.Tencent.Calls(); len(all) > 0 {
		r.calls = all[len(all)-1].Seq
	}
}

func (r *runner) user(handle string) (slackd.User, error) {
	for _, u := range r.world.Slack.Users() {
		if u.Name == handle {
			return u, nil
		}
	}
	return slackd.User{}, fmt.Errorf("nobody is called %s here", handle)
}

func (r *runner) channel(name string) (slackd.Channel, error) {
	for _, c := range r.world.Slack.Channels() {
		if !c.IM && "#"+c.Name == name {
			return c, nil
		}
	}
	return slackd.Channel{}, fmt.Errorf("there is no channel %s here", name)
}

// refused keeps what Slack's client would tell the person; any other error ends the script.
func (r *runner) refused(u slackd.User, err error) error {
	if !errors.Is(err, slackd.ErrRefused) {
		return err
	}
	r.told(u, strings.TrimPrefix(err.Error(), slackd.ErrRefused.Error()+": "))
	return nil
}

// told keeps and prints what Slack's client says to the person.
func (r *runner) told(u slackd.User, text string) {
	r.refusals = append(r.refusals, refusal{u.ID, text, r.world.Now()})
	r.out.private(u.Name, "Slack", text)
}

func (r *runner) say(args []string) error {
	u, err := r.user(args[0])
	if err != nil {
		return err
	}
	c, err := r.channel(args[1])
	if err != nil {
		return err
	}
	r.begin()
	command, rest, _ := strings.Cut(args[2], " ")
	switch {
	case command == r.world.Slack.CommandName():
		_, err = r.world.Slack.Command(r.ctx, u.ID, c.ID, rest)
	case strings.HasPrefix(command, "/"):
		err = fmt.Errorf("%w: %s is not a valid command", slackd.ErrRefused, command)
	default:
		_, err = r.world.Slack.Say(u.ID, c.ID, "", args[2])
	}
	return r.refused(u, err)
}

func (r *runner) fill(args []string) error {
	u, err := r.user(args[0])
	if err != nil {
		return err
	}
	var in slackd.Input
	err = r.await(r.patience, func() (ok bool) { in, ok = r.input(u.ID, args[1]); return ok })
	if err != nil {
		return fmt.Errorf("no input %q in a modal of %s: %w", args[1], u.Name, err)
	}
	in.Values = []string{args[2]}
	r.inputs[u.ID] = append(r.inputs[u.ID], in)
	return nil
}

func (r *runner) submit(args []string) error {
	u, err := r.user(args[0])
	if err != nil {
		return err
	}
	v, ok := r.open(u.ID)
	if !ok {
		return fmt.Errorf("%s has no modal open", u.Name)
	}
	inputs := r.inputs[u.ID]
	delete(r.inputs, u.ID)
	r.begin()
	d, err := r.world.Slack.SubmitView(r.ctx, u.ID, v.ID, inputs...)
	for _, text := range d.Errors {
		r.told(u, text)
	}
	return r.refused(u, err)
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
	n, _ := strconv.Atoi(word) // the form lets numbers through only
	return n
}

func (r *runner) failTencent(args []string) error {
	return r.world.FailTencent(args[0], args[1], times(args[2]))
}

func (r *runner) failSlack(args []string) error {
	return r.world.FailSlack(args[0], args[1], times(args[2]))
}

func (r *runner) inRoom(args []string, do func(tencentd.Kind, string, string) error) error {
	kind, id, err := sandbox.RoomOf(args[0])
	if err != nil {
		return err
	}
	return do(kind, id, args[1])
}

func (r *runner) join(args []string) error {
	return r.inRoom(args, func(k tencentd.Kind, id, user string) error { return r.world.Tencent.Join(k, id, user) })
}

func (r *runner) leave(args []string) error {
	return r.inRoom(args, func(k tencentd.Kind, id, user string) error { return r.world.Tencent.Leave(k, id, user) })
}

func (r *runner) rejoin(args []string) error { return r.inRoom(args, r.world.Tencent.Rejoin) }
