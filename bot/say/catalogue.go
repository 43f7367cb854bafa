package say

// catalogue gathers every sentence that people read. Rows are grouped by where
// they are read; a key belongs to one group, named by what stands before its
// dot. A test holds both languages to the same placeholders and the domain's
// codes to a row each.
func catalogue() map[string]sentence {
	groups := catalogueGroups()
	n := 0
	for _, g := range groups {
		n += len(g)
	}
	table := make(map[string]sentence, n)
	for _, g := range groups {
		for k, row := range g {
			table[k] = row
		}
	}
	return table
}

func catalogueGroups() []map[string]sentence {
	return []map[string]sentence{
		wordRows(), codeRows(), hintRows(), refusalRows(), mistakeRows(), caseRows(), auditRows(), answerRows(), helpRows(), dryRows(),
		approvalRows(), modalRows(), lifeRows(), decisionRows(), needRows(), rightRows(),
		modRows(), recordRows(), reviewRows(),
	}
}
