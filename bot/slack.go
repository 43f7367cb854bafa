package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/slack-go/slack"

	"bouncer/bot/say"
	"bouncer/moderation"
)

// slackTimeout bounds every call of the Web API.
const slackTimeout = 10 * time.Second

// uploadTimeout bounds an upload, which takes three calls.
const uploadTimeout = 3 * slackTimeout

// How many calls of a limit may go out at once; moderation.Timing has its pace.
const (
	updatesAtOnce   = 5
	ephemeralAtOnce = 10
	homesAtOnce     = 10
	// refreshedAtOnce leaves turns for people who open their Home tab while many are kept fresh.
	refreshedAtOnce = 5
)

// poster calls Slack to post. No message is unfurled, linked or parsed.
// Private messages take their turn of the shared limits here; for posts and
// updates the outbox does. Files and lookups are too few to need turns.
type poster struct {
	api   *slack.Client
	store turns
	// endpoint is the API's base, ending in "/".
	endpoint string
	// canFind says that a history scope was granted, so that a post whose
	// answer was lost can be found.
	canFind bool
	timing  moderation.Timing
}

func options(m say.Message) []slack.MsgOption {
	o := []slack.MsgOption{
		slack.MsgOptionText(m.Text, false), slack.MsgOptionParse(false),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl(),
	}
	if len(m.Blocks) > 0 {
		o = append(o, slack.MsgOptionBlocks(m.Blocks...))
	}
	return o
}

// mark is what a post carries so that it can be found again.
type mark struct {
	Key    string // of the post; of the first one when several are folded
	Wanted int64
	ID     string // client_msg_id, the same for each try
	// Generation is the post's. In it, a message of another version above After
	// is the post's too; with After below zero only one of this version is.
	Generation, After int64
	// Parts are what it shows when several posts are folded, each as partOf returns it, with its
	// version.
	Parts map[string]int64
	// Bare leaves the metadata out: Slack refused it.
	Bare bool
	// Head is the log head that the message publishes; nil for none.
	Head *moderation.PublishedHead
}

// newMark returns the same mark for each attempt to post the same thing in
// the same message, and another one for any other key, channel, generation or
// database (where keys start again).
func newMark(database uuid.UUID, channel, key string, wanted, generation int64) mark {
	k := mark{Key: key, Wanted: wanted, Generation: generation, After: -1}
	name := fmt.Sprintf("%s\x00%s\x00%d\x00%d", channel, key, wanted, generation)
	k.ID = uuid.NewSHA1(database, []byte(name)).String()
	return k
}

const markType = "bouncer_post"

func (m mark) metadata() slack.SlackMetadata {
	payload := map[string]any{"key": m.Key, "wanted": strconv.FormatInt(m.Wanted, 10), "generation": strconv.FormatInt(m.Generation, 10)}
	if len(m.Parts) > 0 {
		payload["parts"] = m.Parts
	}
	if h := m.Head; h != nil {
		payload["head"], payload["hash"], payload["database"] = strconv.FormatInt(h.Number, 10), h.Hash, h.Database
		if h.Cases > 0 {
			payload["cases"] = strconv.FormatInt(h.Cases, 10)
		}
	}
	return slack.SlackMetadata{EventType: markType, EventPayload: payload}
}

// post sends a message, in a thread when parent is set.
func (t *poster) post(ctx context.Context, channel, parent string, m say.Message, k mark) (ts string, err error) {
	ctx, cancel := context.WithTimeout(ctx, slackTimeout)
	defer cancel()
	o := append(options(m),
		// slack-go has no option for client_msg_id; this adds the field.
		slack.UnsafeMsgOptionEndpoint(t.endpoint+"chat.postMessage", func(v url.Values) { v.Set("client_msg_id", k.ID) }))
	if !k.Bare {
		o = append(o, slack.MsgOptionMetadata(k.metadata()))
	}
	if parent != "" {
		o = append(o, slack.MsgOptionTS(parent))
	}
	_, ts, err = t.api.PostMessageContext(ctx, channel, o...)
	return ts, err
}

func (t *poster) update(ctx context.Context, at moderation.Posted, m say.Message) error {
	ctx, cancel := context.WithTimeout(ctx, slackTimeout)
	defer cancel()
	_, _, _, err := t.api.UpdateMessageContext(ctx, at.Channel, at.TS, options(m)...)
	return err
}

// perSecond is how many go out in a second at a pace.
func perSecond(pace time.Duration) float64 { return float64(time.Second) / float64(pace) }

// postTurn returns a turn to post in a channel, or to a person.
func (t *poster) postTurn(to string) moderation.Turn {
	return moderation.Turn{Key: "slack.chat.postMessage:" + to, PerSecond: perSecond(t.timing.MessagePace), Burst: 1}
}

// updateTurn is a turn to update a message. chat.update is tier 3, that is 50 a
// minute and workspace, of which a little is left for others.
func (t *poster) updateTurn() moderation.Turn {
	return moderation.Turn{Key: "slack.chat.update", PerSecond: perSecond(t.timing.UpdatePace), Burst: updatesAtOnce}
}

// homeTurn takes a turn to publish a Home tab, of the 100 a minute and workspace that Slack takes. A
// positive wait means that none was free.
func (t *poster) homeTurn(ctx context.Context, opened bool) (wait time.Duration, err error) {
	turn := moderation.Turn{Key: "slack.views.publish", PerSecond: perSecond(t.timing.PrivatePace), Burst: refreshedAtOnce}
	if opened {
		turn.Burst = homesAtOnce
	}
	return t.store.TakeTurn(ctx, turn)
}

// ephemeral sends a private answer without a response_url. A positive wait
// means that no turn was free and nothing was sent.
func (t *poster) ephemeral(ctx context.Context, channel, user string, m say.Message) (wait time.Duration, err error) {
	wait, err = t.store.TakeTurn(ctx, moderation.Turn{Key: "slack.chat.postEphemeral", PerSecond: perSecond(t.timing.PrivatePace), Burst: ephemeralAtOnce})
	if err != nil || wait > 0 {
		return wait, err
	}
	ctx, cancel := context.WithTimeout(ctx, slackTimeout)
	defer cancel()
	_, err = t.api.PostEphemeralContext(ctx, channel, user, options(m)...)
	return 0, err
}

// shows returns the version of a message's post, if the mark is that post's, alone or folded.
func (m mark) shows(metadata slack.SlackMetadata) (version int64, ok bool) {
	p := metadata.EventPayload
	if metadata.EventType != markType {
		return 0, false
	}
	if parts, ok := p["parts"].(map[string]any); ok {
		number, ok := parts[partOf(m.Key, m.Generation)].(float64)
		return int64(number), ok && int64(number) > m.After
	}
	text, _ := p["wanted"].(string)
	version, err := strconv.ParseInt(text, 10, 64)
	if p["key"] != m.Key || err != nil {
		return 0, false
	}
	same := m.After >= 0 && p["generation"] == strconv.FormatInt(m.Generation, 10)
	return version, version == m.Wanted || same && version > m.After
}

// partOf returns a short name of a post in one generation: a message's metadata has room for a few
// kilobytes.
func partOf(key string, generation int64) string {
	sum := sha256.Sum256([]byte(key + "\x00" + strconv.FormatInt(generation, 10)))
	return hex.EncodeToString(sum[:5])
}

// openDirect opens the direct messages with a person.
func (t *poster) openDirect(ctx context.Context, user string) (channel string, err error) {
	ctx, cancel := context.WithTimeout(ctx, slackTimeout)
	defer cancel()
	c, _, _, err := t.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{user}})
	if err != nil {
		return "", err
	}
	return c.ID, nil
}

// directMessage sends a message into a person's direct messages; wait is as
// in ephemeral.
func (t *poster) directMessage(ctx context.Context, user string, m say.Message, k mark) (wait time.Duration, err error) {
	if wait, err = t.store.TakeTurn(ctx, t.postTurn(user)); err != nil || wait > 0 {
		return wait, err
	}
	channel, err := t.openDirect(ctx, user)
	if err != nil {
		return 0, fmt.Errorf("open direct messages: %w", err)
	}
	_, err = t.post(ctx, channel, "", m, k)
	return 0, err
}

// upload shares a file in a channel, or in a thread of it.
func (t *poster) upload(ctx context.Context, channel, thread, name, title string, content []byte) error {
	ctx, cancel := context.WithTimeout(ctx, uploadTimeout)
	defer cancel()
	_, err := t.api.UploadFileContext(ctx, slack.UploadFileParameters{
		Content: string(content), FileSize: len(content), Filename: name, Title: title,
		Channel: channel, ThreadTimestamp: thread,
	})
	return err
}
