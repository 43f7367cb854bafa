package say

// approvalRows are read on cards: what must be agreed, who decided, what came
// of a case later.
func approvalRows() map[string]sentence {
	return map[string]sentence{
		"card.needs":         {"needs {n} of {roles}", "需要 {roles} 中 {n} 人批准"},
		"card.rule.approved": {"rule {rule}, approved by {list}", "规则 {rule}，由 {list} 批准"},
		"card.rule.asks":     {"rule {rule} asks for {n} approvals", "规则 {rule} 要求 {n} 人批准", "rule {rule} asks for {n} approval"},
		"card.rule.alone":    {"rule {rule}, run without approval", "规则 {rule}，未经批准执行"},
		"card.rule.ahead":    {"rule {rule} lets it run at once for a short time", "规则 {rule} 允许先短时执行"},
		"card.votes":         {"Agreed so far, {got} of {n}: {list}", "已同意 {got}/{n}：{list}"},
		"card.expires":       {"open for a decision until {at}", "请在 {at} 前决定"},
		"card.decided":       {"{how} {at}", "{how}于 {at}"},
		"card.evidence":      {"Evidence: {n} pieces, in the thread", "证据 {n} 条，见讨论串", "Evidence: {n} piece, in the thread"},
		"card.call.waiting":  {"{list}: please decide about #{no}.", "{list} 请审批 #{no}。"},
		"cards.unpressed":    {"{n} more of these can be pressed: {command} case NUMBER shows their buttons", "另有 {n} 个可操作，用 {command} case 编号 查看其按钮", "1 more of these can be pressed: {command} case NUMBER shows its buttons"},

		"decided.denied":    {"Denied by {person}", "由 {person} 拒绝"},
		"decided.withdrawn": {"Withdrawn by {person}", "由 {person} 撤回"},
		"decided.expired":   {"Nobody decided in time, so it did not run", "无人及时审批，未执行"},
		"decided.glass":     {"BREAK GLASS by {person}", "紧急执行：{person}"},

		"approval.approved":  {"approved", "批准"},
		"approval.denied":    {"denied", "拒绝"},
		"approval.withdrawn": {"withdrawn", "撤回"},
		"approval.expired":   {"expired", "过期"},
		"approval.glass":     {"run alone", "紧急执行"},

		"look.people":    {"{n} people inside", "房内 {n} 人", "{n} person inside"},
		"look.gone":      {"no such room now", "房间现已不存在"},
		"look.failed":    {"Tencent could not say who is inside", "腾讯云未能说明房内情况"},
		"look.owner":     {"{user} owns this room", "{user} 是该房间的房主"},
		"thread.people":  {"#{no} is about {n}:", "#{no} 涉及 {n}："},
		"look.unseen":    {"never seen here", "从未见过"},
		"look.protected": {"protected", "受保护"},
		"look.owns":      {"owns this room", "房主"},

		"relation.undo":    {"takes #{no} back", "撤销 #{no}"},
		"relation.extend":  {"changes the end of #{no}", "更改 #{no} 的期限"},
		"relation.act-now": {"at once, ahead of the approval of #{no}", "先于 #{no} 的审批执行"},

		"related.undo.waiting":    {"#{no} would take it back and waits", "#{no} 申请撤销本案，等待中"},
		"related.undo.open":       {"#{no} is taking it back", "#{no} 正在撤销本案"},
		"related.undo.done":       {"Undone by #{no}", "已由 #{no} 撤销"},
		"related.undo.unknown":    {"#{no} was to take it back and has no clear outcome", "#{no} 撤销本案，结果未知"},
		"related.undo.not":        {"#{no} was to take it back and did not", "#{no} 未能撤销本案"},
		"related.extend.waiting":  {"#{no} would change its end and waits", "#{no} 申请更改期限，等待中"},
		"related.extend.open":     {"#{no} is changing its end", "#{no} 正在更改期限"},
		"related.extend.done":     {"Its end was changed by #{no}", "期限已由 #{no} 更改"},
		"related.extend.unknown":  {"#{no} was to change its end and has no clear outcome", "#{no} 更改期限，结果未知"},
		"related.extend.not":      {"#{no} was to change its end and did not", "#{no} 未能更改期限"},
		"related.act-now.waiting": {"#{no} is to run at once for {length} and waits", "#{no} 将先执行 {length}，等待中"},
		"related.act-now.open":    {"Running at once, for {length} only: #{no}", "正在先行执行，仅 {length}：#{no}"},
		"related.act-now.over":    {"Ran at once for a short time: #{no}, which is over", "曾先行执行：#{no}，已结束"},
		"related.act-now.done":    {"In force at once, for {length} only: #{no}", "已先行生效，仅 {length}：#{no}"},
		"related.act-now.unknown": {"#{no} was to run at once and has no clear outcome", "#{no} 先行执行，结果未知"},
		"related.act-now.not":     {"#{no} was to run at once and did not", "#{no} 未能先行执行"},
		"related.more":            {"and {n} more cases that belong to it", "另有 {n} 个相关案件", "and 1 more case that belongs to it"},

		"review.due":       {"Chosen for a second look; waits for a reviewer", "被选中复核，等待复核"},
		"review.due.glass": {"Run by one person alone; waits for a reviewer", "单人紧急执行，等待复核"},
		"review.flagged":   {"Flagged by {person}", "由 {person} 标记"},
		"review.reviewed":  {"Reviewed by {person}", "由 {person} 复核"},

		"until.clause": {", until {at}", "，截止 {at}"},
		"label.why":    {"Why", "审批原因"},

		"button.approve":   {"Approve", "批准"},
		"button.view":      {"Review and approve…", "查看并批准…"},
		"button.deny":      {"Deny…", "拒绝…"},
		"button.withdraw":  {"Withdraw", "撤回"},
		"button.glass":     {"Break glass…", "紧急执行…"},
		"button.stop":      {"Stop", "停止"},
		"button.undo":      {"Undo", "撤销"},
		"button.undo.some": {"Undo…", "撤销…"},
		"button.extend":    {"Change length…", "更改时长…"},
		"button.cancel":    {"Cancel", "取消"},
		"button.view.of":   {"Review #{no}…", "查看 #{no}…"},
		"button.deny.of":   {"Deny #{no}…", "拒绝 #{no}…"},
		"button.stop.of":   {"Stop #{no}", "停止 #{no}"},

		"confirm.approve":   {"Approve #{no}? This runs:", "批准 #{no}？将执行："},
		"confirm.undo":      {"Undo #{no}? This is taken back:", "撤销 #{no}？将撤销："},
		"confirm.stop":      {"Stop #{no}?", "停止 #{no}？"},
		"confirm.stop.text": {"{n} people have no outcome yet. What is on its way still arrives; nothing more is sent.", "还有 {n} 人没有结果。已发出的仍会到达，不再发送其余部分。", "{n} person has no outcome yet. What is on its way still arrives; nothing more is sent."},

		"missing.roles": {"other approvers", "其他审批人"},
		"missing.by":    {"an approver", "审批人"},
		"missing.got":   {"more than that", "更多"},
		"missing.until": {"", ""},
	}
}
