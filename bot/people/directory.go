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

// API is the part of *slack.Client that the directory uses.
type API interface {
	// GetUserInfoContext asks users.info, the locale included.
	GetUserInfoContext(ctx context.Context, user string, options ...slack.GetUserInfoOption) (*slack.User, error)
	// GetUserGroupsContext asks usergroups.list.
	GetUserGroupsContext(ctx context.Context, options ...slack.GetUserGroupsOption) ([]slack.UserGroup, error)
	// GetConversationInfoContext asks conversations.info.
	GetConversationInfoContext(ctx context.Context, input *slack.GetConversationInfoInput) (*slack.Channel, error)
}

// How old an answer may be when Config does not say.
const (
	DefaultMaxAge  = time.Minute
	DefaultTimeout = 10 * time.Second
	DefaultEntries = 10_000
)

// Config says what a Directory works with.
type Config struct {
	// API asks Slack. Required; its own retries should be off, since the
	// directory honours Retry-After itself.
	API API
	// Workspace is our team and enterprise: a user group of another one grants
	// nothing. Home.Team is required.
	Workspace policy.Workspace
	// Groups gives the user groups (S…) that matter, asked at every look-up.
	// While it gives none, usergroups.list is never called (workspaces without a
	// paid plan have no user groups). nil is none.
	Groups func() []string
	// MaxAge is the oldest answer that is ever used, whatever age is asked for;
	// zero is a minute.
	MaxAge time.Duration
	// Timeout bounds one look-up, its repetitions and waiting included; zero is
	// 10 s.
	Timeout time.Duration
	// Entries bounds how many people, and how many channels, are kept in memory;
	// zero is 10,000 each.
	Entries int
	// TeamID is sent as team_id with usergroups.list, which an org-wide token of
	// an Enterprise Grid must do; empty sends none.
	TeamID string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Logger takes what an operator should know; nil is slog.Default().
	Logger *slog.Logger
}

// Directory answers who somebody is and what a channel is. Safe for concurrent
// use. It starts no goroutine that outlives a look-up.
type Directory struct {
	cfg      Config
	life     context.Context
	users    *cache[slack.User]
	channels *cache[slack.Channel]
	groups   *cache[groups]
	reader   *reader
	noted    notes
}

// New makes a Directory. When ctx ends, look-ups under way end too and later
// ones fail.
func New(ctx context.Context, cfg Config) (*Directory, error) {
	if cfg.API == nil {
		return nil, errors.New("people: no API")
	}
	if cfg.Workspace.Team == "" {
		return nil, errors.New("people: our own team is not known")
	}
	if cfg.MaxAge < 0 || cfg.Timeout < 0 || cfg.Entries < 0 {
		return nil, errors.New("people: a negative setting")
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

// Person says who somebody is, by answers at most maxAge old (0: asked now).
// ReadAt is when the older of them was asked for. It takes no side: whether the
// person is ours is asked of policy.Home.
//
// When Slack cannot say, the error is a *moderation.Error with code
// RefuseUnknownPerson; its detail names the method and Slack's error code. When
// the asker's own context was cancelled, the error is that, and no refusal.
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

// CachedPerson gives somebody as Person would with the greatest age, but from
// memory alone: it never waits, so it may be asked before an ack.
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

// members gives what is known of the groups, by an answer that tells of all that
// are wanted.
func (d *Directory) members(ctx context.Context, maxAge time.Duration, wanted []string) (reading[groups], error) {
	return d.groups.get(ctx, "", maxAge, covers(wanted), func(ctx context.Context) (groups, error) {
		return d.readGroups(ctx, d.cfg.Groups())
	})
}

// Groups gives the groups that matter as Person goes by them, in the order of
// Config.Groups. Errors are as with Person.
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

// Channel says what a conversation is, by an answer at most maxAge old (0:
// asked now). When Slack cannot say, which it does not of conversations that the
// bot cannot see, the error is a *moderation.Error with code
// RefuseUnknownChannel; else as with Person.
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

// CachedChannel is to Channel what Remembered is to Person.
func (d *Directory) CachedChannel(channelID string) (moderation.Channel, bool) {
	found, known := d.channels.peek(channelID, d.cfg.MaxAge, always)
	if !known {
		return moderation.Channel{}, false
	}
	return asRead(found), true
}

// Locale gives the language that somebody last had, such as zh-CN, from memory:
// it never waits, so it may be asked before an ack. It picks words and no
// rights, so what was read once serves however old it is.
func (d *Directory) Locale(userID string) (locale string, known bool) {
	u, ok := d.users.remembered(userID)
	return u.Locale, ok && u.Locale != ""
}

// ForgetUser tells that somebody changed (user_change): what was asked before
// is not used again, nor is an answer whose request is under way.
func (d *Directory) ForgetUser(userID string) { d.users.forget(userID) }

// ForgetGroup tells that a user group changed (subteam_members_changed,
// subteam_updated). A group that does not matter changes nothing.
func (d *Directory) ForgetGroup(groupID string) {
	for _, id := range d.cfg.Groups() {
		if id == groupID {
			d.groups.forget("")
			return
		}
	}
}

// ForgetChannel tells that a channel changed (channel_shared, channel_archive,
// member_left_channel, …).
func (d *Directory) ForgetChannel(channelID string) { d.channels.forget(channelID) }

// bounded gives a context that ends with the asker's, with the directory's, and
// after the time-out.
func (d *Directory) bounded(ctx context.Context) (context.Context, func()) {
	within, cancel := context.WithTimeout(ctx, d.cfg.Timeout)
	stop := context.AfterFunc(d.life, cancel)
	if d.life.Err() != nil { // at once: AfterFunc does it in its own time
		cancel()
	}
	return within, func() { stop(); cancel() }
}

// lookupError makes the error of a look-up: a refusal, unless the asker gave up or
// the directory is closing, which says nothing about anybody.
func (d *Directory) lookupError(ctx context.Context, code moderation.Code, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) || d.life.Err() != nil {
		return fmt.Errorf("people: look-up broken off: %w", context.Canceled)
	}
	return unknown(code, err)
}

func always[V any](V) bool { return true }
