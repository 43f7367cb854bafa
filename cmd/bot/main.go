// Command bouncer, of the folder cmd/bot, is Bouncer: it wires the rooms of the house together and ends
// with one clear sentence when it cannot do its work.
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

// subcommand is one row of the table below; adding one touches one row.
type subcommand struct {
	name, usage, about string
	run                func(ctx context.Context, args []string, out, errs io.Writer) error
}

func subcommands() []subcommand {
	return slices.Concat([]subcommand{
		{"run", "bouncer run", "work: needs the settings that bouncer run --help lists", run},
	}, sandboxCommand(), []subcommand{
		{"check", "bouncer check", "look at every setting, token, scope, channel and credential, and say what to do", check},
		{"policy", "bouncer policy check|explain|replay FILE …", "try a policy: is it right, what does it decide, what would it have decided", policyCommand},
		{"audit", "bouncer audit", "walk the whole audit log and say whether its chain holds and the cases agree with it", audit},
		{"backup", "bouncer backup FILE", "write a copy of the database to a new file, also while the bot runs, and verify it", backup},
		{"erase", "bouncer erase USER", "remove a person's data (a Tencent UserID, or slack:U…) from all that is kept; stop the bot first", erase},
		{"health", "bouncer health", "ask the running bot whether it is healthy, for the image's health check", health},
		{"version", "bouncer version", "print the version", printVersion},
	})
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(Main(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// Main runs one subcommand and gives the exit status: 0 when all went well, 1
// when it could not work (one sentence on errs says why), 2 for a wrong call.
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
	_, _ = fmt.Fprintf(errs, "bouncer: %q is no subcommand\n", args[0])
	usage(errs)
	return 2
}

// exitStatus is what a subcommand ends with; an error that nobody has told of
// yet goes to errs.
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

// errUsage: the call was wrong, and the flag package has said so.
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

// flags makes a flag set whose errors become errUsage.
func flags(name string, errs io.Writer) *flag.FlagSet {
	fs := flag.NewFlagSet("bouncer "+name, flag.ContinueOnError)
	fs.SetOutput(errs)
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
		_, _ = fmt.Fprintf(fs.Output(), "%s: %q is too much\n", fs.Name(), fs.Arg(0))
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
