package say

// modalRows are read in modals. Titles and buttons have 24 characters.
func modalRows() map[string]sentence {
	return map[string]sentence{
		"title.loading":  {"One moment", "请稍候"},
		"title.done":     {"Done", "结果"},
		"title.stale":    {"Nothing changed", "没有变更"},
		"title.refused":  {"Not possible", "无法操作"},
		"title.approve":  {"Approve #{no}", "批准 #{no}"},
		"title.deny":     {"Deny #{no}", "拒绝 #{no}"},
		"title.glass":    {"Break glass: #{no}", "紧急执行 #{no}"},
		"title.undo":     {"Undo #{no}", "撤销 #{no}"},
		"title.extend":   {"Length of #{no}", "#{no} 的时长"},
		"title.flag":     {"Flag #{no}", "标记 #{no}"},
		"title.evidence": {"Add to a case", "添加到案件"},

		"modal.loading":       {"Looking it up…", "正在查询…"},
		"modal.glass":         {"You run this alone, without the approval that it asks for. The audit channel is told at once, and somebody else must review it.", "你将在没有批准的情况下单独执行。审计频道会立即收到通知，事后须由他人复核。"},
		"modal.undo.part":     {"{n} of its {all} people can be freed now; for the others nothing of it stands.", "本案 {all} 人中有 {n} 人现在可以撤销，其余已不再受本案限制。"},
		"modal.evidence":      {"Its text is kept with the case, up to {n} characters, and can be erased later:", "消息文字会随案件保存，最多 {n} 个字符，以后可以删除："},
		"modal.evidence.link": {"Open the message", "打开消息"},

		"input.reason":        {"Reason", "原因"},
		"input.reason.deny":   {"Why not?", "拒绝的原因"},
		"input.reason.glass":  {"Why can it not wait?", "为什么不能等待审批"},
		"input.length":        {"How long from now", "从现在起多久"},
		"input.targets":       {"For whom", "针对哪些用户"},
		"input.targets.typed": {"Only for these UserIDs", "仅针对这些 UserID"},
		"input.case":          {"Case number", "案件编号"},
		"input.case.pick":     {"One of your latest cases", "你最近的案件"},
		"input.note":          {"Note", "备注"},
		"input.note.flag":     {"What is wrong?", "有什么问题"},

		"tip.reason.deny":   {"The requester and the audit thread are told this.", "发起人和审计讨论串会看到。"},
		"tip.length":        {"Such as 30m, 2h, 7d or 1h30m. It counts from now, not from when it began.", "例如 30m、2h、7d 或 1h30m。从现在起算，不是从开始时起算。"},
		"tip.targets.typed": {"Separated by commas. Leave it empty to undo it for everybody.", "用逗号分隔。留空则对所有人撤销。"},
		"tip.case":          {"The number on its card, such as 412. {command} search finds it.", "卡片上的编号，例如 412。可用 {command} search 查找。"},
		"tip.note.flag":     {"It is posted in the case’s thread, and the one who asked is called.", "会发到案件讨论串，并提醒发起人。"},

		"button.close":           {"Close", "关闭"},
		"button.submit.deny":     {"Deny", "拒绝"},
		"button.submit.glass":    {"Break glass", "紧急执行"},
		"button.submit.extend":   {"Change length", "更改时长"},
		"button.submit.flag":     {"Flag", "标记"},
		"button.submit.evidence": {"Add", "添加"},

		"look.owned":   {"owned by {user}", "房主 {user}"},
		"look.created": {"made {at}", "创建于 {at}"},
		"label.room":   {"The room", "房间现状"},

		"evidence.text":   {"• {author}, {at}: {text} (put here by {person})", "• {author}，{at}：{text}（由 {person} 添加）"},
		"evidence.link":   {"• {link}, a link that nobody has read (put here by {person})", "• {link}，仅保存链接，未读取内容（由 {person} 添加）"},
		"evidence.erased": {"• erased (put here by {person})", "• 已删除（由 {person} 添加）"},
		"evidence.more":   {"and {n} more in the thread", "另有 {n} 条见讨论串"},
		"missing.author":  {"somebody", "某人"},
		"missing.text":    {"no text", "无文字"},
		"missing.link":    {"no link", "无链接"},
	}
}
