package commands

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bouncer/moderation"
)

// Code names one thing that can be wrong with what was typed. Each code has a
// sentence in the catalogue. The names after each code are those of
// Mistake.Values.
type Code string

// Codes about the text as a whole.
const (
	CodeTextTooLong   Code = "text-too-long" // most, got: characters
	CodeTextNotUTF8   Code = "text-broken"   // not UTF-8
	CodeQuoteOpen     Code = "quote-open"    // a quotation mark without its other half
	CodeQuoteFollowed Code = "quote-stuck"   // something directly follows a closing quotation mark
	CodeTooMuch       Code = "too-much"      // verb; the verb has no more arguments
)

// Codes about verbs.
const (
	CodeVerbUnknown      Code = "verb-unknown"    // nearest: a verb, may be absent
	CodeCaseNumber       Code = "case-number"     // verb; a case's number is needed
	CodeOverrideNeedless Code = "alone-needless"  // verb; it never needs an approval
	CodeOverrideReason   Code = "alone-reason"    // verb, example; an override needs a reason
	CodeDryNeedless      Code = "dry-needless"    // verb; it does nothing to anybody
	CodeUsersNotTaken    Code = "users-not-taken" // verb, instead; the verb is about the whole room
)

// Codes about rooms.
const (
	CodeRoomMissing   Code = "room-missing"                     // verb
	CodeRoomUnknown   Code = "room-unknown"                     // neither kind:id nor a name from the policy; nearest may be absent
	CodeRoomKind      Code = Code(moderation.CodeRoomKind)      // room, kind, nearest (may be absent)
	CodeRoomEmpty     Code = "room-empty"                       // kind; nothing after the colon
	CodeRoomNumber    Code = Code(moderation.CodeRoomNumber)    // room, id
	CodeRoomLength    Code = Code(moderation.CodeRoomLength)    // room, most: bytes
	CodeRoomCharacter Code = Code(moderation.CodeRoomCharacter) // room, at, char, point, class
	CodeRoomTopic     Code = Code(moderation.CodeRoomTopic)     // room
	CodeRoomComma     Code = "room-comma"                       // room; a comma in or after the room
	CodeRoomPlace     Code = "room-place"                       // room; it comes after the users
	CodeRoomsOne      Code = "rooms-one"                        // verb; several rooms, and the verb is about one
	CodeRoomsTooMany  Code = "rooms-too-many"                   // most, got
	CodePairsTooMany  Code = "pairs-too-many"                   // most, got, rooms, people; rooms times people
	CodeSlackChannel  Code = "slack-channel"                    // a Slack channel where a room or user belongs
	CodeNoMuteHere    Code = Code(moderation.CodeNoMuteHere)    // verb, room, kind, instead
	CodeNoKickInLive  Code = Code(moderation.CodeNoKickInLive)  // verb, room, kind, instead
	CodeNoBanInRoom   Code = Code(moderation.CodeNoBanInRoom)   // verb, room, kind, instead (may be absent)
	CodeNoTextInRoom  Code = Code(moderation.CodeNoTextInRoom)  // verb, room, kind, instead (may be absent)
	CodeNoCloseInChat Code = Code(moderation.CodeNoCloseInChat) // verb, room, kind, instead
	CodeNoWhoInRoom   Code = Code(moderation.CodeNoWhoInRoom)   // verb, room, kind
)

// Codes about users.
const (
	CodeUsersMissing  Code = "users-missing"                    // verb
	CodeUserMissing   Code = "user-missing"                     // verb; the one user it is about
	CodeUsersTooMany  Code = "users-too-many"                   // most, got
	CodeUserEmpty     Code = "user-empty"                       // a quoted user with nothing in it
	CodeUserLength    Code = Code(moderation.CodeUserLength)    // user, most: bytes
	CodeUserCharacter Code = Code(moderation.CodeUserCharacter) // user, at, char, point, class
	CodeUserOption    Code = "user-option"                      // a duration, audio or video where a user belongs
	CodeUserRoom      Code = "user-room"                        // a second room where a user belongs
	CodeUserReserved  Code = "user-never"                       // all, everyone, @name: never a person
	CodeUserUnusual   Code = "user-odd"                         // characters that few ids have
	CodeUserPattern   Code = "user-pattern"                     // pattern; ids of this application look different
	CodeUserOrReason  Code = "user-or-reason"                   // the first word of a reason that could be a person
	CodeUserColumn    Code = "user-column"                      // a header, an empty line or a line of words in a pasted column
	CodeSlackPerson   Code = "slack-person"                     // a Slack person or group where a Tencent UserID belongs
	CodeUserOne       Code = "user-one"                         // verb; a second user behind a verb that is about one
	CodeAllAndUsers   Code = "all-and-users"                    // verb; users beside "all"
	CodePersonNeeded  Code = "person-needed"                    // verb; a mention of a Slack person is needed
	CodePersonOne     Code = "person-one"                       // verb; a second Slack person
	CodePlaceMissing  Code = "place-missing"                    // verb; a room or a user is needed
	CodeNotInCase     Code = Code(moderation.CodeNotInCase)     // case, user; the case is about others
)

// Codes about what follows the users.
const (
	CodeNumberBare       Code = "number-bare"        // number
	CodeDurationUnknown  Code = "duration-unknown"   // begins like a duration and is none
	CodeDurationZero     Code = "duration-zero"      // nothing or less
	CodeDurationTooLong  Code = "duration-too-long"  // most
	CodeDurationMissing  Code = "duration-missing"   // verb
	CodeDurationPlace    Code = "duration-place"     // verb; a duration in the wrong position
	CodeDurationFirst    Code = "duration-first"     // verb; a duration before the people
	CodeDurationClock    Code = "duration-clock"     // verb; a moment where a duration belongs
	CodeDurationCalendar Code = "duration-calendar"  // days; months or years
	CodeDurationOrReason Code = "duration-or-reason" // verb; a length that may describe how long something else lasted
	CodeExtendSooner     Code = "extend-sooner"      // case, now, end; the new end is before the present one
	CodeDurationNotTaken Code = "duration-not-taken" // verb
	CodeNotLater         Code = "not-later"          // verb; a later time behind a verb that acts at once
	CodePermNotPossible  Code = "perm-not-possible"  // verb, room, kind, most
	CodeReasonTooLong    Code = "reason-too-long"    // most, got: characters
	CodeReasonMissing    Code = "reason-missing"     // verb, example; there must be a text
	CodeReasonRequired   Code = "reason-required"    // verb, reasons; the policy requires a reason
	CodeReasonPattern    Code = "reason-pattern"     // verb, sample; the policy requires another form
)

// Codes about searches.
const (
	CodeSearchEmpty      Code = "find-nothing" // example; nothing is asked
	CodeSearchKey        Code = "find-key"     // key, nearest (may be absent); no such key
	CodeSearchValueEmpty Code = "find-empty"   // key; nothing behind the colon
	CodeSearchKeyTwice   Code = "find-twice"   // key; asked twice
	CodeSearchTime       Code = "find-time"    // a length without in:
	CodeSearchVerb       Code = "find-verb"    // a verb that no case has
	CodeSearchWords      Code = "find-words"   // most, got: too many words
)

// Codes about a file of people.
const (
	CodeFileTooLarge    Code = "file-too-large"   // most, got: MB
	CodeFileTooMany     Code = "file-too-many"    // most, got
	CodeFileEmpty       Code = "file-empty"       // it names nobody
	CodeFileNotText     Code = "file-not-text"    // line; characters that no text has
	CodeFileSpreadsheet Code = "file-spreadsheet" // a workbook
	CodeFileEncoding    Code = "file-encoding"    // line; neither UTF-8 nor marked as UTF-16
	CodeFileCut         Code = "file-cut"         // half a character at its end
	CodeFileQuote       Code = "file-quote"       // line; a quotation mark in the wrong place
	CodeFileHeading     Code = "file-heading"     // line; several columns, and no heading of UserIDs
	CodeFileColumns     Code = "file-columns"     // two columns with the same heading
	CodeFileOrPeople    Code = "file-or-people"   // a file, and people beside it
)

// Codes about one line of a file of people.
const (
	CodeFileCell    Code = "file-cell"    // nothing in the column of UserIDs
	CodeFileFormula Code = "file-formula" // a formula
	CodeFileNumber  Code = "file-number"  // a number that a spreadsheet shortened
	CodeFileWords   Code = "file-words"   // several words
)

// Codes returns every code of a Mistake.
func Codes() []Code {
	return []Code{
		CodeTextTooLong, CodeTextNotUTF8, CodeQuoteOpen, CodeQuoteFollowed, CodeTooMuch,
		CodeVerbUnknown, CodeCaseNumber, CodeOverrideNeedless, CodeOverrideReason, CodeDryNeedless, CodeUsersNotTaken,
		CodeRoomMissing, CodeRoomUnknown, CodeRoomKind, CodeRoomEmpty, CodeRoomNumber, CodeRoomLength,
		CodeRoomCharacter, CodeRoomTopic, CodeRoomComma, CodeRoomPlace, CodeRoomsOne, CodeRoomsTooMany, CodePairsTooMany, CodeSlackChannel,
		CodeNoMuteHere, CodeNoKickInLive, CodeNoBanInRoom, CodeNoTextInRoom, CodeNoCloseInChat, CodeNoWhoInRoom,
		CodeUsersMissing, CodeUserMissing, CodeUsersTooMany, CodeUserEmpty, CodeUserLength, CodeUserCharacter,
		CodeUserOption, CodeUserRoom, CodeUserReserved, CodeUserUnusual, CodeUserPattern, CodeUserOrReason, CodeUserColumn, CodeSlackPerson, CodeUserOne, CodeAllAndUsers,
		CodePersonNeeded, CodePersonOne, CodePlaceMissing, CodeNotInCase,
		CodeNumberBare, CodeDurationUnknown, CodeDurationZero, CodeDurationTooLong, CodeDurationMissing,
		CodeDurationPlace, CodeDurationFirst, CodeDurationClock, CodeDurationCalendar, CodeDurationOrReason, CodeExtendSooner, CodeDurationNotTaken, CodeNotLater, CodePermNotPossible, CodeReasonTooLong, CodeReasonMissing, CodeReasonRequired, CodeReasonPattern,
		CodeSearchEmpty, CodeSearchKey, CodeSearchValueEmpty, CodeSearchKeyTwice, CodeSearchTime, CodeSearchVerb, CodeSearchWords,
		CodeFileTooLarge, CodeFileTooMany, CodeFileEmpty, CodeFileNotText, CodeFileSpreadsheet, CodeFileEncoding, CodeFileCut, CodeFileQuote,
		CodeFileHeading, CodeFileColumns, CodeFileOrPeople, CodeFileCell, CodeFileFormula, CodeFileNumber, CodeFileWords,
	}
}

// Mistake is the first thing that is wrong with what was typed, or that could be
// meant in more than one way.
type Mistake struct {
	Code Code
	// Text is the wrong piece as typed, at most 100 characters; control,
	// direction and invisible characters read U+XXXX. Empty where something is
	// missing.
	Text string
	// Values are for the sentence, named at each Code; shown like Text.
	Values map[string]string
	// Offers holds 0 to 2 commands that may have been meant, the likelier
	// first. Each acts only on words that were typed as people, in the room
	// and for the length that were typed, and changes an id only if the
	// mistake is about it.
	Offers []Offer
	// Verb is what was to be done, as far as it is known.
	Verb moderation.Verb

	offers []offer // before verify
	from   *reader // the text that their edits are of
	steps  int     // of verify
}

// Error returns the code, the piece and the values, for logs.
func (m *Mistake) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q", m.Code, m.Text)
	names := make([]string, 0, len(m.Values))
	for name := range m.Values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, " %s=%q", name, m.Values[name])
	}
	return b.String()
}

// mistake makes a Mistake from a code, the piece as typed, and pairs of names
// and values; empty values are left out.
func mistake(code Code, piece string, pairs ...string) *Mistake {
	m := &Mistake{Code: code, Text: showHidden(piece)}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		if m.Values == nil {
			m.Values = make(map[string]string, len(pairs)/2)
		}
		m.Values[pairs[i]] = showHidden(pairs[i+1])
	}
	return m
}

// badCharacter returns the mistake about the character r at byte at of an id;
// what is "room" or "user".
func badCharacter(code Code, what, piece, id string, at int, r rune) *Mistake {
	m := mistake(code, piece, what, id, "at", fmt.Sprint(utf8.RuneCountInString(id[:at])+1),
		"point", fmt.Sprintf("U+%04X", r), "class", class(r))
	if !isHidden(r) {
		m.Values["char"] = string(r)
	}
	return m
}

// TooLong returns the mistake of an extension that would end later than any action may.
func TooLong(asked moderation.Action) *Mistake {
	m := mistake(CodeDurationTooLong, "+"+FormatDuration(asked.Duration), "most", FormatDuration(moderation.MaxDuration))
	m.Verb = asked.Verb
	return m
}

// NotInCase returns the question about an undo that names people who are not
// in its case: they may be the reason, or people of the case in another
// letter case.
func NotInCase(asked moderation.Action, people []string) *Mistake {
	in := func(id string) bool { return slices.Contains(people, id) }
	strange := asked.Targets[slices.IndexFunc(asked.Targets, func(id string) bool { return !in(id) })]
	m := mistake(CodeNotInCase, strange, "case", strconv.FormatInt(asked.Number, 10), "user", strange)
	m.Verb = asked.Verb
	offer := func(targets, rest []string, does OfferEffect) {
		a := asked
		a.Targets, a.Reason = targets, strings.Join(append(rest, strings.Fields(asked.Reason)...), " ")
		a.ReasonCode = "" // it is read again when the command runs
		if back, wrong := Parse(Format(a), ParseContext{}); wrong == nil && reflect.DeepEqual(a, back) {
			m.Offers = append(m.Offers, Offer{Command: Format(a), Effect: does, Action: a})
		}
	}
	for _, id := range people {
		if len(asked.Targets) == 1 && strings.EqualFold(id, strange) {
			offer([]string{id}, nil, OfferCorrected)
			return m
		}
	}
	kept := slices.DeleteFunc(slices.Clone(asked.Targets), func(id string) bool { return !in(id) })
	rest := slices.DeleteFunc(slices.Clone(asked.Targets), in)
	if len(kept) == 0 {
		kept = nil
	}
	if len(rest) < 3 { // more are a list of people
		offer(kept, rest, OfferReason)
	}
	return m
}

// EndsSooner returns the question about an extension that would end sooner than what is in force:
// end is when that ends, zero for never.
func EndsSooner(asked moderation.Action, now, end time.Time) *Mistake {
	m := mistake(CodeExtendSooner, FormatDuration(asked.Duration), "case", strconv.FormatInt(asked.Number, 10), "now", now.UTC().Format(time.RFC3339))
	m.Verb = asked.Verb
	offer := func(c moderation.CountFrom, does OfferEffect) {
		a := asked
		a.CountFrom = c
		m.Offers = append(m.Offers, Offer{Command: Format(a), Effect: does, Action: a})
	}
	if !end.IsZero() {
		m.Values["end"] = end.UTC().Format(time.RFC3339)
		offer(moderation.FromPresentEnd, OfferFromPresentEnd)
	}
	offer(moderation.FromNow, OfferFromNow)
	return m
}
