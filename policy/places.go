package policy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"bouncer/moderation"
)

// rooms reads names of rooms, and of groups of rooms: those whose value is a list.
func (l *loader) rooms(e entry) {
	l.policy.rooms = map[string]moderation.Room{}
	lower := map[string]string{}
	var groups []entry
	for _, r := range l.mapping(e.value, e.key.at, "rooms") {
		name := r.key.text
		if bad := checkRoomName(name); bad != "" {
			l.add(r.key.at, "room name %q %s", name, bad)
		}
		if other, double := lower[strings.ToLower(name)]; double {
			l.add(r.key.at, "the room names %s and %s differ only in capitals", other, name)
		}
		lower[strings.ToLower(name)] = name
		if _, group := r.value.(*ast.SequenceNode); group {
			groups = append(groups, r)
			continue
		}
		room := moderation.Room{}
		if s, ok := l.scalar(r.value, r.key.at, "room "+name); ok {
			room = l.room(s)
		}
		room.Name = name
		l.policy.rooms[name] = room
	}
	l.groups(groups)
}

// groups reads the groups of rooms, whose names are known when their members are.
func (l *loader) groups(groups []entry) {
	l.policy.groups = make(map[string][]moderation.Room, len(groups))
	names := map[string]bool{}
	for _, g := range groups {
		names[g.key.text] = true
	}
	for _, g := range groups {
		var rooms []moderation.Room
		written := map[string]string{}
		for _, s := range l.scalars(g.value, g.key.at, "group "+g.key.text, false) {
			room, known := l.policy.rooms[s.text]
			switch {
			case known:
			case names[s.text]:
				l.add(s.at, "%s is a group; a group has rooms only", s.text)
				continue
			case strings.Contains(s.text, ":"):
				room = l.room(s)
			default:
				l.add(s.at, "%q is neither a name from rooms nor kind:id", s.text)
				continue
			}
			if other, twice := written[room.String()]; twice {
				l.add(s.at, "%s and %s are the same room", other, s.text)
				continue
			}
			written[room.String()] = s.text
			rooms = append(rooms, room)
		}
		if len(rooms) > moderation.MaxRooms {
			l.add(g.key.at, "group %s has %d rooms; at most %d", g.key.text, len(rooms), moderation.MaxRooms)
		}
		l.policy.groups[g.key.text] = rooms
	}
}

// room reads kind:id.
func (l *loader) room(s scalar) moderation.Room {
	kind, id, ok := strings.Cut(s.text, ":")
	room := moderation.Room{Kind: moderation.Kind(kind), ID: id}
	if !ok {
		l.add(s.at, "not a room: %q; write kind:id", s.text)
		return room
	}
	if err := room.Check(); err != nil {
		l.add(s.at, "%s", roomTrouble(room, err))
	}
	return room
}

func roomTrouble(room moderation.Room, err error) string {
	text := strconv.Quote(room.String())
	switch moderation.CodeOf(err) {
	case moderation.CodeRoomKind:
		return text + ": no such kind of room; kinds are " + kindWords()
	case moderation.CodeRoomNumber:
		spec, _ := room.Kind.Spec()
		var e *moderation.Error
		errors.As(err, &e)
		return fmt.Sprintf("%s: a room of kind %s has a number from 1 to %s; %s has text ids", text, room.Kind, e.Values["most"], spec.LookalikeKind)
	case moderation.CodeRoomLength:
		return text + ": the id is empty or too long for its kind"
	default:
		return text + ": the id has a character that its kind does not allow"
	}
}

func kindWords() string {
	var words []string
	for _, k := range moderation.Kinds() {
		words = append(words, string(k))
	}
	return strings.Join(words, ", ")
}

func (l *loader) channels(e entry) {
	l.policy.channels = l.channelSet(e, "channels")
}

// channelSet reads a list of channel ids.
func (l *loader) channelSet(e entry, what string) map[string]bool {
	set := map[string]bool{}
	for _, c := range l.scalars(e.value, e.key.at, what, false) {
		if l.channel(c) {
			set[c.text] = true
		}
	}
	return set
}

// channel checks an id, and that the policy does not exclude that channel.
func (l *loader) channel(c scalar) bool {
	if !slackID(c.text, channelLetters) {
		l.add(c.at, "%q is not a %s", c.text, channelWords)
		return false
	}
	if l.policy.channels != nil && !l.policy.channels[c.text] {
		l.add(c.at, "channel %s is not in the policy's channels, so it can never be used", c.text)
	}
	return true
}

func (l *loader) channelRooms(e entry) {
	l.policy.channelRooms = map[string]moderation.Room{}
	for _, c := range l.mapping(e.value, e.key.at, "channel_rooms") {
		l.channel(c.key)
		s, ok := l.scalar(c.value, c.key.at, "the room of channel "+c.key.text)
		if !ok {
			continue
		}
		if named, known := l.policy.rooms[s.text]; known {
			l.policy.channelRooms[c.key.text] = named
		} else if _, group := l.policy.groups[s.text]; group {
			l.add(s.at, "%s is a group of rooms; a channel has one room", s.text)
		} else if strings.Contains(s.text, ":") {
			l.policy.channelRooms[c.key.text] = l.room(s)
		} else {
			l.add(s.at, "%q is neither a name from rooms nor kind:id", s.text)
		}
	}
}
