// Package intake guarantees that a report from outside is accepted only with a valid signature, and
// answered with 202 only once it is durable.
//
// It is an HTTP handler: it verifies, limits, decodes, and passes reports on in groups. It knows
// neither Slack nor the database. The format is in docs/intake.md.
package intake
