package bot

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"bouncer/commands"
	"bouncer/moderation"
)

// Checks that need the cases and the people in a room. The pure parser marks
// the ambiguous word; these functions look it up.

// memory is what is known of people from before.
type memory interface {
	SearchCaseNumbers(ctx context.Context, f moderation.SearchQuery, before int64) ([]int64, error)
	Notes(ctx context.Context, target string) ([]moderation.Note, error)
}

// lister lists the people in a room.
type lister interface {
	Read(ctx context.Context, a moderation.Action, turn func(context.Context, string) error) moderation.Reading
}

// checkAmbiguous returns a question: whether the first word of a reason is
// another person, if that UserID is known; or whether the only person is
// meant as the reason, if no such person is known. It returns nil if nothing
// is ambiguous. A list that cannot be read in time counts as empty.
func (b *Bot) checkAmbiguous(ctx context.Context, v verdict, t typed, a moderation.Action) (*commands.Mistake, error) {
	set := b.parseContext(v, t)
	for _, d := range []struct {
		find  func(string, commands.ParseContext) (string, *commands.Mistake)
		known bool
	}{{commands.UnknownPerson, false}, {commands.Ambiguous, true}} {
		word, question := d.find(t.Text, set)
		if word == "" {
			continue
		}
		if known, err := b.known(ctx, v, t, a.Rooms(), word); err != nil || known == d.known {
			return onlyIf(err == nil, question), err
		}
	}
	return nil, nil
}

// known reports whether a UserID occurred in a case or a note, or is in one of the
// rooms that have a list. Reading the lists is logged first.
func (b *Bot) known(ctx context.Context, v verdict, t typed, rooms []moderation.Room, id string) (bool, error) {
	rooms = slices.DeleteFunc(rooms, func(r moderation.Room) bool { return !listed(r) })
	if known, err := knownFrom(ctx, b.cfg.Store, id); err != nil || known || len(rooms) == 0 {
		return known, err
	}
	var c moderation.Change
	for _, room := range rooms {
		body := b.bodyOf(v, t, moderation.Action{Verb: moderation.Who, Room: room}, "command")
		c.Entries = append(c.Entries, moderation.NewEntry{Kind: moderation.EntryRead, Body: body})
	}
	if err := b.cfg.Store.Append(ctx, c); err != nil {
		return false, err
	}
	return b.insideOne(ctx, b.cfg.Vendor, rooms, id), nil
}

// insideOne reports whether the member list of one of the rooms has a UserID. It reads all lists at
// the same time, because a command waits for them.
func (b *Bot) insideOne(ctx context.Context, l lister, rooms []moderation.Room, id string) bool {
	var found atomic.Bool
	var reads sync.WaitGroup
	for _, room := range rooms {
		reads.Go(func() {
			if b.inside(ctx, l, room, id) {
				found.Store(true)
			}
		})
	}
	reads.Wait()
	return found.Load()
}

func onlyIf(is bool, m *commands.Mistake) *commands.Mistake {
	if is {
		return m
	}
	return nil
}

// listed reports whether a kind of room has a member list.
func listed(room moderation.Room) bool {
	return room.Kind != "" && moderation.Supports(moderation.Who, room.Kind).Supported
}

// knownFrom reports whether there is a case or a note about a UserID.
func knownFrom(ctx context.Context, m memory, id string) (bool, error) {
	if nos, err := m.SearchCaseNumbers(ctx, moderation.SearchQuery{Target: id}, 0); err != nil || len(nos) > 0 {
		return len(nos) > 0, err
	}
	notes, err := m.Notes(ctx, id)
	return len(notes) > 0, err
}

// inside reports whether the member list of a room has a UserID.
func (b *Bot) inside(ctx context.Context, l lister, room moderation.Room, id string) bool {
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timing.ListWithin)
	defer cancel()
	for _, row := range l.Read(ctx, moderation.Action{Verb: moderation.Who, Room: room}, b.service.TakeTurn).Rows {
		if row.ID == id {
			return true
		}
	}
	return false
}

// newEnd computes when an extension ends: a length with a plus sign is added
// to the current end, any other counts from the time of the request. A typed
// one that ends sooner than now is a question. It returns the action to open,
// or the answer to send instead.
func newEnd(asked, action moderation.Action, c moderation.Case, at time.Time, typed bool) (moderation.Action, *commands.Mistake, *moderation.Error) {
	endless := c.Until.IsZero()
	switch {
	case asked.CountFrom == moderation.FromPresentEnd && endless:
		return action, nil, moderation.NewError(moderation.RefuseNoEnd, "case", caseText(c.No), "verb", string(c.Action.Verb))
	case asked.CountFrom == moderation.FromPresentEnd:
		left := max(c.Until.Sub(at), 0)
		action.Duration = (left + asked.Duration + time.Second - 1).Truncate(time.Second)
		if action.Duration > moderation.MaxDuration {
			return action, commands.TooLong(asked), nil
		}
	case asked.CountFrom == "" && typed && !asked.Permanent && (endless || at.Add(asked.Duration).Before(c.Until.Add(-time.Second))):
		return action, commands.EndsSooner(asked, at.Add(asked.Duration), c.Until), nil
	}
	return action, nil, nil
}
