package check

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"bouncer/moderation"
	"bouncer/sandbox/tencentd"
)

const (
	// lateAfter is when an end must have been reported as late: 5 s, and time for the calls.
	lateAfter = 8 * time.Second
	// landedLate is when a block must have ended that began long after its call was sent: the bot
	// compares again when no call can take effect any more.
	landedLate = moderation.UncertainFor + 10*time.Second
	// soon is how near to its end a restriction is not compared at the end of a run.
	soon = 10 * time.Second
)

// place is one medium of one person in one room.
type place struct {
	room   string
	user   string
	medium moderation.Medium
}

// period is a time in which Tencent blocked a place; to is zero while it does. late says that the
// call that began it took effect long after it was sent.
type period struct {
	from, to time.Time
	late     bool
}

// periods returns when Tencent blocked each place, from the calls in the order in which they took
// effect. Only media that Tencent does not end by itself are followed.
func periods(calls []tencentd.Call) map[place][]period {
	calls = slices.Clone(calls)
	slices.SortFunc(calls, func(a, b tencentd.Call) int { return cmp.Compare(a.Effect, b.Effect) })
	out := map[place][]period{}
	for _, c := range calls {
		if c.Effect == 0 || !strings.HasPrefix(c.API, "SetUserBlocked") {
			continue
		}
		var b struct {
			Number json.Number `json:"RoomId"`
			Name   string      `json:"StrRoomId"`
			User   string      `json:"UserId"`
			Mute   int         `json:"IsMute"`
		}
		if json.Unmarshal([]byte(c.Body), &b) != nil {
			continue
		}
		room := moderation.Room{Kind: "room", ID: b.Number.String()}
		if b.Name != "" {
			room = moderation.Room{Kind: "strroom", ID: b.Name}
		}
		for medium, on := range map[moderation.Medium]bool{
			moderation.Audio: b.Mute == moderation.MuteBoth || b.Mute == moderation.MuteAudio,
			moderation.Video: b.Mute == moderation.MuteBoth || b.Mute == moderation.MuteVideo,
		} {
			at := place{room.String(), b.User, medium}
			list := out[at]
			open := len(list) > 0 && list[len(list)-1].to.IsZero()
			switch {
			case on && !open:
				out[at] = append(list, period{from: c.EffectAt, late: c.EffectAt.Sub(c.At) > lateAfter})
			case !on && open:
				list[len(list)-1].to = c.EffectAt
			}
		}
	}
	return out
}

// ends checks that nothing was blocked for longer than the cases say, unless an entry reports it.
func (r *Report) ends(h History, l *log) {
	cases := map[place][]moderation.Case{}
	for _, c := range h.Cases {
		if c.Action.Verb != moderation.Mute {
			continue
		}
		for _, user := range c.Action.Targets {
			for _, m := range c.Action.AffectedMedia() {
				at := place{c.Action.Room.String(), user, m}
				cases[at] = append(cases[at], c)
			}
		}
	}
	for at, list := range periods(h.Calls) {
		of := cases[at]
		slices.SortFunc(of, func(a, b moderation.Case) int { return a.OpenAt.Compare(b.OpenAt) })
		for _, p := range list {
			to := p.to
			if to.IsZero() {
				to = h.At
			}
			end, permanent, reported := p.from, false, false
			for _, c := range of {
				if c.OpenAt.After(to) || c.AskedAt.After(end.Add(lateAfter)) {
					continue
				}
				permanent = permanent || c.Until.IsZero()
				if c.Until.After(end) {
					end = c.Until
				}
				reported = reported || len(l.of(c.No, moderation.EntryOverdue)) > 0
			}
			switch late := to.Sub(end); {
			case permanent || late <= lateAfter || p.late && late <= landedLate:
			case reported:
				r.LateEnds++
			default:
				r.add(Late, "%s in %s %s: blocked from %s, due to end at %s, ended %s later", at.user, at.room, at.medium,
					p.from.UTC().Format("15:04:05.000"), end.UTC().Format("15:04:05.000"), late)
			}
		}
	}
}

// final compares Tencent's state with what the log says is in force. What a case reports as unknown
// may or may not be restricted.
func (r *Report) final(h History) {
	has := map[place]time.Time{}
	for _, room := range h.Rooms {
		name := string(room.Kind) + ":" + room.ID
		for _, m := range room.Members {
			if m.AudioBlocked {
				has[place{name, m.User, moderation.Audio}] = time.Time{}
			}
			if m.VideoBlocked {
				has[place{name, m.User, moderation.Video}] = time.Time{}
			}
		}
		for _, t := range room.Banned {
			has[place{name, t.User, moderation.RoomEntry}] = t.Until
		}
		for _, t := range room.Silenced {
			has[place{name, t.User, moderation.Text}] = t.Until
		}
	}
	unknown := map[int64]bool{}
	for _, c := range h.Cases {
		unknown[c.No] = c.Counts[moderation.Unknown] > 0
	}
	says := map[place]bool{}
	for _, s := range h.InForce {
		at := place{s.Room.String(), s.Target, s.Medium}
		says[at] = true
		until, there := has[at]
		switch {
		case !s.Until.IsZero() && s.Until.Sub(h.At) < soon:
		case !there && unknown[s.Case]:
		case !there:
			r.add(Differs, "%s in %s %s: case %d is in force until %s, and Tencent does not restrict it", at.user, at.room, at.medium, s.Case, s.Until.UTC().Format(time.TimeOnly))
		case !until.IsZero() && !s.Until.IsZero() && s.Until.Sub(until).Abs() > 5*time.Second:
			r.add(Differs, "%s in %s %s: case %d ends at %s, at Tencent at %s", at.user, at.room, at.medium, s.Case, s.Until.UTC().Format(time.TimeOnly), until.UTC().Format(time.TimeOnly))
		}
	}
	for at, until := range has {
		if !says[at] && (until.IsZero() || until.Sub(h.At) > soon) {
			r.add(Differs, "%s in %s %s: Tencent restricts it, and no case does", at.user, at.room, at.medium)
		}
	}
}
