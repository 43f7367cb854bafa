package main

import (
	"context"
	"errors"
	"regexp"
	"strconv"

	"bouncer/moderation"
	"bouncer/store"
)

// lookFirst is what an operator does about a log that does not reach what was
// told to people.
const lookFirst = "the database was put back to an older copy, replaced or changed. Look which entries are missing (bouncer audit); " +
	"bouncer audit -accept makes the log as it stands the one that counts"

// behindSentence says what a log that is behind means, and what to do.
func behindSentence(err error) error {
	var behind *moderation.LogBehindError
	if errors.As(err, &behind) {
		return sentencef("%s: %s", behind, lookFirst)
	}
	return err
}

// holdHead holds the log against the newest head that was told to people, as a
// file beside the database remembers it.
func holdHead(ctx context.Context, st *store.Store) (moderation.PublishedHead, error) {
	told, err := st.SavedPublishedHead()
	if err != nil {
		return told, sentencef("%s: restore it, or remove it after you have looked at the log", err)
	}
	return told, behindSentence(moderation.CheckPublishedHead(ctx, st, told))
}

var headForm = regexp.MustCompile(`^([1-9][0-9]{0,17}):([0-9a-f]{64})$`)

// parseHead reads a head as the digest writes it.
func parseHead(text string) (moderation.PublishedHead, error) {
	m := headForm.FindStringSubmatch(text)
	if m == nil {
		return moderation.PublishedHead{}, errors.New("-head is NUMBER:HASH as a digest tells it: the number of an entry, and 64 hex digits")
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	return moderation.PublishedHead{Number: n, Hash: m[2]}, err
}
