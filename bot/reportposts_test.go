package bot

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/bot/say"
	"bouncer/moderation"
)

// asked is a store that keeps what was asked for.
type asked struct {
	*shelf
	kind moderation.PostKind
	n    int
}

func (a *asked) DuePosts(_ context.Context, _ string, kind moderation.PostKind, n int) ([]moderation.Post, error) {
	a.kind, a.n = kind, n
	return nil, nil
}

// Reports fold when they are behind, and cards when cards are: a flood of reports is none of theirs.
func TestWhatIsBehindFolds(t *testing.T) {
	late, now := time.Now().Add(-time.Minute), time.Now()
	for name, c := range map[string]struct {
		backlog moderation.ChannelBacklog
		kind    moderation.PostKind
		n       int
	}{
		"reports in time":                 {moderation.ChannelBacklog{Posts: 9, Reports: 9, OldestReport: now}, moderation.PostReport, 1},
		"reports behind":                  {moderation.ChannelBacklog{Posts: 9, Reports: 9, OldestReport: late}, moderation.PostReport, say.ReportsInList},
		"reports behind, and a new line":  {moderation.ChannelBacklog{Posts: 9, Reports: 8, Lines: 1, OldestReport: late, Oldest: now, OldestLine: now}, moderation.PostReport, say.ReportsInList},
		"reports behind, and a late line": {moderation.ChannelBacklog{Posts: 9, Reports: 8, Lines: 1, OldestReport: late, Oldest: late, OldestLine: late}, moderation.PostLine, foldLines},
		"reports behind, and a card":      {moderation.ChannelBacklog{Posts: 9, Reports: 8, OldestReport: late, Oldest: now}, "", 1},
		"cards behind":                    {moderation.ChannelBacklog{Posts: 9, Reports: 1, OldestReport: late, Oldest: late}, "", foldCards},
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := outboxOver(t, &shelf{}, nil)
			a := &asked{shelf: &shelf{}}
			c.backlog.Channel, o.store = "C1", a
			o.serve(t.Context(), c.backlog)
			require.Equal(t, []any{c.kind, c.n}, []any{a.kind, a.n})
		})
	}
}

func TestReportsGoOutTogether(t *testing.T) {
	report := func(id int64, ts string, attempt int) moderation.Post {
		return moderation.Post{ID: id, Key: fmt.Sprint("report:", id), Kind: moderation.PostReport, TS: ts, Attempt: attempt}
	}
	reminder := moderation.Post{ID: 9, Key: "waiting:C1:1", Kind: moderation.PostReport}
	all := []moderation.Post{report(1, "", 0), report(2, "", 0), reminder, report(3, "", 1), report(4, "1.1", 0)}
	same, rest := alike(all)
	require.Equal(t, []int64{1, 2}, ids(same))
	require.Equal(t, []int64{9, 3, 4}, ids(rest))
	same, _ = alike(append([]moderation.Post{reminder}, all...))
	require.Equal(t, []int64{9, 9}, ids(same), "a reminder has a message of its own")
}

// inbox is a shelf with reports.
type inbox struct {
	*shelf
	reports []moderation.Report
	marked  map[string]int64
	folded  bool
}

func (s *inbox) Reports(_ context.Context, tokens []string) (found []moderation.Report, err error) {
	for _, r := range s.reports {
		if slices.Contains(tokens, r.Token) {
			found = append(found, r)
		}
	}
	return found, nil
}

func (s *inbox) MarkPosted(_ context.Context, _ moderation.Posted, folded bool, posts ...moderation.Post) error {
	s.folded = folded
	for _, p := range posts {
		s.marked[p.Key] = p.Wanted
	}
	return nil
}

// A workspace without tables gets the list as columns of text, from then on at once. Reports that were
// erased meanwhile are in no message.
func TestAListOfReportsIsPosted(t *testing.T) {
	s := &inbox{shelf: &shelf{}, marked: map[string]int64{}}
	var posts []moderation.Post
	for i := range 3 {
		token := moderation.NewToken()
		posts = append(posts, moderation.Post{ID: int64(i), Key: "report:" + token, Kind: moderation.PostReport, Channel: "C1", Wanted: 1})
		s.reports = append(s.reports, moderation.Report{Token: token, Target: fmt.Sprint("troll", i), Room: moderation.Room{Kind: moderation.KindLive, ID: "show1"}, Reason: "hate", State: moderation.ReportOpen, Count: 1, Version: int64(i) + 2})
	}
	s.reports = s.reports[:2] // the last one was erased
	var sent []string
	o, reg := outboxOver(t, s.shelf, func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.FormValue("blocks"))
		answer := `{"ok":true,"channel":"C1","ts":"1.1"}`
		if strings.Contains(r.FormValue("blocks"), "data_table") {
			answer = `{"ok":false,"error":"invalid_blocks"}`
		}
		_, _ = w.Write([]byte(answer))
	})
	o.store, o.noTables, o.named = s, new(atomic.Bool), func(r moderation.Room) moderation.Room { return r }
	require.NoError(t, o.reports(t.Context(), slices.Clone(posts)))
	require.Len(t, sent, 2)
	require.NotContains(t, sent[1], "data_table")
	for _, text := range []string{"troll0", "troll1", "report.show.1"} {
		require.Contains(t, sent[1], text)
	}
	require.NotContains(t, sent[1], "troll2")
	require.True(t, s.folded)
	require.Equal(t, map[string]int64{posts[0].Key: 2, posts[1].Key: 3, posts[2].Key: 1}, s.marked, "as of the versions that the message shows")
	require.NoError(t, o.reports(t.Context(), slices.Clone(posts)))
	require.Len(t, sent, 3, "the table is not tried again")
	require.EqualValues(t, 1, counted(t, reg, "post_faults_total", faultForm))
	// The answer to an earlier attempt was lost: what it shows may be older, so an update follows.
	posts[0].Attempt, posts[1].Attempt = 1, 1
	require.NoError(t, o.reports(t.Context(), slices.Clone(posts[:2])))
	require.Equal(t, []int64{0, 0}, []int64{s.marked[posts[0].Key], s.marked[posts[1].Key]})
	s.reports = nil
	require.NoError(t, o.reports(t.Context(), slices.Clone(posts)))
	require.Len(t, sent, 4, "all erased: nothing is posted")
}
