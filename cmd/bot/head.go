package main

import (
	"context"
	"errors"
	"regexp"
	"strconv"

	"bouncer/moderation"
	"bouncer/store"
)

// behindAdvice is the advice if the log does not reach its published head.
const behindAdvice = "the database was restored from an older copy, replaced or changed. Find out which entries are missing (bouncer audit). " +
	"To accept the log as it is, run bouncer audit -accept"

// behindSentence says what a log behind its published head means, and what to
// do.
func behindSentence(err error) error {
	var behind *moderation.LogBehindError
	if errors.As(err, &behind) {
		return sentencef("%s: %s", behind, behindAdvice)
	}
	return err
}

// checkPublishedHead compares the log with the published head in the file beside the
// database and returns that head.
func checkPublishedHead(ctx context.Context, st *store.Store) (moderation.PublishedHead, error) {
	head, err := st.SavedPublishedHead(ctx)
	if err != nil {
		return head, sentencef("%s: restore it, or check the log and remove it", err)
	}
	return head, behindSentence(moderation.CheckPublishedHead(ctx, st, head))
}

var headForm = regexp.MustCompile(`^([1-9][0-9]{0,17}):([0-9a-f]{64})$`)

// parseHead reads a head as the digest writes it.
func parseHead(text string) (moderation.PublishedHead, error) {
	m := headForm.FindStringSubmatch(text)
	if m == nil {
		return moderation.PublishedHead{}, errors.New("-head is NUMBER:HASH from a digest: the number of an entry, and 64 hex digits")
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	return moderation.PublishedHead{Number: n, Hash: m[2]}, err
}
