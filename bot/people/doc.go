// Package people guarantees that what it returns about a person or a channel
// is Slack's own answer, no older than the caller needs, and requested after
// the last event that changed it. If Slack cannot say, it returns an error,
// and the caller refuses. It reads users.info, usergroups.list and
// conversations.info.
//
// Callers that arrive during a request share its answer if that is fresh
// enough for them. The age of an answer counts from the start of its request,
// so it is never underestimated.
package people
