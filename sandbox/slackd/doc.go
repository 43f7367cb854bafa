// Package slackd is a Slack workspace on loopback that is never more lenient
// than Slack: a program that works against it may rely only on what Slack
// documents or was seen to do.
//
// It speaks what a Socket Mode app meets: the Web API under /api/, Socket Mode
// under /link/, response URLs, file uploads, Block Kit's limits, method tiers
// and the one message a second and channel. Tokens and scopes are checked,
// each envelope goes to exactly one connection chosen at random, an ack counts
// only within its 3 s, and slash commands and clicks are delivered once.
//
// Where Slack's behaviour is not documented the stricter reading is the
// default and a field of [Limits] or [Timing] says so. Three sides use it:
// the app under test over HTTP and WebSocket, people through the methods that
// act as a person ([Server.Command], [Server.Press], [Server.SubmitView]), and
// tests or pages that read what happened ([Server.Messages],
// [Server.Subscribe]).
//
// Everything lives in memory and ends with [Server.Close].
package slackd
