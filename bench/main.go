// Bench measures Bouncer on SQLite and on PostgreSQL beside a bare slack-go loop and a @slack/bolt
// app that only acknowledge: in one run, on one machine, against the simulated Slack and Tencent.
// It prints Markdown tables; docs/performance.md has its results and how to read them.
//
//	go run ./bench [-only NAME,…] [-burst N] [-seconds N] [-outage 90s]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"time"
)

// settings are the sizes of a run.
type settings struct {
	burst   int           // commands at once
	seconds int           // how long each rate lasts
	outage  time.Duration // how long commands are sent around a lost connection
}

// rates are those at which commands are sent, in commands a second.
var rates = []int{20, 200}

func main() {
	log.SetFlags(0)
	only := flag.String("only", "", "comma-separated names of the programs to measure; empty for all")
	var s settings
	flag.IntVar(&s.burst, "burst", 10_000, "how many commands a burst has")
	flag.IntVar(&s.seconds, "seconds", 10, "how long commands are sent at each rate")
	flag.DurationVar(&s.outage, "outage", 90*time.Second, "the longest time to wait until a lost connection is replaced; 0 leaves lost connections out")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *only, s); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, only string, s settings) (err error) {
	folder, err := os.MkdirTemp("", "bouncer-bench-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	programs, err := build(ctx, folder)
	if err != nil {
		return err
	}
	if only != "" {
		names := strings.Split(only, ",")
		programs = slices.DeleteFunc(programs, func(p program) bool { return !slices.Contains(names, p.name) })
	}
	if len(programs) == 0 {
		return fmt.Errorf("-only: no program is called %q", only)
	}
	fmt.Printf("%s, %s/%s, %d CPUs, %s\n", time.Now().UTC().Format("2006-01-02 15:04 MST"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	for _, rate := range rates {
		took, err := disk(folder, rate, s.seconds*rate)
		if err != nil {
			return fmt.Errorf("measuring the disk: %w", err)
		}
		fmt.Printf("the disk alone writes and syncs 16 kB at %d/s in p50 / p99 %s / %s ms\n", rate, ms(percentile(took, 0.5)), ms(percentile(took, 0.99)))
	}
	results := make([]result, len(programs))
	for i, p := range programs {
		log.Printf("measuring %s", p.name)
		if results[i], err = measure(ctx, p, s); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	fmt.Print(table(programs, results, s.outage > 0))
	return nil
}
