package script

import (
	"fmt"
	"strings"

	"bouncer/sandbox/slackd"
)

func (r *runner) openHome(g given) error {
	r.begin()
	_, err := r.world.Slack.OpenHome(r.ctx, g.user.ID)
	return r.refused(g.user, err)
}

// homeOf is the app's Home tab of a person.
func (r *runner) homeOf(user string) (slackd.View, bool) {
	for _, v := range r.world.Slack.Views(user) {
		if v.Type == "home" {
			return v, true
		}
	}
	return slackd.View{}, false
}

// home reports whether the tab shows a text.
func (r *runner) home(g given, _ since) bool {
	v, ok := r.homeOf(g.user.ID)
	return ok && strings.Contains(r.out.view(v), g.args[0])
}

// pressHome presses a button in the tab.
func (r *runner) pressHome(g given) error {
	var at slackd.Ref
	var block, action string
	if err := r.await(r.patience, func() (found bool) {
		v, ok := r.homeOf(g.user.ID)
		if ok {
			block, action, found = findButton(viewBlocks(v), g.args[0])
			at = slackd.Ref{View: v.ID}
		}
		return found
	}); err != nil {
		return fmt.Errorf("no button %q in the Home tab of %s: %w", g.args[0], g.user.Name, err)
	}
	r.begin()
	d, err := r.world.Slack.Press(r.ctx, g.user.ID, at, block, action)
	r.out.asked(g.user.Name, "agrees to", d.Confirm)
	return r.refused(g.user, err)
}
