package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"time"
	"unicode/utf8"

	"bouncer/moderation"
)

// sent is the body of a report.
type sent struct {
	ID       string   `json:"id"`
	Reporter string   `json:"reporter"`
	Target   string   `json:"target"`
	Room     string   `json:"room"`
	Reason   string   `json:"reason"`
	Text     string   `json:"text"`
	Links    []string `json:"links"`
	At       int64    `json:"at"` // Unix seconds
}

var (
	reasonCode = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)
	senderID   = regexp.MustCompile(`^[!-~]{1,64}$`)
)

func malformed(format string, args ...any) error {
	return &problem{Malformed, fmt.Sprintf(format, args...)}
}

// decode reads a report, or returns a problem that names the wrong field.
func decode(body []byte, userID *regexp.Regexp, now time.Time) (moderation.NewReport, error) {
	var in sent
	if err := strictly(body, &in); err != nil {
		return moderation.NewReport{}, err
	}
	r := moderation.NewReport{ID: in.ID, Reporter: in.Reporter, Target: in.Target, Reason: in.Reason, Text: clean(in.Text), At: now}
	if in.At != 0 {
		r.At = time.Unix(in.At, 0)
	}
	var known bool
	r.Room, known = moderation.RoomFromKey(in.Room)
	switch {
	case !senderID.MatchString(r.ID):
		return r, malformed("id must have 1 to %d printable ASCII characters without spaces.", moderation.MaxReportID)
	case !known || r.Room.Check() != nil:
		return r, malformed("room is not a room: write kind:id, such as live:show1 or room:10006.")
	case !reasonCode.MatchString(r.Reason):
		return r, malformed("reason must be a code of 1 to %d letters, digits, - and _, such as hate.", moderation.MaxReportReason)
	case utf8.RuneCountInString(r.Text) > moderation.MaxReportText:
		return r, malformed("text has more than %d characters.", moderation.MaxReportText)
	case r.At.After(now.Add(signedWithin)) || r.At.Before(time.Unix(0, 0)):
		return r, malformed("at must be Unix seconds that are not in the future.")
	}
	for field, id := range map[string]string{"target": r.Target, "reporter": r.Reporter} {
		if id == "" && field == "reporter" {
			continue
		}
		if moderation.CheckUserID(id) != nil || userID != nil && !userID.MatchString(id) {
			return r, malformed("%s is not a UserID of this application.", field)
		}
	}
	links, err := checkLinks(in.Links)
	r.Links = links
	return r, err
}

// strictly decodes exactly one JSON object without unknown keys.
func strictly(body []byte, into any) error {
	if !utf8.Valid(body) {
		return malformed("The body is not UTF-8.")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind) && kind.Field != "":
		return malformed("%s must not be a JSON %s.", kind.Field, kind.Value)
	case err != nil:
		return malformed("The body is not a JSON object with the documented keys only.")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return malformed("The body must be one JSON object and nothing else.")
	}
	return nil
}

// checkLinks accepts https links to a host.
func checkLinks(links []string) ([]string, error) {
	if len(links) > moderation.MaxReportLinks {
		return nil, malformed("links has more than %d links.", moderation.MaxReportLinks)
	}
	for _, l := range links {
		u, err := url.Parse(l)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(l) > moderation.MaxReportLink {
			return nil, malformed("links must be https URLs of at most %d bytes.", moderation.MaxReportLink)
		}
	}
	return links, nil
}
