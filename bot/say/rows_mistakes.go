package say

// mistakeRows say what is wrong with what was typed: the piece, what was
// expected, what to write. Codes that the domain shares with the parser fall
// back to "code." rows.
func mistakeRows() map[string]sentence {
	return map[string]sentence{
		"mistake.text-too-long": {"That is {got} characters; a command takes at most {most}. Send it in parts.", "命令共 {got} 个字符，最多 {most} 个。请分几次发送。"},
		"mistake.text-broken":   {"That text is not valid UTF-8, so nothing could be read. Type it again.", "文字不是有效的 UTF-8，无法读取。请重新输入。"},
		"mistake.quote-open":    {"“{piece}”: a quotation mark has no other half. Close it, or leave it out.", "“{piece}”缺少配对的引号。请补上或去掉。"},
		"mistake.quote-stuck":   {"“{piece}”: something stands right behind a closing quotation mark. Put a blank between, or a comma between users.", "“{piece}”的右引号后面紧跟着其他内容。请加空格；用户之间请加逗号。"},
		"mistake.too-much":      {"“{piece}” is too much: {verb} takes nothing more.", "多了“{piece}”：“{verb}”后面不需要更多内容。"},

		"mistake.verb-unknown":    {"“{piece}” is no verb. {command} help lists them.", "没有“{piece}”这个操作。输入 {command} help 可查看全部操作。"},
		"mistake.verb-missing":    {"Say what to do, for example {command} help.", "请写明要做什么，例如 {command} help 。"},
		"mistake.case-number":     {"“{piece}” is no case number. Write a number, such as {command} case 12.", "“{piece}”不是案件编号。请写数字，例如 {command} case 12 。"},
		"mistake.case-missing":    {"A case number is missing. Write it, such as {command} case 12.", "缺少案件编号。请写上，例如 {command} case 12 。"},
		"mistake.users-not-taken": {"“{piece}”: {verb} is about the whole room and takes no users.", "“{piece}”多余：“{verb}”针对整个房间，不需要写用户。"},

		"mistake.room-missing":   {"{verb} needs a room: kind:id, such as live:show1 or room:10006. {command} rooms lists those with a name.", "“{verb}”需要写明房间，格式为 类型:ID，例如 live:show1 或 room:10006。输入 {command} rooms 可查看已命名的房间。"},
		"mistake.room-unknown":   {"“{piece}” is no room. Write kind:id, such as room:10006, strroom:lobby, live:show1 or chat:@TGS#abc, or a name from {command} rooms.", "“{piece}”不是房间。请写 类型:ID，例如 room:10006、strroom:lobby、live:show1 或 chat:@TGS#abc，或 {command} rooms 中的名称。"},
		"mistake.room-empty":     {"“{piece}” has no id: write it right behind the colon.", "“{piece}”缺少 ID：请紧跟在冒号后面写。"},
		"mistake.room-character": {"“{piece}”: character {at} of the id is {char}, which this kind of room does not have. Ids are never corrected for you.", "“{piece}”不对：ID 的第 {at} 个字符是{char}，这类房间的 ID 不会有它。ID 不会自动更正。"},
		"mistake.room-comma":     {"“{piece}”: one command is about one room, and no comma stands behind it.", "“{piece}”不对：一条命令只针对一个房间，房间后面也不加逗号。"},
		"mistake.room-place":     {"“{piece}”: the room comes first, the users behind it.", "“{piece}”位置不对：先写房间，再写用户。"},
		"mistake.slack-channel":  {"“{piece}” is a Slack channel; a Tencent room is needed: kind:id, such as live:show1.", "“{piece}”是 Slack 频道；这里需要腾讯云房间，格式为 类型:ID，例如 live:show1 。"},

		"mistake.users-missing":  {"{verb} needs at least one UserID behind the room; several are separated by commas.", "“{verb}”需要在房间后面写至少一个 UserID，多个之间用逗号分隔。"},
		"mistake.users-too-many": {"Those are {got} users; one command takes at most {most}. Send them in parts.", "共有 {got} 个用户，一条命令最多 {most} 个。请分几次发送。"},
		"mistake.user-empty":     {"“{piece}”: there is a user with nothing in it. Write a UserID, or leave the quotation marks out.", "“{piece}”中有空的用户。请写上 UserID，或去掉引号。"},
		"mistake.user-character": {"“{piece}”: character {at} is {char}, which no UserID has. UserIDs are never corrected for you.", "“{piece}”不对：第 {at} 个字符是{char}，UserID 中不会有它。UserID 不会自动更正。"},
		"mistake.user-option":    {"“{piece}” stands where a UserID belongs. Users come right behind the room; quote it if it is a UserID.", "“{piece}”的位置应为 UserID。用户紧跟在房间后面；如果它就是 UserID，请加引号。"},
		"mistake.user-room":      {"“{piece}” is a second room where a UserID belongs. One command is about one room; quote it if it is a UserID.", "“{piece}”是第二个房间，此处应为 UserID。一条命令只针对一个房间；如果它就是 UserID，请加引号。"},
		"mistake.slack-person":   {"“{piece}” is a Slack person; a Tencent UserID is needed.", "“{piece}”是 Slack 用户；这里需要腾讯云的 UserID。"},

		"mistake.number-bare":        {"“{piece}” is no duration. Write {piece}s, {piece}m or {piece}h.", "“{piece}”不是时长。请写 {piece}s 、{piece}m 或 {piece}h 。"},
		"mistake.duration-unknown":   {"“{piece}” is no duration. Write it as 30s, 10m, 2h, 7d or 1h30m.", "“{piece}”不是时长。请写成 30s、10m、2h、7d 或 1h30m。"},
		"mistake.duration-zero":      {"“{piece}” is no time at all. To end something use the verb that lifts it: unmute, unban, unsilence or unfreeze.", "“{piece}”等于没有时长。要解除请用对应操作：unmute、unban、unsilence 或 unfreeze。"},
		"mistake.duration-too-long":  {"“{piece}” is too long: at most {most}.", "“{piece}”太长：最长 {most}。"},
		"mistake.duration-missing":   {"{verb} needs a duration, such as 10m, 24h or 7d.", "“{verb}”需要写明时长，例如 10m、24h 或 7d。"},
		"mistake.duration-place":     {"“{piece}” is a duration, but it stands in the reason. Write it before the reason; a reason in quotation marks is taken as it stands.", "“{piece}”是时长，却写在了原因里。请写在原因之前；加了引号的原因会原样保留。"},
		"mistake.duration-clock":     {"“{piece}” is a clock time; {verb} needs a length, such as 30m or 2h. A reason in quotation marks is taken as it stands.", "“{piece}”是钟点；“{verb}”需要的是时长，例如 30m 或 2h。加了引号的原因会原样保留。"},
		"mistake.duration-not-taken": {"“{piece}”: {verb} takes no duration. Quote it if it belongs to the reason.", "“{piece}”多余：“{verb}”不需要时长。如果它属于原因，请加引号。"},
		"mistake.perm-not-possible":  {"“{piece}”: {verb} in {room} cannot be without an end. Say how long, at most {most}.", "“{piece}”不行：在 {room} “{verb}”不能没有期限。请写明时长，最长 {most}。"},
		"mistake.reason-too-long":    {"The reason has {got} characters, at most {most} fit. Shorten it.", "原因共 {got} 个字符，最多 {most} 个。请缩短。"},

		"mistake.lead":    {"Did you mean: {command}", "你是不是想输入：{command}"},
		"mistake.leads":   {"Did you mean one of these?", "你是不是想输入其中之一？"},
		"mistake.instead": {"Instead: {command}", "可以改用：{command}"},
		"mistake.option":  {"{n}. {command}", "{n}. {command}"},
		"button.run.of":   {"Run {n}", "执行 {n}"},

		"char.seen":       {"“{char}” ({name}, {point})", "“{char}”（{name}，{point}）"},
		"char.unseen":     {"a character that nobody can see: {name} ({point})", "看不见的字符：{name}（{point}）"},
		"char.bare":       {"not allowed there", "不允许的字符"},
		"char.bidi":       {"direction character", "方向控制字符"},
		"char.invisible":  {"invisible character", "不可见字符"},
		"char.control":    {"control character", "控制字符"},
		"char.blank":      {"blank", "空白字符"},
		"char.fullwidth":  {"full-width character", "全角字符"},
		"char.dash":       {"dash", "破折号"},
		"char.ellipsis":   {"ellipsis", "省略号"},
		"char.quote":      {"quotation mark", "引号"},
		"char.other":      {"not printable ASCII", "非可打印 ASCII 字符"},
		"missing.got":     {"more than that", "更多"},
		"missing.at":      {"one", "某"},
		"missing.id":      {"NAME", "名称"},
		"missing.char":    {"one that is not allowed", "不允许的字符"},
		"missing.command": {"the command", "该命令"},
	}
}
