package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kelseyhightower/envconfig"

	"bouncer/bot/say"
	"bouncer/hosts"
	"bouncer/moderation"
	"bouncer/policy"
	"bouncer/store"
	"bouncer/tencent"
	"bouncer/trace"
)

// settings are what bouncer run reads from the environment. All are text, so that
// every wrong one can be named at once.
type settings struct {
	BotToken    string `envconfig:"SLACK_BOT_TOKEN" secret:"yes" must:"yes" desc:"bot token, xoxb-…"`
	AppToken    string `envconfig:"SLACK_APP_TOKEN" secret:"yes" must:"yes" desc:"app-level token with connections:write, xapp-…"`
	APIURL      string `envconfig:"SLACK_API_URL" default:"https://slack.com/api/" desc:"Slack's API. Response URLs are called only on hooks.slack.com, slack-gov.com, hooks.slack-gov.com and this host. Plain http only on loopback"`
	Command     string `envconfig:"SLACK_COMMAND" default:"/mod" desc:"the slash command"`
	Connections string `envconfig:"SLACK_CONNECTIONS" default:"2" desc:"Socket Mode connections to keep open, 1 to 4. Several replicas keep at most 5 together"`

	AuditChannel string `envconfig:"AUDIT_CHANNEL" must:"yes" desc:"channel id of the audit channel. External people must not be able to read it"`
	CaseChannel  string `envconfig:"CASE_CHANNEL" desc:"where a card goes that cannot be posted where the command was typed. Default: AUDIT_CHANNEL"`
	Channels     string `envconfig:"CHANNELS" desc:"channel ids where the command may be used. Default: every channel the bot is a member of"`
	Moderators   string `envconfig:"MODERATORS" desc:"user ids (U…) and user-group ids (S…), comma-separated. Approvers are moderators too"`
	Approvers    string `envconfig:"APPROVERS" desc:"user ids (U…) and user-group ids (S…), comma-separated. Approvers are moderators too"`
	PeopleLimit  string `envconfig:"PEOPLE_LIMIT" default:"60" desc:"how many different people a moderator may act on in 10 minutes before an approver must approve. off: no limit, and max_targets counts one command only. people_limit in the policy file takes precedence"`
	PolicyFile   string `envconfig:"POLICY_FILE" desc:"policy in YAML, replaces MODERATORS, APPROVERS and CHANNELS"`
	UserID       string `envconfig:"USER_ID_PATTERN" desc:"what UserIDs of your application look like: a regular expression (RE2) that the whole UserID must match, such as u[0-9]+. Anything else is refused as a typing mistake. user_id in the policy file takes precedence"`
	Language     string `envconfig:"LANGUAGE" default:"en" desc:"language of channels, en or zh. Private answers use each person's Slack language"`
	SendReason   string `envconfig:"SEND_REASON" default:"false" desc:"true sends the typed reason to Tencent, which may show it to the person. Otherwise Tencent receives case N"`

	SecretID      string `envconfig:"TENCENTCLOUD_SECRET_ID" secret:"yes" must:"yes" desc:"cloud API key"`
	SecretKey     string `envconfig:"TENCENTCLOUD_SECRET_KEY" secret:"yes" must:"yes" desc:"cloud API key: its secret part"`
	Token         string `envconfig:"TENCENTCLOUD_TOKEN" secret:"yes" desc:"session token of temporary credentials"`
	Site          string `envconfig:"TENCENT_SITE" default:"intl" desc:"site where the account was opened, intl or cn. Mute exists only on intl"`
	Region        string `envconfig:"TRTC_REGION" desc:"region of the cloud API. Default: ap-singapore (intl), ap-guangzhou (cn)"`
	TRTCEndpoint  string `envconfig:"TRTC_ENDPOINT" desc:"host or URL that replaces the site's cloud API"`
	Quota         string `envconfig:"TENCENT_QUOTA" default:"95%" desc:"share of Tencent's rate limits that Bouncer may use; the rest is left to your own backend"`
	SDKAppID      string `envconfig:"SDK_APP_ID" must:"yes" desc:"the application's number"`
	ChatAdmin     string `envconfig:"CHAT_ADMIN" default:"administrator" desc:"an App admin account"`
	ChatSecretKey string `envconfig:"CHAT_SECRET_KEY" secret:"yes" must:"yes" desc:"the application's secret key, used to sign UserSigs"`
	ChatEndpoint  string `envconfig:"CHAT_ENDPOINT" desc:"host or URL that replaces the data centre's. Default: derived from SDK_APP_ID"`

	DatabaseURL string `envconfig:"DATABASE_URL" secret:"yes" default:"bouncer.db" desc:"path of the SQLite file, or postgres://user:password@host/database for several replicas"`
	Retention   string `envconfig:"RETENTION" desc:"age at which the content of audit log entries is erased, in days, such as 400d. Only what was exported and published is erased. Default: never"`
	HTTPAddr    string `envconfig:"HTTP_ADDR" default:"127.0.0.1:8081" desc:"address of /healthz, /readyz and /metrics"`
	IntakeAddr  string `envconfig:"INTAKE_ADDR" desc:"address that takes reports from your backend, host:port. Default: none. It speaks plain HTTP: put a proxy with TLS before it"`
	IntakeKeys  string `envconfig:"INTAKE_SECRET" secret:"yes" desc:"key that reports are signed with, at least 32 characters. Two keys, comma-separated, while one replaces the other"`
	IntakePath  string `envconfig:"INTAKE_TENCENT_PATH" secret:"yes" desc:"last part of the address that Tencent sends moderation results to: at least 20 letters, digits, - and _ that cannot be guessed. Default: none are taken"`
	IntakeToken string `envconfig:"INTAKE_TENCENT_TOKEN" secret:"yes" desc:"authentication token of Tencent's callbacks. Required with INTAKE_TENCENT_PATH"`
	LogLevel    string `envconfig:"LOG_LEVEL" default:"info" desc:"debug, info, warn or error"`

	OTLPEndpoint       string `envconfig:"OTEL_EXPORTER_OTLP_ENDPOINT" desc:"base URL of an OpenTelemetry collector that gets traces, such as http://localhost:4318. Default: no traces"`
	OTLPTracesEndpoint string `envconfig:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" desc:"whole URL for traces, in place of OTEL_EXPORTER_OTLP_ENDPOINT"`
	OTLPHeaders        string `envconfig:"OTEL_EXPORTER_OTLP_HEADERS" secret:"yes" desc:"headers for the collector, such as authorization=Bearer%20…, comma-separated"`
	OTLPProtocol       string `envconfig:"OTEL_EXPORTER_OTLP_PROTOCOL" desc:"http/json, the only supported protocol, or empty"`
	OTELService        string `envconfig:"OTEL_SERVICE_NAME" desc:"name of the service in traces. Default: bouncer"`
	OTELResource       string `envconfig:"OTEL_RESOURCE_ATTRIBUTES" desc:"attributes of every trace, such as deployment.environment=live, comma-separated"`

	// Brake is the old name of PeopleLimit, accepted for this release.
	Brake string `envconfig:"BRAKE" replaced:"PEOPLE_LIMIT" desc:"deprecated, use PEOPLE_LIMIT"`

	// fileProblems is what is wrong with the files of secrets, by setting.
	fileProblems map[string]string
}

// config is the settings, checked.
type config struct {
	settings
	connections int
	quota       float64
	sdkAppID    uint32
	sendReason  bool
	retention   time.Duration
	intakeKeys  []string
	lang        say.Lang
	level       slog.Level
	site        tencent.Site
	policy      *policy.Policy
	// policyOptions are what a policy file may leave to the settings.
	policyOptions policy.Options
	// timing is the zero value except in tests: no setting changes it.
	timing moderation.Timing
	// hangups are the SIGHUPs that load the policy file again; nil for none.
	hangups <-chan os.Signal
}

// problems are all wrong settings at once.
type problems []string

func (p *problems) add(format string, args ...any) { *p = append(*p, fmt.Sprintf(format, args...)) }

// Error lists them, one a line.
func (p problems) Error() string {
	if len(p) == 1 {
		return p[0]
	}
	return strconv.Itoa(len(p)) + " settings are missing or wrong:\n  - " + strings.Join(p, "\n  - ")
}

// fromEnvironment reads and checks the settings.
func fromEnvironment() (config, error) {
	s, err := environment()
	if err != nil {
		return config{}, err
	}
	return s.check()
}

// environment reads the settings, unchecked.
func environment() (settings, error) {
	var s settings
	if err := envconfig.Process("", &s); err != nil {
		return settings{}, errors.New("the environment cannot be read")
	}
	s.fillIn(os.Getenv)
	return s, nil
}

// settingsOf reads the settings from a map instead.
func settingsOf(env map[string]string) settings {
	var s settings
	v := reflect.ValueOf(&s).Elem()
	for i := range v.NumField() {
		if name := v.Type().Field(i).Tag.Get("envconfig"); name != "" {
			v.Field(i).SetString(env[name])
		}
	}
	s.fillIn(func(name string) string { return env[name] })
	return s
}

// fillIn reads the files of secrets and sets empty settings to their defaults:
// an env-file may name a setting and leave it empty.
func (s *settings) fillIn(value func(string) string) {
	s.readSecretFiles(value)
	v := reflect.ValueOf(s).Elem()
	for i := range v.NumField() {
		if def := v.Type().Field(i).Tag.Get("default"); def != "" && v.Field(i).String() == "" {
			v.Field(i).SetString(def)
		}
	}
	if s.Brake != "" { // without the default, to detect that both names are set
		s.PeopleLimit = value("PEOPLE_LIMIT")
	}
}

// shown returns a wrong value for an error message, but never one that is
// long or looks like a secret, because it may have been meant for another
// setting.
func shown(value string) string {
	if len(value) > 40 || strings.Contains(value, "@") || strings.HasPrefix(value, "xox") || strings.HasPrefix(value, "xapp") || strings.HasPrefix(value, "AKID") {
		return "the value"
	}
	return strconv.Quote(value)
}

var (
	channelID   = regexp.MustCompile(`^[CG][A-Z0-9]{2,}$`)
	commandName = regexp.MustCompile(`^/[a-z0-9_-]{1,31}$`)
)

// check finds every problem at once.
func (s settings) check() (config, error) {
	c := config{settings: s}
	var p problems
	s.missing(&p)
	prefix(&p, "SLACK_BOT_TOKEN", s.BotToken, "xoxb-")
	prefix(&p, "SLACK_APP_TOKEN", s.AppToken, "xapp-")
	c.APIURL = apiURL(&p, s.APIURL)
	if !commandName.MatchString(s.Command) {
		p.add("SLACK_COMMAND: %s is not a slash command; write it as /mod", shown(s.Command))
	}
	c.connections = number(&p, "SLACK_CONNECTIONS", s.Connections, 1, 4)
	if s.AuditChannel != "" && !channelID.MatchString(s.AuditChannel) {
		p.add("AUDIT_CHANNEL: %s is not a channel id; it begins with C and is at the bottom of the channel's details", shown(s.AuditChannel))
	}
	if s.CaseChannel == "" {
		c.CaseChannel = s.AuditChannel
	} else if !channelID.MatchString(s.CaseChannel) {
		p.add("CASE_CHANNEL: %s is not a channel id", shown(s.CaseChannel))
	}
	c.lang = language(&p, s.Language)
	var err error
	if c.sendReason, err = strconv.ParseBool(s.SendReason); err != nil {
		p.add("SEND_REASON: %s is neither true nor false", shown(s.SendReason))
	}
	c.site = tencent.Site(s.Site)
	if c.site != tencent.SiteIntl && c.site != tencent.SiteCN {
		p.add("TENCENT_SITE: %s is neither intl nor cn", shown(s.Site))
	}
	c.quota = quota(&p, s.Quota)
	if s.SDKAppID != "" {
		n, err := strconv.ParseUint(s.SDKAppID, 10, 32)
		if err != nil || n == 0 {
			p.add("SDK_APP_ID: %s is not an application number", shown(s.SDKAppID))
		}
		c.sdkAppID = uint32(n)
	}
	if err := c.level.UnmarshalText([]byte(s.LogLevel)); err != nil {
		p.add("LOG_LEVEL: %s is not debug, info, warn or error", shown(s.LogLevel))
	}
	address(&p, "HTTP_ADDR", s.HTTPAddr)
	c.intakeKeys = s.intake(&p)
	c.retention = retention(&p, s.Retention)
	if err := store.CheckURL(s.DatabaseURL); err != nil {
		p.add("%v", err)
	}
	c.policyOptions = policy.Options{PeopleLimit: s.peopleLimit(&p), UserID: s.userID(&p)}
	c.policy = s.policy(&p, c.policyOptions)
	if _, err := trace.New(c.trace(nil, nil)); err != nil {
		for line := range strings.Lines(err.Error()) {
			p.add("%s", strings.TrimSpace(line))
		}
	}
	s.vendor(&p, c)
	if len(p) > 0 {
		return config{}, p
	}
	return c, nil
}

// missing names each required setting that is empty, and each whose file
// cannot be used.
func (s settings) missing(p *problems) {
	v := reflect.ValueOf(s)
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if problem := s.fileProblems[f.Tag.Get("envconfig")]; problem != "" {
			p.add("%s", problem)
		} else if f.Tag.Get("must") == "yes" && v.Field(i).String() == "" {
			p.add("%s is missing: %s", f.Tag.Get("envconfig"), f.Tag.Get("desc"))
		}
	}
}

// vendor lets package tencent check its own settings. What is missing or not
// a number is reported already.
func (s settings) vendor(p *problems, c config) {
	if s.SecretID == "" || s.SecretKey == "" || s.ChatSecretKey == "" || c.sdkAppID == 0 {
		return
	}
	v, err := tencent.New(c.tencent(slog.New(slog.DiscardHandler)))
	if err == nil {
		v.Close()
		return
	}
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimSpace(line)
		name, _, _ := strings.Cut(line, ":")
		reported := slices.ContainsFunc(*p, func(t string) bool { return strings.HasPrefix(t, name+":") })
		if line != "" && !reported && !strings.HasSuffix(line, "settings:") {
			p.add("%s", line)
		}
	}
}

// peopleLimit reads PEOPLE_LIMIT, or BRAKE in its place; "off" is 0.
func (s settings) peopleLimit(p *problems) policy.PeopleLimit {
	name, value := "PEOPLE_LIMIT", s.PeopleLimit
	if s.Brake != "" {
		if value != "" {
			p.add("BRAKE and PEOPLE_LIMIT are both set: BRAKE is the old name, remove it")
			return 0
		}
		name, value = "BRAKE", s.Brake
	}
	if strings.EqualFold(value, "off") {
		return 0
	}
	return policy.PeopleLimit(number(p, name, value, 1, policy.MaxPeopleLimit))
}

// warnings returns a sentence for each old name of a setting in use.
func (s settings) warnings() []string {
	if s.Brake == "" {
		return nil
	}
	return []string{"BRAKE is deprecated and will be removed in the next release: use PEOPLE_LIMIT"}
}

// userID reads USER_ID_PATTERN; a wrong one is reported once.
func (s settings) userID(p *problems) string {
	if _, err := policy.UserIDPattern(s.UserID); err != nil {
		p.add("USER_ID_PATTERN: %s %v", shown(s.UserID), err)
		return ""
	}
	return s.UserID
}

// policy reads the policy file, or makes a policy of the two lists.
func (s settings) policy(p *problems, o policy.Options) *policy.Policy {
	if s.PolicyFile == "" {
		if s.Moderators == "" && s.Approvers == "" {
			p.add("MODERATORS is missing: without it no one can use the bot. Set it, or APPROVERS, or POLICY_FILE")
			return nil
		}
		pol, err := policy.FromSettings(splitList(s.Moderators), splitList(s.Approvers), splitList(s.Channels), o)
		if err != nil {
			for line := range strings.Lines(err.Error()) { // each names its list, which here is a setting
				list, what, _ := strings.Cut(strings.TrimSpace(line), ":")
				p.add("%s:%s", strings.ToUpper(list), what)
			}
		}
		return pol
	}
	for name, v := range map[string]string{"MODERATORS": s.Moderators, "APPROVERS": s.Approvers, "CHANNELS": s.Channels} {
		if v != "" {
			p.add("%s cannot be used together with POLICY_FILE: write it into the file", name)
		}
	}
	pol, err := loadPolicy(s.PolicyFile, o)
	if err != nil {
		p.add("POLICY_FILE: %s", err)
	}
	return pol
}

func splitList(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' })
}

// prefix checks a token's kind without ever showing any of it.
func prefix(p *problems, name, value, want string) {
	if value != "" && !strings.HasPrefix(value, want) {
		p.add("%s is another kind of token: it must begin with %s", name, want)
	}
}

func address(p *problems, name, value string) {
	if _, port, err := net.SplitHostPort(value); err != nil {
		p.add("%s: %s is not host:port", name, shown(value))
	} else if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		p.add("%s: the port of %s is not a number from 0 to 65535", name, shown(value))
	}
}

func number(p *problems, name, value string, low, high int) int {
	n, err := strconv.Atoi(value)
	if err != nil || n < low || n > high {
		p.add("%s: %s is not a number from %d to %d", name, shown(value), low, high)
	}
	return n
}

// quota reads "95%" or "0.95".
func quota(p *problems, value string) float64 {
	text, percent := strings.CutSuffix(strings.TrimSpace(value), "%")
	f, err := strconv.ParseFloat(text, 64)
	if percent {
		f /= 100
	}
	if err != nil || !(f > 0 && f <= 1) {
		p.add("TENCENT_QUOTA: %s is not a share from 1%% to 100%%", shown(value))
	}
	return f
}

// retention reads a number of days, such as 400d; empty is 0.
func retention(p *problems, value string) time.Duration {
	if value == "" {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSuffix(value, "d"))
	if err != nil || !strings.HasSuffix(value, "d") || n < 1 || n > 36500 {
		p.add("RETENTION: %s is not a number of days from 1d to 36500d, such as 400d; leave it out to erase nothing", shown(value))
		return 0
	}
	return time.Duration(n) * 24 * time.Hour
}

// language reads en or zh, and what LANGUAGE means to other programs, such as
// en_US:en: an inherited value must not stop the start.
func language(p *problems, value string) say.Lang {
	first, _, _ := strings.Cut(value, ":")
	first, _, _ = strings.Cut(first, ".")
	first, _, _ = strings.Cut(strings.ReplaceAll(first, "_", "-"), "-")
	l, err := say.ParseLang(strings.ToLower(first))
	if err != nil {
		p.add("LANGUAGE: %s is neither en nor zh", shown(value))
	}
	return l
}

func apiURL(p *problems, value string) string {
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "":
		p.add("SLACK_API_URL: %s is not a URL such as https://slack.com/api/", shown(value))
	case u.Scheme == "http" && !hosts.Loopback(u.Hostname()):
		p.add("SLACK_API_URL: plain http is allowed on loopback only")
	case u.Scheme != "http" && u.Scheme != "https":
		p.add("SLACK_API_URL: %s is neither http nor https", shown(value))
	}
	if !strings.HasSuffix(value, "/") {
		value += "/"
	}
	return value
}

// printSettings is the help of bouncer run.
func printSettings(w io.Writer) {
	_, _ = fmt.Fprint(w, "bouncer run reads its settings from the environment:\n\n")
	t := reflect.TypeFor[settings]()
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("envconfig") == "" {
			continue
		}
		note := ""
		switch {
		case f.Tag.Get("must") == "yes":
			note = " (required)"
		case f.Tag.Get("default") != "":
			note = " (default " + f.Tag.Get("default") + ")"
		}
		_, _ = fmt.Fprintf(w, "  %s%s\n        %s\n", f.Tag.Get("envconfig"), note, f.Tag.Get("desc"))
	}
	_, _ = fmt.Fprintf(w, "\nA secret can be read from a file: set NAME_FILE to its path and leave NAME out. These are\n%s.\n", strings.Join(secretNames(), ", "))
}
