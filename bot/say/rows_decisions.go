package say

// needRows say why somebody else must agree, and what became of a request: the
// domain's codes.
func needRows() map[string]sentence {
	return map[string]sentence{
		"code.need-verb":        {"{verb} needs an approval here", "在这里“{verb}”需要审批"},
		"code.need-long.served": {"{asked} plus {served} already served is more than {most}; up to {most} needs no approval", "{asked} 加上已执行的 {served} 超过 {most}；{most}以内无需审批"},
		"code.need-long":        {"it lasts {got}; up to {most} needs no approval", "时长 {got}；{most}以内无需审批"},
		"code.need-many":        {"it is about {got} people, counting the last minutes; up to {most} need no approval", "算上最近几分钟共涉及 {got} 人；{most} 人以内无需审批"},
		"code.need-brake":       {"the moderator acted on {got} people within {within}, and the brake is at {most}", "该管理员在 {within}内操作了 {got} 人，上限为 {most} 人"},
		"code.need-freer":       {"it makes somebody freer than #{case} does, and that case needed an approval", "它放宽了 #{case} 的限制，而该案件需要审批"},

		"code.denied":      {"Denied by {by}, so it was not sent.", "被 {by} 拒绝，因此未发送。"},
		"code.withdrawn":   {"The request was withdrawn, so it was not sent.", "申请已撤回，因此未发送。"},
		"code.expired":     {"Nobody agreed in time, so it was not sent.", "无人及时批准，因此未发送。"},
		"code.stopped":     {"Stopped by {by} before it was sent.", "发送前被 {by} 停止。"},
		"code.suspended":   {"The requester’s rights were suspended by {by}, so it was not sent.", "发起人的权限被 {by} 暂停，因此未发送。"},
		"code.undone":      {"Taken back by #{case} before it was sent.", "发送前已由 #{case} 撤销。"},
		"code.repeated":    {"The same command was given again. Nothing was changed.", "相同命令再次发出，没有任何变更。"},
		"code.lift-fault":  {"It could not be ended for a reason of this program's own; its log says which. It is tried again until it succeeds.", "因本程序自身的故障未能解除，原因见其日志。会一直重试直到成功。"},
		"code.policy-asks": {"The policy asks for an approval for this by now, so nothing more is sent before somebody approves it.", "策略现在要求对此审批，批准之前不再发送。"},
		"code.room-unseen": {"Tencent could not tell me whether {room} is still the room that #{case} is about, so your click did not count and nothing ran. Press again in a minute.", "腾讯云未能告知 {room} 是否仍是 #{case} 所指的房间，因此本次点击无效，没有执行任何操作。请一分钟后再试。"},
		"code.vote-lost":   {"An approver no longer had the right{trace} when it was about to be sent, so it was not sent.", "即将发送时审批人已没有权限{trace}，因此未发送。"},

		"missing.within": {"a short time", "短时间"},
	}
}

// rightRows say why somebody may not approve, review, undo or suspend.
func rightRows() map[string]sentence {
	return map[string]sentence{
		"code.refuse-own-case":             {"You cannot decide about your own case #{case}. {others} can{until}. Nothing changed.", "不能审批或复核自己的案件 #{case}。{others} 可以{until}。没有任何变更。"},
		"code.refuse-not-approver":         {"You cannot decide about #{case}. {others} can{until}. Nothing ran.", "你不能审批 #{case}。{others} 可以{until}。没有执行任何操作。"},
		"code.refuse-voted-twice":          {"You agreed to #{case} already, and one person has one vote. Somebody else must agree too{until}.", "你已同意过 #{case}，每人只有一票。还需要其他人同意{until}。"},
		"code.refuse-not-requester":        {"Only the person who asked for #{case} can withdraw it. To stop it, deny it.", "只有 #{case} 的发起人可以撤回。要阻止请点“拒绝”。"},
		"code.refuse-no-glass":             {"You cannot run this alone: your roles do not hold that right. Nothing ran; it still takes an approval.", "你不能单独执行：你的角色没有紧急执行的权限。没有执行任何操作，仍需审批。"},
		"code.refuse-no-approvers":         {"This needs an approval, and nobody could agree to it, so nothing ran. Tell the operator: its approvers (APPROVERS, or the policy’s roles) are nobody, nobody but you, or only accounts that cannot.", "此操作需要审批，但没有人能够批准，没有执行任何操作。请告知运维：审批人（APPROVERS 或策略中的角色）为空、只有你自己，或均为无法审批的账号。"},
		"code.refuse-brake":                {"Nothing ran: with this you would have acted on {got} people within {within}, and your brake is at {most}. Wait, or ask another moderator.", "没有执行任何操作：加上本次，你在 {within}内将操作 {got} 人，上限为 {most} 人。请稍后再试，或请其他管理员操作。"},
		"code.refuse-freer":                {"Nothing ran: it would make somebody freer than #{case} does, and you have no right to “{verb}” like that. Whoever has it can do this.", "没有执行任何操作：它会放宽 #{case} 的限制，而你没有同等“{verb}”的权限。请找有此权限的人。"},
		"code.refuse-suspended":            {"Your rights here are suspended by {by}{until}. Nothing ran.", "你在这里的权限已被 {by} 暂停{until}。没有执行任何操作。"},
		"code.refuse-changed":              {"#{case} is no longer what you saw when you pressed, so your click did not count. Look at its card again.", "#{case} 与你点击时看到的已不同，本次点击无效。请重新查看卡片。"},
		"code.refuse-overtaken":            {"#{case} would end what #{other} does sooner, which took effect later and needed approvals that #{case} does not have. Nothing ran; ask again if it is still needed.", "#{case} 会提前结束 #{other} 的限制；后者生效更晚，且所需的审批 #{case} 并未取得。没有执行任何操作；仍需要时请重新提出。"},
		"code.refuse-recreated":            {"{room} was made anew since #{case} was asked: it is another room now, so nothing ran. Ask again if it is still needed.", "#{case} 提出后 {room} 已重新创建，现在是另一个房间，没有执行任何操作。仍需要时请重新提出。"},
		"code.refuse-not-reviewer":         {"You cannot review cases: your roles do not hold that right. Nothing changed.", "你不能复核案件：你的角色没有复核权限。没有任何变更。"},
		"code.refuse-review-approver":      {"You approved #{case}, so somebody else must review it. Nothing changed.", "你批准过 #{case}，须由其他人复核。没有任何变更。"},
		"code.refuse-not-suspender":        {"You cannot suspend or restore a moderator’s rights. An approver can.", "你不能暂停或恢复管理员的权限。请找审批人。"},
		"code.refuse-nothing-to-undo":      {"Nothing of #{case} stands now, so there is nothing to take back{newer}.", "#{case} 目前没有仍然有效的限制，无可撤销{newer}。"},
		"code.refuse-not-extendable.newer": {"#{case} can no longer be changed{newer}. Use the number of the newer case. Nothing was done.", "#{case} 已无法更改{newer}。请使用较新案件的编号。没有执行任何操作。"},
		"code.refuse-not-extendable":       {"Nothing of #{case} can get another end{newer}. It is over, or what it did has no length; nothing changed.", "#{case} 无法更改期限{newer}。它已经结束，或该操作没有时长。没有任何变更。"},
		"code.refuse-no-end":               {"#{case} has no end, so nothing can be added to it. Say how long from now, such as 2d. Nothing changed.", "#{case} 没有期限，无法再增加。请写明从现在起的时长，例如 2d。没有任何变更。"},
		"code.refuse-no-act-now":           {"The policy does not let this run at once any more. The request still waits for its approval.", "策略已不再允许立即执行。请求仍在等待审批。"},
		"code.refuse-no-again":             {"To try #{case} again needs an approval, and an undo cannot be asked for twice. Nothing was done. Ask somebody who needs no approval for it, or type a command for what should be in force now.", "重试 #{case} 需要批准，而撤销不能再次申请。没有执行任何操作。请让无需批准的人重试，或输入命令说明现在应有的限制。"},
		"code.refuse-too-old":              {"#{case} ended more than {most} min ago, so it cannot be tried again. Nothing was done. Type the command again if it is still needed.", "#{case} 结束已超过 {most} 分钟，不能再重试。没有执行任何操作。仍需要时请重新输入命令。"},
		"code.refuse-not-endless":          {"What #{case} did cannot be without an end. Say how long. Nothing changed.", "#{case} 的操作不能没有期限。请写明时长。没有任何变更。"},

		"short.refuse-own-case":        {"a case of their own", "自己的案件"},
		"short.refuse-not-approver":    {"not an approver", "不是审批人"},
		"short.refuse-voted-twice":     {"a second vote", "重复投票"},
		"short.refuse-not-requester":   {"not the requester", "不是发起人"},
		"short.refuse-no-glass":        {"may not run it alone", "无紧急执行权限"},
		"short.refuse-no-approvers":    {"nobody is set up to approve", "没有配置审批人"},
		"short.refuse-brake":           {"above the brake", "超过上限"},
		"short.refuse-freer":           {"no right to make freer", "无权放宽限制"},
		"short.refuse-suspended":       {"suspended", "权限已暂停"},
		"short.refuse-changed":         {"the case had changed", "案件已变化"},
		"short.refuse-overtaken":       {"a newer case stands", "有更新的案件"},
		"short.refuse-recreated":       {"another room by now", "房间已重新创建"},
		"short.refuse-not-reviewer":    {"not a reviewer", "不是复核人"},
		"short.refuse-review-approver": {"approved it before", "本人批准过"},
		"short.refuse-not-suspender":   {"may not suspend", "无停权权限"},
		"short.refuse-nothing-to-undo": {"nothing to undo", "无可撤销"},
		"short.refuse-no-end":          {"has no end", "没有期限"},
		"short.refuse-not-extendable":  {"nothing to extend", "无法更改期限"},
		"short.refuse-no-act-now":      {"no right to run at once", "不可立即执行"},
		"short.refuse-no-again":        {"an undo cannot be asked for twice", "撤销不能再次申请"},
		"short.refuse-too-old":         {"ended too long ago", "结束已久"},
		"short.refuse-not-endless":     {"must have an end", "必须有期限"},

		"newer.clause":   {": #{no} stands on it now", "：现以 #{no} 为准"},
		"missing.newer":  {"", ""},
		"missing.others": {"Other approvers", "其他审批人"},
	}
}
