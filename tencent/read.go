package tencent

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"bouncer/moderation"
)

const (
	// maxRows is how much of a list is read; more rows are not useful.
	maxRows = 10_000
	// maxPages ends a list whose pages bring no new rows.
	maxPages = 1_000
)

// Read reads a whole list of at most 10,000 rows, calling turn before each page. When a page
// fails, the rows read before are returned with that page's answer. A list that never ends is an
// error, not a short list.
func (c *Client) Read(ctx context.Context, a moderation.Action, turn func(ctx context.Context, api string) error) moderation.Reading {
	if _, err := c.Plan(a); err != nil {
		return moderation.Reading{Answer: unsent(err)}
	}
	found := cellOf(a.Verb, a.Room.Kind).list
	if found == nil {
		return moderation.Reading{Answer: unsent(input(a.Room, string(a.Verb)+" is not a list"))}
	}
	list := *found
	if list.of != nil {
		own, ans := list.of(c, ctx, a.Room, turn)
		if ans.Class != moderation.VendorAccepted {
			return moderation.Reading{Answer: ans}
		}
		list = own
	}
	return c.readPages(ctx, a.Room, list, turn)
}

func (c *Client) readPages(ctx context.Context, room moderation.Room, list list, turn func(context.Context, string) error) moderation.Reading {
	var (
		out    moderation.Reading
		known  = map[string]bool{} // people move between pages while the list is read
		seen   = map[string]bool{}
		cursor = list.first
		at     int
		total  int64
	)
	for range maxPages {
		seen[cursor] = true
		p, ans := c.readPage(ctx, room, list.api, list.body(room.ID, cursor), turn)
		out.Answer = ans
		if ans.Class != moderation.VendorAccepted {
			break
		}
		rows := list.rows(p)
		if !rows.present {
			out.Answer = c.unexpectedList(room, list.api, ans, "the answer holds no list")
			break
		}
		at += len(rows.members)
		total = max(total, list.total(p))
		for _, m := range rows.members {
			id := string(m.Account)
			if id == "" || known[id] {
				continue
			}
			if len(out.Rows) == maxRows {
				out.Cut = true
				break
			}
			known[id] = true
			out.Rows = append(out.Rows, rowOf(m))
		}
		next := list.next(p, at)
		if next == "" || out.Cut {
			break
		}
		if len(out.Rows) == maxRows {
			out.Cut = true
			break
		}
		// Offsets must increase, and no cursor may repeat.
		was, wasErr := strconv.ParseInt(cursor, 10, 64)
		is, isErr := strconv.ParseInt(next, 10, 64)
		numbers := wasErr == nil && isErr == nil && list.api != apiChatOnline
		if seen[next] || (numbers && is <= was) {
			out.Answer = c.unexpectedList(room, list.api, ans, "the list does not come to an end")
			break
		}
		cursor = next
		if len(seen) == maxPages {
			out.Answer = c.unexpectedList(room, list.api, ans, "the list does not come to an end")
			break
		}
	}
	// at counts duplicates too, so it is a total only where one page had everything.
	if len(seen) == 1 {
		total = max(total, int64(at))
	}
	out.Total = max(int(total), len(out.Rows))
	if out.Total > len(out.Rows) || slices.Contains(list.caps, len(out.Rows)) {
		out.Cut = true
	}
	return out
}

// readPage takes a turn and reads one page.
func (c *Client) readPage(ctx context.Context, room moderation.Room, name string, content fields, turn func(context.Context, string) error) (page, moderation.Answer) {
	a := apiNamed(name)
	if turn != nil {
		if err := turn(ctx, name); err != nil {
			return page{}, noTurn(room, a, err)
		}
	}
	rep := c.call(ctx, a, content)
	ans := c.classify(a, subject{room: room}, rep)
	if !rep.yes {
		return page{}, ans
	}
	p, err := parsePage(a, rep.ex.body)
	if err != nil {
		rep.yes = false
		return page{}, c.classify(a, subject{room: room}, rep)
	}
	return p, ans
}

// parsePage reads the data of an answer: at the top level for Chat, under Response for Live, as
// documented, or at the top level there too, where Tencent's own console also reads it.
func parsePage(a api, body []byte) (page, error) {
	var p page
	if err := json.Unmarshal(body, &p); err != nil || a.side != live {
		return p, err
	}
	outer := struct{ Response *page }{&p} // fields under Response replace those at the top level
	err := json.Unmarshal(body, &outer)
	if outer.Response == nil { // "Response": null
		return p, err
	}
	return *outer.Response, err
}

// unexpectedList returns the answer for a list that is not valid: one that repeats its pages, or a
// success without a list.
func (c *Client) unexpectedList(room moderation.Room, name string, last moderation.Answer, what string) moderation.Answer {
	last.Class = moderation.VendorNoAnswer
	last.Err = moderation.NewError(moderation.CodeVendorUnexpected, "code", last.Code, "message", last.Message,
		"request", last.RequestID, "room", room.String(), "api", name, "detail", what)
	return last
}

// noTurn returns the answer when no turn was available: nothing was sent.
func noTurn(room moderation.Room, a api, err error) moderation.Answer {
	var e *moderation.Error
	if !errors.As(err, &e) {
		e = moderation.NewError(moderation.CodeVendorRetry, "code", "", "message", "", "request", "",
			"room", room.String(), "api", a.name, "detail", "no turn could be had")
		e.Cause = err
	}
	return moderation.Answer{Class: moderation.VendorRetry, Err: e}
}
