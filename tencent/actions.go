package tencent

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bouncer/moderation"
)

// maxSeconds is the longest duration of an action.
const maxSeconds = int64(moderation.MaxDuration / time.Second)

// order is one request with what its body is built from.
type order struct {
	moderation.Request
	app     uint32
	seconds int64 // remaining time in whole seconds; 0 where the verb has none
	reason  string
}

// fields is a request body. Its numbers are uint64 and int64 and are never converted to float,
// which would change large ones.
type fields = map[string]any

func withReason(f fields, name, reason string, most int) fields {
	if cut := cutBytes(reason, most); cut != "" {
		f[name] = cut
	}
	return f
}

// cutBytes keeps at most so many bytes, whole runes only.
func cutBytes(s string, most int) string {
	s = strings.ToValidUTF8(s, "")
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// prepare returns the API and the body of a request. Its error is an *Error, and then nothing must
// be sent.
func (c *Client) prepare(r moderation.Request) (api, fields, error) {
	line := cellOf(r.Verb, r.Room.Kind)
	if line.body == nil {
		return api{}, nil, unsupported(r.Verb, r.Room)
	}
	o := order{Request: r, app: c.cfg.SDKAppID, reason: r.Reason}
	if err := checkRequest(line, r); err != nil {
		return api{}, nil, err
	}
	if line.timed {
		seconds, err := secondsLeft(r)
		if err != nil {
			return api{}, nil, err
		}
		o.seconds = seconds
	}
	return apiNamed(line.api), line.body(o), nil
}

// checkRequest is the last check before the request is sent; the command parser has already
// reported such mistakes in better words.
func checkRequest(line cell, r moderation.Request) error {
	if err := r.Room.Check(); err != nil {
		return err
	}
	targets := r.Targets
	if line.chunk == 0 {
		if len(targets) > 1 || (len(targets) == 1 && targets[0] != "") {
			return input(r.Room, "this call applies to the whole room and takes no user")
		}
		return nil
	}
	if len(targets) == 0 || len(targets) > line.chunk {
		return input(r.Room, fmt.Sprintf("%saccepts 1 to %d users a call, not %d", line.api, line.chunk, len(targets)))
	}
	for _, id := range targets {
		if err := moderation.CheckUserID(id); err != nil {
			return err
		}
	}
	if spec, _ := r.Verb.Spec(); spec.Takes.Media {
		if r.IsMute < moderation.MuteNone || r.IsMute > moderation.MuteVideo {
			return input(r.Room, "IsMute is 0 to 3, not "+strconv.Itoa(r.IsMute))
		}
	}
	return nil
}

// secondsLeft rounds up, so that nothing ends early and no restricting call ever has the 0 that
// lifts.
func secondsLeft(r moderation.Request) (int64, error) {
	if r.Permanent {
		if !cellOf(r.Verb, r.Room.Kind).perm {
			return 0, input(r.Room, string(r.Verb)+" requires a duration here: the vendor documents no value for permanent")
		}
		return permanent, nil
	}
	seconds := int64((r.Left + time.Second - 1) / time.Second)
	switch {
	case r.Left <= 0:
		return 0, moderation.NewError(moderation.CodeTooLate, "room", r.Room.String())
	case seconds > maxSeconds:
		return 0, input(r.Room, "longer than 365 days")
	}
	return seconds, nil
}

// unsupported returns the error for a verb that a kind does not support.
func unsupported(v moderation.Verb, room moderation.Room) error {
	if why := moderation.Supports(v, room.Kind).Why; why != "" {
		return moderation.NewError(why, "room", room.String(), "verb", string(v))
	}
	return input(room, string(v)+" is not sent to the vendor")
}

func input(room moderation.Room, detail string) *moderation.Error {
	return moderation.NewError(moderation.CodeVendorInput, "room", room.String(), "detail", detail)
}
