package say

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"bouncer/commands"
	"bouncer/moderation"
)

// rowOf is what one row of a message shows: its number, by its button, and its texts.
func rowsOf(t *testing.T, m Message) map[string]string {
	t.Helper()
	rows := map[string]string{}
	step := func(b *slack.ButtonBlockElement) string {
		s, err := commands.ParseStep(b.ActionID, b.Value)
		require.NoError(t, err)
		return s.Row
	}
	for _, b := range m.Blocks {
		table, ok := b.(*slack.DataTableBlock)
		if !ok {
			continue
		}
		for _, cells := range table.Rows[1:] {
			for _, c := range cells {
				if action, ok := c.(*slack.DataTableActionCell); ok {
					rows[step(action.Element)] = cells[0].(*slack.DataTableRawTextCell).Text
				}
			}
		}
	}
	for _, b := range m.Plain {
		if section, ok := b.(*slack.SectionBlock); ok && section.Accessory != nil && section.Accessory.ButtonElement != nil {
			row := step(section.Accessory.ButtonElement)
			require.Contains(t, section.Fields[0].Text, rows[row], "the columns of text show the same row")
		}
	}
	return rows
}

// The button and the option of a row name the person whom the row shows, on each page, in a table and
// in columns of text.
func TestARowIsAboutWhomItShows(t *testing.T) {
	s, w := New(Config{}), calm()
	l := w.list(40, moderation.Bans)
	for page := range Pages(l) {
		m := s.ListPage(l, page, EN)
		rows := rowsOf(t, m)
		require.Len(t, rows, min(PageSize, 40-page*PageSize))
		for row, shown := range rows {
			i, err := strconv.Atoi(row)
			require.NoError(t, err)
			require.Equal(t, page, i/PageSize)
			require.Contains(t, shown, l.Reading.Rows[i].ID)
		}
		options := 0
		for _, b := range m.Blocks {
			section, ok := b.(*slack.SectionBlock)
			if !ok {
				continue
			}
			require.Equal(t, InputPick+"."+strconv.Itoa(page), section.BlockID)
			for _, o := range section.Accessory.MultiSelectElement.Options {
				require.Equal(t, rows[o.Value], o.Text.Text)
				options++
			}
		}
		require.Equal(t, len(rows), options)
	}
	place := w.savedSearch(moderation.Active, 0)
	x := w.bounds(3)
	rows := rowsOf(t, s.Active(Active{SavedSearch: place, Restrictions: x, Total: 3}, EN))
	require.Len(t, rows, 3)
	for _, r := range x[:2] {
		require.Contains(t, rows[r.Row()], r.Target)
	}
	twice := s.Active(Active{SavedSearch: place, Restrictions: []moderation.CaseRestrictions{x[0], x[0]}, Total: 2}, EN)
	require.Empty(t, faults(twice, "", "", ""), "one restriction that Tencent has applied in part is two rows")
}

// A list without times has no column for them, and a crowded table is cut to what a message takes.
func TestTablesFit(t *testing.T) {
	s, w := New(Config{}), calm()
	columns := func(m Message) int {
		for _, b := range m.Blocks {
			if table, ok := b.(*slack.DataTableBlock); ok {
				return len(table.Rows[0])
			}
		}
		return 0
	}
	require.Equal(t, 4, columns(s.ListPage(w.list(3, moderation.Bans), 0, EN)))
	l := w.list(3, moderation.Who)
	for i := range l.Reading.Rows {
		l.Reading.Rows[i].Until = time.Time{}
	}
	require.Equal(t, 3, columns(s.ListPage(l, 0, EN)))
	require.Zero(t, columns(s.ListPage(w.list(0, moderation.Who), 0, EN)))
	full := w.list(PageSize, moderation.Bans)
	for i := range full.Reading.Rows {
		full.Reading.Rows[i].ID = strings.Repeat("W", moderation.MaxUserID-2) + strconv.Itoa(10+i)
		full.Reading.Rows[i].Note = strings.Repeat("note ", 100)
	}
	m := s.ListPage(full, 0, EN)
	require.Empty(t, faults(m, "", "", ""))
	for row, shown := range rowsOf(t, m) {
		i, err := strconv.Atoi(row)
		require.NoError(t, err)
		require.Contains(t, shown, full.Reading.Rows[i].ID, "what identifies a person is not cut")
	}
}
