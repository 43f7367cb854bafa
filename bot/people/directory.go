package people

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/sync/errgroup"

	"bouncer/moderation"
	"bouncer/policy"
)

// API is the part of *slack.Client that the directory uses. Each method returns Slack's answer, or
// an error of Slack's or of the network.
type API interface {
	// GetUserInfoContext calls users.info, the locale included.
	GetUserInfoContext(ctx context.Context, user string, options ...slack.GetUserInfoOption) (*slack.User, error)
	// GetUserGroupsContext calls usergroups.list.
	GetUserGroupsContext(ctx context.Context, options ...slack.GetUserGroupsOption) ([]slack.UserGroup, error)
	// GetConversationInfoContext calls conversations.info.
	GetConversationInfoContext(ctx context.Context, input *slack.GetConversationInfoInput) (*slack.Channel, error)
	// GetUsersInConversationContext calls conversations.members.
	GetUsersInConversationContext(ctx context.Context, params *slack.GetUsersInConversationParameters) ([]string, string, error)
}

// Maximum ages of answers if Config names none.
const (
	DefaultMaxAge  = time.Minute
	DefaultTimeout = 10 * time.Second
	DefaultEntries = 10_000
)

// Config configures a Directory.
type Config struct {
	// API asks Slack. Required; its own retries should be off, since the
	// directory honours Retry-After itself.
	API API
	// Workspace is our team and enterprise: a user group of another one grants
	// nothing. Home.Team is required.
	Workspace policy.Workspace
	// Groups returns the user groups (S…) to read; it is called at every
	// lookup. While it returns none, usergroups.list is never called
	// (workspaces without a paid plan have no user groups). nil means none.
	Groups func() []string
	// MaxAge is the oldest answer that is ever used, whatever age is asked for;
	// zero is a minute.
	MaxAge time.Duration
	// Timeout bounds one lookup, including retries and waits; zero is 10 s.
	Timeout time.Duration
	// Entries bounds how many people, and how many channels, are cached; zero
	// is 10,000 each.
	Entries int
	// TeamID is sent as team_id with usergroups.list, which an org-wide token of
	// an Enterprise Grid must do; empty sends none.
	TeamID string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Logger is the destination of the log; nil is slog.Default().
	Logger *slog.Logger
}

// Directory looks up people, groups and channels. It is safe for concurrent
// use and starts no goroutine that outlives a lookup.
type Directory struct {
	cfg      Config
	life     context.Context
	users    *cache[slack.User]
	channels *cache[slack.Channel]
	groups   *cache[groups]
	reader   *reader
	noted    notes
}

// New returns a Directory, or an error for an unusable Config. When ctx ends,
// running lookups end too and later ones fail.
func New(ctx context.Context, cfg Config) (*Directory, error) {
	if cfg.API == nil {
		return nil, errors.New("people: Config.API is missing")
	}
	if cfg.Workspace.Team == "" {
		return nil, errors.New("people: the bot's own team is unknown")
	}
	if cfg.MaxAge < 0 || cfg.Timeout < 0 || cfg.Entries < 0 {
		return nil, errors.New("people: a setting is negative")
	}
	if cfg.Groups == nil {
		cfg.Groups = func() []string { return nil }
	}
	orDefault(&cfg.MaxAge, DefaultMaxAge)
	orDefault(&cfg.Timeout, DefaultTimeout)
	orDefault(&cfg.Entries, DefaultEntries)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	return &Directory{
		cfg:      cfg,
		life:     ctx,
		users:    newCache[slack.User](cfg.Entries, cfg.Now),
		channels: newCache[slack.Channel](cfg.Entries, cfg.Now),
		groups:   newCache[groups](1, cfg.Now),
		reader:   &reader{now: cfg.Now, blocked: map[string]time.Time{}},
		noted:    notes{log: cfg.Logger, said: map[string]string{}},
	}, nil
}

func orDefault[T comparable](v *T, zero T) {
	var none T
	if *v == none {
		*v = zero
	}
}

// Person returns a person, by answers at most maxAge old (0: requested now).
// ReadAt is the request time of the oldest of them. It does not check
// membership; policy.Workspace does.
//
// If Slack cannot say, the error is a *moderation.Error with code
// RefuseUnknownPerson; its detail names the method and Slack's error code. If
// the caller's context was cancelled, the error is that and not a refusal.
func (d *Directory) Person(ctx context.Context, userID string, maxAge time.Duration) (moderation.Person, error) {
	if !isID(userID) {
		return moderation.Person{}, unknown(moderation.RefuseUnknownPerson, &failure{detail: "not a user id", lasts: true})
	}
	within, done := d.bounded(ctx)
	defer done()
	maxAge = min(maxAge, d.cfg.MaxAge)

	var user reading[slack.User]
	var member reading[groups]
	wanted := d.cfg.Groups()
	both, lookCtx := errgroup.WithContext(within)
	both.Go(func() (err error) {
		user, err = d.users.get(lookCtx, userID, maxAge, always, func(ctx context.Context) (slack.User, error) {
			return d.readUser(ctx, userID)
		})
		return err
	})
	if len(wanted) > 0 {
		both.Go(func() (err error) {
			member, err = d.members(lookCtx, maxAge, wanted)
			return err
		})
	}
	if err := both.Wait(); err != nil {
		return moderation.Person{}, d.lookupError(ctx, moderation.RefuseUnknownPerson, err)
	}
	return compose(user, member, wanted), nil
}

// compose makes a person of what was read; ReadAt is the older of the two.
func compose(user reading[slack.User], member reading[groups], wanted []string) moderation.Person {
	p := person(&user.value)
	p.ReadAt = user.asked
	if len(wanted) > 0 {
		p.Groups = member.value.of(wanted, p.User, p.EnterpriseUser)
		if member.asked.Before(p.ReadAt) {
			p.ReadAt = member.asked
		}
	}
	return p
}

// CachedPerson returns what Person would with the greatest maxAge, from
// memory only: it never waits, so it may be called before an ack.
func (d *Directory) CachedPerson(userID string) (moderation.Person, bool) {
	user, known := d.users.peek(userID, d.cfg.MaxAge, always)
	if !known {
		return moderation.Person{}, false
	}
	var member reading[groups]
	wanted := d.cfg.Groups()
	if len(wanted) > 0 {
		if member, known = d.groups.peek("", d.cfg.MaxAge, covers(wanted)); !known {
			return moderation.Person{}, false
		}
	}
	return compose(user, member, wanted), true
}

// members returns the groups, by an answer that covers all wanted ones.
func (d *Directory) members(ctx context.Context, maxAge time.Duration, wanted []string) (reading[groups], error) {
	return d.groups.get(ctx, "", maxAge, covers(wanted), func(ctx context.Context) (groups, error) {
		return d.readGroups(ctx, d.cfg.Groups())
	})
}

// Groups returns the groups that Person uses, in the order of Config.Groups.
// Errors are as with Person.
func (d *Directory) Groups(ctx context.Context) ([]Group, error) {
	wanted := d.cfg.Groups()
	if len(wanted) == 0 {
		return nil, nil
	}
	within, done := d.bounded(ctx)
	defer done()
	found, err := d.members(within, d.cfg.MaxAge, wanted)
	if err != nil {
		return nil, d.lookupError(ctx, moderation.RefuseUnknownPerson, err)
	}
	all := make([]Group, len(wanted))
	for i, id := range wanted {
		all[i] = found.value[id]
	}
	return all, nil
}

// Channel returns a conversation, by an answer at most maxAge old (0:
// requested now). If Slack cannot say, also because the bot cannot see the
// conversation, the error is a *moderation.Error with code
// RefuseUnknownChannel; otherwise as with Person.
func (d *Directory) Channel(ctx context.Context, channelID string, maxAge time.Duration) (moderation.Channel, error) {
	if !isID(channelID) {
		return moderation.Channel{}, unknown(moderation.RefuseUnknownChannel, &failure{detail: "not a channel id", lasts: true})
	}
	within, done := d.bounded(ctx)
	defer done()
	found, err := d.channels.get(within, channelID, min(maxAge, d.cfg.MaxAge), always, func(ctx context.Context) (slack.Channel, error) {
		return d.readChannel(ctx, channelID)
	})
	if err != nil {
		return moderation.Channel{}, d.lookupError(ctx, moderation.RefuseUnknownChannel, err)
	}
	return asRead(found), nil
}

func asRead(found reading[slack.Channel]) moderation.Channel {
	c := channel(&found.value)
	c.ReadAt = found.asked
	return c
}

// CachedChannel returns what Channel would with the greatest maxAge, from
// memory only, as CachedPerson does for Person.
func (d *Directory) CachedChannel(channelID string) (moderation.Channel, bool) {
	found, known := d.channels.peek(channelID, d.cfg.MaxAge, always)
	if !known {
		return moderation.Channel{}, false
	}
	return asRead(found), true
}

// Locale returns a person's last known language, such as zh-CN, from memory:
// it never waits, so it may be called before an ack. It only selects a
// language, so its age does not matter.
func (d *Directory) Locale(userID string) (locale string, known bool) {
	u, ok := d.users.remembered(userID)
	return u.Locale, ok && u.Locale != ""
}

// ForgetUser invalidates a person after a change (user_change), including an
// answer whose request is in progress.
func (d *Directory) ForgetUser(userID string) { d.users.forget(userID) }

// ForgetGroup invalidates a user group after a change
// (subteam_members_changed, subteam_updated). Groups that are not read are
// ignored.
func (d *Directory) ForgetGroup(groupID string) {
	for _, id := range d.cfg.Groups() {
		if id == groupID {
			d.groups.forget("")
			return
		}
	}
}

// ForgetChannel invalidates a channel after a change (channel_shared,
// channel_archive, member_left_channel, …).
func (d *Directory) ForgetChannel(channelID string) { d.channels.forget(channelID) }

// bounded returns a context that ends with the caller's, with the
// directory's, and after the timeout.
func (d *Directory) bounded(ctx context.Context) (context.Context, func()) {
	within, cancel := context.WithTimeout(ctx, d.cfg.Timeout)
	stop := context.AfterFunc(d.life, cancel)
	if d.life.Err() != nil { // at once: AfterFunc does it in its own time
		cancel()
	}
	return within, func() { stop(); cancel() }
}

// lookupError returns the error of a failed lookup: a refusal, unless the
// caller was cancelled or the directory is closing.
func (d *Directory) lookupError(ctx context.Context, code moderation.Code, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) || d.life.Err() != nil {
		return fmt.Errorf("people: lookup cancelled: %w", context.Canceled)
	}
	return unknown(code, err)
}

func always[V any](V) bool { return true }
