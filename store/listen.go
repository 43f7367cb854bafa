package store

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"bouncer/backoff"
	"bouncer/moderation"
)

// postsName means messages that are due, among the names of queues.
const postsName = "posts"

// listener wakes this process when another replica committed work. What it misses
// while its connection is lost is found by the poll behind it.
type listener struct {
	s       *Store
	config  *pgx.ConnConfig
	channel string
	stop    context.CancelFunc
	done    chan struct{}
}

// listen starts a listener, which Store.Close ends.
func (s *Store) listen(d *postgresDialect) {
	ctx, stop := context.WithCancel(context.Background())
	s.listener = &listener{s: s, config: d.config, channel: "bouncer_" + strconv.FormatInt(s.app, 10), stop: stop, done: make(chan struct{})}
	go s.listener.run(ctx)
}

func (l *listener) close() {
	l.stop()
	<-l.done
}

func (l *listener) run(ctx context.Context) {
	defer close(l.done)
	policy := backoff.Policy{First: 100 * time.Millisecond, Max: 5 * time.Second}
	for failures := 0; ctx.Err() == nil; {
		connected, err := l.receive(ctx)
		if ctx.Err() != nil {
			return
		}
		if connected {
			failures = 0
		}
		failures++
		l.s.cfg.Logger.Warn("lost the connection by which other replicas wake this one", "err", l.s.explain(err))
		select {
		case <-ctx.Done():
		case <-time.After(policy.Wait(failures)):
		}
	}
}

// receive passes on what is announced until the connection is lost; connected reports
// whether it was established.
func (l *listener) receive(ctx context.Context) (connected bool, err error) {
	conn, err := pgx.ConnectConfig(ctx, l.config.Copy())
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{l.channel}.Sanitize()); err != nil {
		return false, err
	}
	l.wakeAll() // for what was announced before
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return true, err
		}
		for name := range strings.FieldsSeq(n.Payload) {
			l.wake(name)
		}
	}
}

func (l *listener) wake(name string) {
	if name == postsName {
		notify(l.s.posts)
	} else if c, ok := l.s.wake[moderation.Queue(name)]; ok {
		notify(c)
	}
}

func (l *listener) wakeAll() {
	for _, c := range l.s.wake {
		notify(c)
	}
	notify(l.s.posts)
}
