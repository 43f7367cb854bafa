package socket

import (
	"errors"
	"fmt"
	"time"
)

// Errors of Ack, for errors.Is.
var (
	// ErrAckedTwice: this envelope's ack was called before; nothing was sent now.
	ErrAckedTwice = errors.New("socket: envelope was already acknowledged")
	// ErrPayloadNotAccepted: Slack accepts no payload for this envelope. The
	// bare ack was sent.
	ErrPayloadNotAccepted = errors.New("socket: envelope accepts no payload, bare ack sent")
	// ErrPayloadTooLarge: Slack ignores acks of 20 KB and more. The bare ack was
	// sent.
	ErrPayloadTooLarge = errors.New("socket: ack payload makes 20 KB or more, bare ack sent")
	// ErrPayloadInvalid: the payload is not a JSON object. The bare ack was
	// sent.
	ErrPayloadInvalid = errors.New("socket: ack payload is not a json object, bare ack sent")
	// ErrConnectionLost: the connection that delivered the envelope ended
	// before the ack was written. Slack shows the author that the command
	// failed, although it may have been accepted, and delivers an event
	// again.
	ErrConnectionLost = errors.New("socket: connection ended before the ack was written")
	// ErrClosed: the envelope arrived while the connection was closing.
	ErrClosed = errors.New("socket: connection is closing")
)

// OpenError is a failed apps.connections.open.
type OpenError struct {
	// Code is Slack's error code, "http_503" and the like for an answer
	// without one, "network" for no answer, "bad_answer" for an answer that
	// is not JSON or has no usable URL.
	Code string
	// RetryAfter is how long Slack asked us to wait; zero when it did not.
	RetryAfter time.Duration
	// Needed and Provided are the scopes that Slack names with missing_scope.
	Needed, Provided string
	// Err is the cause of "network" and "bad_answer", without URL or ticket.
	Err error
}

// Error returns one line with Slack's code, the missing scope and the cause.
func (e *OpenError) Error() string {
	s := "socket: apps.connections.open: " + e.Code
	if e.Needed != "" {
		s += fmt.Sprintf(" (needed: %s, provided: %s)", e.Needed, e.Provided)
	}
	if e.RetryAfter > 0 {
		s += ", retry after " + e.RetryAfter.String()
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the error that caused this one; nil for none.
func (e *OpenError) Unwrap() error { return e.Err }

// Subjects of a FatalError: which setting has to change.
const (
	SubjectAppToken   = "app-level token" //nolint:gosec // the name of a setting, no token
	SubjectSocketMode = "socket mode"
	SubjectWorkspace  = "workspace"
	SubjectAPIURL     = "api url"
)

// FatalError ends Run: a retry cannot help until a person changes something.
type FatalError struct {
	// Code is Slack's error code, or link_disabled.
	Code string
	// Subject names what has to change, one of the Subject constants.
	Subject string
	// Advice says what to do, for the operator.
	Advice string
	// Needed and Provided are the scopes that Slack names with missing_scope.
	Needed, Provided string
}

// Error returns one line with the advice, Slack's code and the missing scope.
func (e *FatalError) Error() string {
	s := fmt.Sprintf("socket: %s (%s)", e.Advice, e.Code)
	if e.Needed != "" {
		s += fmt.Sprintf(", needed scope: %s, provided: %s", e.Needed, e.Provided)
	}
	return s
}

// linkDisabled is the reason of a disconnect after Socket Mode was switched
// off.
const linkDisabled = "link_disabled"

// fatal returns the FatalError for a code of apps.connections.open or of a
// disconnect, or nil if a retry may help. Unlisted codes are retried with a
// back-off: internal_error, fatal_error, service_unavailable,
// request_timeout, ratelimited, team_added_to_org and org_login_required (a
// migration that ends), and any new one. Ending the process for an unknown
// code would turn a short problem of Slack into an outage of the bot.
//
// The list: common errors of docs.slack.dev/reference/methods, and
// forbidden_team, insecure_request and missing_args of apps.connections.open.
func fatal(code string) *FatalError {
	token := func(advice string) *FatalError {
		return &FatalError{Code: code, Subject: SubjectAppToken, Advice: advice}
	}
	switch code {
	case linkDisabled:
		return &FatalError{Code: code, Subject: SubjectSocketMode, Advice: "socket mode is switched off for this app: switch it on in the app's settings"}
	case "invalid_auth":
		return token("slack does not accept the app-level token, or not from this network address: check the token and the app's allowed ip addresses")
	case "not_authed":
		return token("slack got no app-level token: set it")
	case "token_revoked":
		return token("the app-level token was revoked: make a new one")
	case "token_expired":
		return token("the app-level token has expired: make a new one")
	case "account_inactive":
		return token("the app-level token belongs to a deleted app or workspace: make a new one")
	case "not_allowed_token_type":
		return token("this is not an app-level token: one that begins with xapp- is needed")
	case "missing_scope", "no_permission":
		return token("the app-level token lacks the scope connections:write: make a token that has it")
	case "missing_args", "invalid_arguments", "invalid_arg_name":
		return token("slack finds the request for a connection incomplete: check that the app-level token is whole")
	case "forbidden_team", "team_access_not_granted", "access_denied":
		return &FatalError{Code: code, Subject: SubjectWorkspace, Advice: "the app is not approved for this workspace: ask an admin to approve it"}
	case "ekm_access_denied", "enterprise_is_restricted":
		return &FatalError{Code: code, Subject: SubjectWorkspace, Advice: "the organisation's administrators suspended access for this app: ask them"}
	case "insecure_request":
		return &FatalError{Code: code, Subject: SubjectAPIURL, Advice: "Slack requires https: check the API URL"}
	case "deprecated_endpoint", "method_deprecated", "unknown_method":
		return &FatalError{Code: code, Subject: SubjectAPIURL, Advice: "this address has no apps.connections.open: check the API URL"}
	}
	return nil
}
