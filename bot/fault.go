package bot

import (
	"errors"
	"time"

	"github.com/slack-go/slack"
)

// fault is what follows from an error of the Web API.
type fault int

const (
	faultLater   fault = iota // passing: try again
	faultLost                 // no answer: it may have been posted
	faultNoPost               // this channel accepts no messages from the app
	faultGone                 // the message to update cannot be updated: post a new one
	faultShape                // Slack refuses the form of the message
	faultID                   // the client_msg_id cannot be used any more
	faultSettled              // the problem lasts until a person changes the app, token or person
)

// chatFaults has every error that Slack documents for chat.postMessage,
// chat.update and chat.postEphemeral. What is not in it is tried again for a
// while, see triesInVain.
var chatFaults = map[string]fault{
	"ratelimited": faultLater, "rate_limited": faultLater, "service_unavailable": faultLater,
	"team_added_to_org": faultLater, "org_login_required": faultLater,

	// Slack documents of these that some of it may have happened.
	"fatal_error": faultLost, "internal_error": faultLost, "request_timeout": faultLost,

	"channel_not_found": faultNoPost, "not_in_channel": faultNoPost, "is_archived": faultNoPost, "is_inactive": faultNoPost,
	"restricted_action": faultNoPost, "restricted_action_read_only_channel": faultNoPost,
	"restricted_action_thread_only_channel": faultNoPost, "restricted_action_non_threadable_channel": faultNoPost,
	"restricted_action_thread_locked": faultNoPost, "team_access_not_granted": faultNoPost, "team_not_found": faultNoPost,
	"messages_tab_disabled": faultNoPost, "no_permission": faultNoPost, "access_denied": faultNoPost,
	"app_access_restricted": faultNoPost, "ekm_access_denied": faultNoPost, "channel_is_limited_access": faultNoPost,
	"external_channel_migrating": faultNoPost, "message_limit_exceeded": faultNoPost, "posting_to_channel_denied": faultNoPost,
	"user_not_in_channel": faultNoPost, "cannot_dm_bot": faultNoPost, "user_disabled": faultNoPost, "user_not_found": faultNoPost,

	"message_not_found": faultGone, "cant_update_message": faultGone, "edit_window_closed": faultGone,
	"thread_not_found": faultGone, "cannot_reply_to_message": faultGone, "update_failed": faultGone,
	"block_mismatch": faultGone, "streaming_state_conflict": faultGone,

	"invalid_blocks": faultShape, "invalid_blocks_format": faultShape, "msg_too_long": faultShape,
	"msg_blocks_too_long": faultShape, "no_text": faultShape, "metadata_too_large": faultShape,
	"invalid_metadata_format": faultShape, "invalid_metadata_schema": faultShape, "metadata_must_be_sent_from_app": faultShape,
	"too_many_attachments": faultShape, "attachment_payload_limit_exceeded": faultShape, "invalid_attachments": faultShape,
	"markdown_text_conflict": faultShape, "too_many_contact_cards": faultShape, "cant_broadcast_message": faultShape,
	"no_dual_broadcast_content_update": faultShape, "slack_connect_canvas_sharing_blocked": faultShape,
	"slack_connect_file_link_sharing_blocked": faultShape, "slack_connect_lists_sharing_blocked": faultShape,
	"slack_connect_blocked_file_type": faultShape, "slack_connect_clip_sharing_blocked": faultShape,
	"slack_connect_file_upload_sharing_blocked": faultShape, "blocked_file_type": faultShape, "file_deleted": faultShape,
	"file_is_deleted": faultShape, "file_not_found": faultShape, "file_share_limit_reached": faultShape,
	"max_file_sharing_exceeded": faultShape, "missing_file_data": faultShape, "unable_to_share_files": faultShape,
	"draft_already_deleted": faultShape, "draft_already_sent": faultShape, "draft_has_conflict": faultShape,
	"draft_not_found": faultShape,

	"duplicate_message_not_found": faultID, "duplicate_channel_not_found": faultID,

	"account_inactive": faultSettled, "invalid_auth": faultSettled, "not_authed": faultSettled, "token_expired": faultSettled,
	"token_revoked": faultSettled, "not_allowed_token_type": faultSettled, "missing_scope": faultSettled,
	"two_factor_setup_required": faultSettled, "accesslimited": faultSettled, "enterprise_is_restricted": faultSettled,
	"is_bot": faultSettled, "as_user_not_supported": faultSettled, "send_on_behalf_not_allowed": faultSettled,
	"method_deprecated": faultSettled, "deprecated_endpoint": faultSettled, "unknown_method": faultSettled,
	"invalid_arg_name": faultSettled, "invalid_array_arg": faultSettled, "invalid_charset": faultSettled,
	"invalid_form_data": faultSettled, "invalid_post_type": faultSettled, "missing_post_type": faultSettled,
}

// afterServerError is how long Slack is not called after a status of 500 or
// above that names no time.
const afterServerError = time.Second

// faultOf classifies an error of the Web API. wait is how long Slack asks to
// wait; 0 for none.
func faultOf(err error) (f fault, wait time.Duration) {
	var limited *slack.RateLimitedError
	if errors.As(err, &limited) {
		return faultLater, limited.RetryAfter
	}
	var said slack.SlackErrorResponse
	if errors.As(err, &said) {
		return chatFaults[said.Err], 0 // faultLater for what is not known
	}
	var unavailable interface{ RetryAfter() time.Duration } // a 5xx with a Retry-After
	if errors.As(err, &unavailable) {
		return faultLost, unavailable.RetryAfter()
	}
	var status slack.StatusCodeError
	switch {
	case !errors.As(err, &status):
		return faultLost, 0
	case status.Code < 500:
		return faultLater, 0
	}
	return faultLost, afterServerError
}

// transient reports whether an error may pass without intervention: any but
// an error code of Slack, except for codes about Slack itself.
func transient(err error) bool {
	var said slack.SlackErrorResponse
	if !errors.As(err, &said) {
		return true
	}
	f, known := chatFaults[said.Err]
	return known && (f == faultLater || f == faultLost)
}
