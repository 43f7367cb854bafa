package store_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strconv"
	"testing"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/pgtest"
	"bouncer/store/storetest"

	"github.com/stretchr/testify/require"
)

// hostileIDs are ids that a search could read as something else, and in whose JSON other characters
// stand. None is part of another one.
var hostileIDs = []string{
	"troll7", "Mei", "MEI", "o'brien", `say"so"`, `back\slash`, "100%", "a_c", "%_%", "<b&c>", `"<both>"`, "坏人", "ид", "İstanbul", "line\u2028end", "😀", "a, b", "?1", "$1", "nul\x01",
}

// An erasure finds ids of all sorts, in ids, in texts and in JSON that was encoded with and without
// escapes for HTML, and changes nobody else's.
func TestErasureFindsHostileIDs(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"SQLite": filepath.Join(storetest.TempDir(t), "b.db"), "PostgreSQL": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			c := config(url)
			c.Describer = unescaped{}
			s, err := store.New(t.Context(), c)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			for i, id := range hostileIDs {
				mentions(t, s, i, id)
			}
			_, err = s.Seal(t.Context())
			require.NoError(t, err)
			for i, id := range hostileIDs {
				before, err := s.PersonalTexts(t.Context())
				require.NoError(t, err)
				for where, n := range named(before, id) {
					require.NotZero(t, n, "%q in %s", id, where)
				}
				_, err = s.Erase(t.Context(), moderation.ErasureRequest{Target: id})
				require.NoError(t, err, "%q", id)
				after, err := s.PersonalTexts(t.Context())
				require.NoError(t, err)
				for where, n := range named(after, id) {
					require.Zero(t, n, "%q in %s", id, where)
				}
				for _, other := range hostileIDs[i+1:] {
					require.Equal(t, named(before, other), named(after, other), "%q after %q was erased", other, id)
				}
			}
			_, err = s.Seal(t.Context())
			require.NoError(t, err)
			_, err = s.Verify(t.Context())
			require.NoError(t, err)
		})
	}
}

// unescaped describes requests in JSON without escapes for HTML.
type unescaped struct{}

func (unescaped) Describe(r moderation.Request) (api, body string, err error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err = e.Encode(map[string]any{"UserIds": r.Targets})
	return "trtc." + string(r.Verb), b.String(), err
}

// mentions names a person everywhere where a person may be named.
func mentions(t *testing.T, s *store.Store, i int, id string) {
	t.Helper()
	ctx := t.Context()
	job := claimCommand(ctx, t, s, i)
	o := growthCase(1) // a kick
	o.Case.Token += strconv.Itoa(i)
	o.Case.Action.Targets, o.Targets[0].ID = []string{id, "other"}, id
	o.Targets = append(o.Targets, moderation.Target{Seq: 2, Chunk: 1, ID: "other", Outcome: moderation.Pending})
	o.Case.Action.Reason, o.Case.Typed = "as "+id+" knows", "kick room:1 "+id+" other"
	_, err := s.OpenCase(ctx, job, o)
	require.NoError(t, err)
	require.NoError(t, work(ctx, s, moderation.QueueCall))
	by := moderation.Actor{Kind: moderation.ActorPerson, User: "U" + strconv.Itoa(100+i), Team: "T1"} // refusals of one person are counted
	require.NoError(t, s.Append(ctx, moderation.Change{
		Note:     &moderation.Note{Target: id, By: by, Text: "warned"},
		Evidence: &moderation.Evidence{Case: int64(i + 1), By: by, Author: "U9", Text: "says " + id + " a lot"},
		Lines:    []moderation.Line{{Key: "overdue:1:" + id, Channel: "C2", Kind: moderation.EntryOverdue, Count: 1}},
		Refusal:  &moderation.Refusal{Channel: "C2", Body: moderation.Body{Actor: &by, Typed: "ban " + id + " at once", Code: moderation.RefuseTooLong}},
		Entries:  []moderation.NewEntry{{Kind: moderation.EntryNotice, Body: moderation.Body{Detail: "that was " + id + " again"}}},
	}))
}

// named returns how often texts, by the column that contains them, name a person.
func named(texts map[string][]string, id string) map[string]int {
	found := make(map[string]int)
	for _, column := range []string{
		"cases.action", "cases.typed", "cases.reason", "targets.target", "calls.request", "posts.key", "posts.body", "notes.target", "bodies.body", "evidence.text",
	} {
		found[column] = 0
		for _, text := range texts[column] {
			if store.Names(text, id) {
				found[column]++
			}
		}
	}
	return found
}
