package say

// modRows are about the moderators themselves: suspensions, brakes, the groups
// and the policy that give them their rights.
func modRows() map[string]sentence {
	return map[string]sentence{
		"code.refuse-self":  {"You cannot suspend yourself. Nothing changed; another approver can do it.", "不能暂停自己的权限。未做任何更改，可由其他审批人操作。"},
		"short.refuse-self": {"their own rights", "针对本人"},

		"mods.you.suspended":      {"{person} has suspended your rights here until {until}. What you had under way is withdrawn or stopped.", "{person} 已暂停你在这里的权限，至 {until}。你正在进行的操作已撤回或停止。"},
		"mods.you.suspended.open": {"{person} has suspended your rights here. What you had under way is withdrawn or stopped.", "{person} 已暂停你在这里的权限。你正在进行的操作已撤回或停止。"},
		"mods.you.restored":       {"{person} has given your rights here back.", "{person} 已恢复你在这里的权限。"},
		"mods.suspended":          {"{person} is suspended until {until}", "{person} 的权限已暂停，至 {until}"},
		"mods.suspended.open":     {"{person} is suspended until somebody lifts it", "{person} 的权限已暂停，直到有人恢复"},
		"mods.restored":           {"The suspension of {person} is over", "{person} 的权限暂停已到期"},
		"mods.restored.by":        {"{person} is no longer suspended", "{person} 的权限已恢复"},

		"mods.answer.suspended":      {"{person} has no rights here until {until}. What waits is withdrawn, and what runs stops after the part under way.", "{person} 在 {until} 之前没有任何权限。等待中的请求已撤回，执行中的操作在当前批次后停止。"},
		"mods.answer.suspended.open": {"{person} has no rights here until somebody lifts it. What waits is withdrawn, and what runs stops after the part under way.", "{person} 没有任何权限，直到有人恢复。等待中的请求已撤回，执行中的操作在当前批次后停止。"},
		"mods.answer.none":           {"No cases in the hour before.", "此前一小时内没有案件。"},
		"mods.answer.cases":          {"In the hour before: {cases}.", "此前一小时内：{cases}。"},
		"mods.answer.more":           {"and {n} older ones: {command} search shows them", "另有 {n} 个更早的，用 {command} search 查看", "and 1 older one: {command} search shows it"},
		"mods.answer.restored":       {"{person} has rights again.", "{person} 的权限已恢复。"},
		"mods.answer.notsuspended":   {"{person} is not suspended. Nothing changed.", "{person} 的权限没有被暂停。未做任何更改。"},
		"mods.answer.unknown":        {"Slack knows nobody with the id {person}. Nothing changed.", "Slack 查不到 ID 为 {person} 的用户。未做任何更改。"},
		"mods.answer.undo":           {"Undo #{no}", "撤销 #{no}"},

		"mods.vote.changed": {"the yes of {person} no longer counts: {by} changed the reason", "{person} 的同意不再有效：{by}修改了理由"},
		"mods.vote.lost":    {"the yes of {person} no longer counts: suspended by {by}", "{person} 的同意不再有效：权限已被{by}暂停"},

		"mods.braked": {"{person} came to the brake: {got} people in {within}, {most} without an approver", "{person} 触及上限：{within}内 {got} 人，无需审批的上限为 {most} 人"},

		"mods.group.changed": {"Role group {group}: {n} people changed", "角色用户组 {group}：{n} 人变动", "Role group {group}: 1 person changed"},
		"mods.group.gone":    {"Role group {group} gives no rights any more: it was deleted or disabled, or is not ours", "角色用户组 {group} 不再授予权限：已删除、已停用或不属于我们"},
		"mods.group.back":    {"Role group {group} gives rights again", "角色用户组 {group} 重新授予权限"},
		"mods.group.came":    {"came: {list}", "新增：{list}"},
		"mods.group.went":    {"went: {list}", "移除：{list}"},

		"mods.policy.another": {"Policy {policy} is in force in place of {before}", "策略 {policy} 已生效，替换 {before}"},
		"mods.policy.refused": {"A changed policy file was refused, the old one stays in force", "修改后的策略文件未被接受，仍使用原策略"},
		"mods.policy.warned":  {"Policy {policy} is in force; look at this", "策略 {policy} 已生效，请注意"},
	}
}
