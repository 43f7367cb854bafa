package commands

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// StepKind is what a button belongs to.
type StepKind string

// The kinds of steps.
const (
	StepDraft  StepKind = "draft" // a suggested command, stored for its author
	StepCase   StepKind = "case"
	StepList   StepKind = "list" // a stored list of people
	StepSearch StepKind = "find" // the pages of a saved search
	StepLine   StepKind = "line" // the cases behind an audit message
	StepForm   StepKind = "form" // the form that builds a command
	StepReport StepKind = "report"
)

// The steps of each kind.
const (
	StepRun      = "run"   // draft, case: run it
	StepTryAgain = "again" // case: try the unknown targets again
	StepAbandon  = "drop"  // draft, case: it is not wanted any more

	StepApprove  = "approve"  // case: approve it
	StepShowAll  = "view"     // case: show everything that would run, to approve it there
	StepDeny     = "deny"     // case: deny it, with a reason
	StepWithdraw = "withdraw" // case: withdraw the request
	StepOverride = "glass"    // case: override the approval, with a reason
	StepStop     = "stop"     // case: stop what is still to be sent
	StepUndo     = "undo"     // case: undo it, for all or some targets
	StepExtend   = "extend"   // case: change its end
	StepReviewed = "reviewed" // case: mark as reviewed
	StepFlag     = "flag"     // case: something is wrong, with a note
	StepReviews  = "reviews"  // line: the cases behind this audit message
	StepEvidence = "evidence" // case: add a message to it

	StepEdit    = "edit"    // draft, report: open the form with it
	StepOpen    = "open"    // form: open it, from the Home tab
	StepSend    = "send"    // form: submit it
	StepQuote   = "quote"   // form: submit it with the message that it was opened from, whose id is its digest
	StepHandle  = "handle"  // form: submit it for the report that it was opened from, whose id is its digest
	StepDismiss = "dismiss" // report: nothing has to be done. Its other steps are verbs

	// list, find: about one row of it, or about those that are chosen. A list has the verbs as steps, too.
	StepAct     = "act"     // open the form
	StepHistory = "history" // the earlier cases of a person
	StepShow    = "show"    // find: show the row's case; report: show its card, from the row of a list
	StepLift    = "lift"    // find: lift the row's restriction

	StepPage = "page" // list, find, line: show a page
	StepCSV  = "csv"  // list, find: send all of it as a file
)

// MaxPage is the last page that a button can ask for; pages count from 0.
const MaxPage = 9999

// Step is what a button requests: an opaque id and a step, never a command.
// What it leads to is looked up and authorized again.
type Step struct {
	Kind StepKind
	ID   string // 32 lower-case hex digits, or a UUID's 36 characters
	Step string
	Page int // of StepPage; 0 elsewhere
	// Row is the row of a list or a search that the button is in: for a list, also of reports, its
	// number from 0, for a search the case's number, and the target's place in it behind a dash. It is
	// empty for a button about the whole.
	Row string
	// Digest is Case.ContentDigest of what the button's card showed. It is empty if
	// the step starts nothing. On a report it is the ReportDigest of the action, in a form the id of
	// what the form was opened from. Others have none.
	Digest string
}

// ActionID returns the button's action_id, "kind.step", "list.page.N" or "list.act.ROW": unlike
// those of the other buttons beside it, as Slack demands.
func (s Step) ActionID() string {
	id := string(s.Kind) + "." + s.Step
	switch {
	case s.Step == StepPage:
		id += "." + strconv.Itoa(s.Page)
	case s.Row != "":
		id += "." + s.Row
	}
	return id
}

// Value returns the button's value: the action id and the opaque id, so that
// each must match the other, and the digest, if there is one.
func (s Step) Value() string {
	if s.Digest != "" {
		return s.ActionID() + "/" + s.ID + "/" + s.Digest
	}
	return s.ActionID() + "/" + s.ID
}

// ParseStep returns the step of a button's action_id and value. It accepts only
// what ActionID and Value write; its errors repeat none of the input. Whether
// the step exists is decided by the table of its handlers.
func ParseStep(actionID, value string) (Step, error) {
	head, id, ok := strings.Cut(value, "/")
	if !ok || head != actionID {
		return Step{}, fmt.Errorf("commands: button's value does not match its action id")
	}
	kind, rest, _ := strings.Cut(actionID, ".")
	id, seal, sealed := strings.Cut(id, "/")
	s := Step{Kind: StepKind(kind), ID: id, Digest: seal}
	if sealed && (s.Kind != StepCase && s.Kind != StepReport && s.Kind != StepForm || len(seal) != 32 || !opaque(seal)) {
		return Step{}, fmt.Errorf("commands: button with an invalid digest")
	}
	var page string
	s.Step, page, _ = strings.Cut(rest, ".") // or the row
	if !word(kind) || !word(s.Step) {
		return Step{}, fmt.Errorf("commands: button with an invalid step")
	}
	if s.Step == StepPage {
		n, err := strconv.Atoi(page)
		if err != nil || n < 0 || n > MaxPage {
			return Step{}, fmt.Errorf("commands: button with a page out of bounds")
		}
		s.Page = n
	} else if s.Row = page; page != "" && (!s.hasRows() || !IsRow(page)) {
		return Step{}, fmt.Errorf("commands: button with an invalid row")
	}
	if !opaque(id) {
		return Step{}, fmt.Errorf("commands: button with an invalid id")
	}
	if s.ActionID() != actionID { // such as a page written 007
		return Step{}, fmt.Errorf("commands: button with an invalid action id")
	}
	return s, nil
}

// hasRows reports whether a button with this step may be in a row.
func (s Step) hasRows() bool {
	switch s.Kind {
	case StepList, StepSearch:
		return s.Step != StepCSV
	case StepReport:
		return s.Step == StepShow
	case StepDraft, StepCase, StepLine, StepForm:
	}
	return false
}

// IsRow reports whether a text has the shape of a row: a number, or two with a dash between them.
func IsRow(s string) bool { return rowShape.MatchString(s) }

var rowShape = regexp.MustCompile(`^(0|[1-9][0-9]{0,17})(-(0|[1-9][0-9]{0,5}))?$`)

// word reports whether a part of an action id is one lower-case word.
func word(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == ""
}

// opaque reports whether id has the shape of ids from the store.
func opaque(id string) bool {
	if len(id) != 32 && len(id) != 36 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if len(id) == 36 && (i == 8 || i == 13 || i == 18 || i == 23) {
			if c != '-' {
				return false
			}
			continue
		}
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
