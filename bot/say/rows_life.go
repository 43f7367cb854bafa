package say

// lifeRows are read in threads and the audit channel about a case's life.
func lifeRows() map[string]sentence {
	return map[string]sentence{
		"state.waiting": {"waiting for approval", "等待审批"},

		"entry.voted":     {"agreed to", "已同意"},
		"entry.approved":  {"approved", "已批准"},
		"entry.denied":    {"denied", "已拒绝审批"},
		"entry.withdrawn": {"withdrawn", "已撤回"},
		"entry.expired":   {"expired", "已过期"},
		"entry.reminded":  {"approvers reminded", "已提醒审批人"},
		"entry.escalated": {"more approvers asked", "已请求更多审批人"},
		"entry.glass":     {"BREAK GLASS", "紧急执行"},
		"entry.stopped":   {"stopped", "已停止"},
		"entry.reason":    {"reason changed", "原因已更改"},
		"entry.evidence":  {"evidence added", "已添加证据"},
		"entry.note":      {"note added", "已添加备注"},
		"entry.reviewed":  {"reviewed", "已复核"},
		"entry.flagged":   {"flagged", "已标记"},
		"entry.suspended": {"rights suspended", "权限已暂停"},
		"entry.restored":  {"rights restored", "权限已恢复"},
		"entry.group":     {"role group changed", "角色群组变更"},
		"entry.policy":    {"policy", "策略"},
		"entry.held":      {"read back", "回读"},
		"entry.forged":    {"an erasure that none wrote", "并非由抹除操作写入的抹除条目"},
		"entry.erased":    {"data erased", "数据已删除"},
		"entry.digest":    {"digest", "每日汇总"},
		"entry.braked":    {"moderator at the brake", "管理员触及上限"},

		"thread.allowed.alone": {"Rule {rule}, policy {policy}, asks for an approval; run alone with {got} of {n}", "规则 {rule}，策略 {policy}，需要审批；单人紧急执行，审批 {got}/{n}"},
		"thread.allowed.ahead": {"Rule {rule}, policy {policy}, lets it run at once for {length}", "规则 {rule}，策略 {policy}，允许先执行 {length}"},
		"thread.asks":          {"Rule {rule}, policy {policy}, asks for an approval; approvals {got} of {n}", "规则 {rule}，策略 {policy}，需要审批；审批 {got}/{n}"},

		"verdict.allows":   {"allows it", "允许"},
		"verdict.role":     {"is for other roles", "角色不符"},
		"verdict.verb":     {"is about other verbs", "操作不符"},
		"verdict.room":     {"is about other rooms", "房间不符"},
		"verdict.channel":  {"is about other channels", "频道不符"},
		"verdict.duration": {"allows less time", "时长超限"},
		"verdict.targets":  {"allows fewer people", "人数超限"},

		"thread.voted":      {"{person} agreed, {got} of {n}", "{person} 同意，{got}/{n}"},
		"thread.approved":   {"{person} agreed, approvals {got} of {n}: it runs", "{person} 同意，审批 {got}/{n}，开始执行"},
		"thread.denied":     {"{person} denied it", "{person} 拒绝"},
		"thread.withdrawn":  {"{person} withdrew it", "{person} 撤回"},
		"thread.expired":    {"nobody decided in time: it does not run", "无人及时审批，不再执行"},
		"thread.reminded":   {"reminded {roles}", "已提醒 {roles}"},
		"thread.escalated":  {"asked {roles} as well", "已同时请求 {roles}"},
		"thread.glass":      {"BREAK GLASS by {person}: it runs without the approval", "{person} 紧急执行，未经批准"},
		"thread.stopped":    {"{person} stopped it; for {n} people it was not sent", "{person} 停止执行，{n} 人未发送", "{person} stopped it; for {n} person it was not sent"},
		"thread.reason":     {"{person} changed the reason: {before} -> {after}", "{person} 更改原因：{before} -> {after}"},
		"thread.evidence":   {"{person} added evidence", "{person} 添加证据"},
		"thread.author":     {"by {author}", "作者 {author}"},
		"thread.reviewed":   {"{person} reviewed it", "{person} 已复核"},
		"thread.flagged":    {"{person} flagged it", "{person} 标记"},
		"thread.held":       {"Tencent holds it as it was asked: {n}, {end}", "腾讯云的记录与要求一致：{n}，{end}"},
		"thread.held.other": {"Tencent holds it differently from what was asked ({end}): {list}", "腾讯云的记录与要求（{end}）不一致：{list}"},
		"thread.held.none":  {"not at all", "没有记录"},
		"thread.held.not":   {"what Tencent holds could not be read", "未能读取腾讯云的记录"},

		"thread.call.waits":   {"{list}: #{no} still waits for a decision{until}.", "{list} #{no} 仍待审批{until}。"},
		"thread.call.flagged": {"{person}: #{no} was flagged, see above. Please answer here.", "{person} #{no} 被标记，见上，请在此回复。"},
		"thread.call.unrun":   {"{person}: #{no} was not approved, so it does not run; see above.", "{person} #{no} 未获批准，不再执行，见上。"},

		"line.approved":   {"approved by {person}", "由 {person} 批准"},
		"line.denied":     {"denied by {person}, did not run", "由 {person} 拒绝，未执行"},
		"line.withdrawn":  {"withdrawn by {person}, did not run", "由 {person} 撤回，未执行"},
		"line.expired":    {"nobody decided in time, did not run", "无人及时审批，未执行"},
		"line.unreviewed": {"not reviewed", "未复核"},
		"line.by":         {"by {person}", "由 {person}"},
		"line.before":     {"before: {before}", "此前：{before}"},

		"missing.end":    {"no end told", "未说明期限"},
		"missing.before": {"none", "无"},
		"missing.after":  {"none", "无"},
	}
}

// decisionRows are read privately: what came of a click.
func decisionRows() map[string]sentence {
	return map[string]sentence{
		"answer.waiting": {"#{no} waits for {n} approvals by {roles}: {what}", "#{no} 等待 {roles} 中 {n} 人批准：{what}", "#{no} waits for an approval by {roles}: {what}"},
		"answer.reason":  {"#{no} has its new reason; the old one stays in its thread.", "#{no} 的原因已更改，原来的保留在讨论串中。"},

		"answer.stale.waiting":       {"#{no} still waits for an approval by {roles}{until}. Nothing was done now.", "#{no} 仍在等待 {roles} 审批{until}。本次没有执行任何操作。"},
		"answer.stale.approved":      {"#{no} was already approved by {person}, {at}, and {outcome}. Nothing was done now.", "#{no} 已由 {person} 批准（{at}），并{outcome}。本次没有执行任何操作。"},
		"answer.stale.approved.open": {"#{no} was already approved by {person}, {at}, and is running. Nothing was done now.", "#{no} 已由 {person} 批准（{at}），正在执行。本次没有执行任何操作。"},
		"answer.stale.glass":         {"#{no} was already run alone by {person}, {at}, and {outcome}. Nothing was done now.", "#{no} 已由 {person} 紧急执行（{at}），并{outcome}。本次没有执行任何操作。"},
		"answer.stale.glass.open":    {"#{no} was already run alone by {person}, {at}, and is running. Nothing was done now.", "#{no} 已由 {person} 紧急执行（{at}），正在执行。本次没有执行任何操作。"},
		"answer.stale.denied":        {"#{no} was already denied by {person}, {at}, and did not run. Nothing was done now.", "#{no} 已被 {person} 拒绝（{at}），没有执行。本次没有执行任何操作。"},
		"answer.stale.withdrawn":     {"#{no} was already withdrawn by {person}, {at}, and did not run. Nothing was done now.", "#{no} 已由 {person} 撤回（{at}），没有执行。本次没有执行任何操作。"},
		"answer.stale.expired":       {"#{no} expired, {at}: nobody decided in time, and it did not run. Ask again if it is still needed.", "#{no} 已于 {at} 过期：无人及时审批，没有执行。仍需要时请重新提出。"},

		"thanks.approve":  {"You approved #{no}, and it runs: {what}", "你已批准 #{no}，开始执行：{what}"},
		"thanks.voted":    {"You agreed to #{no}, {got} of {n}. It waits for somebody else to agree{until}.", "你已同意 #{no}（{got}/{n}），还需其他人同意{until}。"},
		"thanks.deny":     {"You denied #{no}, so it does not run: {what}", "你已拒绝 #{no}，不再执行：{what}"},
		"thanks.withdraw": {"You withdrew #{no}, so it does not run: {what}", "你已撤回 #{no}，不再执行：{what}"},
		"thanks.glass":    {"You run #{no} alone; the audit channel is told, and somebody else must review it: {what}", "你已单独紧急执行 #{no}；审计频道已收到通知，须由他人复核：{what}"},
		"thanks.stop":     {"You stopped #{no}: nothing more of it is sent. What was on its way still arrives; its card tells how it ends.", "你已停止 #{no}：不再发送其余部分。已发出的仍会到达，结果见卡片。"},
		"thanks.reviewed": {"You reviewed #{no}.", "你已复核 #{no}。"},
		"thanks.flag":     {"You flagged #{no}. Its thread tells why, and the one who asked is called there.", "你已标记 #{no}。讨论串会说明原因，并提醒发起人。"},
		"thanks.evidence": {"It is kept with #{no}, for those who decide about it.", "已随 #{no} 保存，供审批人查看。"},
	}
}
