package bot

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"bouncer/bot/say"
	"bouncer/commands"
	"bouncer/hosts"
	"bouncer/moderation"
)

// A file of people fills in the people of an action, and nothing else: after the preview its author
// runs it like a typed command, with the same decision, approvals and log.

// jobFile reads the file of a submitted form.
const jobFile moderation.JobKind = "file"

// Bounds of reading a file.
const (
	fileWithin  = time.Minute
	filesAtOnce = 1 // it may need 175 MB for a moment
	fileTries   = 4 // of a file that Slack does not send
)

// peopleFile reads a file of people and answers with a preview of what it would do. The list is
// stored with the answer, in one transaction: a Run button that was shown can be pressed.
func (b *Bot) peopleFile(ctx context.Context, h *moderation.LeasedJob) error {
	var t typed
	if err := json.Unmarshal(h.Payload, &t); err != nil || t.Action == nil {
		return fmt.Errorf("file job %d: %w", h.ID, errors.Join(err, errNoAction))
	}
	v, err := b.identify(ctx, t.asker, decideFresh)
	if err != nil {
		return err
	}
	if v = b.decide(v, *t.Action); !v.decision.Allowed {
		return b.refused(ctx, h, t.asker, v, t.Action, moderation.Body{Typed: t.Text})
	}
	return b.runOnSlowQueue(ctx, h, v.actor(), func() error { return b.previewFile(ctx, h, t, v) })
}

var errNoAction = errors.New("bot: no action")

func (b *Bot) previewFile(ctx context.Context, h *moderation.LeasedJob, t typed, v verdict) error {
	select {
	case b.files <- struct{}{}:
		defer func() { <-b.files }()
	case <-ctx.Done():
		return ctx.Err()
	}
	lang := b.langOf(v.person)
	answer := func(m say.Message) error { return b.finish(ctx, h, b.toAsker(h, t.asker, m)) }
	name, content, wrong, err := b.download(ctx, t.File, t.User)
	switch {
	case err != nil && ctx.Err() != nil:
		return err
	case errors.Is(err, errFileGone):
		b.log.Warn("file of people not found", "job", h.ID, "user", t.User, "err", err)
		return answer(b.cfg.Speaker.FileGone(name, lang))
	case err != nil && transient(err) && h.Attempt < fileTries:
		return b.cfg.Store.Retry(ctx, h.Job, time.Duration(h.Attempt)*time.Second)
	case err != nil:
		b.log.Error("file of people not read", "job", h.ID, "user", t.User, "err", err)
		return answer(b.cfg.Speaker.FileFailed(name, lang))
	}
	p := say.FilePreview{Name: name}
	if wrong == nil {
		if p.File, wrong = commands.ReadPeopleFile(content, b.parseContext(v, t)); wrong == nil {
			wrong = p.File.CheckRooms(len(t.Action.Rooms()))
		}
	}
	if wrong != nil {
		wrong.Verb = t.Action.Verb
		return answer(b.cfg.Speaker.Mistake(wrong, lang, nil))
	}
	action := *t.Action
	action.Targets, p.Protected = b.cfg.Policy().Unprotected(action.Verb, v.decision.Roles, p.File.IDs)
	if len(action.Targets) == 0 {
		return answer(b.cfg.Speaker.FileNobody(p, lang))
	}
	v = b.decide(v, action)
	if p.Would, err = b.wouldDo(ctx, v, action); err != nil {
		return err
	}
	if p.Would.Decision.Refusal != nil {
		v.decision = p.Would.Decision
		return b.refusedView(ctx, h, t.asker, v, t.Action, "", moderation.Body{Typed: t.Text})
	}
	known, err := b.cfg.Store.KnownTargets(ctx, action.Targets)
	if err != nil {
		return err
	}
	p.New = len(action.Targets) - known
	if p.Takes, err = b.callTime(action); err != nil {
		return err
	}
	return b.offerFile(ctx, h, t, v, p, sha256.Sum256(content))
}

// callTime is how long the calls of an action take at the configured rates; 0 where one has none. The
// calls of many people are made room by room.
func (b *Bot) callTime(a moderation.Action) (all time.Duration, err error) {
	calls, err := b.plannedCalls(a)
	for api, n := range calls {
		rate := b.cfg.Rates[api]
		if rate <= 0 {
			return 0, nil
		}
		all += time.Duration(float64(n) / rate * float64(time.Second))
	}
	return all, err
}

// offerFile answers with the preview, and stores the action that its button runs.
func (b *Bot) offerFile(ctx context.Context, h *moderation.LeasedJob, t typed, v verdict, p say.FilePreview, digest [sha256.Size]byte) error {
	lang, action := b.langOf(v.person), p.Would.Action
	if action.Dry {
		c := b.toAsker(h, t.asker, b.cfg.Speaker.FilePreview(p, lang))
		body := b.bodyOf(v, t, *t.Action, moderation.SourceFile)
		body.Detail, body.Count = "dry-run", len(action.Targets)
		c.Entries = append(c.Entries, moderation.NewEntry{Kind: moderation.EntryRead, Body: body})
		return b.finish(ctx, h, c)
	}
	p.Draft, p.Expires = moderation.NewToken(), b.cfg.Now().Add(moderation.DraftLifetime)
	c := b.toAsker(h, t.asker, b.cfg.Speaker.FilePreview(p, lang))
	c.Draft = &moderation.Draft{
		Token: p.Draft, Team: t.Team, User: t.User, Channel: t.Channel, Text: t.Text, Quote: t.Quote, Report: t.Report, Expires: p.Expires,
		Filed: &moderation.FiledPeople{Action: action, File: cut(p.Name, mostFileName), Digest: hex.EncodeToString(digest[:])},
	}
	b.log.Info("file of people previewed", "job", h.ID, "user", t.User, "verb", action.Verb, "room", say.RoomKeys(action), "targets", len(action.Targets))
	return b.finish(ctx, h, c)
}

// mostFileName bounds the stored name of a file, in characters.
const mostFileName = 200

// errFileGone: the file was deleted, belongs to another person, or is not in Slack.
var errFileGone = errors.New("bot: no such file of this person")

// download reads a file that a person uploaded. wrong says that it is too large. The token goes to
// Slack's hosts and the API's only, and no redirect is followed.
func (b *Bot) download(ctx context.Context, id, user string) (name string, content []byte, wrong *commands.Mistake, err error) {
	ctx, cancel := context.WithTimeout(ctx, fileWithin)
	defer cancel()
	file, _, _, err := b.cfg.Slack.GetFileInfoContext(ctx, id, 1, 1)
	var said slack.SlackErrorResponse
	switch {
	case errors.As(err, &said) && slices.Contains([]string{"file_not_found", "file_deleted", "access_denied"}, said.Err):
		return "", nil, nil, errors.Join(errFileGone, err)
	case err != nil:
		return "", nil, nil, fmt.Errorf("files.info: %w", err)
	case file.User != user || file.IsExternal || file.Mode == "tombstone":
		return file.Name, nil, nil, errFileGone
	case file.Size > commands.MaxFileBytes:
		return file.Name, nil, commands.FileTooLarge(file.Size), nil
	}
	var kept limitedBuffer
	switch err := b.cfg.Slack.GetFileContext(ctx, file.URLPrivateDownload, &kept); {
	case errors.Is(err, errFileTooLarge):
		return file.Name, nil, commands.FileTooLarge(commands.MaxFileBytes + 1), nil
	case err != nil:
		return file.Name, nil, nil, fmt.Errorf("the file cannot be downloaded: %w", hosts.Unaddressed(err))
	}
	return file.Name, kept.kept.Bytes(), nil, nil
}

var errFileTooLarge = errors.New("bot: the file is too large")

// limitedBuffer takes at most commands.MaxFileBytes. It does not embed its buffer, whose ReadFrom has
// no bound.
type limitedBuffer struct{ kept bytes.Buffer }

// Write implements io.Writer.
func (l *limitedBuffer) Write(p []byte) (int, error) {
	if l.kept.Len()+len(p) > commands.MaxFileBytes {
		return 0, errFileTooLarge
	}
	return l.kept.Write(p)
}

// isDirect reports whether a channel is a person's direct messages.
func isDirect(channel string) bool { return strings.HasPrefix(channel, "D") }

// draftChannel returns the channel in which a preview was asked for, if it was sent to its author
// directly because the bot is not in that channel: rights depend on the channel of the request.
func (b *Bot) draftChannel(ctx context.Context, h *moderation.LeasedJob, from asker, step commands.Step) (string, error) {
	d, err := b.cfg.Store.Draft(ctx, step.ID, h.Queued)
	switch {
	case errors.Is(err, moderation.ErrNotFound):
		return from.Channel, nil
	case err != nil:
		return "", err
	case d.User == from.User && d.Team == from.Team && (d.Filed != nil || d.Case != 0):
		return d.Channel, nil
	}
	return from.Channel, nil
}

// dropDraft deletes the list of a file that its author does not want to run.
func (b *Bot) dropDraft(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	if cl.draft.Case != 0 {
		return b.finish(ctx, h, b.toAsker(h, cl.asker, b.cfg.Speaker.Fixed(say.DraftUsed, cl.lang, cl.draft.Case)))
	}
	a := answerTo(cl.asker, b.cfg.Speaker.Fixed(say.FileDropped, cl.lang))
	a.Replace = true
	return b.finish(ctx, h, moderation.Change{DropDraft: cl.draft.Token, Jobs: []moderation.NewJob{b.answerJob(h, a, "")}})
}
