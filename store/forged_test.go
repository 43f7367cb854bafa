package store_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/storetest"

	"github.com/stretchr/testify/require"
)

const auditChannel = "C2"

func announcing(path string) store.Config {
	c := config(path)
	c.AuditChannel = auditChannel
	return c
}

// auditLines returns the audit lines that wait, by their kind and code.
func auditLines(t *testing.T, s *store.Store) (lines []string) {
	t.Helper()
	posts, err := s.DuePosts(t.Context(), auditChannel, moderation.PostLine, 100)
	require.NoError(t, err)
	for _, p := range posts {
		var b moderation.Body
		require.NoError(t, json.Unmarshal(p.Body, &b))
		lines = append(lines, string(p.EntryKind)+" "+string(b.Code))
	}
	return lines
}

// An attacker with SQL access rewrites a body and adds an erasure that explains it. While it is
// unsealed it explains nothing; a running bot seals it as forged, and reports it in the audit
// channel.
func TestAForgedErasureHidesNothing(t *testing.T) {
	path, ctx := filepath.Join(storetest.TempDir(t), "a.db"), t.Context()
	s, err := store.New(ctx, announcing(path))
	require.NoError(t, err)
	entry(t, s, "sam banned lea")
	_, err = s.Seal(ctx)
	require.NoError(t, err)
	forged := moderation.Body{Person: "erased:00000000", Count: 1, Erased: []moderation.ErasedBody{{Entry: 1, Hash: store.InnerHash("", `{"detail":"nothing"}`)}}}
	db := raw(t, path)
	for _, q := range []string{
		`UPDATE bodies SET salt = '', body = '{"detail":"nothing"}' WHERE entry_id = 1`,
		`INSERT INTO entries SELECT 1000, app, team, NULL, 0, 'erased', at, '` + store.InnerHash("s", string(forged.JSON())) + `', '' FROM entries WHERE id = 1`,
		`INSERT INTO bodies SELECT 1000, app, team, 's', '` + string(forged.JSON()) + `' FROM bodies WHERE entry_id = 1`,
	} {
		_, err := db.ExecContext(ctx, q)
		require.NoError(t, err, q)
	}
	_, err = s.Verify(ctx)
	require.ErrorContains(t, err, "entry 1 does not match its body", "unsealed")
	_, err = s.Seal(ctx)
	require.NoError(t, err)
	_, err = s.Verify(ctx)
	require.ErrorContains(t, err, "entry 1 does not match its body", "sealed by the bot that runs")
	require.Equal(t, []string{"notice notice-forged"}, auditLines(t, s))
	all, err := s.Erasures(ctx)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.True(t, all[0].Forged)
	require.NoError(t, s.Close())
}

// Each erasure is announced in the audit channel once: at once where the channel is known, else by
// the next start that knows it.
func TestEachErasureIsAnnounced(t *testing.T) {
	path, ctx := filepath.Join(storetest.TempDir(t), "a.db"), t.Context()
	s, err := store.New(ctx, config(path)) // the command line, without AUDIT_CHANNEL
	require.NoError(t, err)
	for _, target := range []string{"a", "b"} {
		require.NoError(t, s.Append(ctx, moderation.Change{Note: &moderation.Note{Target: target, Text: "lives in Leeds"}}))
	}
	_, err = s.Erase(ctx, moderation.ErasureRequest{Target: "a"})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	for range 2 {
		s, err = store.New(ctx, announcing(path))
		require.NoError(t, err)
		require.Equal(t, []string{"erased "}, auditLines(t, s))
		require.NoError(t, s.Close())
	}
	s, err = store.New(ctx, announcing(path))
	require.NoError(t, err)
	_, err = s.Erase(ctx, moderation.ErasureRequest{Target: "b"})
	require.NoError(t, err)
	require.Equal(t, []string{"erased ", "erased "}, auditLines(t, s))
	_, err = s.Verify(ctx)
	require.NoError(t, err)
	all, err := s.Erasures(ctx)
	require.NoError(t, err)
	require.Len(t, all, 2)
	for _, e := range all {
		require.False(t, e.Forged)
		require.Regexp(t, `^erased:[0-9a-f]{8}$`, e.Marker)
		require.Equal(t, 1, e.Entries)
	}
	require.NoError(t, s.Close())
}

// Of several differences Verify reports the one that is most certain: a body, then a case, then what
// belongs to no case.
func TestVerifyReportsBodiesBeforeRows(t *testing.T) {
	path, ctx := filepath.Join(storetest.TempDir(t), "a.db"), t.Context()
	s, err := store.New(ctx, config(path))
	require.NoError(t, err)
	require.NoError(t, accept(s, "slack:1"))
	jobs, err := s.Claim(ctx, moderation.QueueCommand, 1)
	require.NoError(t, err)
	by := moderation.Actor{Kind: moderation.ActorPerson, User: "U1", Team: "T1"}
	_, err = s.OpenCase(ctx, jobs[0], moderation.NewCase{
		Case: moderation.Case{
			Token: "t1", Actor: by, Decision: moderation.Decision{Allowed: true},
			Action: moderation.Action{Verb: moderation.Kick, Room: moderation.Room{Kind: moderation.KindRoom, ID: "1"}, Targets: []string{"a"}},
		},
		Targets: []moderation.Target{{Seq: 1, ID: "a", Outcome: moderation.Pending}},
	})
	require.NoError(t, err)
	require.NoError(t, s.Append(ctx, moderation.Change{Note: &moderation.Note{Target: "a", Text: "a first warning", By: by}}))
	_, err = s.Seal(ctx)
	require.NoError(t, err)
	db := raw(t, path)
	for _, damage := range []struct{ change, reported string }{
		{`UPDATE notes SET text = 'a saint'`, "note 1 differs from the log"},
		{`UPDATE cases SET verb = 'mute'`, "case 1 differs from the log: its verb"},
		{`UPDATE bodies SET salt = 'x' WHERE entry_id = (SELECT entry_id FROM notes)`, "does not match its body"},
	} {
		_, err := db.ExecContext(ctx, damage.change)
		require.NoError(t, err, damage.change)
		_, err = s.Verify(ctx)
		require.ErrorContains(t, err, damage.reported)
	}
	require.NoError(t, s.Close())
}

// Rows that people read must match the entries: a manual change of one is found.
func TestVerifyComparesRowsWithTheLog(t *testing.T) {
	t.Parallel()
	path, ctx := filepath.Join(storetest.TempDir(t), "a.db"), t.Context()
	s, err := store.New(ctx, config(path))
	require.NoError(t, err)
	command := func() moderation.Job {
		require.NoError(t, accept(s, strconv.FormatInt(time.Now().UnixNano(), 10)))
		jobs, err := s.Claim(ctx, moderation.QueueCommand, 1)
		require.NoError(t, err)
		return jobs[0]
	}
	person := func(user string) moderation.Actor {
		return moderation.Actor{Kind: moderation.ActorPerson, User: user, Team: "T1"}
	}
	sam, lea := person("U1"), person("U2")
	need := moderation.ApprovalRequirement{Approvals: 2, Approvers: []string{"leads"}, TTL: time.Hour}
	c, err := s.OpenCase(ctx, command(), moderation.NewCase{
		Case: moderation.Case{
			Token: "t1", Typed: "kick room:1 a, b spam", Actor: sam, Decision: moderation.Decision{Allowed: true, Requirement: need},
			Action: moderation.Action{Verb: moderation.Kick, Room: moderation.Room{Kind: moderation.KindRoom, ID: "1"}, Targets: []string{"a", "b"}, Reason: "spam"},
		},
		Targets: []moderation.Target{{Seq: 1, ID: "a", Outcome: moderation.Pending}, {Seq: 2, ID: "b", Outcome: moderation.Pending}},
	})
	require.NoError(t, err)
	_, err = s.Approve(ctx, command(), moderation.ApprovalInput{
		Confirmation: moderation.Confirmation{No: c.No, Body: moderation.Body{Actor: &lea}}, By: lea, ShownCase: moderation.ShownCase{Digest: c.ContentDigest()},
	})
	require.NoError(t, err)
	require.NoError(t, s.Append(ctx, moderation.Change{Note: &moderation.Note{Target: "a", Text: "a first warning", By: sam}}))
	require.NoError(t, s.Append(ctx, moderation.Change{Evidence: &moderation.Evidence{Case: c.No, By: sam, Text: "said it", Link: "https://x.example/1"}}))
	_, err = s.Verify(ctx)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, change := range []string{
		`UPDATE cases SET typed = 'kick room:1 c'`,
		`UPDATE cases SET reason = 'no reason'`,
		`UPDATE cases SET actor = replace(actor, 'U1', 'U3')`,
		`UPDATE cases SET actor_user = 'U3'`,
		`UPDATE cases SET verb = 'mute'`,
		`UPDATE cases SET room = 'room:2'`,
		`UPDATE cases SET action = replace(action, 'spam', 'rude')`,
		`UPDATE cases SET approval = 'approved'`,
		`UPDATE targets SET target = 'c' WHERE seq = 2`,
		`DELETE FROM targets WHERE seq = 2`,
		`DELETE FROM votes`,
		`UPDATE votes SET person = 'U4', actor = replace(actor, 'U2', 'U4')`,
		`INSERT INTO votes SELECT case_no, 'U5', app, team, replace(actor, 'U2', 'U5'), at FROM votes`,
		`DELETE FROM cases`,
		`INSERT INTO cases SELECT 77, 'x', app, team, verb, room, action, actor, origin, decision, typed, state, round, version, asked_at, open_at, done_at, until_at, card_channel, card_ts, audit_channel, pending, accepted, failed, unknown, superseded, dropped, ended, ended_at, actor_key, actor_user, reason, approval, of_no, rel, glass FROM cases`,
		`UPDATE cases SET state = 'done'`,
		`UPDATE cases SET decision = replace(decision, '"approvals":2', '"approvals":0')`,
		`UPDATE cases SET decision = replace(decision, '"Rule":""', '"Rule":"r"')`,
		`UPDATE cases SET action = replace(action, '"verb"', '"of":3,"rel":"undo","verb"')`,
		`UPDATE cases SET of_no = 3, rel = 'undo'`,
		`UPDATE cases SET of_no = 3`,
		`UPDATE cases SET rel = 'undo'`,
		`UPDATE cases SET verb = 'erased:1'`,
		`UPDATE cases SET actor_key = 'U3'`,
		`UPDATE cases SET action = replace(action, '"kick"', '"erased:1"')`,
		`UPDATE cases SET action = replace(action, '"verb"', '"duration":1,"verb"')`,
		`UPDATE cases SET action = replace(action, '"verb"', '"perm":true,"verb"')`,
		`UPDATE cases SET action = replace(action, '"verb"', '"reason_code":"r","verb"')`,
		`UPDATE cases SET action = replace(action, '"verb"', '"rooms":[{"kind":"room","id":"2"}],"verb"')`,
		`UPDATE cases SET action = replace(action, '"verb"', '"media":["audio"],"verb"')`,
		`UPDATE cases SET action = replace(action, '"verb"', '"count":"start","verb"')`,
		`UPDATE cases SET action = replace(action, '"verb"', '"reason_sent":"r","verb"')`,
		`UPDATE cases SET action = replace(action, '"verb"', '"alone":true,"verb"')`,
		`UPDATE cases SET glass = '{}'`,
		`UPDATE targets SET outcome = 'accepted' WHERE seq = 2`,
		`UPDATE approvals SET need = replace(need, '"approvals":2', '"approvals":0')`,
		`UPDATE approvals SET need = replace(need, 'leads', 'mods')`,
		`UPDATE approvals SET decided_at = 1, decided_by = '{"user":"U9"}'`,
		`UPDATE votes SET at = at - 1`,
		`UPDATE votes SET actor = replace(actor, '"user"', '"roles":["leads"],"user"')`,
		`UPDATE cases SET actor = replace(actor, '"user"', '"roles":["leads"],"user"')`,
		`UPDATE notes SET actor = replace(actor, 'U1', 'U2')`,
		`DELETE FROM notes`,
		`UPDATE evidence SET actor = replace(actor, 'U1', 'U2')`,
		`DELETE FROM evidence`,
		`INSERT INTO policies (hash, text, first_at) VALUES ('` + strings.Repeat("ab", 32) + `', 'rules: []', 1)`,
		`UPDATE notes SET text = 'a saint'`,
		`UPDATE notes SET text = '', erased = 1`,
		`UPDATE notes SET target = 'b'`,
		`UPDATE evidence SET text = 'never said it'`,
		`UPDATE evidence SET link = 'https://x.example/2'`,
		`UPDATE evidence SET erased = 1, text = ''`,
	} {
		copied := filepath.Join(storetest.TempDir(t), "b.db")
		require.NoError(t, os.WriteFile(copied, whole, 0o600))
		db := raw(t, copied)
		n, err := db.ExecContext(ctx, change)
		require.NoError(t, err, change)
		changed, err := n.RowsAffected()
		require.NoError(t, err)
		require.Positive(t, changed, change)
		require.NoError(t, db.Close())
		s := open(t, copied)
		_, err = s.Verify(ctx)
		require.ErrorContains(t, err, "differs from the log", change)
		require.NoError(t, s.Close())
	}
}
