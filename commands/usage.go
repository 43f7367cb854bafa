package commands

import (
	"strings"
	"time"

	"bouncer/moderation"
)

// UsageLine is how a verb is typed.
type UsageLine struct {
	Line     string // such as "ban ROOM USER[,USER…] DURATION [REASON…]"
	Example  string // a command that Parse accepts; empty for an unknown verb
	Typed    string // the example as it is typed: with @moderator for a mention
	Override string // the example as an override; empty if there is none
}

// exampleUser is the Slack user mentioned in examples.
const exampleUser = "U024BE7LH"

// Usage returns a verb's usage line and an example, without the slash
// command.
func Usage(v moderation.Verb) UsageLine {
	spec, ok := v.Spec()
	if !ok {
		return UsageLine{}
	}
	line := []string{string(v)}
	take := func(takes bool, word string) {
		if takes {
			line = append(line, word)
		}
	}
	t := spec.Takes
	may := spec.Default != 0 || t.PermanentByDefault
	take(t.Room && !actsInRooms(spec), "ROOM")
	take(t.Room && actsInRooms(spec), "ROOM[,ROOM…]")
	take(t.Users, "USER[,USER…]")
	take(t.Number, "NUMBER")
	take(t.TargetsOptional, "[all|USER[,USER…]]")
	take(t.OneTarget, "USER")
	take(t.RoomOrUser, "[ROOM|USER]")
	take(t.Person, "@MODERATOR")
	take(t.Media, "[audio|video]")
	take(t.Duration && !may, "DURATION")
	take(t.Duration && may, "[DURATION]")
	take(t.Reason && t.ReasonRequired, "TEXT…")
	take(t.Reason && !t.ReasonRequired, "[REASON…]")
	take(t.Verb, "[VERB]")
	take(t.Command, "COMMAND…")
	take(t.Statistics, "[DURATION] [@MODERATOR] [ROOM]")
	take(t.Search, "[user:USER] [by:@MODERATOR] [verb:VERB] [room:ROOM] [in:DURATION] [WORD…]")
	a := example(spec)
	u := UsageLine{Line: strings.Join(line, " "), Example: Format(a)}
	if v.Acts() {
		a.Override = true
		u.Override = Format(a)
	}
	u.Typed, _ = plain(strings.ReplaceAll(u.Example, "<@"+exampleUser+">", "<@"+exampleUser+"|moderator>"))
	return u
}

// example makes an action for the first kind of room that has the verb.
func example(spec moderation.VerbSpec) moderation.Action {
	a := moderation.Action{Verb: spec.Verb}
	t := spec.Takes
	if t.Command {
		a = example(verbSpec(moderation.Ban))
		a.Dry = true
		return a
	}
	if t.Room {
		for _, kind := range moderation.Kinds() {
			if moderation.Supports(spec.Verb, kind).Supported {
				a.Room = moderation.Room{Kind: kind, ID: exampleID(kind)}
				break
			}
		}
	}
	switch {
	case t.Users:
		a.Targets = []string{"test1", "test2"}
	case t.OneTarget, t.TargetsOptional:
		a.Targets = []string{"test1"}
	case t.RoomOrUser:
		a.Room = example(verbSpec(moderation.Ban)).Room
	case t.Person:
		a.Person = exampleUser
	}
	if t.Duration {
		if a.Duration = 30 * time.Minute; spec.Default == 0 {
			a.Duration = offerDuration
		}
	}
	if t.Reason {
		a.Reason = "flooding"
		if spec.Effect == moderation.EffectLift || spec.Verb == moderation.Undo {
			a.Reason = "appeal accepted"
		}
		switch spec.Verb {
		case moderation.Suspend:
			a.Reason = "misuse"
		case moderation.Unsuspend:
			a.Reason = "talked it over"
		}
	}
	if t.Number {
		a.Number = 12
	}
	if t.Verb {
		a.Topic = moderation.Ban
	}
	if t.Statistics {
		a.Search = moderation.SearchQuery{Within: 7 * 24 * time.Hour}
	}
	if t.Search {
		a.Search = moderation.SearchQuery{Target: "test1", Verb: moderation.Ban, Within: 30 * 24 * time.Hour, Words: []string{"spam"}}
	}
	return a
}

func verbSpec(v moderation.Verb) moderation.VerbSpec {
	spec, _ := v.Spec()
	return spec
}

func exampleID(kind moderation.Kind) string {
	spec, _ := kind.Spec()
	return spec.Example
}
