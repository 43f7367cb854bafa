// Command bouncer, in cmd/bot, is Bouncer: it wires the packages together and
// exits with one clear sentence when it cannot work.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
)

// version is set at the build: -ldflags "-X main.version=1.2.3". Without, it is
// the revision that the program was built from, where that is known.
var version = "dev"

func init() {
	info, ok := debug.ReadBuildInfo()
	if version != "dev" || !ok {
		return
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			version = "dev-" + s.Value[:12]
		}
	}
}

// subcommand is one row of the table below; a new one needs one row.
type subcommand struct {
	name, usage, about string
	run                func(ctx context.Context, args []string, out, errs io.Writer) error
}

func subcommands() []subcommand {
	return slices.Concat([]subcommand{
		{"run", "bouncer run", "run the bot; bouncer run --help lists its settings", run},
	}, sandboxCommand(), []subcommand{
		{"check", "bouncer check [-dm USER]", "check every setting, token, scope, channel and credential, and say what to fix", check},
		{"policy", "bouncer policy check|explain|replay FILE …", "check a policy, explain its decision on a command, or compare it with past cases", policyCommand},
		{"audit", "bouncer audit verify|export|prune …", "verify the audit log, export it, or cut off its beginning; without a word it verifies", auditCommand},
		{"backup", "bouncer backup [-db DATABASE] FILE", "copy the database to a new file and verify the copy, also while the bot runs", backup},
		{"store", "bouncer store copy …", "move a SQLite database to PostgreSQL", storeCommand},
		{"migrate", "bouncer migrate [-db DATABASE]", "bring the database's tables up to date with this version", migrate},
		{"erase", "bouncer erase [-db DATABASE] USER", "remove a person's data (a Tencent UserID, or slack:U…) from the database; with a SQLite file stop the bot first", erase},
		{"health", "bouncer health", "check whether the running bot is healthy, for the image's health check", health},
		{"version", "bouncer version", "print the version", printVersion},
	})
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(Main(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// Main runs one subcommand and returns the exit status: 0 for success, 1 for
// a failure (one sentence on errs says why), 2 for wrong usage.
func Main(ctx context.Context, args []string, out, errs io.Writer) int {
	if len(args) == 0 || args[0] == "-h" || args[0] == "--help" || args[0] == "help" {
		usage(out)
		return 0
	}
	switch args[0] {
	case "--version", "-version", "-v":
		args[0] = "version"
	}
	for _, c := range subcommands() {
		if c.name != args[0] {
			continue
		}
		return exitStatus(c.run(ctx, args[1:], out, errs), errs)
	}
	_, _ = fmt.Fprintf(errs, "bouncer: %q is not a subcommand\n", args[0])
	usage(errs)
	return 2
}

// exitStatus returns the exit status for err. An error that was not printed
// yet is printed to errs.
func exitStatus(err error, errs io.Writer) int {
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errRefused):
		return 1
	case errors.Is(err, errUsage):
		return 2
	}
	_, _ = fmt.Fprintln(errs, "bouncer: "+err.Error()) // nothing can be done when stderr is closed
	return 1
}

// errRefused: the answer was no, and has been written.
var errRefused = errors.New("refused")

// errUsage: wrong usage, already reported by the flag package.
var errUsage = errors.New("wrong call")

func usage(w io.Writer) {
	_, _ = fmt.Fprint(w, "Bouncer: moderate live rooms from Slack.\n\n")
	list(w, subcommands())
}

func list(w io.Writer, all []subcommand) {
	for _, c := range all {
		_, _ = fmt.Fprintf(w, "  %s\n        %s\n", c.usage, c.about)
	}
}

// flags returns the flag set of a subcommand, such as "policy check". Its help
// begins with the subcommand's usage line.
func flags(name string, errs io.Writer) *flag.FlagSet {
	fs := flag.NewFlagSet("bouncer "+name, flag.ContinueOnError)
	fs.SetOutput(errs)
	all := subcommands()
	switch group, of, _ := strings.Cut(name, " "); group {
	case "policy":
		all, name = policyCommands(), of
	case "audit":
		all, name = auditCommands(), of
	case "store":
		all, name = storeCommands(), of
	}
	i := slices.IndexFunc(all, func(c subcommand) bool { return c.name == name })
	fs.Usage = func() {
		_, _ = fmt.Fprintf(errs, "Usage: %s\n%s\n", all[i].usage, all[i].about)
		fs.PrintDefaults()
	}
	return fs
}

func parse(fs *flag.FlagSet, args []string) error {
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if fs.NArg() > 0 {
		_, _ = fmt.Fprintf(fs.Output(), "%s: unexpected argument %q\n", fs.Name(), fs.Arg(0))
		return errUsage
	}
	return nil
}

func printVersion(_ context.Context, args []string, out, errs io.Writer) error {
	if err := parse(flags("version", errs), args); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, "bouncer "+version)
	return err
}
