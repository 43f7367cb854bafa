package script

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bouncer/sandbox/slackd"
)

// ask types into a select that searches, and returns what the app offers.
func (r *runner) ask(user string, at slackd.Ref, block, action, typed string) ([]option, error) {
	d, err := r.world.Slack.Suggest(r.ctx, user, at, block, action, typed)
	if err != nil {
		return nil, err
	}
	var offered struct {
		Options []option `json:"options"`
	}
	if d.AckPayload == nil || json.Unmarshal(d.AckPayload, &offered) != nil {
		return nil, fmt.Errorf("the bot did not answer the search for %q: %s %s", typed, d.Failure, d.Detail)
	}
	return offered.Options, nil
}

// searched chooses in a select that searches, besides what is chosen in it already.
func (r *runner) searched(user string, at slackd.Ref, block string, e element, names []string) ([]string, error) {
	var out []string
	for n, name := range names {
		list, err := r.ask(user, at, block, e.ActionID, name)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(list, func(o option) bool { return visible(o.Text.plain(r.out.named)) == name || o.Value == name })
		if i < 0 && len(list) == 1 {
			i = 0
		}
		if i < 0 {
			return nil, fmt.Errorf("the search for %q offers:\n%s", name, element{Options: list}.offer(r.out.named))
		}
		out = append(out, list[i].Value)
		if n == len(names)-1 {
			break // the step chooses them all
		}
		if _, err := r.world.Slack.SelectOption(r.ctx, user, at, block, e.ActionID, out...); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// visible drops the marks that keep an id's direction apart from the text around it.
func visible(text string) string {
	return strings.Map(func(c rune) rune {
		if c >= '\u2066' && c <= '\u2069' {
			return -1
		}
		return c
	}, text)
}

// search prints what a select offers, and keeps it for expect offer.
func (r *runner) search(g given) error {
	at, block, e, err := r.choosing(g)
	if err != nil {
		return err
	}
	r.begin()
	list, err := r.ask(g.user.ID, at, block, e.ActionID, g.args[1])
	if err != nil {
		return r.refused(g.user, err)
	}
	if r.searches == nil {
		r.searches = map[string]func() (string, error){}
	}
	r.searches[g.user.ID] = func() (string, error) {
		list, err := r.ask(g.user.ID, at, block, e.ActionID, g.args[1])
		return r.offered(list), err
	}
	r.out.put(g.user.Name+" is offered", r.offered(list))
	return nil
}

// offered is what a search offers, as a person reads it.
func (r *runner) offered(list []option) string {
	if len(list) == 0 {
		return "none"
	}
	return visible(element{Options: list}.offer(r.out.named))
}

// choosing waits for what one chooses in.
func (r *runner) choosing(g given) (at slackd.Ref, block string, e element, err error) {
	err = r.await(r.patience, func() (ok bool) { at, block, e, ok = r.choice(g.user.ID, g.args[0]); return ok })
	if err != nil {
		err = fmt.Errorf("%[2]s sees no input with the label %[1]q: %[3]w", g.args[0], g.user.Name, err)
	}
	return at, block, e, err
}

// enter types into an input and presses Enter.
func (r *runner) enter(g given) error {
	var in slackd.Input
	err := r.await(r.patience, func() (ok bool) { in, ok = r.input(g.user.ID, g.args[0]); return ok })
	if err != nil {
		return fmt.Errorf("no input %q in a modal of %s: %w", g.args[0], g.user.Name, err)
	}
	v, _ := r.open(g.user.ID)
	r.begin()
	_, err = r.world.Slack.SelectOption(r.ctx, g.user.ID, slackd.Ref{View: v.ID}, in.Block, in.Action, g.args[1])
	return r.refused(g.user, err)
}

func (r *runner) globalShortcut(g given) error {
	for _, s := range r.world.Slack.Shortcuts() {
		if s.Global && (s.Name == g.args[0] || s.CallbackID == g.args[0]) {
			r.begin()
			_, err := r.world.Slack.GlobalShortcut(r.ctx, g.user.ID, s.CallbackID)
			return r.refused(g.user, err)
		}
	}
	return fmt.Errorf("the app has no global shortcut %q", g.args[0])
}

// resubmit delivers the newest submission of a person again.
func (r *runner) resubmit(g given) error {
	for _, d := range slices.Backward(r.world.Slack.Deliveries()) {
		if d.Kind == "view_submission" && d.User == g.user.ID {
			r.begin()
			_, err := r.world.Slack.Again(r.ctx, d)
			return r.refused(g.user, err)
		}
	}
	return fmt.Errorf("%s has submitted nothing", g.user.Name)
}

func (r *runner) noModal(g given, _ since) bool {
	_, open := r.open(g.user.ID)
	return !open
}

// offer repeats the last search: what the bot knows may come a moment later.
func (r *runner) offer(g given, _ since) bool {
	search := r.searches[g.user.ID]
	if search == nil {
		return false
	}
	text, err := search()
	return err == nil && strings.Contains(text, g.args[0])
}

// attach uploads a file into an input of the open modal.
func (r *runner) attach(g given) error {
	file, err := r.world.Slack.Attach(g.user.ID, g.args[1], []byte(g.args[2]))
	if err != nil {
		return r.refused(g.user, err)
	}
	return r.fill(given{user: g.user, args: []string{g.args[0], file.ID}})
}

// attachMany uploads a file of made-up UserIDs.
func (r *runner) attachMany(g given) error {
	n, err := strconv.Atoi(g.args[2])
	if err != nil {
		return err
	}
	var ids strings.Builder
	for i := range n {
		fmt.Fprintf(&ids, "raider%06d\n", i+1)
	}
	g.args = []string{g.args[0], g.args[1], ids.String()}
	return r.attach(g)
}
