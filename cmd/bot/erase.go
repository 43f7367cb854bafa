package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"bouncer/bot/say"
	"bouncer/moderation"
)

// eraseGC lets an erasure use a little more memory than a running bot, which saves a tenth of its
// time.
const eraseGC = 400

// erase is bouncer erase: it removes a person's data from the database, on
// PostgreSQL also while bots run.
func erase(ctx context.Context, args []string, out, errs io.Writer) (err error) {
	defer debug.SetGCPercent(debug.SetGCPercent(eraseGC))
	s, err := environment()
	if err != nil {
		return err
	}
	fs := flags("erase", errs)
	url := databaseFlag(fs)
	defer func() { err = aboutDatabase(*url, err) }()
	who, err := oneArgument(fs, args)
	if err != nil {
		return err
	}
	e, err := erasure(who)
	if err != nil {
		return err
	}
	st, err := openToWrite(ctx, s, *url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if _, err := st.Seal(ctx); err != nil {
		return err
	}
	did, err := st.Erase(ctx, e)
	var no *moderation.Error
	if errors.As(err, &no) {
		return errors.New(say.New(say.Config{}).Refusal(no, say.EN).Text)
	}
	if err != nil {
		return err
	}
	if did.Entries+did.Cases+did.Notes+did.OtherRows == 0 {
		_, err = fmt.Fprintf(out, "no data is stored about %s\n", who)
		return err
	}
	head, err := st.Seal(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "erased: entries %d, cases %d, notes %d, other rows %d. %s replaces the id. The head of the log is %d %s; bouncer audit verifies it. "+
		"Messages in Slack and backups of the database are not changed by this.\n",
		did.Entries, did.Cases, did.Notes, did.OtherRows, did.Marker, head.Number, head.Hash)
	return err
}

// oneArgument returns the one argument that is not a flag, in any position.
func oneArgument(fs *flag.FlagSet, args []string) (string, error) {
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return "", err
		}
		return "", errUsage
	}
	if fs.NArg() == 0 {
		return "", nil
	}
	who := fs.Arg(0)
	return who, parse(fs, fs.Args()[1:])
}

// erasure parses the person to erase.
func erasure(who string) (moderation.ErasureRequest, error) {
	by := moderation.Actor{Kind: moderation.ActorCommand}
	if user, ok := strings.CutPrefix(who, "slack:"); ok {
		if len(user) < 2 || (user[0] != 'U' && user[0] != 'W') || strings.Trim(user, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
			return moderation.ErasureRequest{}, fmt.Errorf("%q is not a Slack user: write slack: and the id, such as slack:U07MEI", who)
		}
		return moderation.ErasureRequest{User: user, By: by}, nil
	}
	if who == "" {
		return moderation.ErasureRequest{}, errors.New("USER is missing: bouncer erase USER needs a Tencent UserID, or slack:U… for a Slack user")
	}
	if moderation.CheckUserID(who) != nil {
		return moderation.ErasureRequest{}, fmt.Errorf("%q is not a Tencent UserID: those have 1 to %d printable ASCII characters", who, moderation.MaxUserID)
	}
	return moderation.ErasureRequest{Target: who, By: by}, nil
}
