package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"

	"bouncer/policy"
)

// policyCommands are the subcommands of bouncer policy; a new one needs one
// row.
func policyCommands() []subcommand {
	return []subcommand{
		{"check", "bouncer policy check FILE", "check a policy file and list all errors", policyCheck},
		{"explain", `bouncer policy explain FILE --as U123[,S456…] --in C456 "ban live:show1 troll 30d"`,
			"show the decision on a command, and the result of each rule", policyExplain},
		{"replay", "bouncer policy replay [-db DATABASE] [-since 30d] FILE", "compare it with the past cases of a database, also while the bot runs", policyReplay},
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
	_, _ = fmt.Fprintf(errs, "bouncer policy: %q is not a subcommand\n", args[0])
	list(errs, policyCommands())
	return errUsage
}

// policyArgs parses the arguments of a command whose first argument is a policy
// file, and loads the policy; rest are the words after file and flags. The
// file may also come after the flags.
func policyArgs(fs *flag.FlagSet, args []string) (p *policy.Policy, rest []string, err error) {
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
	s, err := environment()
	if err != nil {
		return nil, nil, err
	}
	var wrong problems
	o := policy.Options{PeopleLimit: s.peopleLimit(&wrong), UserID: s.userID(&wrong)}
	if len(wrong) > 0 {
		return nil, nil, wrong
	}
	p, err = loadPolicy(file, o)
	return p, rest, err
}

// noMoreArgs refuses words that mean nothing.
func noMoreArgs(fs *flag.FlagSet, rest []string) error {
	if len(rest) == 0 {
		return nil
	}
	_, _ = fmt.Fprintf(fs.Output(), "%s: unexpected argument %q\n", fs.Name(), rest[0])
	return errUsage
}

// policyCheck is bouncer policy check.
func policyCheck(_ context.Context, args []string, out, errs io.Writer) error {
	fs := flags("policy check", errs)
	p, rest, err := policyArgs(fs, args)
	if err == nil {
		err = noMoreArgs(fs, rest)
	}
	if err != nil {
		return everyProblem(err)
	}
	if _, err := fmt.Fprintf(out, "ok    %s, %s, groups: %s\n", p.Hash(), namedRooms(p), orNone(p.Groups())); err != nil {
		return err
	}
	for _, w := range p.Warnings() {
		if _, err := fmt.Fprintf(out, "note  %s\n", w); err != nil {
			return err
		}
	}
	return nil
}

// namedRooms counts the names of rooms, and those of groups of rooms where there are any.
func namedRooms(p *policy.Policy) string {
	names := counted(len(p.Rooms()), "named room")
	if n := len(p.RoomGroups()); n > 0 {
		names += ", " + counted(n, "room group")
	}
	return names
}

// everyProblem puts several problems on lines of their own.
func everyProblem(err error) error {
	var all policy.FileErrors
	if errors.As(err, &all) && len(all) > 1 {
		return fmt.Errorf("%d errors:\n%w", len(all), err)
	}
	return err
}

func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

func orNone(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}
