package say

import (
	"slices"

	"github.com/slack-go/slack"

	"bouncer/commands"
	"bouncer/moderation"
)

// RoomChoice is a choice of the form's rooms: a room, a group of rooms, or a list that was typed.
type RoomChoice struct {
	// Text is what FormState.Rooms has of it.
	Text string
	// Rooms are the rooms that it means; none where it means none.
	Rooms []moderation.Room
}

// AllRooms returns the rooms of all choices.
func (f Form) AllRooms() (all []moderation.Room) {
	for _, c := range f.Rooms {
		all = append(all, c.Rooms...)
	}
	return all
}

// formRoom searches: the app answers with rooms, and with what was typed where that is one or more.
func (s *speech) formRoom(sh *sheet, f Form) {
	el := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeExternal, s.plainText(s.say("input.room.find", nil), 150), InputValue)
	most := choiceMost
	el.MinQueryLength, el.MaxSelectedItems = new(int), &most
	for _, c := range f.Rooms[:min(len(f.Rooms), most)] {
		if o, ok := s.roomOption(c); ok && !slices.ContainsFunc(el.InitialOptions, func(x *slack.OptionBlockObject) bool { return x.Value == o.Value }) {
			el.InitialOptions = append(el.InitialOptions, o)
		}
	}
	var hint phrase
	switch {
	case f.Given != "":
		hint = s.say("tip.room.given", nil)
	case commands.TakesRooms(f.State.Verb):
		hint = s.say("tip.room", nil)
	}
	sh.ask(RoomBlock(f.Given), "input.room", hint, false, el)
}

// RoomBlock returns the block id of the form's rooms. It changes when a given room is replaced, so
// that Slack shows the rooms of the view instead of those that were chosen.
func RoomBlock(given string) string {
	if given == "" {
		return string(commands.FieldRoom)
	}
	return string(commands.FieldRoom) + "." + given
}

func (s *speech) roomOption(c RoomChoice) (*slack.OptionBlockObject, bool) {
	switch len(c.Rooms) {
	case 0:
		return s.option(c.Text, supplied(c.Text, optionText))
	case 1:
		return s.option(c.Text, s.room(c.Rooms[0]))
	}
	var rooms []phrase
	for _, r := range c.Rooms {
		rooms = append(rooms, s.bare(r))
	}
	shown := s.list(rooms...)
	if c.Text != commands.RoomsText(c.Rooms) { // a group
		shown = cat(supplied(c.Text, 60), own(" ("), shown, own(")"))
	}
	return s.option(c.Text, shown)
}

// RoomOptions returns rooms to choose from; what is too long for Slack is left out.
func (s *Speaker) RoomOptions(choices []RoomChoice, lang Lang) []*slack.OptionBlockObject {
	sp, out := s.in(lang), []*slack.OptionBlockObject{}
	for _, c := range choices[:min(len(choices), choiceMost)] {
		if o, ok := sp.roomOption(c); ok {
			out = append(out, o)
		}
	}
	return out
}
