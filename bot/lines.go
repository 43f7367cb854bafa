package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"bouncer/bot/say"
	"bouncer/moderation"
)

// lines posts audit lines, folded into as few messages as possible, each
// followed by the log head after its last entry. It sorts posts into posting
// order. posted is how many were posted; the rest is returned to the queue or
// handled by what err requires.
func (o *outbox) lines(ctx context.Context, channel string, posts []moderation.Post) (posted int, err error) {
	if posts[0].TS != "" {
		return allPosted(posts, o.updateLines(ctx, posts[0]))
	}
	items, head, err := o.lineItems(ctx, posts)
	if err != nil {
		return 0, err
	}
	taken := slices.Clone(posts)
	messages := o.speaker.AuditLines(items, o.now().Sub(posts[0].Due), func(of []int) string { return o.lineToken(pickPosts(taken, of)) })
	var at int
	for _, m := range messages {
		at += copy(posts[at:], pickPosts(taken, m.Items))
	}
	for i, m := range messages {
		if i > 0 {
			if wait := o.turn(ctx, channel, posts[0]); wait > 0 {
				o.later(ctx, wait, false, posts[posted:]...)
				return posted, nil
			}
		}
		batch := posts[posted : posted+len(m.Items)]
		if err := o.saveLine(ctx, m, batch, pickPosts(taken, m.Separate)); err != nil {
			return posted, err
		}
		ts, err := o.postLine(ctx, batch, m.Message, head)
		if err != nil {
			return posted, err
		}
		if err := o.store.MarkPosted(ctx, moderation.Posted{Channel: channel, TS: ts}, m.Folded, batch...); err != nil {
			return posted, err
		}
		posted += len(batch)
		if err := o.store.SavePublishedHead(ctx, head); err != nil {
			o.log.Error("published head not saved beside the database", "err", err)
		}
	}
	return posted, nil
}

func pickPosts(posts []moderation.Post, of []int) []moderation.Post {
	out := make([]moderation.Post, len(of))
	for i, at := range of {
		out[i] = posts[at]
	}
	return out
}

// lineItems returns the contents of posts and the log head by then.
func (o *outbox) lineItems(ctx context.Context, posts []moderation.Post) ([]say.LineItem, moderation.LogHead, error) {
	head, err := o.store.Seal(ctx)
	if err != nil {
		return nil, head, fmt.Errorf("seal: %w", err)
	}
	cases, hashes, err := o.casesOf(ctx, posts)
	if err != nil {
		return nil, head, err
	}
	items := make([]say.LineItem, len(posts))
	for i, p := range posts {
		it := say.LineItem{
			Kind: p.EntryKind, Count: p.Count, Head: head.Hash, Number: head.Number, At: p.At, Case: p.Case, Separate: p.Rank == moderation.RankSeparate,
		}
		if len(p.Body) > 0 {
			if err := json.Unmarshal(p.Body, &it.Body); err != nil {
				return nil, head, fmt.Errorf("line %d: %w", p.ID, err)
			}
		} else {
			c := cases[p.Case]
			it.Subject, it.Permalink = &c, o.link(c.Card)
			if hash := hashes[p.Case]; hash != "" { // the head at that point, not the newest one
				it.Head = hash
			}
		}
		items[i] = it
	}
	return items, head, nil
}

// casesOf returns the cases that lines are about, and the hashes of their newest entries.
func (o *outbox) casesOf(ctx context.Context, posts []moderation.Post) (map[int64]moderation.Case, map[int64]string, error) {
	var nos []int64
	for _, p := range posts {
		if len(p.Body) == 0 {
			nos = append(nos, p.Case)
		}
	}
	if len(nos) == 0 {
		return nil, nil, nil
	}
	slices.Sort(nos)
	nos = slices.Compact(nos)
	found, err := o.store.Cases(ctx, nos)
	if err != nil {
		return nil, nil, fmt.Errorf("cases of lines: %w", err)
	}
	cases := make(map[int64]moderation.Case, len(found))
	for _, c := range found {
		cases[c.No] = c
	}
	hashes, err := o.store.NewestHashes(ctx, nos)
	return cases, hashes, err
}

// saveLine stores the cases behind a message before its button can be
// pressed.
func (o *outbox) saveLine(ctx context.Context, m say.LineMessage, batch, later []moderation.Post) error {
	if len(later) > 0 {
		if err := o.store.PostLinesSeparately(ctx, later...); err != nil {
			return err
		}
	}
	if !m.Folded {
		return nil
	}
	var nos []int64
	for _, p := range batch {
		if len(p.Body) == 0 && !slices.Contains(nos, p.Case) {
			nos = append(nos, p.Case)
		}
	}
	if len(nos) == 0 {
		return nil
	}
	return o.store.SaveLineCases(ctx, o.lineToken(batch), nos)
}

// lineToken returns the id of a message's button, the same for the same lines
// on every attempt.
func (o *outbox) lineToken(posts []moderation.Post) string {
	var keys bytes.Buffer
	for _, key := range sortedKeys(posts) {
		keys.WriteString(key + "\x00")
	}
	return uuid.NewSHA1(o.database, append([]byte("lines\x00"), keys.Bytes()...)).String()
}

func sortedKeys(posts []moderation.Post) []string {
	keys := make([]string, len(posts))
	for i, p := range posts {
		keys[i] = p.Key
	}
	slices.Sort(keys)
	return keys
}

// updateLines renders a message again with all its lines.
func (o *outbox) updateLines(ctx context.Context, p moderation.Post) error {
	at := moderation.Posted{Channel: p.Channel, TS: p.TS}
	posts, err := o.store.PostsIn(ctx, at)
	if err != nil {
		return err
	}
	items, _, err := o.lineItems(ctx, posts)
	if err != nil {
		return err
	}
	m := o.speaker.UpdatedLines(items, p.Folded, o.lineToken(posts))
	if err := o.inAnyForm(p, m, func(m say.Message) error { return o.update(ctx, p, m) }); err != nil {
		return err
	}
	return o.store.MarkPosted(ctx, at, p.Folded, posts...)
}

// postLine posts a message of lines with the log head that it publishes.
func (o *outbox) postLine(ctx context.Context, posts []moderation.Post, m say.Message, head moderation.LogHead) (ts string, err error) {
	k := o.markOf(posts...)
	k.Head = &moderation.PublishedHead{Database: o.database.String(), Number: head.Number, Hash: head.Hash}
	for _, p := range posts {
		k.Head.Cases = max(k.Head.Cases, p.Case)
	}
	return o.deliverAs(ctx, posts, "", m, k)
}
