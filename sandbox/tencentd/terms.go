package tencentd

import (
	"slices"
	"time"
)

// terms are users with an end, in the order in which they were added.
type terms struct {
	order []string
	until map[string]time.Time
}

func (t *terms) put(user string, until time.Time) {
	if t.until == nil {
		t.until = map[string]time.Time{}
	}
	if _, there := t.until[user]; !there {
		t.order = append(t.order, user)
	}
	t.until[user] = until
}

func (t *terms) remove(user string) {
	delete(t.until, user)
	t.order = slices.DeleteFunc(t.order, func(u string) bool { return u == user })
}

// current drops what has ended by now and returns the rest.
func (t *terms) current(now time.Time) []Term {
	t.order = slices.DeleteFunc(t.order, func(u string) bool {
		over := !now.Before(t.until[u])
		if over {
			delete(t.until, u)
		}
		return over
	})
	list := make([]Term, len(t.order))
	for i, u := range t.order {
		list[i] = Term{User: u, Until: t.until[u]}
	}
	return list
}

// active reports whether the user's term has not ended, and its end.
func (t *terms) active(user string, now time.Time) (time.Time, bool) {
	until, there := t.until[user]
	return until, there && now.Before(until)
}

// until returns the end of a duration in seconds that begins now, in whole
// seconds as the vendor stores it.
func (w *world) until(seconds uint64) time.Time {
	if seconds >= forever {
		return time.Unix(forever, 0)
	}
	return time.Unix(min(w.now().Unix()+int64(seconds), forever), 0)
}

// ban removes users and keeps them out. A new ban replaces the end of an
// older one, be it later or earlier: the vendor documents neither, and the
// lists show the end in force. Of the Live command the vendor says only that
// the users cannot enter; it says of the other commands that they are
// removed, so the same is assumed.
func (w *world) ban(r *room, users []string, seconds uint64) {
	until := w.until(seconds)
	for _, u := range users {
		r.bans.put(u, until)
		w.remove(r, u, "kicked")
	}
	w.changed(r, "banned", users...)
}

// unban lifts bans; a user without one is not an error.
func (w *world) unban(r *room, users []string) {
	for _, u := range users {
		r.bans.remove(u)
	}
	w.changed(r, "unbanned", users...)
}

// silence takes away users' text, or restores it for zero seconds. It
// survives leaving and returning.
func (w *world) silence(r *room, users []string, seconds uint64) {
	what, until := "silenced", w.until(seconds)
	for _, u := range users {
		if seconds == 0 {
			what = "unsilenced"
			r.mutes.remove(u)
			continue
		}
		r.mutes.put(u, until)
	}
	w.changed(r, what, users...)
}

func (w *world) freeze(r *room, on bool) {
	r.frozen = on
	what := "unfrozen"
	if on {
		what = "frozen"
	}
	w.changed(r, what)
}

// bannedPage is one page of the bans that have not ended; NextOffset is 0 at
// the end.
func (w *world) bannedPage(r *room, p params) result {
	banned := r.bans.current(w.now())
	total := uint64(len(banned))
	from := min(p.num("Offset", 0), total)
	to := min(from+p.num("Limit", 20), total)
	next := to
	if to == total {
		next = 0
	}
	return result{"BannedAccountList": accounts(banned[from:to], "BannedUntil"), "NextOffset": next}
}

// accounts is the vendor's form of users with an end.
func accounts(list []Term, end string) []result {
	out := make([]result, len(list))
	for i, t := range list {
		out[i] = result{"Member_Account": t.User, end: t.Until.Unix()}
	}
	return out
}
