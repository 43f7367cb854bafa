package tencent

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"bouncer/hosts"
	"bouncer/moderation"
)

// Site is the half of Tencent Cloud where an account was opened. It decides the cloud endpoint and
// which actions exist.
type Site string

// The sites.
const (
	SiteIntl Site = "intl" // tencentcloud.com; the only one that documents SetUserBlocked
	SiteCN   Site = "cn"   // cloud.tencent.com
)

// DefaultTimeout bounds one call. The v4 backend times out after 3 s, so a shorter one would lose
// answers. The calls of a case end earlier, with the 8 s of their context (package moderation).
const DefaultTimeout = 10 * time.Second

// DefaultAdmin is the administrator account that every Chat application has.
const DefaultAdmin = "administrator"

// Config is what New needs. Its secrets are never printed: String, GoString, %v and slog show only
// the rest.
type Config struct {
	// SecretID and SecretKey are the cloud credentials; required.
	SecretID  string `json:"-"`
	SecretKey string `json:"-"`
	// Token belongs to temporary credentials (STS); empty for permanent ones.
	Token string `json:"-"`
	// Site is where the account was opened; empty means SiteIntl.
	Site Site
	// Region is ap-singapore, ap-guangzhou or ap-beijing; empty means ap-singapore for intl and
	// ap-guangzhou for cn.
	Region string
	// CloudEndpoint replaces the site's cloud API host: a host, host:port or URL. Plain http is
	// for loopback only. Empty means the site's own.
	CloudEndpoint string

	// SDKAppID is the application's number; required.
	SDKAppID uint32
	// ChatAdmin is the administrator account for v4 calls; empty means DefaultAdmin.
	ChatAdmin string
	// ChatSecretKey is the key for UserSigs; required.
	ChatSecretKey string `json:"-"`
	// ChatEndpoint replaces the v4 API host: a host, host:port or URL. Plain http is for loopback
	// only. Empty means the data centre of the SDKAppID's number.
	ChatEndpoint string

	// Timeout bounds one call; 0 means DefaultTimeout.
	Timeout time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time `json:"-"`
	// Logger logs renewed UserSigs; nil for none.
	Logger *slog.Logger `json:"-"`
}

// String returns the settings without secrets.
func (c Config) String() string {
	return fmt.Sprintf("tencent site=%s region=%s app=%d admin=%s", c.Site, c.Region, c.SDKAppID, c.ChatAdmin)
}

// GoString returns String: %#v must not print secrets either.
func (c Config) GoString() string { return c.String() }

// LogValue returns String for slog.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// endpoint is the address of one of the two APIs.
type endpoint struct {
	scheme string // "http" or "https"
	host   string // host or host:port
	path   string // "" or a path without a slash at its end
}

// fill sets defaults and collects all problems. No message repeats a value: operators paste
// secrets into the wrong setting.
func (c *Config) fill() (cloud, chat endpoint, err error) {
	var problems []error
	wrong := func(setting, what string) {
		problems = append(problems, fmt.Errorf("%s: %s", setting, what))
	}
	secret := func(setting, value, what string) {
		switch {
		case value == "":
			wrong(setting, "is missing: "+what)
		case strings.TrimSpace(value) != value || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }):
			wrong(setting, "contains spaces or characters that are not printable ASCII")
		}
	}
	secret("TENCENTCLOUD_SECRET_ID", c.SecretID, "the id of the cloud API key")
	secret("TENCENTCLOUD_SECRET_KEY", c.SecretKey, "the cloud API key")
	if c.Token != "" {
		secret("TENCENTCLOUD_TOKEN", c.Token, "")
	}
	secret("CHAT_SECRET_KEY", c.ChatSecretKey, "the key of the Chat application, from its console page")

	switch c.Site {
	case "":
		c.Site = SiteIntl
	case SiteIntl, SiteCN:
	default:
		wrong("TENCENT_SITE", "must be intl or cn")
	}
	switch {
	case c.Region == "" && c.Site == SiteCN:
		c.Region = "ap-guangzhou"
	case c.Region == "":
		c.Region = "ap-singapore"
	case !slices.Contains(regions(), c.Region):
		wrong("TRTC_REGION", "must be one of "+strings.Join(regions(), ", "))
	}
	if c.SDKAppID == 0 {
		wrong("SDK_APP_ID", "is missing: the application's number")
	}
	if c.ChatAdmin == "" {
		c.ChatAdmin = DefaultAdmin
	} else if moderation.CheckUserID(c.ChatAdmin) != nil || strings.TrimSpace(c.ChatAdmin) != c.ChatAdmin {
		wrong("CHAT_ADMIN", "must be the name of an administrator account: 1 to 32 characters of printable ASCII")
	}
	if c.Timeout < 0 {
		wrong("timeout", "must not be negative")
	} else if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}

	cloud, err = parseEndpoint(c.CloudEndpoint, cloudHost(c.Site))
	if err != nil {
		wrong("TRTC_ENDPOINT", err.Error())
	}
	chat, err = parseEndpoint(c.ChatEndpoint, chatHost(c.SDKAppID))
	if err != nil {
		wrong("CHAT_ENDPOINT", err.Error())
	}
	return cloud, chat, errors.Join(problems...)
}

// regions returns the regions that the room management actions document.
func regions() []string { return []string{"ap-beijing", "ap-guangzhou", "ap-singapore"} }

func cloudHost(s Site) string {
	if s == SiteCN {
		return "trtc.tencentcloudapi.com"
	}
	return "trtc.intl.tencentcloudapi.com"
}

// centres are the v4 hosts of the data centres outside China by the leading digits of the
// SDKAppID: 20 millions and 1,720 millions are Singapore, and so on in steps of ten. The hosts are
// documented (document/product/1047/50293, Mumbai by older pages only); the numbers are those of
// the Chat SDK.
var centres = map[uint32]string{
	2: "adminapisgp.im.qcloud.com", // Singapore
	3: "adminapikr.im.qcloud.com",  // Seoul
	4: "adminapiger.im.qcloud.com", // Frankfurt
	5: "adminapiind.im.qcloud.com", // Mumbai
	6: "adminapijpn.im.qcloud.com", // Tokyo
	7: "adminapiusa.im.qcloud.com", // Silicon Valley
	8: "adminapiidn.im.qcloud.com", // Jakarta
}

func chatHost(app uint32) string {
	const (
		ten   = 10_000_000
		newer = 1_700_000_000
	)
	digit := uint32(0)
	switch {
	case app >= 2*ten && app < 9*ten:
		digit = app / ten
	case app >= newer+2*ten && app < newer+9*ten:
		digit = (app - newer) / ten
	}
	if host, ok := centres[digit]; ok {
		return host
	}
	return "console.tim.qq.com"
}

// parseEndpoint reads a host, a host:port or a URL. Its errors never repeat the value, which may
// contain a password.
func parseEndpoint(value, standard string) (endpoint, error) {
	if value == "" {
		return endpoint{scheme: "https", host: standard}, nil
	}
	if !strings.Contains(value, "://") {
		value = "https://" + value
	}
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Hostname() == "" || strings.ContainsAny(u.Host, " \t\r\n"):
		return endpoint{}, errors.New("must be a host or a URL such as https://host.example")
	case u.User != nil:
		return endpoint{}, errors.New("must not contain a user name or a password")
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return endpoint{}, errors.New("must not contain a query")
	case u.Scheme != "http" && u.Scheme != "https":
		return endpoint{}, errors.New("must begin with https:// or http://")
	case u.Scheme == "http" && !hosts.Loopback(u.Hostname()):
		return endpoint{}, errors.New("plain http is for loopback addresses only")
	}
	return endpoint{scheme: u.Scheme, host: u.Host, path: strings.TrimRight(u.EscapedPath(), "/")}, nil
}
