package moderation

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// The chunks of a case of many share a check of its rights for a second, and no longer.
func TestChunksOfManyShareACheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, r := newFakeStore(nil), &fakeAuthorizer{}
		s, err := New(Config{Store: d, Vendor: &fakeVendor{}, Authorizer: r, Rates: map[string]float64{"api": 20}})
		require.NoError(t, err)
		check := func(w SyncWork) bool {
			_, done, err := s.cleared(t.Context(), &LeasedJob{Job: Job{Case: 7}}, w)
			require.NoError(t, err)
			return !done
		}
		for range 50 {
			require.True(t, check(SyncWork{Many: true}))
		}
		require.Len(t, r.asked, 1)
		require.True(t, check(SyncWork{Many: true, By: &Actor{User: "U2"}}), "who tried it again has rights of their own")
		require.Equal(t, "U2", r.asked[1])
		require.True(t, check(SyncWork{}), "a case of few is checked at each call")
		require.Len(t, r.asked, 3)
		r.say = func(Actor) error { return NewError(RefuseNoRole) }
		time.Sleep(BulkCheckEvery)
		require.False(t, check(SyncWork{Many: true}), "a lost right stops the case")
		require.False(t, check(SyncWork{Many: true}), "a refusal is not shared")
		require.Len(t, r.asked, 5)
	})
}

// From half of the time on one chunk checks again, and the others do not wait for it.
func TestOneChunkOfManyChecksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &fakeAuthorizer{}
		s, err := New(Config{Store: newFakeStore(nil), Vendor: &fakeVendor{}, Authorizer: r, Rates: map[string]float64{"api": 20}})
		require.NoError(t, err)
		sent := make(chan bool, 1)
		check := func() {
			_, done, err := s.cleared(t.Context(), &LeasedJob{Job: Job{Case: 7}}, SyncWork{Many: true})
			sent <- err == nil && !done
		}
		check()
		require.True(t, <-sent)
		time.Sleep(BulkCheckEvery / 2)
		release := make(chan struct{})
		r.say = func(Actor) error { <-release; return nil }
		go check()
		synctest.Wait()
		check()
		require.True(t, <-sent, "another one checks")
		time.Sleep(BulkCheckEvery / 2)
		_, valid := s.clearances.get(clearanceKey{no: 7}).newer(BulkCheckEvery)
		require.False(t, valid, "the last check is too old for everyone")
		close(release)
		require.True(t, <-sent)
		require.Len(t, r.asked, 2)
	})
}
