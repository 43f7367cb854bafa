package main

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"bouncer/sandbox/slackd"
)

// full fills the disk of the running bot, or frees it again: no file can
// grow, as root or not.
func (s *stage) full(on bool) {
	s.tb.Helper()
	limit := syscall.Rlimit{Cur: math.MaxUint64, Max: math.MaxUint64}
	if on {
		limit.Cur = 0
	}
	const fileSize = 1 // RLIMIT_FSIZE, the same number on every Linux
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(s.proc.cmd.Process.Pid), fileSize,
		uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	require.Zero(s.tb, errno)
}

// What cannot be stored is not accepted, and its author knows: a command is
// answered in its ack, a click gets no ack, so that Slack shows a failure.
// With free space everything works again, without a restart.
func TestAFullDiskIsReported(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.apart()
	s.begin()
	s.say(lead, "mut room:10006 bob 10m")
	suggestion := s.private(lead, "Did you mean", "mute room:10006 bob")
	s.idle(patience)
	s.posted()

	s.full(true)
	d := s.say(lead, "mute room:10006 alice 10m")
	require.True(t, d.Acked)
	answer := s.private(lead, "cannot store commands at the moment. Nothing was done")
	require.True(t, answer.Ephemeral)
	var inAck struct {
		Text string `json:"text"`
	}
	for _, a := range s.slack.Acks() {
		if a.EnvelopeID == d.EnvelopeID {
			require.NoError(t, json.Unmarshal(a.Payload, &inAck))
		}
	}
	require.Contains(t, inAck.Text, "othing was done", "a row for an answer cannot be kept either: the ack has to carry it")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	block, action, _ := button(suggestion, "Run")
	click, err := s.slack.Press(ctx, lead, slackd.Ref{Channel: suggestion.Channel, TS: suggestion.TS}, block, action)
	require.NoError(t, err)
	require.False(t, click.Acked, "a click that is acked and not kept is lost without a sign")
	require.Equal(t, slackd.FailTimeout, click.Failure)
	// Slack gave up after three seconds; the disk is freed only when the bot
	// has noticed that too.
	s.await("both counted and logged", patience, func() bool {
		return s.metric("bouncer_deliveries_not_stored_total") == "2" && strings.Count(s.proc.log.String(), "delivery not stored") == 2
	})

	s.full(false)
	s.press(lead, suggestion, "Run")
	s.await("the click runs", patience, func() bool { return s.muted("10006", "bob") })
	s.say(lead, "mute room:10006 29376 10m")
	s.await("a command runs", patience, func() bool { return s.muted("10006", "29376") })
	s.idle(patience)
	require.NoError(t, s.stop())
	require.False(t, s.muted("10006", "alice"), "what was refused has run")
	require.Equal(t, 2, s.asked())
	require.Contains(t, s.audit(), "the chain is intact")
}
