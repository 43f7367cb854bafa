package sandbox

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Report is what the customer's backend sends to POST /v1/reports.
type Report struct {
	ID       string   `json:"id"`
	Reporter string   `json:"reporter,omitempty"`
	Target   string   `json:"target"`
	Room     string   `json:"room"`
	Reason   string   `json:"reason"`
	Text     string   `json:"text,omitempty"`
	Links    []string `json:"links,omitempty"`
	At       int64    `json:"at,omitempty"`
}

// reportClient is the customer's backend. It knows only what docs/intake.md says.
type reportClient struct {
	secret string

	mu  sync.Mutex
	url string
}

// IntakeSecret returns the bot's INTAKE_SECRET.
func (w *World) IntakeSecret() string { return w.reports.secret }

// SetIntake sets the address where the bot takes reports.
func (w *World) SetIntake(url string) {
	w.reports.mu.Lock()
	defer w.reports.mu.Unlock()
	w.reports.url = url
}

// errNoIntake means that no bot takes reports in this world.
var errNoIntake = errors.New("sandbox: no bot of this sandbox takes reports")

// SendReport signs and sends a report. It returns the status and the body of the answer. It fails
// where no bot of the sandbox takes reports, and with the error of the request.
func (w *World) SendReport(ctx context.Context, r Report) (status int, answer string, err error) {
	w.reports.mu.Lock()
	url := w.reports.url
	w.reports.mu.Unlock()
	if url == "" {
		return 0, "", errNoIntake
	}
	body, err := json.Marshal(r)
	if err != nil {
		return 0, "", err
	}
	at := strconv.FormatInt(w.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(w.reports.secret))
	mac.Write([]byte(at + "." + string(body)))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/reports", bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Bouncer-Time", at)
	req.Header.Set("X-Bouncer-Signature", "v1="+hex.EncodeToString(mac.Sum(nil)))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	return resp.StatusCode, string(text), err
}

// SendReports sends some reports of the demo's rooms: several equal ones, one of an automatic
// check, and one with hostile words. It fails at the first one that is not accepted.
func (w *World) SendReports(ctx context.Context) error {
	now := w.Now()
	for i, r := range []Report{
		{Reporter: "29376", Target: "troll7", Room: "live:show1", Reason: "hate", Text: "go back to where you came from"},
		{Reporter: "dj.anna", Target: "troll7", Room: "live:show1", Reason: "hate", Text: "nobody wants you here", Links: []string{"https://example.com/clips/8812"}},
		{Target: "user_42", Room: "chat:@TGS#aJRGC4MH6", Reason: "spam", Text: "<!channel> *FREE COINS* <https://coins.example|click here>"},
		{Reporter: "user1", Target: "29376", Room: "room:10006", Reason: "noise", Text: "loud music over everybody"},
	} {
		r.ID, r.At = fmt.Sprintf("sandbox-%d-%d", now.UnixNano(), i), now.Add(-time.Minute).Unix()
		status, answer, err := w.SendReport(ctx, r)
		if err != nil {
			return err
		}
		if status != http.StatusAccepted {
			return fmt.Errorf("sandbox: the report was answered with %d: %s", status, answer)
		}
	}
	return nil
}
