// Package socket guarantees that no envelope which Slack delivers over Socket
// Mode is dropped in silence: each one is handed to the handler and acked when
// the handler says so, or it is reported through a hook.
//
// A [Client] holds one to four WebSocket connections at a time. Slack spreads
// its deliveries over them with no order and no affinity, each envelope to one
// connection, and delivers slash commands and interactions exactly once. So:
//
//   - A connection that Slack announces to close is replaced before it is closed,
//     and it is read until then.
//   - What came before a close frame is acked before the close is answered. Where
//     a connection breaks between an envelope and its ack, Slack tells the person
//     that the command failed, although it was taken; that is reported.
//   - A link on which nothing was heard is given up within 8 s, although TCP
//     would keep it for minutes.
//   - apps.connections.open is called at most once in any second by one Client,
//     whatever happens; its callers wait in one line, so the promise holds on
//     Slack's clock as well as on ours. A process runs one Client for an app.
//   - When acks do not keep up the client stops reading, so TCP slows
//     Slack down and memory stays bounded.
//
// Contents of envelopes, tokens and connection tickets appear in no log line,
// no error and no hook.
//
// Sources: docs.slack.dev/apis/events-api/using-socket-mode and
// docs.slack.dev/reference/methods/apps.connections.open.
package socket
