package storetest

import (
	"time"

	"github.com/stretchr/testify/require"
)

var formTests = map[string]func(*bench){
	"only the newest choice in a form is shown": func(b *bench) {
		choose := func(view string, at int64) (bool, string) {
			newest, hash, err := b.s.NewestChoice(b.ctx, view, at)
			b.ok(err)
			return newest, hash
		}
		newest, hash := choose("V1", 5)
		require.True(b.t, newest)
		require.Empty(b.t, hash)
		b.ok(b.s.FormUpdated(b.ctx, "V1", "h1"))
		newest, hash = choose("V1", 7)
		require.True(b.t, newest)
		require.Equal(b.t, "h1", hash)
		newest, _ = choose("V1", 6)
		require.False(b.t, newest, "it was made before")
		newest, _ = choose("V1", 7)
		require.True(b.t, newest, "tried again")
		newest, hash = choose("V2", 1)
		require.True(b.t, newest, "another form")
		require.Empty(b.t, hash)
		b.clock.Add(25 * time.Hour)
		choose("V3", 1)
		newest, hash = choose("V1", 1)
		require.True(b.t, newest, "forgotten, as Slack has closed it")
		require.Empty(b.t, hash)
	},
}
