package store

import (
	"context"
	"slices"
	"strings"

	"bouncer/moderation"
)

// endedByBot are the media whose end the bot brings about, as SQL: what is
// taken away in them holds until its lift was done.
var endedByBot = func() string {
	var media []string
	for _, v := range moderation.Verbs() {
		for _, m := range v.Media {
			if q := "'" + string(m) + "'"; botEnds(m) && !slices.Contains(media, q) {
				media = append(media, q)
			}
		}
	}
	return strings.Join(media, ", ")
}()

// Bound gives what stands now on a target or in a room. The media that one case
// took from one target are one.
func (s *Store) Bound(ctx context.Context, f moderation.Find, skip, n int) ([]moderation.Bound, int, error) {
	cond, args := `app = ? AND room = ? AND bound = 1`, []any{s.app, f.Room}
	switch {
	case f.Target != "" && f.Room != "":
		cond, args = `app = ? AND room = ? AND target = ? AND bound = 1`, []any{s.app, f.Room, f.Target}
	case f.Target != "":
		cond, args = `app = ? AND target = ? AND bound = 1`, []any{s.app, f.Target}
	}
	type row struct {
		moderation.Bound
		no int64
	}
	var rows []row
	q := s.read(ctx)
	err := q.each(`SELECT room, target, medium, case_no, until_at FROM standing WHERE `+cond+`
		AND (until_at = 0 OR until_at > ? OR medium IN (`+endedByBot+`)) ORDER BY room, target, case_no, medium`+limited,
		append(args, s.cfg.Now().UnixMilli(), 2*moderation.FoundMost), func(scan func(...any) error) error {
			var r row
			var room, medium string
			var until int64
			if err := scan(&room, &r.Target, &medium, &r.no, &until); err != nil {
				return err
			}
			r.Room, _ = moderation.RoomFromKey(room)
			r.Media, r.Until = []moderation.Medium{moderation.Medium(medium)}, moment(until)
			if last := len(rows) - 1; last >= 0 && rows[last].Room == r.Room && rows[last].Target == r.Target && rows[last].no == r.no {
				rows[last].Media = append(rows[last].Media, r.Media...)
				return nil
			}
			rows = append(rows, r)
			return nil
		})
	if err != nil {
		return nil, 0, err
	}
	rows = rows[:min(len(rows), moderation.FoundMost)]
	total := len(rows)
	rows = rows[min(max(skip, 0), total):]
	rows = rows[:min(max(n, 0), len(rows))]
	out := make([]moderation.Bound, len(rows))
	for i, r := range rows {
		out[i] = r.Bound
		if out[i].Case, err = s.Case(ctx, r.no); err != nil {
			return nil, 0, err
		}
		out[i].Room.Name = out[i].Case.Action.Room.Name
	}
	return out, total, nil
}
