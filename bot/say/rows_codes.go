package say

// codeRows say what the domain's codes mean for the one who asked: what
// happened, what it means, what to do. {trace} is the vendor's code and
// request id in brackets.
func codeRows() map[string]sentence {
	return map[string]sentence{
		"code.erase-bound": {"Case #{case} still binds this person. Lift it first, then erase.", "案件 #{case} 对此人仍在生效。请先解除，再删除数据。"},
		"code.erase-runs":  {"Something of this person still runs, waits or stands. Let it come to its end, then erase.", "与此人有关的操作仍在执行、等待或生效。请等其结束后再删除数据。"},

		"code.room-kind":      {"{room}: there is no such kind of room. The kinds are room, strroom, live and chat.", "{room} 的房间类型不存在。可用类型：room、strroom、live、chat。"},
		"code.room-number":    {"{room}: a numbered room needs a number from 1 to 4294967294. A room with a name is strroom:{id}.", "{room} 不对：数字房间的房间号须为 1 到 4294967294 的整数。字符串房间请写 strroom:{id}。"},
		"code.room-length":    {"{room}: the id must have 1 to {most} characters.", "{room} 不对：房间 ID 的长度须为 1 到 {most} 个字符。"},
		"code.room-character": {"{room}: character {at} of the id is not allowed in this kind of room.", "{room} 不对：ID 的第 {at} 个字符不能用于这类房间。"},
		"code.room-topic":     {"{room} is a topic of a community. Topics are not supported: {verb} works in the whole community only, so nothing was done.", "{room} 是社群中的话题。不支持话题：“{verb}”只能用于整个社群，没有执行任何操作。"},
		"code.user-length":    {"{user} is no UserID: it must have 1 to {most} characters.", "{user} 不是有效的 UserID：长度须为 1 到 {most} 个字符。"},
		"code.user-character": {"{user} is no UserID: character {at} is not printable ASCII. UserIDs are never corrected; copy it from where you saw it.", "{user} 不是有效的 UserID：第 {at} 个字符不是可打印的 ASCII 字符。UserID 不会自动更正，请从来源处重新复制。"},

		"code.no-mute-here":     {"{room} has no mute of microphone or camera. Silence stops somebody from writing.", "{room} 不支持关闭麦克风或摄像头。可以用禁言阻止对方发文字。"},
		"code.no-kick-in-live":  {"{room} has no kick. A short ban does it.", "{room} 不支持踢出。可以改用短时封禁。"},
		"code.no-ban-in-room":   {"{room} has no bans: a TRTC room cannot keep anybody out. Kick removes somebody, who can come back at once; to keep somebody out, your own server must stop issuing the UserSig.", "{room} 不支持封禁：TRTC 房间无法阻止用户再次进房。踢出后对方可以立即再进；要阻止进房，需由业务后台停止签发 UserSig。"},
		"code.no-text-in-room":  {"{room} carries no text, so there is nothing to silence. Mute takes microphone and camera.", "{room} 没有文字消息，无法禁言。静音可以关闭麦克风和摄像头。"},
		"code.no-close-in-chat": {"{room} is a Chat group, which cannot be ended here. Freeze stops everybody from writing.", "{room} 是 Chat 群组，不能在此解散。全员禁言可以阻止所有人发言。"},
		"code.no-who-in-room":   {"{room}: TRTC does not tell who is inside now.", "{room}：TRTC 不提供实时的房内成员列表。"},

		"code.vendor-retry":                {"Tencent has a passing fault{trace}, so it was not done. Try again in a minute.", "腾讯云出现临时故障{trace}，未执行。请一分钟后重试。"},
		"code.vendor-limit":                {"Tencent is taking no more calls for the moment{trace}, so it was not done. Try again in a minute.", "腾讯云暂时限制了请求频率{trace}，未执行。请一分钟后重试。"},
		"code.vendor-config":               {"Tencent does not let this bot do that{trace}, so it was not done. Trying again does not help: tell the operator.", "腾讯云不允许本机器人执行此操作{trace}，未执行。重试没有用，请联系运维。"},
		"code.vendor-room-gone":            {"Tencent does not know {room}{trace}. It has ended, or its id is written differently.", "腾讯云查不到 {room}{trace}。房间已结束，或 ID 写法不同。"},
		"code.vendor-room-gone.as-strroom": {"Tencent does not know {room}{trace}. It has ended, or it is a room with a name: {other}.", "腾讯云查不到 {room}{trace}。房间已结束，或它是字符串房间：{other}。"},
		"code.vendor-room-gone.as-room":    {"Tencent does not know {room}{trace}. It has ended, or it is a room with a number: {other}.", "腾讯云查不到 {room}{trace}。房间已结束，或它是数字房间：{other}。"},
		"code.vendor-user-gone":            {"Tencent says that the person is not there{trace}. UserIDs are case-sensitive; otherwise there is nothing to do.", "腾讯云表示用户不在房间内{trace}。请检查 UserID 的大小写；如无误则无需处理。"},
		"code.vendor-input":                {"Tencent does not accept what was sent{trace}, so it was not done. Check room and UserIDs.", "腾讯云不接受所发送的内容{trace}，未执行。请检查房间和 UserID。"},
		"code.vendor-unread":               {"Tencent did not answer{trace}, so the list could not be read. Nothing was changed; try again.", "腾讯云没有应答{trace}，无法读取列表。没有任何变更，请重试。"},
		"code.vendor-silent":               {"Tencent did not answer{trace}. It may have been done or not: look at the room before you try again.", "腾讯云没有应答{trace}。可能已执行，也可能没有：重试前请先查看房间。"},
		"code.vendor-odd":                  {"Tencent answered something that is not documented{trace}. Look at the room before you try again.", "腾讯云返回了未公开说明的结果{trace}。重试前请先查看房间。"},
		"code.superseded":                  {"#{case} was asked later and stands on this, so this one no longer counts.", "#{case} 提出在后，现以它为准，本案不再适用。"},
		"code.late":                        {"Its time was over before it could be sent, so it was not sent.", "还没来得及发送就已到期，因此未发送。"},
		"code.right-lost":                  {"The requester no longer had the right{trace} when it was about to be sent, so it was not sent.", "即将发送时发起人已没有权限{trace}，因此未发送。"},
		"code.event-old":                   {"There was no clear answer, and after 30 seconds it is not repeated without you: look at the room, then try again if it is still needed.", "没有得到明确应答，超过 30 秒后不会自动重发：请先查看房间，仍需要时再重试。"},
		"code.dropped":                     {"The requester let it go, or did not answer in time, so it was not sent.", "发起人已放弃或未及时确认，因此未发送。"},
	}
}

// hintRows say where to look, by the vendor's own code. A room of the other
// kind needs none: the sentence names it.
func hintRows() map[string]sentence {
	return map[string]sentence{
		"hint.none":           {"For the operator: check credentials, edition and switches.", "运维请检查：密钥、套餐版本和功能开关。"},
		"hint.not-on-site":    {"This call does not exist on the site {site} of Tencent Cloud.", "腾讯云 {site} 站点没有此接口。"},
		"hint.console-switch": {"For the operator: a switch in the console is off, or the edition is too low.", "运维请检查：控制台开关未打开，或套餐版本不够。"},
		"hint.plan":           {"For the operator: the plan has run out or does not include this.", "运维请检查：套餐已到期或不含此功能。"},
		"hint.no-kick-in-av":  {"This type of group has no kick; a short ban does it.", "这类群组不支持踢出，可改用短时封禁。"},
		"hint.group-type":     {"This type of group does not have it.", "这类群组不支持此操作。"},
		"hint.clock":          {"For the operator: the clock of this machine is wrong.", "运维请检查：本机时钟不准。"},
		"hint.chat-host":      {"For the operator: the application may live in another data center; see CHAT_ENDPOINT.", "运维请检查：应用可能在其他数据中心，见 CHAT_ENDPOINT。"},
		"hint.chat-admin":     {"For the operator: CHAT_ADMIN is no administrator of the application.", "运维请检查：CHAT_ADMIN 不是该应用的管理员。"},
		"hint.chat-key":       {"For the operator: CHAT_SECRET_KEY, CHAT_ADMIN and SDK_APP_ID do not belong together.", "运维请检查：CHAT_SECRET_KEY、CHAT_ADMIN 与 SDK_APP_ID 不匹配。"},
		"hint.cloud-key":      {"For the operator: TENCENTCLOUD_SECRET_ID or TENCENTCLOUD_SECRET_KEY is wrong.", "运维请检查：TENCENTCLOUD_SECRET_ID 或 TENCENTCLOUD_SECRET_KEY 有误。"},
		"hint.permission":     {"For the operator: these credentials have no right to this call.", "运维请检查：该密钥没有此接口的权限。"},
		"hint.app":            {"For the operator: SDK_APP_ID does not exist, is disabled, or belongs to another account.", "运维请检查：SDK_APP_ID 不存在、已停用或属于其他账号。"},
		"hint.region":         {"For the operator: TRTC_REGION does not have it.", "运维请检查：TRTC_REGION 不支持。"},
		"hint.caller-address": {"For the operator: the console allows other addresses only.", "运维请检查：控制台只允许其他来源 IP。"},
		"hint.endpoint":       {"For the operator: what answers at the endpoint is not Tencent.", "运维请检查：该地址的应答方不是腾讯云。"},
		"hint.not-live":       {"This room is no Live room.", "该房间不是 Live 直播间。"},
		"hint.wait":           {"Tencent blocks calls for a minute after many bad ones.", "错误请求过多，腾讯云会暂停约一分钟。"},
		"hint.user-account":   {"There is no such account.", "该账号不存在。"},
	}
}

// refusalRows say why somebody was refused. None tells whether a target or a
// room exists.
func refusalRows() map[string]sentence {
	return map[string]sentence{
		"code.refuse-stranger":        {"You cannot do this here: your account belongs to another organization. Nothing ran.", "你不能在这里操作：你的账号属于其他组织。没有执行任何操作。"},
		"code.refuse-guest":           {"You cannot do this as a guest of this workspace. Nothing ran.", "访客账号不能执行此操作。没有执行任何操作。"},
		"code.refuse-bot":             {"Bots and workflows cannot moderate. Nothing ran.", "机器人和工作流不能执行管理操作。没有执行任何操作。"},
		"code.refuse-deactivated":     {"This account is deactivated, or has not joined yet. Nothing ran.", "该账号已停用或尚未加入。没有执行任何操作。"},
		"code.refuse-no-role":         {"You are not a moderator here, so nothing ran. If you should be one, ask the operator to add you.", "你不是这里的管理员，没有执行任何操作。如需权限，请联系运维添加。"},
		"code.refuse-no-rule":         {"No rule lets you {verb} here, so nothing ran. A moderator with that right can do it.", "没有规则允许你在这里执行“{verb}”，没有执行任何操作。请找有此权限的管理员。"},
		"code.refuse-too-long.served": {"{asked} plus {served} already served is more than {most}, and your rule allows at most that. Nothing ran.", "{asked} 加上已执行的 {served} 超过 {most}，而规则最多允许这么长。没有执行任何操作。"},
		"code.refuse-too-long":        {"That is longer than your rule allows: at most {most}. Nothing ran.", "时长超过规则允许的上限：最长 {most}。没有执行任何操作。"},
		"code.refuse-too-many":        {"Those are more people than your rule allows at once: at most {most}. Nothing ran.", "人数超过规则允许的上限：一次最多 {most} 人。没有执行任何操作。"},
		"code.refuse-protected":       {"{user} is protected by the policy, so nothing ran for anybody in this command.", "{user} 受策略保护，本命令没有对任何人执行。"},
		"code.refuse-channel":         {"You cannot do this in this channel. Nothing ran. Use a channel that is set up for it.", "不能在此频道操作。没有执行任何操作。请到已配置的频道使用。"},
		"code.refuse-outsiders":       {"You cannot do this here: this channel is shared with another organization, or is about to be. Nothing ran.", "不能在这里操作：此频道已与或即将与其他组织共享。没有执行任何操作。"},
		"code.refuse-unknown-channel": {"Slack could not tell me who reads this channel, so nothing ran. Invite the bot to the channel and try again; if it stays, tell the operator: {detail}.", "Slack 无法说明此频道有哪些读者，没有执行任何操作。请邀请机器人进频道后重试；若仍不行，请告知运维：{detail}。"},
		"code.refuse-unknown-person":  {"Slack could not tell me who you are, so nothing ran. Try again in a minute; if it stays, tell the operator: {detail}.", "Slack 无法确认你的身份，没有执行任何操作。请一分钟后重试；若仍不行，请告知运维：{detail}。"},
		"code.refuse-foreign-app":     {"This came from a workspace or an app that is not ours, so nothing ran.", "请求来自其他工作区或应用，没有执行任何操作。"},
		"code.refuse-not-yours":       {"Only the person who asked can press this. Nothing ran.", "只有发起人本人可以点击。没有执行任何操作。"},

		"short.refuse-stranger":        {"from another organization", "来自其他组织"},
		"short.refuse-guest":           {"a guest", "访客账号"},
		"short.refuse-bot":             {"a bot", "机器人账号"},
		"short.refuse-deactivated":     {"a deactivated account", "已停用账号"},
		"short.refuse-no-role":         {"not a moderator", "不是管理员"},
		"short.refuse-no-rule":         {"no rule allows it", "没有规则允许"},
		"short.refuse-too-long":        {"longer than the rule allows", "时长超限"},
		"short.refuse-too-many":        {"more people than the rule allows", "人数超限"},
		"short.refuse-protected":       {"a protected target", "目标受保护"},
		"short.refuse-channel":         {"not in this channel", "频道不允许"},
		"short.refuse-outsiders":       {"outsiders read this channel", "频道与外部共享"},
		"short.refuse-unknown-channel": {"Slack could not describe the channel", "Slack 无法说明频道"},
		"short.refuse-unknown-person":  {"Slack could not say who it is", "Slack 无法确认身份"},
		"short.refuse-foreign-app":     {"a foreign app or workspace", "其他应用或工作区"},
		"code.refuse-forged":           {"This button was not made by this bot. Nothing ran.", "该按钮不是本机器人生成的。没有执行任何操作。"},
		"short.refuse-forged":          {"a button that this bot never made", "伪造的按钮"},

		"short.refuse-not-yours": {"somebody else's button", "他人的按钮"},
	}
}
