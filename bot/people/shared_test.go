package people

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

func lookup(d *Directory, maxAge time.Duration) func(context.Context) (moderation.Person, error) {
	return func(ctx context.Context) (moderation.Person, error) { return d.Person(ctx, "U1", maxAge) }
}

func deactivate(f *fake) {
	f.set(func() { f.users["U1"] = with(f.users["U1"], object{"deleted": true}) })
}

func TestConcurrentAskersShareOneRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.gate = make(chan struct{})
		f.groups = []object{group("S1", []string{"U1"}, nil)}
		d := directory(t, f, []string{"S1"})
		var all []<-chan outcome[moderation.Person]
		for range 20 {
			all = append(all, aside(t.Context(), lookup(d, 0)))
		}
		synctest.Wait()
		require.Equal(t, 1, f.count("users.info"))
		require.Equal(t, 1, f.count("usergroups.list"))
		close(f.gate)
		for _, one := range all {
			got := <-one
			require.NoError(t, got.err)
			require.Equal(t, []string{"S1"}, got.value.Groups)
		}
		require.Equal(t, 1, f.count("users.info"))
	})
}

func TestRequestTooOldIsNotShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.gate = make(chan struct{})
		d := directory(t, f, nil)
		first := aside(t.Context(), lookup(d, time.Minute))
		synctest.Wait()
		<-time.After(6 * time.Second)
		deactivate(f)
		joined := aside(t.Context(), lookup(d, time.Minute))
		own := aside(t.Context(), lookup(d, 5*time.Second))
		synctest.Wait()
		require.Equal(t, 2, f.count("users.info"))
		close(f.gate)
		require.True(t, (<-own).value.Deactivated)
		require.False(t, (<-first).value.Deactivated)
		require.NoError(t, (<-joined).err)
		// The newer answer is kept, whichever arrived last.
		p, err := d.Person(t.Context(), "U1", time.Minute)
		require.NoError(t, err)
		require.True(t, p.Deactivated)
		require.Equal(t, 2, f.count("users.info"))
	})
}

func TestEventOvertakesARequestUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.gate = make(chan struct{})
		d := directory(t, f, nil)
		leads, follows := aside(t.Context(), lookup(d, time.Minute)), aside(t.Context(), lookup(d, time.Minute))
		synctest.Wait()
		require.Equal(t, 1, f.count("users.info"))
		deactivate(f) // the answer in progress still has the old state
		d.ForgetUser("U1")
		after := aside(t.Context(), lookup(d, time.Minute))
		synctest.Wait()
		require.Equal(t, 2, f.count("users.info"), "who asks after the event asks anew")
		close(f.gate)
		for _, one := range []<-chan outcome[moderation.Person]{leads, follows, after} {
			got := <-one
			require.NoError(t, got.err)
			require.True(t, got.value.Deactivated)
		}
	})
}

func TestConstantChangesFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.gate = make(chan struct{})
		d := directory(t, f, nil)
		done := aside(t.Context(), lookup(d, time.Minute))
		for range maxOvertaken {
			synctest.Wait()
			d.ForgetUser("U1")
			f.gate <- struct{}{}
		}
		got := <-done
		require.Equal(t, moderation.RefuseUnknownPerson, moderation.CodeOf(got.err))
		require.Equal(t, maxOvertaken, f.count("users.info"))
	})
}

func TestFollowersOutliveTheLeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.gate = make(chan struct{})
		d := directory(t, f, nil)
		ctx, cancel := context.WithCancel(t.Context())
		leads := aside(ctx, lookup(d, time.Minute))
		synctest.Wait()
		follows := aside(t.Context(), lookup(d, time.Minute))
		synctest.Wait()
		require.Equal(t, 1, f.count("users.info"))
		cancel()
		require.ErrorIs(t, (<-leads).err, context.Canceled)
		close(f.gate)
		got := <-follows
		require.NoError(t, got.err)
		require.Equal(t, "U1", got.value.User)
	})
}

func TestFollowerMayGiveUpAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.gate = make(chan struct{})
		d := directory(t, f, nil)
		leads := aside(t.Context(), lookup(d, time.Minute))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		got := <-aside(ctx, lookup(d, time.Minute))
		require.Equal(t, moderation.RefuseUnknownPerson, moderation.CodeOf(got.err), "its time was over: Slack did not say")
		close(f.gate)
		require.NoError(t, (<-leads).err)
	})
}

func TestNoAnswerEndsWithTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.gate = make(chan struct{})
		d := directory(t, f, nil)
		began := time.Now()
		_, err := d.Person(t.Context(), "U1", 0)
		require.Equal(t, moderation.RefuseUnknownPerson, moderation.CodeOf(err))
		require.True(t, IsTransient(err))
		require.Equal(t, DefaultTimeout, time.Since(began))
	})
}

func TestRateLimitIsHonoured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.faults["users.info"] = []string{"429 2", "429 3"}
		d := directory(t, f, nil)
		began := time.Now()
		p, err := d.Person(t.Context(), "U1", time.Minute)
		require.NoError(t, err)
		require.Equal(t, 5*time.Second, time.Since(began))
		require.Equal(t, 3, f.count("users.info"))
		require.Equal(t, began, p.ReadAt, "its age counts from the first try")
	})
}

func TestRateLimitThatDoesNotFitRefusesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.faults["users.info"] = []string{"429 30"}
		d := directory(t, f, nil)
		began := time.Now()
		for range 3 {
			_, err := d.Person(t.Context(), "U1", time.Minute)
			var no *moderation.Error
			require.ErrorAs(t, err, &no)
			require.Equal(t, moderation.RefuseUnknownPerson, no.Code)
			require.Contains(t, no.Values["detail"], "users.info: ratelimited, again after 30s")
			require.True(t, IsTransient(err))
		}
		require.Zero(t, time.Since(began))
		require.Equal(t, 1, f.count("users.info"), "Slack is left in peace meanwhile")
		_, err := d.Channel(t.Context(), "C1", time.Minute)
		require.NoError(t, err, "other methods are not limited")
		<-time.After(30 * time.Second)
		_, err = d.Person(t.Context(), "U1", time.Minute)
		require.NoError(t, err)
	})
}

func TestTransientFailuresAreRetried(t *testing.T) {
	for name, c := range map[string]struct {
		faults []string
		calls  int
		detail string
	}{
		"once":             {[]string{"503"}, 2, ""},
		"twice":            {[]string{"500", "internal_error"}, 3, ""},
		"rate limit naked": {[]string{"429"}, 2, ""},
		"not JSON":         {[]string{"{<html>"}, 2, ""},
		"always":           {[]string{"500", "502", "503"}, 3, "users.info: http 503"},
		"a migration":      {[]string{"org_login_required", "team_added_to_org", "org_login_required"}, 3, "users.info: org_login_required"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				f.faults["users.info"] = c.faults
				_, err := directory(t, f, nil).Person(t.Context(), "U1", 0)
				require.Equal(t, c.calls, f.count("users.info"))
				if c.detail == "" {
					require.NoError(t, err)
					return
				}
				var no *moderation.Error
				require.ErrorAs(t, err, &no)
				require.Equal(t, c.detail, no.Values["detail"])
				require.True(t, IsTransient(err))
				require.False(t, IsUnknownChannel(err))
			})
		})
	}
}

// While a person changes repeatedly, no caller that comes after an event gets
// data from before it.
func TestNoAnswerIsOlderThanAnEvent(t *testing.T) {
	f := newFake()
	d := directory(t, f, nil)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				_, _ = d.Person(ctx, "U1", time.Minute) // many may be overtaken; that is their answer
			}
		})
	}
	for i := range 300 {
		name := "name" + strconv.Itoa(i)
		f.set(func() { f.users["U1"] = object{"id": "U1", "team_id": "T1", "real_name": name} })
		d.ForgetUser("U1")
		p, err := d.Person(ctx, "U1", time.Minute)
		require.NoError(t, err)
		require.Equal(t, name, p.Name)
	}
	cancel()
	wg.Wait()
}
