package moderation

import (
	"errors"
	"fmt"
	"strings"
)

// Code names one kind of error. The catalogue in bot/say has its sentences, one row per code.
type Code string

// Codes about rooms and users, with the names of their values.
const (
	CodeRoomKind      Code = "room-kind"      // unknown kind: room, kind
	CodeRoomNumber    Code = "room-number"    // not a number 1..4294967294: room, id
	CodeRoomLength    Code = "room-length"    // id empty or too long: room, most
	CodeRoomCharacter Code = "room-character" // a character that the kind does not allow: room, at
	CodeRoomTopic     Code = "room-topic"     // a topic of a community: room
	CodeUserLength    Code = "user-length"    // user, most
	CodeUserCharacter Code = "user-character" // user, at
)

// Codes for what a kind of room does not support.
const (
	CodeNoMuteHere    Code = "no-mute-here"     // Live and Chat cannot mute microphone or camera
	CodeNoKickInLive  Code = "no-kick-in-live"  // Live has no kick; a short ban does the same
	CodeNoBanInRoom   Code = "no-ban-in-room"   // TRTC rooms have no bans; a kicked person can rejoin immediately
	CodeNoTextInRoom  Code = "no-text-in-room"  // TRTC rooms carry no text
	CodeNoCloseInChat Code = "no-close-in-chat" // Chat groups cannot be closed here
	CodeNoWhoInRoom   Code = "no-who-in-room"   // TRTC does not list who is inside
)

// Codes of vendor outcomes. Values: code, message (vendor's own text), request.
const (
	CodeVendorRetry      Code = "vendor-retry"     // a temporary error at the vendor; nothing happened
	CodeVendorLimit      Code = "vendor-limit"     // the vendor's rate limit
	CodeVendorConfig     Code = "vendor-config"    // credentials, edition, switch, region: the operator must act
	CodeVendorRoomGone   Code = "vendor-room-gone" // no such room, perhaps another kind: room
	CodeVendorUserGone   Code = "vendor-user-gone" // the user is not there
	CodeVendorInput      Code = "vendor-input"     // the vendor refuses the input
	CodeVendorNoAnswer   Code = "vendor-silent"    // no answer: it may have happened
	CodeVendorReadFailed Code = "vendor-unread"    // no answer to a read
	CodeVendorUnexpected Code = "vendor-odd"       // an answer that is neither success nor a known error
)

// Codes of cases and targets.
const (
	CodeSuperseded          Code = "superseded"  // a newer case decides: case
	CodeTooLate             Code = "late"        // it expired before it could be sent
	CodeRightLost           Code = "right-lost"  // the requester lost the right before the call
	CodeEventOld            Code = "event-old"   // an event is not repeated after 30 s
	CodeDropped             Code = "dropped"     // the requester abandoned it, or did not answer
	CodeDenied              Code = "denied"      // an approver denied it: by, reason
	CodeWithdrawn           Code = "withdrawn"   // the requester withdrew it
	CodeExpired             Code = "expired"     // not approved in time
	CodeStopped             Code = "stopped"     // stopped while it ran: by
	CodeSuspended           Code = "suspended"   // the requester was suspended: by
	CodeUndone              Code = "undone"      // undone before it was sent: case
	CodeNotListed           Code = "not-listed"  // the list of targets is not in the thread yet: case
	CodeNotInCase           Code = "not-in-case" // the case has no such target: case, user
	CodeApproverLostRight   Code = "vote-lost"   // an approver lost the right before the call: why
	CodeRepeated            Code = "repeated"    // the same command again: nothing changed
	CodeAlreadyWaits        Code = "waits"       // the same person's request for this change waits for approval: other
	CodeLiftFault           Code = "lift-fault"  // a lift fails because of a local error
	CodeApprovalRequiredNow Code = "policy-asks" // the policy now requires approval
	CodeRoomInfoFailed      Code = "room-unseen" // the vendor did not report which room it is now: case, room
)

// Codes of erasures that are not possible yet.
const (
	CodeEraseRestricted Code = "erase-bound" // the person is restricted: case
	CodeEraseActive     Code = "erase-runs"  // a case of the person runs or waits: case
)

// Codes of refusals. They never reveal whether a target or a room exists. The value "in" is the room
// that refuses, of an action in several.
const (
	RefuseExternalPerson  Code = "refuse-stranger"        // not a member of our team
	RefuseGuest           Code = "refuse-guest"           // a guest account
	RefuseBot             Code = "refuse-bot"             // a bot
	RefuseDeactivated     Code = "refuse-deactivated"     // deactivated or only invited
	RefuseNoRole          Code = "refuse-no-role"         // no role grants any right
	RefuseNoRule          Code = "refuse-no-rule"         // no rule allows this: verb
	RefuseTooLong         Code = "refuse-too-long"        // longer than the rule allows: most
	RefuseTooMany         Code = "refuse-too-many"        // more targets than the rule allows, across commands: most, got
	RefuseProtected       Code = "refuse-protected"       // a protected target: user; people is 1 where it is the only one
	RefuseChannel         Code = "refuse-channel"         // not in this channel
	RefuseExternalChannel Code = "refuse-outsiders"       // the channel is, or will be, shared with external people
	RefuseUnknownChannel  Code = "refuse-unknown-channel" // Slack cannot describe the channel: detail
	RefuseUnknownPerson   Code = "refuse-unknown-person"  // Slack cannot identify the person: detail
	RefuseForeignApp      Code = "refuse-foreign-app"     // api_app_id or team is not ours
	RefuseNotYours        Code = "refuse-not-yours"       // another person's draft or question
	RefuseOwnCase         Code = "refuse-own-case"        // requesters may not approve or review their own case: case
	RefuseNotApprover     Code = "refuse-not-approver"    // no role that may approve: case, roles
	RefuseApprovedTwice   Code = "refuse-voted-twice"     // already approved by this person: case
	RefuseNotRequester    Code = "refuse-not-requester"   // only the requester withdraws: case
	RefuseNoOverride      Code = "refuse-no-glass"        // no right to override
	RefuseNoApprovers     Code = "refuse-no-approvers"    // it needs approval and the policy has no approver
	RefuseRoomApprovers   Code = "refuse-room-approvers"  // several rooms, and nobody may approve it in all of them
	RefuseNoActNow        Code = "refuse-no-act-now"      // it may no longer apply at once
	RefuseLimit           Code = "refuse-brake"           // above the people limit: most, got, within
	RefuseLifting         Code = "refuse-freer"           // no right to impose the existing restriction: case, verb
	RefuseSuspended       Code = "refuse-suspended"       // rights are suspended: until, by
	RefuseChanged         Code = "refuse-changed"         // the case is no longer what the card showed: case
	RefuseSuperseded      Code = "refuse-overtaken"       // it would lift or shorten a newer restriction that needed approval: case, other
	RefuseRecreated       Code = "refuse-recreated"       // the Live room was created again since the request: case, room
	RefuseNotReviewer     Code = "refuse-not-reviewer"    // no right to review
	RefuseReviewApprover  Code = "refuse-review-approver" // an approver may not review the case: case
	RefuseReviewOverride  Code = "refuse-review-glass"    // the person who overrode a case may not review it: case
	RefuseOwnFlag         Code = "refuse-own-flag"        // the person who flagged a case may not review it: case
	RefuseNotSuspender    Code = "refuse-not-suspender"   // no right to suspend
	RefuseNoStatistics    Code = "refuse-no-statistics"   // no right to read statistics: could
	RefuseStillBegins     Code = "refuse-still-begins"    // not all people of the case have begun: case
	RefuseNothingToUndo   Code = "refuse-nothing-to-undo" // nothing of the case is in force: case, newer, verb
	RefuseNoEnd           Code = "refuse-no-end"          // no end to which a duration could be added: case, verb
	RefuseNotExtendable   Code = "refuse-not-extendable"  // its end cannot be changed: case, verb
	RefuseTooOld          Code = "refuse-too-old"         // it ended too long ago to be tried again: case, most
	RefuseNoRetry         Code = "refuse-no-again"        // an undo that now needs approval cannot be requested again: case
	RefuseNotPermanent    Code = "refuse-not-endless"     // the case cannot be permanent: case, verb
	RefuseForged          Code = "refuse-forged"          // a button that this bot never made
	RefuseSelfSuspension  Code = "refuse-self"            // suspending yourself could hide what you did
)

// Codes of notices to the operator.
const (
	NoticeUndecodable   Code = "notice-undecodable" // a delivery that could not be parsed: detail
	NoticeEventsDelayed Code = "notice-events-held" // Slack delays events: at
	NoticeForged        Code = "notice-forged"      // a forged erasure: number
	NoticeAccepted      Code = "notice-accepted"    // a log older than its published head was accepted: number, hash
)

// Error is the domain's error: a code and named values. Package bot/say makes the text for people;
// Error() is for logs.
type Error struct {
	Code   Code
	Values map[string]string
	// Cause is for the log only.
	Cause error
}

// NewError returns an Error from a code and pairs of names and values.
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

// Error returns the code, its values in no particular order, and the cause.
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

// Unwrap returns the error that caused this one; nil for none.
func (e *Error) Unwrap() error { return e.Cause }

// CodeOf returns the code of the *Error in err's chain, or "".
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// Errors of the store that callers distinguish.
var (
	// ErrLeaseLost: another worker has the job; nothing may be written.
	ErrLeaseLost = errors.New("moderation: lease lost")
	// ErrNotFound: no such row.
	ErrNotFound = errors.New("moderation: not found")
	// ErrApprovalRequired: the case cannot run without approval.
	ErrApprovalRequired = errors.New("moderation: approval required")
	// ErrStale: the row has changed since it was read; read it again.
	ErrStale = errors.New("moderation: stale")
)
