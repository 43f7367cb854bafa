package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"bouncer/moderation"
)

// tencentWithin is how long Tencent's signature is valid.
const tencentWithin = time.Minute

// Tencent is how Tencent's moderation results are accepted. Its signature does not cover the body,
// so the path is a second secret. Every field is required.
type Tencent struct {
	Path     string // behind /v1/tencent/
	Token    string // that callbacks are authenticated with
	SDKAppID uint32
	// Room returns the room of a Chat group: a Live room has a group with its own id.
	Room func(group string) moderation.Room
}

// callback is the command of moderation results.
const callback = "ContentCallback.ResultNotify"

// groupContact is the ContactType of a group.
const groupContact = 2

// moderated is a moderation result; unknown keys are ignored, as Tencent adds some.
type moderated struct {
	From        string `json:"From_Account"`
	ContactItem struct {
		ContactType int
		ToGroupID   string `json:"ToGroupId"`
	}
	TextContent    texts
	FileURL        string
	CtxcbRequestID string `json:"CtxcbRequestId"`
	MsgID          string
	CtxcbLabel     string
	Suggestion     string `json:"CtxcbSuggestion"`
}

// texts is a text or a list of them: Tencent documents both.
type texts string

// UnmarshalJSON implements json.Unmarshaler.
func (t *texts) UnmarshalJSON(raw []byte) error {
	var list []string
	if err := json.Unmarshal(raw, &list); err == nil {
		*t = texts(strings.Join(list, "\n"))
		return nil
	}
	var one string
	err := json.Unmarshal(raw, &one)
	*t = texts(one)
	return err
}

// tencent answers POST /v1/tencent/PATH.
func (h *Handler) tencent(w http.ResponseWriter, r *http.Request) {
	if !same(r.PathValue("path"), h.cfg.Tencent.Path) {
		http.NotFound(w, r)
		return
	}
	body, err := readBody(w, r)
	if err == nil {
		err = h.cfg.Tencent.verify(r.URL.Query(), h.cfg.Now())
	}
	if err == nil {
		err = h.take()
	}
	result := Ignored
	var report moderation.NewReport
	var concerns bool
	if err == nil {
		report, concerns, err = h.cfg.Tencent.decode(body, h.cfg.UserID(), h.cfg.Now())
	}
	if err == nil && concerns {
		result, err = Accepted, h.store(r.Context(), report)
	}
	answer := map[string]any{"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}
	status := http.StatusOK
	if err != nil {
		var text string
		result, text = h.resultOf(err)
		status, answer = statusOf[result], map[string]any{"ActionStatus": "FAIL", "ErrorCode": 1, "ErrorInfo": text}
	}
	h.cfg.Result(result)
	writeJSON(w, status, answer)
}

// verify checks the query: the application, the command, and Sign, the SHA-256 of token and time.
func (t *Tencent) verify(q url.Values, now time.Time) error {
	sum := sha256.Sum256([]byte(t.Token + q.Get("RequestTime")))
	if !same(strings.ToLower(q.Get("Sign")), hex.EncodeToString(sum[:])) {
		return &problem{Unsigned, "Sign is wrong: set the same authentication token in Tencent's console and in INTAKE_TENCENT_TOKEN."}
	}
	seconds, err := strconv.ParseInt(q.Get("RequestTime"), 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > tencentWithin {
		return &problem{Unsigned, "RequestTime is more than a minute away: check the clock."}
	}
	if q.Get("SdkAppid") != strconv.FormatUint(uint64(t.SDKAppID), 10) {
		return &problem{Unsigned, "SdkAppid is another application: set this address only for the application of SDK_APP_ID."}
	}
	if q.Get("CallbackCommand") != callback {
		return malformed("CallbackCommand is not %s: turn off other callbacks to this address.", callback)
	}
	return nil
}

// decode reads a result. concerns is false for what cannot be acted on in a room: private messages,
// profiles, and what passed.
func (t *Tencent) decode(body []byte, userID *regexp.Regexp, now time.Time) (r moderation.NewReport, concerns bool, err error) {
	var in moderated
	if err := json.Unmarshal(body, &in); err != nil {
		return r, false, malformed("The body is not a moderation result in JSON.")
	}
	if in.ContactItem.ContactType != groupContact || in.Suggestion == "Pass" {
		return r, false, nil
	}
	r = moderation.NewReport{
		ID: tencentID(in), Target: in.From, Room: t.Room(in.ContactItem.ToGroupID), Reason: labelCode(in.CtxcbLabel),
		Text: shorten(clean(string(in.TextContent))), At: now,
	}
	if links, err := checkLinks([]string{in.FileURL}); err == nil {
		r.Links = links
	}
	switch {
	case r.Room.Check() != nil:
		return r, false, malformed("ToGroupId is not a group.")
	case moderation.CheckUserID(r.Target) != nil || userID != nil && !userID.MatchString(r.Target):
		return r, false, malformed("From_Account is not a UserID of this application.")
	}
	return r, true, nil
}

// tencentID returns an id that is the same each time a result is sent.
func tencentID(in moderated) string {
	id := in.CtxcbRequestID
	if id == "" {
		id = in.From + "\x00" + in.ContactItem.ToGroupID + "\x00" + in.MsgID
	}
	sum := sha256.Sum256([]byte(id))
	return "tencent:" + hex.EncodeToString(sum[:16])
}

var notInCode = regexp.MustCompile(`[^a-z0-9_-]+`)

// labelCode returns Tencent's label as the code of a reason.
func labelCode(label string) string {
	code := notInCode.ReplaceAllString(strings.ToLower(label), "")
	if code == "" {
		return "moderation"
	}
	return code[:min(len(code), moderation.MaxReportReason)]
}

// shorten cuts a text to what is kept of it.
func shorten(s string) string {
	runes := []rune(s)
	return string(runes[:min(len(runes), moderation.MaxReportText)])
}
