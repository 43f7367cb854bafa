package check

import (
	"encoding/json"
	"slices"
	"strings"

	"bouncer/moderation"
	"bouncer/sandbox/tencentd"
)

// services are the log's names of Tencent's services.
var services = strings.NewReplacer("trtc.", "", "live.", "live_engine_http_srv/", "chat.", "group_open_http_svc/")

// reads reports whether an API changes nothing: one entry announces all pages of a list.
func reads(api string) bool {
	return strings.Contains(api, "/get_") || strings.HasPrefix(api, "Describe")
}

// announced checks that each call that Tencent received has an entry of its own, written before it,
// for the same API and body.
func (r *Report) announced(h History, l *log) {
	open := map[string][]entry{}
	for _, e := range l.all {
		if e.Kind == moderation.EntryCall {
			key := services.Replace(e.body.API) + " " + canonical(e.body.Request)
			open[key] = append(open[key], e)
		}
	}
	for _, c := range h.Calls {
		if reads(c.API) {
			continue
		}
		key := c.API + " " + canonical([]byte(c.Body))
		list := open[key]
		if len(list) == 0 {
			r.add(NoEntry, "call %d at %s: %s", c.Seq, c.At.UTC().Format("15:04:05.000"), key)
			continue
		}
		open[key] = list[1:]
		if list[0].At.UnixMilli() > c.At.UnixMilli() {
			r.add(NoEntry, "call %d came %s before its entry %d: %s", c.Seq, list[0].At.Sub(c.At), list[0].ID, key)
		}
	}
}

// canonical writes JSON so that equal values have equal text.
func canonical(raw []byte) string {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return string(raw)
	}
	out, err := json.Marshal(v)
	if err != nil {
		return string(raw)
	}
	return string(out)
}

// kick is what one call removed.
type kick struct{ room, user string }

// kicksIn returns whom a call removes; none for another call.
func kicksIn(c tencentd.Call) (out []kick) {
	if !strings.HasPrefix(c.API, "RemoveUser") {
		return nil
	}
	var body struct {
		Room  json.RawMessage `json:"RoomId"`
		Users []string        `json:"UserIds"`
	}
	if json.Unmarshal([]byte(c.Body), &body) != nil {
		return nil
	}
	for _, u := range body.Users {
		out = append(out, kick{c.API + strings.Trim(string(body.Room), `"`), u})
	}
	return out
}

// events checks that a kick is called again only when its answer is not known to be an acceptance,
// and that no answer that was lost is shown as certain. Each person is kicked by one command only.
func (r *Report) events(h History, l *log) {
	times := map[kick]int{} // by how often Tencent carried it out
	for _, c := range h.Calls {
		for _, k := range kicksIn(c) {
			if c.Effect > 0 {
				times[k]++
			}
		}
	}
	done := map[string]int{}
	for k, n := range times {
		done[k.user] += n
	}
	for _, c := range h.Cases {
		if c.Action.Verb != moderation.Kick {
			continue
		}
		calls, accepted := 0, false
		for _, e := range l.of(c.No, moderation.EntryCall, moderation.EntryAnswer) {
			if e.Kind == moderation.EntryAnswer {
				accepted = accepted || e.body.Outcome == string(moderation.VendorAccepted)
				continue
			}
			calls++
			if accepted && slices.Equal(e.body.Targets, c.Action.Targets) {
				r.add(Doubled, "case %d: entry %d calls again after an acceptance", c.No, e.ID)
			}
		}
		if calls > 1 {
			r.Repeated++
		}
		for _, user := range c.Action.Targets {
			if done[user] > calls {
				r.add(Doubled, "case %d: Tencent carried out the kick of %s %d times, the log announces %d", c.No, user, done[user], calls)
			}
		}
	}
}
