// Package socket guarantees that no envelope from Slack's Socket Mode is
// dropped silently: each one is passed to the handler and acknowledged when
// the handler says so, or it is reported through a hook.
//
// A [Client] has one to four WebSocket connections open. Slack spreads its
// deliveries over them without order or affinity, each envelope to one
// connection, and delivers slash commands and interactions exactly once.
// Therefore:
//
//   - A connection that Slack announces to close is replaced before it is closed,
//     and is read until then.
//   - Envelopes received before a close frame are acknowledged before the close is
//     answered. If a connection breaks between an envelope and its ack, Slack
//     shows the author that the command failed although it was accepted; that is
//     reported.
//   - A silent link is closed within 8 s, although TCP would keep it for minutes.
//   - One Client calls apps.connections.open at most once in any second; the
//     callers queue, so this also holds by Slack's clock. A process runs one
//     Client for an app.
//   - If acks do not keep up, the client stops reading, so that TCP slows Slack
//     down and memory stays bounded.
//
// Contents of envelopes, tokens and connection tickets appear in no log line,
// error or hook.
//
// Sources: docs.slack.dev/apis/events-api/using-socket-mode and
// docs.slack.dev/reference/methods/apps.connections.open.
package socket
