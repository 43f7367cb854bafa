package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"bouncer/policy"
)

// policyCommands are what bouncer policy can do; adding one touches one row.
func policyCommands() []subcommand {
	return []subcommand{
		{"check", "bouncer policy check FILE", "say whether a policy file can be used, or all that is wrong in it", policyCheck},
		{"explain", `bouncer policy explain FILE --as U123[,S456…] --in C456 "ban live:show1 troll 30d"`,
			"say what it decides on a command, and what each rule says", policyExplain},
		{"replay", "bouncer policy replay FILE --since 30d [-db PATH]", "hold it against the cases of a database, also while the bot runs", policyReplay},
	}
}

// policyCommand is bouncer policy: a policy as a thing one can try.
func policyCommand(ctx context.Context, args []string, out, errs io.Writer) error {
	if len(args) == 0 || args[0] == "-h" || args[0] == "--help" || args[0] == "help" {
		list(out, policyCommands())
		return nil
	}
	for _, c := range policyCommands() {
		if c.name == args[0] {
			return c.run(ctx, args[1:], out, errs)
		}
	}
	_, _ = fmt.Fprintf(errs, "bouncer policy: %q is no subcommand\n", args[0])
	list(errs, policyCommands())
	return errUsage
}

// fileAnd reads the arguments of a command that begins with a policy file, and
// the policy itself; rest are the words after file and flags. The file may also
// stand behind the flags.
func fileAnd(fs *flag.FlagSet, args []string) (p *policy.Policy, rest []string, err error) {
	file := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		file, args = args[0], args[1:]
	}
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil, nil, err
		}
		return nil, nil, errUsage
	}
	rest = fs.Args()
	if file == "" && len(rest) > 0 {
		file, rest = rest[0], rest[1:]
	}
	if file == "" {
		_, _ = fmt.Fprintf(fs.Output(), "%s: a policy file is missing\n", fs.Name())
		return nil, nil, errUsage
	}
	s := environment()
	var wrong problems
	o := policy.Options{PeopleLimit: s.peopleLimit(&wrong), UserID: s.userID(&wrong)}
	if len(wrong) > 0 {
		return nil, nil, wrong
	}
	p, err = loadPolicy(file, o)
	return p, rest, err
}

// tooMuch refuses words that mean nothing.
func tooMuch(fs *flag.FlagSet, rest []string) error {
	if len(rest) == 0 {
		return nil
	}
	_, _ = fmt.Fprintf(fs.Output(), "%s: %q is too much\n", fs.Name(), rest[0])
	return errUsage
}

// policyCheck is bouncer policy check.
func policyCheck(_ context.Context, args []string, out, errs io.Writer) error {
	fs := flags("policy check", errs)
	p, rest, err := fileAnd(fs, args)
	if err == nil {
		err = tooMuch(fs, rest)
	}
	if err != nil {
		return everyProblem(err)
	}
	if _, err := fmt.Fprintf(out, "ok    %s, %d named rooms, groups: %s\n", p.Hash(), len(p.Rooms()), orNone(p.Groups())); err != nil {
		return err
	}
	for _, w := range p.Warnings() {
		if _, err := fmt.Fprintf(out, "note  %s\n", w); err != nil {
			return err
		}
	}
	return nil
}

// everyProblem puts a list of problems on lines of their own.
func everyProblem(err error) error {
	var all policy.FileErrors
	if errors.As(err, &all) && len(all) > 1 {
		return fmt.Errorf("%d things are wrong:\n%w", len(all), err)
	}
	return err
}

func orNone(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}
