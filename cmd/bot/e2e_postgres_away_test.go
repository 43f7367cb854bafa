package main

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/store/pgtest"
	"bouncer/store/storetest"
)

// While the database is away, or silent, each command is answered in time that
// nothing was stored, and nothing of it is carried out. An end that came due
// meanwhile is carried out when the database is back, and reported as late.
func TestTheDatabaseGoesAwayAndComesBack(t *testing.T) {
	for name, cut := range map[string]func(*pgtest.Proxy){"away": (*pgtest.Proxy).Away, "silent": (*pgtest.Proxy).Silence} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, unlimited)
			direct := pgtest.URL(t)
			network := pgtest.NewProxy(t, direct)
			t.Cleanup(network.Back) // before the bot's end, which needs its database
			s.env["DATABASE_URL"] = network.URL
			s.start()
			s.connected(2)
			s.say(mod, "mute room:10006 alice 5s")
			s.await("muted", patience, func() bool { return s.muted("10006", "alice") })
			muted := time.Now()
			s.idle(patience)
			s.posted()
			s.proc.view.shut()
			cut(network)
			s.await("not ready", patience, func() bool { return s.get("/readyz") == http.StatusServiceUnavailable })
			refused := 0
			for i := range 4 {
				p, err := s.slack.CommandAsync(mod, live, fmt.Sprintf("mute room:10006 lost%d 1h", i))
				require.NoError(t, err)
				d, err := p.Wait(context.Background())
				require.NoError(t, err)
				require.True(t, d.Acked, "%s %s", d.Failure, d.Detail)
				if len(d.AckPayload) > 0 {
					require.Contains(t, string(d.AckPayload), "not")
					refused++
				}
			}
			require.Equal(t, 4, refused)
			s.await("an end that is late", patience, func() bool { return time.Since(muted) > 12*time.Second })
			require.True(t, s.muted("10006", "alice"), "its end came due, and nothing could be written")
			network.Back()
			s.await("ready", patience, func() bool { return s.get("/readyz") == http.StatusOK })
			s.await("free", patience, func() bool { return !s.muted("10006", "alice") })
			s.say(mod, "mute room:10006 bob 1h")
			s.await("muted", patience, func() bool { return s.muted("10006", "bob") })
			s.idle(patience)
			s.posted()
			require.Equal(t, 2, s.asked(), "what was refused is no case")
			require.Equal(t, 2, s.targets(storetest.Targets{Outcome: moderation.Accepted}))
			require.NotEmpty(t, s.logs(moderation.EntryOverdue))
			s.message(auditRoom, "⏰", "#1")
			require.NoError(t, s.stop())
			s.audit()
		})
	}
}
