package commands

import (
	"strings"
	"time"

	"bouncer/moderation"
)

// UsageLine tells how a verb is typed.
type UsageLine struct {
	Line    string // such as "ban ROOM USER[,USER…] DURATION [REASON…]"
	Example string // a command that Parse accepts; empty for an unknown verb
}

// Usage gives a verb's usage line and an example, without the slash command.
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
	take(t.Room, "ROOM")
	take(t.Users, "USER[,USER…]")
	take(t.Media, "[audio|video]")
	take(t.Duration && spec.Default == 0, "DURATION")
	take(t.Duration && spec.Default != 0, "[DURATION]")
	take(t.Reason, "[REASON…]")
	take(t.Number, "NUMBER")
	take(t.Verb, "[VERB]")
	return UsageLine{Line: strings.Join(line, " "), Example: Format(example(spec))}
}

// example makes an action for the first kind of room that has the verb.
func example(spec moderation.VerbSpec) moderation.Action {
	a := moderation.Action{Verb: spec.Verb}
	t := spec.Takes
	if t.Room {
		for _, kind := range moderation.Kinds() {
			if moderation.Supports(spec.Verb, kind).OK {
				a.Room = moderation.Room{Kind: kind, ID: exampleID(kind)}
				break
			}
		}
	}
	if t.Users {
		a.Targets = []string{"test1", "test2"}
	}
	if t.Duration {
		if a.Duration = 30 * time.Minute; spec.Default == 0 {
			a.Duration = offerDuration
		}
	}
	if t.Reason {
		a.Reason = "flooding"
		if spec.Effect == moderation.EffectFree {
			a.Reason = "appeal accepted"
		}
	}
	if t.Number {
		a.Number = 12
	}
	if t.Verb {
		a.Topic = moderation.Ban
	}
	return a
}

func exampleID(kind moderation.Kind) string {
	switch kind {
	case moderation.KindRoom:
		return "10006"
	case moderation.KindChat:
		return "@TGS#aJRGC4MH6"
	case moderation.KindLive:
		return "show1"
	}
	return "lobby"
}
