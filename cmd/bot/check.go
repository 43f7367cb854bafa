package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"bouncer/bot/people"
	"bouncer/bot/socket"
	"bouncer/hosts"
	"bouncer/policy"
	"bouncer/tencent"
)

// report prints one line per check: ok, or what to do.
type report struct {
	out io.Writer
	bad int
}

func (r *report) ok(name, format string, args ...any) {
	_, _ = fmt.Fprintf(r.out, "ok    %-22s %s\n", name, fmt.Sprintf(format, args...))
}

func (r *report) note(name, format string, args ...any) {
	_, _ = fmt.Fprintf(r.out, "note  %-22s %s\n", name, fmt.Sprintf(format, args...))
}

func (r *report) fail(name, format string, args ...any) {
	r.bad++
	_, _ = fmt.Fprintf(r.out, "FAIL  %-22s %s\n", name, fmt.Sprintf(format, args...))
}

// check is bouncer check. It changes nothing anywhere; with -dm it sends one message.
func check(ctx context.Context, args []string, out, errs io.Writer) error {
	fs := flags("check", errs)
	direct := fs.String("dm", "", "also send a direct message to this `USER` id, to check that direct messages work")
	if err := parse(fs, args); err != nil {
		return err
	}
	r := &report{out: out}
	c, err := fromEnvironment()
	if err != nil {
		var all problems
		if !errors.As(err, &all) {
			return err
		}
		for _, p := range all {
			r.fail("settings", "%s", p)
		}
		return fmt.Errorf("%d checks failed", r.bad)
	}
	r.ok("settings", "all are set")
	for _, w := range c.warnings() {
		r.note("settings", "%s", w)
	}
	r.ok("policy", "%s, %s", c.policy.Hash()[:7], namedRooms(c.policy))
	for _, w := range c.policy.Warnings() {
		r.note("policy", "%s", w)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	checkSlack(ctx, r, c, *direct)
	checkTencent(ctx, r, c)
	if r.bad > 0 {
		return fmt.Errorf("%d checks failed", r.bad)
	}
	return nil
}

func checkSlack(ctx context.Context, r *report, c config, direct string) {
	client := httpClient()
	api := slack.New(c.BotToken, slack.OptionAPIURL(c.APIURL), slack.OptionHTTPClient(client))
	me, err := whoAmI(ctx, api)
	if err != nil {
		r.fail("slack bot token", "%s", err)
		return
	}
	r.ok("slack bot token", "team %s, app %s", me.team, me.appID)
	checkScopes(r, me.scopes)
	if _, err := socket.NewOpener(client, c.APIURL, c.AppToken).Open(ctx); err != nil {
		r.fail("slack app token", "%s", appTokenSays(err))
	} else {
		r.ok("slack app token", "Socket Mode is on")
	}
	home := policy.Workspace{Team: me.team, Enterprise: me.enterprise}
	dir, err := people.New(ctx, people.Config{API: api, Workspace: home, TeamID: me.gridTeam(), Groups: c.policy.Groups, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		r.fail("people", "%s", err)
		return
	}
	checkGroups(ctx, r, dir)
	checkUsers(ctx, r, dir, home, c.policy)
	checkChannels(ctx, r, dir, c)
	if direct != "" {
		checkDirect(ctx, r, api, direct)
	}
}

// checkDirect sends a direct message, which is the only way to find out
// whether the app has a Messages tab.
func checkDirect(ctx context.Context, r *report, api *slack.Client, user string) {
	const text = "This is a test of `bouncer check -dm`: Bouncer can send you direct messages. Nothing else was done."
	channel, _, _, err := api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{user}})
	if err == nil {
		_, _, err = api.PostMessageContext(ctx, channel.ID, slack.MsgOptionText(text, false))
	}
	var said slack.SlackErrorResponse
	switch {
	case err == nil:
		r.ok("direct message", "sent to %s", user)
	case errors.As(err, &said) && said.Err == "messages_tab_disabled":
		r.fail("direct message", "the app has no Messages tab: add features.app_home from manifest.yaml and install the app again (Slack says %s)", said.Err)
	case errors.As(err, &said) && said.Err == "missing_scope":
		r.fail("direct message", "the bot token lacks the scope %s: add it and install the app again", said.Needed)
	default:
		r.fail("direct message", "not sent to %s: %s", user, hosts.Unaddressed(err))
	}
}

// appTokenSays makes a sentence of why no connection can be had.
func appTokenSays(err error) string {
	var open *socket.OpenError
	if errors.As(err, &open) {
		if why, ok := badToken[open.Code]; ok {
			return fmt.Sprintf("SLACK_APP_TOKEN %s: create an app-level token with connections:write (Slack says %s)", why, open.Code)
		}
	}
	return "SLACK_APP_TOKEN: " + err.Error()
}

// The scopes beyond the needed ones, each with what is lost without it.
var useful = map[string]string{
	"files:write": "send lists and outcomes as CSV files", "im:write": "send files, notices and private answers in direct messages",
	"files:read": "take a file of people in the form",
}

func checkScopes(r *report, scopes []string) {
	if len(scopes) == 0 {
		r.note("slack scopes", "Slack does not list them")
		return
	}
	r.ok("slack scopes", "%s", strings.Join(scopes, ", "))
	for s, what := range useful {
		if !slices.Contains(scopes, s) {
			r.note("slack scopes", "%s is missing: Bouncer cannot %s", s, what)
		}
	}
	for _, s := range scopes {
		if _, isUseful := useful[s]; !isUseful && !slices.Contains(needed, s) && !strings.HasSuffix(s, ":history") {
			r.note("slack scopes", "%s is not used by Bouncer", s)
		}
	}
}

func checkGroups(ctx context.Context, r *report, dir *people.Directory) {
	groups, err := dir.Groups(ctx)
	if err != nil {
		r.fail("user groups", "%s", detail(err))
		return
	}
	for _, g := range groups {
		name := "it"
		if g.Handle != "" {
			name = "@" + g.Handle
		}
		switch {
		case g.WhyNoRights != "":
			r.fail("group "+g.ID, "%s %s: it grants no rights", name, g.WhyNoRights)
		case len(g.Members) == 0:
			r.fail("group "+g.ID, "%s has no members", name)
		default:
			r.ok("group "+g.ID, "%s, %d members", name, len(g.Members))
		}
	}
}

func checkUsers(ctx context.Context, r *report, dir *people.Directory, home policy.Workspace, p *policy.Policy) {
	for _, id := range p.Users() {
		person, err := dir.Person(ctx, id, time.Minute)
		if err != nil {
			r.fail("user "+id, "%s", detail(err))
			continue
		}
		if no := home.CheckMember(person); no != nil {
			r.fail("user "+id, "cannot have rights: %s", no.Code)
			continue
		}
		r.ok("user "+id, "%s", person.Name)
	}
}

func checkChannels(ctx context.Context, r *report, dir *people.Directory, c config) {
	named := []struct{ setting, id string }{{"AUDIT_CHANNEL", c.AuditChannel}}
	if c.CaseChannel != c.AuditChannel {
		named = append(named, struct{ setting, id string }{"CASE_CHANNEL", c.CaseChannel})
	}
	for _, id := range c.policy.Channels() {
		named = append(named, struct{ setting, id string }{"CHANNELS", id})
	}
	for _, id := range c.policy.ReportChannels() {
		named = append(named, struct{ setting, id string }{"report_channel", id})
	}
	for _, n := range named {
		posted := n.setting != "CHANNELS" // cards or lines are posted there
		ch, err := usableChannel(ctx, dir, n.id, posted)
		switch {
		case err != nil:
			r.fail(n.setting, "%s", err)
		case !ch.Member:
			r.note(n.setting, "the bot is not in #%s: its cards go to CASE_CHANNEL", ch.Name)
		default:
			r.ok(n.setting, "#%s", ch.Name)
		}
	}
}

func checkTencent(ctx context.Context, r *report, c config) {
	v, err := tencent.New(c.tencent(slog.New(slog.DiscardHandler)))
	if err != nil {
		r.fail("tencent", "%s", err)
		return
	}
	for _, res := range v.Check(ctx) {
		if res.OK {
			r.ok(res.Name, "%s", res.Detail)
		} else {
			r.fail(res.Name, "%s %s", res.Detail, res.Advice)
		}
	}
}
