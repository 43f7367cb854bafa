//go:build linux

// Faults sends commands through Bouncer while processes are killed and stopped, databases and
// networks fail, and Slack and Tencent misbehave. Then it checks that no promise was broken. It runs
// the real program: two replicas on a PostgreSQL of their own, and one process on SQLite, beside the
// simulated Slack and Tencent. docs/faults.md says what is checked and how to repeat a run.
//
//	go run ./faults [-seed N] [-commands N] [-rate N] [-only NAME]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"bouncer/faults/check"
)

// options are what a run is given.
type options struct {
	seed     uint64
	commands int // of each setup
	rate     int // commands a second
	away     time.Duration
	stopped  time.Duration
	quiet    time.Duration
	bot      string // the program; empty to build it
}

func main() {
	log.SetFlags(log.Ltime)
	var o options
	var only string
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "repeats the commands and the order of the faults of an earlier run")
	flag.IntVar(&o.commands, "commands", 25_000, "how many commands each setup gets")
	flag.IntVar(&o.rate, "rate", 15, "how many commands a second")
	flag.DurationVar(&o.away, "away", time.Minute, "how long PostgreSQL is away")
	flag.DurationVar(&o.stopped, "stopped", 30*time.Second, "the longest time for which a process is stopped, a link silent or an answer late")
	flag.DurationVar(&o.quiet, "quiet", 15*time.Minute, "how long to wait after the last command until everything has ended")
	flag.StringVar(&only, "only", "", "the setup to run, postgres or sqlite; empty for both at the same time")
	flag.StringVar(&o.bot, "bot", "", "the program to run instead of building it, built with -ldflags '-X main.pace=20ms'")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	broken, err := run(ctx, o, only)
	if err != nil {
		log.Fatal(err)
	}
	if broken {
		os.Exit(1)
	}
}

// run runs the setups and reports whether a promise was broken.
func run(ctx context.Context, o options, only string) (broken bool, err error) {
	folder, err := os.MkdirTemp("", "bouncer-faults-*")
	if err != nil {
		return false, err
	}
	log.Printf("seed %d, logs in %s", o.seed, folder)
	if o.bot == "" {
		o.bot = filepath.Join(folder, "bouncer")
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", "nosandbox", "-ldflags", "-X main.pace=20ms", "-o", o.bot, "./cmd/bot") //nolint:gosec // fixed
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return false, fmt.Errorf("building: %w: %s", err, out)
		}
	}
	var names []string
	for _, name := range []string{postgres, sqlite} {
		if only == "" || only == name {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return false, fmt.Errorf("-only: %q is neither %s nor %s", only, postgres, sqlite)
	}
	began := time.Now()
	reports, logs := make([]*check.Report, len(names)), make([]*journal, len(names))
	errs := make([]error, len(names))
	var group sync.WaitGroup
	for i, name := range names {
		logs[i] = &journal{name: name}
		group.Go(func() {
			if reports[i], errs[i] = runSetup(ctx, o, name, filepath.Join(folder, name), logs[i]); errs[i] != nil {
				errs[i] = fmt.Errorf("%s: %w", name, errs[i])
			}
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return false, fmt.Errorf("seed %d, logs in %s: %w", o.seed, folder, err)
	}
	fmt.Printf("%s, %s, %s, %d CPUs, %s\n\n", time.Now().UTC().Format("2006-01-02 15:04 MST"), kernel(), memory(), runtime.NumCPU(), runtime.Version())
	fmt.Printf("Seed %d, %d commands in each setup, %d a second, %s\n", o.seed, o.commands, o.rate, time.Since(began).Round(time.Second))
	for i, name := range names {
		fmt.Printf("\n## %s\n\nFaults: %s.\n\n%s", titles[name], logs[i].counts(), reports[i].Markdown())
		broken = broken || reports[i].Total() > 0
	}
	if broken {
		log.Printf("violations: repeat with -seed %d; logs in %s", o.seed, folder)
	}
	return broken, nil
}

func kernel() string {
	var u syscall.Utsname
	if syscall.Uname(&u) != nil {
		return runtime.GOOS
	}
	text := func(f [65]int8) string {
		var b strings.Builder
		for _, c := range f {
			if c == 0 {
				break
			}
			b.WriteByte(byte(c)) //nolint:gosec // ASCII
		}
		return b.String()
	}
	return text(u.Sysname) + " " + text(u.Release) + " " + text(u.Machine)
}

func memory() string {
	var info syscall.Sysinfo_t
	if syscall.Sysinfo(&info) != nil {
		return "memory unknown"
	}
	return fmt.Sprintf("%d GB memory", info.Totalram*uint64(info.Unit)>>30)
}
