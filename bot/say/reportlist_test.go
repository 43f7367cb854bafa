package say

import (
	"fmt"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"bouncer/commands"
)

// The button of a row leads to the report that the row shows, also with the longest names, in a table
// and in columns of text.
func TestAListOfReportsLeadsToEach(t *testing.T) {
	for lang, s := range speakers() {
		reports := calm().crowdedReports()
		for i := range reports {
			reports[i].Token = fmt.Sprintf("%s%02x", opaque[2:], i)
		}
		m := s.ReportList(reports)
		require.Empty(t, faults(m, "", "", ""), lang)
		table, ok := m.Blocks[1].(*slack.DataTableBlock)
		require.True(t, ok)
		require.Len(t, table.Rows, 1+ReportsInList)
		for i, r := range reports {
			cells, section := table.Rows[1+i], m.Plain[1+i].(*slack.SectionBlock)
			require.Equal(t, r.Target, cells[0].(*slack.DataTableRawTextCell).Text, "what identifies a person is not cut")
			require.Contains(t, section.Fields[0].Text, r.Target)
			for _, b := range []*slack.ButtonBlockElement{cells[1].(*slack.DataTableActionCell).Element, section.Accessory.ButtonElement} {
				step, err := commands.ParseStep(b.ActionID, b.Value)
				require.NoError(t, err)
				require.Equal(t, []any{commands.StepReport, commands.StepShow, r.Token}, []any{step.Kind, step.Step, step.ID})
			}
		}
	}
}
