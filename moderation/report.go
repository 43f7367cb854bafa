package moderation

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// ReportState is what became of a report.
type ReportState string

// The states of a report.
const (
	ReportOpen      ReportState = "open"
	ReportTaken     ReportState = "taken"     // a case that came of it waits for its approval or its confirmation
	ReportDecided   ReportState = "decided"   // a case that came of it runs, or has run
	ReportDismissed ReportState = "dismissed" // nothing has to be done
)

// Bounds of a report.
const (
	MaxReportID     = 64   // bytes of the sender's id
	MaxReportReason = 40   // bytes
	MaxReportText   = 3000 // characters
	MaxReportLinks  = 5
	MaxReportLink   = 500 // bytes
	// MaxReportTexts and MaxReporters are how many of the newest texts, and how many different
	// reporters, a folded report keeps.
	MaxReportTexts = 3
	MaxReporters   = 20
)

// SourceReport is the Origin.Source of a case that came of a report.
const SourceReport = "report"

// ReportReminder is the payload of JobRemindReports.
type ReportReminder struct {
	Channel string `json:"channel"`
}

// PresetAction is an action that reports offer with one tap.
type PresetAction struct {
	Verb   Verb
	Length Length // zero for a verb without one
}

// NewReport is one report as it came in.
type NewReport struct {
	ID       string // the sender's: the same report with it changes nothing, another is refused
	Reporter string // UserID; empty for an automatic check
	Target   string // UserID
	Room     Room
	Reason   string // a code, such as hate
	Text     string // what was said, user-supplied
	Links    []string
	At       time.Time // when it was said or reported
	// Channel is where its card goes, if it is not folded into another report.
	Channel string
}

// Digest returns a hash of what the report says, in hex. A repeat says the same, maybe at another
// time.
func (r NewReport) Digest() string {
	raw, err := json.Marshal([]any{r.Reporter, r.Target, r.Room.String(), r.Reason, r.Text, r.Links})
	if err != nil { // only strings: cannot fail
		panic("moderation: a report that is no JSON: " + err.Error())
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:16])
}

// ReportedText is what one report says was said.
type ReportedText struct {
	Reporter string    `json:"reporter,omitempty"`
	Text     string    `json:"text,omitempty"`
	Links    []string  `json:"links,omitempty"`
	At       time.Time `json:"at"`
}

// Report is equal reports: of the same person, in the same room, for the same reason. Further ones
// are folded into it as long as it is neither decided nor dismissed.
type Report struct {
	Token  string // opaque, carried by buttons
	Room   Room
	Target string
	Reason string
	State  ReportState
	// Count is how many reports were folded into it.
	Count     int
	Reporters []string       // different ones, at most MaxReporters
	Texts     []ReportedText // the newest ones, newest last, at most MaxReportTexts
	FirstAt   time.Time      // when the first one was received
	LastAt    time.Time      // when the newest one was received
	// Case is the case that came of it last; 0 for none. By is who requested it, or dismissed the
	// report; nil while it is open.
	Case    int64
	By      *Actor
	Channel string
	Version int64
	Card    Posted // zero until posted
}

// Unanswered reports whether the report still waits for a decision.
func (r Report) Unanswered() bool { return r.State == ReportOpen }

// ReportTakenError is why a person cannot act on a report: another one did before.
type ReportTakenError struct{ Report Report }

// Error says what became of the report.
func (e *ReportTakenError) Error() string { return "the report is " + string(e.Report.State) }
