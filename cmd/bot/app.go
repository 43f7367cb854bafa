package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/slack-go/slack"

	"bouncer/backoff"
	"bouncer/bot"
	"bouncer/bot/people"
	"bouncer/bot/say"
	"bouncer/bot/socket"
	"bouncer/intake"
	"bouncer/moderation"
	"bouncer/policy"
	"bouncer/store"
	"bouncer/tencent"
	"bouncer/trace"
)

// app is a bot and what it depends on.
type app struct {
	bot      *bot.Bot
	slack    *slack.Client
	store    *store.Store
	policy   *atomic.Pointer[policy.Policy] // the one in force
	people   *people.Directory
	registry *prometheus.Registry
	intake   *intake.Handler // nil without INTAKE_ADDR
	// intakeURL is where reports are taken; empty without INTAKE_ADDR.
	intakeURL string
	speaker   *say.Speaker
	tracer    *trace.Tracer // nil: nothing is traced
	log       *slog.Logger
}

// identity is what Slack says about the tokens.
type identity struct {
	team, enterprise, appID, botUser, url string
	scopes                                []string // empty if Slack does not say
}

// gridTeam is the team that methods must name in an enterprise; empty outside.
func (me identity) gridTeam() string {
	if me.enterprise == "" {
		return ""
	}
	return me.team
}

// build opens the store, identifies the bot at Slack and wires the packages.
func build(ctx context.Context, c config, log *slog.Logger) (_ *app, err error) {
	vendor, err := tencent.New(c.tencent(log))
	if err != nil {
		return nil, err
	}
	st, err := store.New(ctx, store.Config{URL: c.DatabaseURL, App: c.sdkAppID, AuditChannel: c.AuditChannel, Timing: c.timing, Retention: c.retention, Describer: vendor, Logger: log})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, st.Close())
		}
	}()
	head, err := checkPublishedHead(ctx, st)
	if err != nil {
		return nil, err
	}
	client := httpClient()
	tracer, err := trace.New(c.trace(client, log))
	if err != nil {
		return nil, err
	}
	api := slack.New(c.BotToken, slack.OptionAPIURL(c.APIURL), slack.OptionHTTPClient(slackClient(client)))
	meanwhile, err := newEnds(c, st, vendor, log)
	if err != nil {
		return nil, err
	}
	defer meanwhile.stop()
	begin := func() { meanwhile.begin(ctx) }
	var me identity
	err = patiently(ctx, log, begin, func() error { me, err = whoAmI(ctx, api); return err })
	if err != nil {
		return nil, err
	}
	home := policy.Workspace{Team: me.team, Enterprise: me.enterprise}
	inForce := new(atomic.Pointer[policy.Policy])
	inForce.Store(c.policy)
	// Lookups are not cancelled with the process: work that continues during
	// a stop still needs them.
	dir, err := people.New(context.WithoutCancel(ctx), people.Config{API: api, Workspace: home, TeamID: me.gridTeam(), Logger: log,
		Groups: func() []string { return inForce.Load().Groups() }})
	if err != nil {
		return nil, err
	}
	if err := patiently(ctx, log, begin, func() error { return checkAudit(ctx, dir, c.AuditChannel) }); err != nil {
		return nil, err
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	speaker := say.New(say.Config{Lang: c.lang, Command: c.Command, Version: version,
		Reasons: func() moderation.ReasonRules { return inForce.Load().Reasons() }})
	b, err := bot.New(ctx, bot.Config{
		Store: st, Vendor: vendor, Policy: inForce.Load, UsePolicy: inForce.Store, PolicyOptions: c.policyOptions, People: dir,
		Speaker: speaker,
		Slack:   api, APIURL: c.APIURL, HTTP: client, Opener: socket.NewOpener(client, c.APIURL, c.AppToken),
		Connections: c.connections, Budget: socketBudget(st, c.connections), CanReadHistory: slices.Contains(me.scopes, "channels:history") && slices.Contains(me.scopes, "groups:history"),
		CanReadFiles:  slices.Contains(me.scopes, "files:read"),
		PublishedHead: head, AppID: me.appID, Workspace: home, WorkspaceURL: me.url,
		Command: c.Command, AuditChannel: c.AuditChannel, CaseChannel: c.CaseChannel, Lang: c.lang,
		SDKAppID: c.sdkAppID, Rates: tencent.Rates(c.quota), SendReason: c.sendReason,
		Version: version, Timing: c.timing, Logger: log, Registry: reg, Tracer: tracer,
	})
	if err != nil {
		return nil, err
	}
	reports, err := newIntake(c, b, inForce.Load, log)
	if err != nil {
		return nil, err
	}
	return &app{bot: b, intake: reports, speaker: speaker, tracer: tracer, slack: api, store: st, policy: inForce, people: dir, registry: reg, log: log}, nil
}

// socketBudget returns what bounds the connections of a process that may not be
// the only one; nil where it is.
func socketBudget(st *store.Store, wanted int) socket.Budget {
	if !st.Shared() {
		return nil
	}
	return st.SocketShare(wanted)
}

func (c config) trace(client *http.Client, log *slog.Logger) trace.Config {
	return trace.Config{
		Endpoint: c.OTLPEndpoint, TracesEndpoint: c.OTLPTracesEndpoint, Headers: c.OTLPHeaders, Protocol: c.OTLPProtocol,
		Service: c.OTELService, Resource: c.OTELResource, Version: version, Instance: uuid.NewString(), HTTP: client, Logger: log,
	}
}

func (c config) tencent(log *slog.Logger) tencent.Config {
	return tencent.Config{
		SecretID: c.SecretID, SecretKey: c.SecretKey, Token: c.Token, Site: c.site, Region: c.Region,
		CloudEndpoint: c.TRTCEndpoint, SDKAppID: c.sdkAppID, ChatAdmin: c.ChatAdmin, ChatSecretKey: c.ChatSecretKey,
		ChatEndpoint: c.ChatEndpoint, Logger: log,
	}
}

// patiently retries try while Slack is unavailable; a refusal of Slack is
// final. meanwhile is called before each wait.
func patiently(ctx context.Context, log *slog.Logger, meanwhile func(), try func() error) error {
	waits := backoff.Policy{First: 250 * time.Millisecond, Max: 30 * time.Second}
	for failed := 1; ; failed++ {
		err := try()
		if err == nil || !passing(err) {
			return err
		}
		log.Warn("Slack is unavailable, retrying", "err", err)
		meanwhile()
		select {
		case <-ctx.Done():
			return fmt.Errorf("stopped while Slack was unavailable: %w", err)
		case <-time.After(waits.Wait(failed)):
		}
	}
}

func passing(err error) bool {
	var final *sentence
	return !errors.As(err, &final)
}

// sentence is an error that no repetition mends.
type sentence struct{ text string }

func (s *sentence) Error() string { return s.text }

func sentencef(format string, args ...any) error { return &sentence{fmt.Sprintf(format, args...)} }

// The scopes that the bot cannot work without.
var needed = []string{"commands", "chat:write", "users:read", "usergroups:read", "channels:read", "groups:read"}

// whoAmI asks Slack about the bot token.
func whoAmI(ctx context.Context, api *slack.Client) (identity, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	a, err := api.AuthTestContext(ctx)
	if err != nil {
		return identity{}, slackSays("SLACK_BOT_TOKEN", err)
	}
	me := identity{team: a.TeamID, enterprise: a.EnterpriseID, botUser: a.UserID, url: a.URL}
	if h := a.Header.Get("X-OAuth-Scopes"); h != "" {
		for s := range strings.SplitSeq(h, ",") {
			me.scopes = append(me.scopes, strings.TrimSpace(s))
		}
		if missing := missingScopes(me.scopes); len(missing) > 0 {
			return identity{}, sentencef("SLACK_BOT_TOKEN lacks the scopes %s: add them (manifest.yaml has them all) and install the app again",
				strings.Join(missing, ", "))
		}
	}
	info, err := api.GetBotInfoContext(ctx, slack.GetBotInfoParameters{Bot: a.BotID})
	if err != nil {
		return identity{}, slackSays("SLACK_BOT_TOKEN", err)
	}
	me.appID = info.AppID
	return me, nil
}

func missingScopes(scopes []string) []string {
	var missing []string
	for _, s := range needed {
		if !slices.Contains(scopes, s) {
			missing = append(missing, s)
		}
	}
	return missing
}

// badToken are Slack's codes that no repetition mends. The codes of a workspace
// that is moved to another plan are none of them: that ends by itself.
var badToken = map[string]string{
	"invalid_auth": "is not valid", "not_authed": "is not valid", "account_inactive": "belongs to an account that was removed",
	"token_revoked": "was revoked", "token_expired": "has expired", "not_allowed_token_type": "is another kind of token",
	"missing_scope": "lacks a scope", "team_access_not_granted": "has no access to this team",
	"ekm_access_denied": "was denied by the organization's keys", "invalid_arguments": "is rejected by Slack",
}

// slackSays turns a refusal of Slack into a final error that names the
// setting.
func slackSays(setting string, err error) error {
	var said slack.SlackErrorResponse
	if errors.As(err, &said) {
		if why, ok := badToken[said.Err]; ok {
			if said.Needed != "" {
				why += " (needed: " + said.Needed + ")"
			}
			return sentencef("%s %s (Slack says %s)", setting, why, said.Err)
		}
		return fmt.Errorf("%s could not be checked: %w", setting, err)
	}
	return err
}

// checkAudit returns an error unless the audit channel exists, contains the
// bot, and cannot be read by external people.
func checkAudit(ctx context.Context, dir *people.Directory, channel string) error {
	_, err := usableChannel(ctx, dir, channel, true)
	if err != nil && !passing(err) {
		return sentencef("AUDIT_CHANNEL: %s", err)
	}
	return err
}

// usableChannel reads a channel of the settings and returns an error that says why
// it cannot be used. With member, the bot must be in it.
func usableChannel(ctx context.Context, dir *people.Directory, id string, member bool) (moderation.Channel, error) {
	c, err := dir.Channel(ctx, id, time.Minute)
	switch {
	case people.IsUnknownChannel(err):
		return c, sentencef("Slack knows no channel %s, or the bot cannot see it: invite the bot", id)
	case people.IsTransient(err):
		return c, fmt.Errorf("Slack cannot look up %s now: %s", id, detail(err)) //nolint:staticcheck // Slack is a name
	case err != nil:
		return c, sentencef("Slack cannot look up %s: %s", id, detail(err))
	case c.HasExternalPeople():
		return c, sentencef("#%s is shared with external people, or will be: Bouncer neither runs commands nor posts there. Choose an internal channel", c.Name)
	case c.Archived:
		return c, sentencef("#%s is archived", c.Name)
	case member && !c.Member:
		return c, sentencef("the bot is not in #%s: invite it", c.Name)
	}
	return c, nil
}

// detail returns why Slack could not say, without the internal code.
func detail(err error) string {
	if no, ok := errors.AsType[*moderation.Error](err); ok && no.Values["detail"] != "" {
		return no.Values["detail"]
	}
	return err.Error()
}
