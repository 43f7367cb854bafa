// Package people guarantees that what it says about somebody or about a channel
// is Slack's own answer, no older than the asker needs, and asked after the last
// event that changed it. When Slack cannot say, it says so and nothing else:
// the asker then refuses. It is the bot's directory, read with users.info,
// usergroups.list and conversations.info.
//
// Askers who come while a request is under way share its answer if that is
// fresh enough for them. An answer's age counts from the moment its request
// left, so it is never thought younger than it is.
package people
