package say

import (
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// A Speaker makes all messages for many goroutines at once: a test for the race detector, with which
// make test does not run those that make messages one after the other.
func TestMessagesAreMadeAtOnce(t *testing.T) {
	s := New(Config{Lang: EN})
	var group sync.WaitGroup
	var mu sync.Mutex
	made := map[Lang][]string{} // what each goroutine made, as JSON
	for _, lang := range slices.Repeat(Langs(), 2) {
		group.Go(func() {
			all := jsonOf([]any{calm().messages(s, lang), calm().modals(s, lang)})
			mu.Lock()
			defer mu.Unlock()
			made[lang] = append(made[lang], all)
		})
	}
	group.Wait()
	for lang, all := range made {
		require.Len(t, all, 2)
		require.True(t, all[0] == all[1], "different messages of one world in %s", lang)
	}
}
