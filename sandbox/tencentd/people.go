package tencentd

import "fmt"

// Join adds users to a room. A banned user is refused until the ban has
// ended; the users before the refused one are inside.
func (s *Server) Join(kind Kind, id string, users ...string) error {
	return s.world.within(kind, id, func(r *room) error {
		for _, u := range users {
			if err := s.world.join(r, u); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *world) join(r *room, user string) error {
	if !validUser(user) {
		return fmt.Errorf("%w: user %q", ErrInvalid, user)
	}
	if _, banned := r.bans.active(user, w.now()); banned {
		return fmt.Errorf("%w: %s", ErrBanned, user)
	}
	if r.members[user] != nil {
		return fmt.Errorf("%w: %s", ErrInside, user)
	}
	w.seq++
	r.views++
	r.members[user] = &member{user: user, seq: w.seq, joined: w.now()}
	w.changed(r, "joined", user)
	return nil
}

// Leave lets users leave voluntarily. The error is ErrNoRoom, or ErrNotThere
// for the first user who is not inside.
func (s *Server) Leave(kind Kind, id string, users ...string) error {
	return s.world.within(kind, id, func(r *room) error {
		for _, u := range users {
			if !s.world.remove(r, u, "left") {
				return fmt.Errorf("%w: %s", ErrNotThere, u)
			}
		}
		return nil
	})
}

// Rejoin simulates a client that returns, from outside or over a new
// connection: it leaves if it was inside, and enters. The error is ErrNoRoom or
// ErrBanned.
func (s *Server) Rejoin(kind Kind, id, user string) error {
	return s.world.within(kind, id, func(r *room) error {
		s.world.remove(r, user, "left")
		return s.world.join(r, user)
	})
}

// SetMedia is a user switching microphone and camera on or off. What is blocked
// stays off whatever the user does. The error is ErrNoRoom or ErrNotThere.
func (s *Server) SetMedia(kind Kind, id, user string, audio, video bool) error {
	return s.world.within(kind, id, func(r *room) error {
		m := r.members[user]
		if m == nil {
			return fmt.Errorf("%w: %s", ErrNotThere, user)
		}
		m.micOff, m.cameraOff = !audio, !video
		s.world.changed(r, "media", user)
		return nil
	})
}

// remove removes a user from a room and records how; false if not inside.
func (w *world) remove(r *room, user, how string) bool {
	if r.members[user] == nil {
		return false
	}
	delete(r.members, user)
	if w.forgetBlocks {
		delete(r.blocks, user)
	}
	w.changed(r, how, user)
	return true
}
