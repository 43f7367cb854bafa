package moderation

import (
	"errors"
	"fmt"
	"strings"
)

// Code names one thing that went wrong. The sentences for people stand in one
// catalogue, which has one row per code.
type Code string

// Codes about rooms and users.
const (
	CodeRoomKind      Code = "room-kind"      // no such kind of room: room, kind
	CodeRoomNumber    Code = "room-number"    // a numbered room needs a number 1..4294967294: room, id
	CodeRoomLength    Code = "room-length"    // id empty or too long: room, most
	CodeRoomCharacter Code = "room-character" // a character that the kind does not allow: room, at
	CodeRoomTopic     Code = "room-topic"     // a topic of a community: room
	CodeUserLength    Code = "user-length"    // user, most
	CodeUserCharacter Code = "user-character" // user, at
)

// Codes about what a kind of room cannot do.
const (
	CodeNoMuteHere    Code = "no-mute-here"     // Live and Chat have no mute of microphone or camera
	CodeNoKickInLive  Code = "no-kick-in-live"  // Live has no kick; a short ban does it
	CodeNoBanInRoom   Code = "no-ban-in-room"   // TRTC rooms have no bans; kick does not keep out
	CodeNoTextInRoom  Code = "no-text-in-room"  // TRTC rooms carry no text
	CodeNoCloseInChat Code = "no-close-in-chat" // Chat groups cannot be ended here
	CodeNoWhoInRoom   Code = "no-who-in-room"   // TRTC has no list of who is inside now
)

// Codes of vendor outcomes. Values: code, message (vendor's own text), request.
const (
	CodeVendorRetry      Code = "vendor-retry"     // a passing fault on their side; it did not happen
	CodeVendorLimit      Code = "vendor-limit"     // their rate limit
	CodeVendorConfig     Code = "vendor-config"    // credentials, edition, switch, region: the operator must act
	CodeVendorRoomGone   Code = "vendor-room-gone" // the room does not exist; hint about the kind: room
	CodeVendorUserGone   Code = "vendor-user-gone" // the user is not there
	CodeVendorInput      Code = "vendor-input"     // they refuse what was sent
	CodeVendorNoAnswer   Code = "vendor-silent"    // no answer: it may have happened
	CodeVendorReadFailed Code = "vendor-unread"    // no answer to a question
	CodeVendorUnexpected Code = "vendor-odd"       // an answer that is neither yes nor no
)

// Codes of cases and targets.
const (
	CodeSuperseded          Code = "superseded"  // a newer case stands: case
	CodeTooLate             Code = "late"        // its time was over before it could be sent
	CodeRightLost           Code = "right-lost"  // the requester lost the right before the call
	CodeEventOld            Code = "event-old"   // an event is not repeated after 30 s
	CodeDropped             Code = "dropped"     // the requester did not want it any more, or did not answer
	CodeDenied              Code = "denied"      // an approver said no: by, reason
	CodeWithdrawn           Code = "withdrawn"   // the requester withdrew it
	CodeExpired             Code = "expired"     // nobody agreed in time
	CodeStopped             Code = "stopped"     // somebody stopped it while it ran: by
	CodeSuspended           Code = "suspended"   // the requester was suspended: by
	CodeUndone              Code = "undone"      // taken back before it was sent: case
	CodeNotListed           Code = "not-listed"  // the people of a case do not hang in its thread yet: case
	CodeNotInCase           Code = "not-in-case" // the case has no such target: case, user
	CodeApproverLostRight   Code = "vote-lost"   // an approver lost the right before the call: why
	CodeRepeated            Code = "repeated"    // the same command was given again: nothing changed
	CodeAlreadyWaits        Code = "waits"       // another request for the same change of a case waits for its approval: other
	CodeLiftFault           Code = "lift-fault"  // the end of a timed action fails for a reason of our own
	CodeApprovalRequiredNow Code = "policy-asks" // the policy asks for an approval by now
	CodeRoomInfoFailed      Code = "room-unseen" // the vendor did not tell which room it is now: case, room
)

// Codes of erasures that cannot be done yet.
const (
	CodeEraseRestricted Code = "erase-bound" // something is bound on the person: case
	CodeEraseActive     Code = "erase-runs"  // something of the person runs or waits: case
)

// Codes of refusals. Whether a target or a room exists never shows in them.
const (
	RefuseExternalPerson  Code = "refuse-stranger"        // not of our team
	RefuseGuest           Code = "refuse-guest"           // a guest account
	RefuseBot             Code = "refuse-bot"             // a bot
	RefuseDeactivated     Code = "refuse-deactivated"     // deactivated or only invited
	RefuseNoRole          Code = "refuse-no-role"         // no role gives any right
	RefuseNoRule          Code = "refuse-no-rule"         // no rule allows this: verb
	RefuseTooLong         Code = "refuse-too-long"        // longer than the rule allows: most
	RefuseTooMany         Code = "refuse-too-many"        // more targets than the rule allows, across commands: most, got
	RefuseProtected       Code = "refuse-protected"       // a protected target: user
	RefuseChannel         Code = "refuse-channel"         // not in this channel
	RefuseExternalChannel Code = "refuse-outsiders"       // the channel is, or is about to be, shared with outsiders
	RefuseUnknownChannel  Code = "refuse-unknown-channel" // Slack cannot describe the channel: detail
	RefuseUnknownPerson   Code = "refuse-unknown-person"  // Slack cannot say who this is: detail
	RefuseForeignApp      Code = "refuse-foreign-app"     // api_app_id or team is not ours
	RefuseNotYours        Code = "refuse-not-yours"       // a draft or a question of somebody else
	RefuseOwnCase         Code = "refuse-own-case"        // the requester may not approve or review his own case: case
	RefuseNotApprover     Code = "refuse-not-approver"    // no role of those who may agree: case, roles
	RefuseApprovedTwice   Code = "refuse-voted-twice"     // one person, one vote: case
	RefuseNotRequester    Code = "refuse-not-requester"   // only the requester withdraws: case
	RefuseNoOverride      Code = "refuse-no-glass"        // no right to run it alone
	RefuseNoApprovers     Code = "refuse-no-approvers"    // it needs an approver and the policy names none
	RefuseNoActNow        Code = "refuse-no-act-now"      // it may not run at once any more
	RefuseLimit           Code = "refuse-brake"           // above the brake: most, got, within
	RefuseLifting         Code = "refuse-freer"           // no right to what the standing case did: case, verb
	RefuseSuspended       Code = "refuse-suspended"       // rights are suspended: until, by
	RefuseChanged         Code = "refuse-changed"         // the case is no longer what the card showed: case
	RefuseSuperseded      Code = "refuse-overtaken"       // it would end sooner what was asked after it and needed others' leave: case, other
	RefuseRecreated       Code = "refuse-recreated"       // the Live room was made anew since it was asked: case, room
	RefuseNotReviewer     Code = "refuse-not-reviewer"    // no right to review
	RefuseReviewApprover  Code = "refuse-review-approver" // who approved a case does not review it: case
	RefuseReviewOverride  Code = "refuse-review-glass"    // who ran a case alone does not review it: case
	RefuseOwnFlag         Code = "refuse-own-flag"        // a flag is looked at by somebody else: case
	RefuseNotSuspender    Code = "refuse-not-suspender"   // no right to suspend
	RefuseNothingToUndo   Code = "refuse-nothing-to-undo" // nothing of the case stands: case, newer, verb
	RefuseNoEnd           Code = "refuse-no-end"          // it has no end to which a length could be added: case, verb
	RefuseNotExtendable   Code = "refuse-not-extendable"  // nothing of the case can get another end: case, verb
	RefuseTooOld          Code = "refuse-too-old"         // it ended too long ago to be tried again: case, most
	RefuseNoRetry         Code = "refuse-no-again"        // an undo that needs an approval by now cannot be asked for again: case
	RefuseNotPermanent    Code = "refuse-not-endless"     // what the case did must have an end: case, verb
	RefuseForged          Code = "refuse-forged"          // a button that this bot never made
	RefuseSelf            Code = "refuse-self"            // nobody takes his own rights away, by which he could hide
)

// Codes of notices to the operator.
const (
	NoticeUndecodable   Code = "notice-undecodable" // a delivery that nobody understood: detail
	NoticeEventsDelayed Code = "notice-events-held" // Slack holds events back: at
	NoticeForged        Code = "notice-forged"      // an erasure that none wrote: number
	NoticeAccepted      Code = "notice-accepted"    // a log that is behind what was told was accepted: number, hash
)

// Error is the domain's error: a code and named values. What people read is
// made from it in one place; Error() is for logs.
type Error struct {
	Code   Code
	Values map[string]string
	// Cause is for the log only.
	Cause error
}

// NewError makes an Error from a code and pairs of names and values.
func NewError(code Code, pairs ...string) *Error {
	e := &Error{Code: code}
	if len(pairs) > 0 {
		e.Values = make(map[string]string, len(pairs)/2)
		for i := 0; i+1 < len(pairs); i += 2 {
			e.Values[pairs[i]] = pairs[i+1]
		}
	}
	return e
}

// Error gives the code, its values in no particular order, and the cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Code))
	for k, v := range e.Values {
		fmt.Fprintf(&b, " %s=%q", k, v)
	}
	if e.Cause != nil {
		b.WriteString(": ")
		b.WriteString(e.Cause.Error())
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// CodeOf gives the code of the *Error in err's chain, or "".
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// Errors of the store that callers tell apart.
var (
	// ErrLeaseLost: the job was taken by somebody else meanwhile; write nothing.
	ErrLeaseLost = errors.New("moderation: lease lost")
	// ErrNotFound: no such row.
	ErrNotFound = errors.New("moderation: not found")
	// ErrApprovalRequired: it cannot run as it is, since somebody must agree first.
	ErrApprovalRequired = errors.New("moderation: an approval is needed")
	// ErrStale: the row has moved on since it was read; look again.
	ErrStale = errors.New("moderation: stale")
)
