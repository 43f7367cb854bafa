// Package commands turns what people typed, pressed or submitted into a
// moderation.Action, or into exactly one Mistake that names the wrong or
// doubtful piece and offers at most two commands; it never guesses an id, and it
// does no I/O and reads no clock.
//
// The grammar is
//
//	VERB[!] ROOM USER[,USER…] [audio|video] [DURATION] [REASON…]
//	undo[!] NUMBER [all|USER[,USER…]] [REASON…]
//	extend[!] NUMBER [+]DURATION [from now] [REASON…]
//	reason NUMBER TEXT…, note USER TEXT…
//	case NUMBER, why NUMBER, history USER, active [ROOM|USER]
//	search [user:USER] [by:@MODERATOR] [verb:VERB] [room:ROOM] [in:DURATION] [WORD…]
//	suspend @MODERATOR [DURATION] [REASON…], unsuspend @MODERATOR [REASON…]
//	dry-run COMMAND…
//
// with "!" for what is to run without an approval, and people are generous with
// it: the parser takes curly quotes, full-width letters and punctuation,
// no-break blanks, Slack's own marks and Chinese names of verbs and units. That
// tolerance ends where an id begins.
//
// A text is read once, from left to right, in time that grows with its length.
// The first piece that is wrong, or that could be meant in two ways, ends the
// reading with a Mistake. Its offers are the text with small edits; each is read
// like any other text, written canonically and read back before it is offered.
//
// What would be ambiguous is settled so:
//
//   - Quotes mean "literally this": a quoted word is never a room's name, a
//     medium, or one more user; a quoted reason is taken as it stands. A quoted
//     duration in its place is still one.
//   - Where the channel has a room, the first argument is a room when it is
//     kind:id of a known kind or a configured name (in any case); a configured
//     name wins over a user of the same id, who can be quoted. Whatever reads
//     like kind:id but is of no known kind is a mistake.
//   - Commas, semicolons, tabs, line breaks, and "and", "&", "+" or "/" before an
//     id part users; the first blank without one ends the list. A duration, or a
//     medium, ends it too.
//   - The reason is what is left. Its first word, directly behind the users, is
//     asked about when it looks like a UserID; Ambiguous returns one that only who
//     knows the people can tell.
//   - A verb's default length is for those who typed none: whatever speaks of time
//     (lexicon.go) is read where it is clear and stands in its place, and asked
//     about elsewhere; so is a later time behind a verb that acts at once.
//   - A word behind a comma and a blank may be the reason: Stranger returns one
//     that only who knows the people can tell. A comma alone parts people.
//   - Without a pattern of UserIDs, an unquoted id has letters, digits, "_", "-"
//     and "." alone; others are asked about.
//   - Behind a case's number the first word that is not "all" is a list of
//     users; a quoted text with a blank in it, alone, is a reason.
//   - "!" needs a reason, and is never offered where it was not typed behind
//     that very verb.
package commands
