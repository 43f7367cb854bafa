// Package commands parses what people typed, pressed or submitted into a
// moderation.Action, or into exactly one Mistake that names the wrong or
// ambiguous piece and offers at most two commands. It never guesses an id, does
// no I/O and reads no clock.
//
// The grammar is
//
//	VERB[!] ROOM[,ROOM…] USER[,USER…] [audio|video] [DURATION] [REASON…]
//	undo[!] NUMBER [all|USER[,USER…]] [REASON…]
//	extend[!] NUMBER [+]DURATION [from now] [REASON…]
//	reason NUMBER TEXT…, note USER TEXT…
//	case NUMBER, why NUMBER, history USER, active [ROOM|USER]
//	search [user:USER] [by:@MODERATOR] [verb:VERB] [room:ROOM] [in:DURATION] [WORD…]
//	suspend @MODERATOR [DURATION] [REASON…], unsuspend @MODERATOR [REASON…]
//	dry-run COMMAND…
//
// where "!" means override. The parser is tolerant: it accepts curly quotes,
// full-width letters and punctuation, no-break blanks, Slack's own markup and
// Chinese names of verbs and units. It is not tolerant within an id.
//
// A text is parsed once, from left to right, in linear time. The first piece
// that is wrong or has two possible meanings ends parsing with a Mistake. Its
// offers are the text with small edits; each is parsed like any other text,
// written canonically and parsed again before it is offered.
//
// Ambiguities are resolved as follows:
//
//   - Quotes mean "literally this": a quoted word is never the name of a room, a
//     medium, or another user; a quoted reason is used as it is. A quoted
//     duration in its position is still a duration.
//   - Behind a room and a comma, kind:id with a known kind is one more room. A
//     configured name or a quoted piece there may be a user too, so it is asked.
//     A comma within an unquoted id is asked. Only verbs that act take several
//     rooms. The name of a group means all its rooms.
//   - If the channel has a room, the first argument is a room if it is kind:id
//     with a known kind or a configured name (in any case). A configured name
//     wins over a user of the same id, who can be quoted. Anything that looks
//     like kind:id with an unknown kind is a mistake.
//   - Commas, semicolons, tabs, line breaks, and "and", "&", "+" or "/" before an
//     id separate users. The first blank without one ends the list, and so does a
//     duration or a medium.
//   - The reason is the rest. Its first word, directly after the users, is a
//     question if it looks like a UserID; Ambiguous returns a word that only a
//     caller who knows the people can decide.
//   - A verb's default length applies only if none was typed: an expression of
//     time (lexicon.go) is used if it is clear and in its position, and is a
//     question elsewhere. So is a later time after a verb that acts at once.
//   - A word after a comma and a blank may be the reason: UnknownPerson returns
//     one that only a caller who knows the people can decide. A comma without a
//     blank separates people.
//   - Without a pattern of UserIDs, an unquoted id has only letters, digits, "_",
//     "-" and "."; any other is a question.
//   - After the number of a case, the first word other than "all" is a list of
//     users; a single quoted text with a blank in it is a reason.
//   - "!" needs a reason, and is offered only if it was typed after that verb.
package commands
