package moderation

import (
	"slices"
	"time"
)

// Verb is what an action does.
type Verb string

// The verbs.
const (
	Mute      Verb = "mute"
	Unmute    Verb = "unmute"
	Kick      Verb = "kick"
	Ban       Verb = "ban"
	Unban     Verb = "unban"
	Bans      Verb = "bans"
	Silence   Verb = "silence"
	Unsilence Verb = "unsilence"
	Silenced  Verb = "silenced"
	Freeze    Verb = "freeze"
	Unfreeze  Verb = "unfreeze"
	Close     Verb = "close"
	Who       Verb = "who"
	ShowCase  Verb = "case"
	Rooms     Verb = "rooms"
	Help      Verb = "help"

	Undo      Verb = "undo"
	Extend    Verb = "extend"
	SetReason Verb = "reason"
	Why       Verb = "why"
	History   Verb = "history"
	Search    Verb = "search"
	AddNote   Verb = "note"
	Active    Verb = "active"
	WhoAmI    Verb = "whoami"
	Stats     Verb = "stats"
	Status    Verb = "status"
	Suspend   Verb = "suspend"
	Unsuspend Verb = "unsuspend"
	ReviewAll Verb = "review"
	DryRun    Verb = "dry-run"
)

// Effect is what a verb leaves behind, and so what may be repeated.
type Effect string

// The effects.
const (
	EffectRestrict Effect = "bind"  // sets a state that lasts: safe to repeat while it is still desired
	EffectLift     Effect = "free"  // removes such a state
	EffectEvent    Effect = "event" // happens once: not repeated later than Timing.EventRepeat after its first attempt
	EffectRead     Effect = "read"  // reads from the vendor, changes nothing
	EffectLocal    Effect = "local" // answered from what the bot knows
)

// MaxDuration is the longest duration of an action.
const MaxDuration = 365 * 24 * time.Hour

// VerbSpec is one row of the verb table.
type VerbSpec struct {
	Verb    Verb
	Effect  Effect
	Aliases []string // other names that people type, in English and Chinese, lower case
	Takes   Takes
	// Lifts is the verb whose state this one removes; empty for others.
	Lifts Verb
	// List is the verb that lists whom this one restricts; empty for none.
	List Verb
	// RemovesPeople means that people leave the room by it.
	RemovesPeople bool
	// Default is the duration when none is typed; 0 means that a duration must be typed (where
	// Takes.Duration, but not
	// Takes.PermanentByDefault) or is not used.
	Default time.Duration
	// Media are the media that this verb restricts or lifts; mute and unmute can narrow them.
	Media []Medium
}

// Takes says which arguments a verb has.
type Takes struct {
	Room, Users, Media, Duration, Reason, Number, Verb bool
	// TargetsOptional: users may be omitted, or be "all"; they follow a case's number.
	TargetsOptional bool
	// OneTarget: exactly one user.
	OneTarget bool
	// Person is a Slack person; Search a query for cases; RoomOrUser a room or a user; Command
	// another command; Statistics a time, a moderator or a room.
	Person, Search, RoomOrUser, Command, Statistics bool
	// ReasonRequired: a reason is mandatory. PermanentByDefault: without a duration it is permanent.
	ReasonRequired, PermanentByDefault bool
}

var verbTable = []VerbSpec{
	{Verb: Mute, Effect: EffectRestrict, Aliases: []string{"block", "tempmute", "静音", "禁麦", "靜音", "禁音", "闭麦", "閉麥", "禁麥"}, Takes: Takes{Room: true, Users: true, Media: true, Duration: true, Reason: true}, Default: time.Hour, Media: []Medium{Audio, Video}},
	{Verb: Unmute, Effect: EffectLift, Aliases: []string{"unblock", "取消静音", "解除静音", "开麦", "取消靜音", "解除靜音", "開麥", "解除禁麦", "解除禁麥"}, Takes: Takes{Room: true, Users: true, Media: true, Reason: true}, Lifts: Mute, Media: []Medium{Audio, Video}},
	{Verb: Kick, Effect: EffectEvent, Aliases: []string{"remove", "踢", "踢出", "踢人", "boot", "eject", "踢掉", "踢走", "踢除", "移除", "移出", "踢出去"}, Takes: Takes{Room: true, Users: true, Reason: true}, RemovesPeople: true},
	{Verb: Ban, Effect: EffectRestrict, Aliases: []string{"封禁", "拉黑", "tempban", "permaban", "permban", "封鎖", "封锁", "封号", "封號", "封人", "封杀", "封殺", "永封"}, Takes: Takes{Room: true, Users: true, Duration: true, Reason: true}, Media: []Medium{RoomEntry}, List: Bans, RemovesPeople: true},
	{Verb: Unban, Effect: EffectLift, Aliases: []string{"解封", "解除封禁", "pardon", "解封号", "解封號", "解除封号", "解除封號", "取消封禁"}, Takes: Takes{Room: true, Users: true, Reason: true}, Lifts: Ban, Media: []Medium{RoomEntry}},
	{Verb: Bans, Effect: EffectRead, Aliases: []string{"banned", "封禁列表", "黑名单", "banlist", "封禁名单", "封禁名單", "黑名單"}, Takes: Takes{Room: true}},
	{Verb: Silence, Effect: EffectRestrict, Aliases: []string{"禁言", "timeout", "time-out", "禁声", "禁聲", "禁止发言", "禁止發言"}, Takes: Takes{Room: true, Users: true, Duration: true, Reason: true}, Default: time.Hour, Media: []Medium{Text}, List: Silenced},
	{Verb: Unsilence, Effect: EffectLift, Aliases: []string{"解除禁言", "取消禁言", "untimeout", "解言", "解禁言"}, Takes: Takes{Room: true, Users: true, Reason: true}, Lifts: Silence, Media: []Medium{Text}},
	{Verb: Silenced, Effect: EffectRead, Aliases: []string{"禁言列表"}, Takes: Takes{Room: true}},
	{Verb: Freeze, Effect: EffectRestrict, Aliases: []string{"全员禁言", "冻结", "全体禁言", "全體禁言", "全員禁言", "凍結"}, Takes: Takes{Room: true, Duration: true, Reason: true}, Default: 10 * time.Minute, Media: []Medium{Everyone}},
	{Verb: Unfreeze, Effect: EffectLift, Aliases: []string{"解除全员禁言", "解冻", "解除全体禁言", "解除全體禁言", "解除全員禁言", "解凍"}, Takes: Takes{Room: true, Reason: true}, Lifts: Freeze, Media: []Medium{Everyone}},
	{Verb: Close, Effect: EffectEvent, Aliases: []string{"dismiss", "end", "关闭", "解散", "關閉", "解散房间", "解散房間"}, Takes: Takes{Room: true, Reason: true}},
	{Verb: Who, Effect: EffectRead, Aliases: []string{"list", "members", "成员", "谁在", "成員", "誰在", "在线", "在線"}, Takes: Takes{Room: true}},
	{Verb: ShowCase, Effect: EffectLocal, Aliases: []string{"案件", "案例"}, Takes: Takes{Number: true}},
	{Verb: Why, Effect: EffectLocal, Aliases: []string{"为什么", "缘由", "為什麼"}, Takes: Takes{Number: true}},
	{Verb: Undo, Effect: EffectLocal, Aliases: []string{"revert", "撤销", "撤銷", "撤回", "revoke"}, Takes: Takes{Number: true, TargetsOptional: true, Reason: true}},
	{Verb: Extend, Effect: EffectLocal, Aliases: []string{"延长", "改期", "延長", "prolong"}, Takes: Takes{Number: true, Duration: true, Reason: true}},
	{Verb: SetReason, Effect: EffectLocal, Aliases: []string{"理由", "原因"}, Takes: Takes{Number: true, Reason: true, ReasonRequired: true}},
	{Verb: History, Effect: EffectLocal, Aliases: []string{"记录", "历史", "歷史", "紀錄", "記錄"}, Takes: Takes{OneTarget: true}},
	{Verb: Search, Effect: EffectLocal, Aliases: []string{"find", "搜索", "查找", "搜尋", "查詢", "查询"}, Takes: Takes{Search: true}},
	{Verb: Active, Effect: EffectLocal, Aliases: []string{"生效中", "生效", "生效中的"}, Takes: Takes{RoomOrUser: true}},
	{Verb: AddNote, Effect: EffectLocal, Aliases: []string{"备注", "備註"}, Takes: Takes{OneTarget: true, Reason: true, ReasonRequired: true}},
	{Verb: DryRun, Effect: EffectLocal, Aliases: []string{"dryrun", "dry", "试运行"}, Takes: Takes{Command: true}},
	{Verb: ReviewAll, Effect: EffectLocal, Aliases: []string{"reviews", "复核", "覆核"}},
	{Verb: Suspend, Effect: EffectLocal, Aliases: []string{"停权", "停權"}, Takes: Takes{Person: true, Duration: true, PermanentByDefault: true, Reason: true}},
	{Verb: Unsuspend, Effect: EffectLocal, Aliases: []string{"restore", "恢复权限", "恢復權限"}, Takes: Takes{Person: true, Reason: true}},
	{Verb: Stats, Effect: EffectLocal, Aliases: []string{"statistics", "统计", "統計"}, Takes: Takes{Statistics: true}},
	{Verb: WhoAmI, Effect: EffectLocal, Aliases: []string{"rights", "me", "我的权限", "我的權限", "我能做什么", "我能做什麼"}},
	{Verb: Status, Effect: EffectLocal, Aliases: []string{"状态", "狀態"}},
	{Verb: Rooms, Effect: EffectLocal, Aliases: []string{"房间", "房間"}},
	{Verb: Help, Effect: EffectLocal, Aliases: []string{"?", "帮助", "幫助"}, Takes: Takes{Verb: true}},
}

// Verbs returns the verb table, in the order in which help shows it.
func Verbs() []VerbSpec { return append([]VerbSpec(nil), verbTable...) }

// Spec returns a verb's row; false for a verb that is not in the table.
func (v Verb) Spec() (VerbSpec, bool) {
	for _, s := range verbTable {
		if s.Verb == v {
			return s, true
		}
	}
	return VerbSpec{}, false
}

// Acts reports whether the verb does something to people in rooms, itself or through the case it
// refers to. Such a verb can be previewed and overridden.
func (v Verb) Acts() bool {
	spec, _ := v.Spec()
	switch spec.Effect {
	case EffectRestrict, EffectLift, EffectEvent:
		return true
	}
	return v == Undo || v == Extend
}

// RestrictingVerb returns the verb that restricts a medium.
func RestrictingVerb(m Medium) Verb {
	for _, s := range verbTable {
		if s.Effect == EffectRestrict && slices.Contains(s.Media, m) {
			return s.Verb
		}
	}
	return ""
}

// LiftingVerb returns the verb that removes what v sets; v itself where there is none.
func LiftingVerb(v Verb) Verb {
	for _, s := range verbTable {
		if s.Lifts == v && v != "" {
			return s.Verb
		}
	}
	return v
}
