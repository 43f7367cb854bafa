// Package commands turns what people typed, pressed or submitted into a
// moderation.Action, or into exactly one Mistake that names the wrong piece;
// it never guesses an id, and it does no I/O and reads no clock.
//
// The grammar is
//
//	VERB[!] ROOM USER[,USER…] [audio|video] [DURATION] [REASON…]
//	undo[!] NUMBER [all|USER[,USER…]] [REASON…]
//	extend[!] NUMBER DURATION [REASON…]
//	reason NUMBER TEXT…, note USER TEXT…
//	case NUMBER, why NUMBER, history USER, active [ROOM|USER]
//	search [user:USER] [by:@MODERATOR] [verb:VERB] [room:ROOM] [in:DURATION] [WORD…]
//	suspend @MODERATOR [DURATION] [REASON…], unsuspend @MODERATOR [REASON…]
//	dry-run COMMAND…
//
// with "!" for what is to run without an approval, and people are generous with it: the parser takes curly quotes, full-width
// letters and punctuation, no-break blanks, Slack's own marks and Chinese
// names of verbs and units. That tolerance ends where an id begins. An id with
// a character that no id can have is answered with the character's name and
// the readings it may stand for, each as a command that can be run as it is.
//
// Six rules settle what would be ambiguous:
//
//   - Quotes mean "literally this": a quoted word is never a room's name, a
//     medium, a duration or the start of one.
//   - Where the channel has a room, the first argument is a room when it is
//     kind:id of a known kind or a configured name (in any case); a configured
//     name wins over a user of the same id, who can be quoted. Whatever reads
//     like kind:id but is of no known kind is a mistake.
//   - Commas and newlines part users, and the first blank without one ends the
//     list; a duration, or a medium, on a line of its own ends it too.
//   - A verb's default length is for those who typed none: a duration that
//     stands in the reason instead of in its place is asked about. A reason in
//     quotes, or behind a duration, is taken as it stands.
//   - Behind a case's number the first word that is not "all" is a list of
//     users; a quoted text with a blank in it, alone, is a reason.
//   - "!" needs a reason, and is never suggested where it was not typed behind
//     that very verb.
package commands
