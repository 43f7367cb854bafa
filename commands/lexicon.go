package commands

import (
	"strings"
	"unicode/utf8"
)

// The lexicon of time: every word that a length is written with, in English,
// simplified and traditional Chinese. Words are in small letters, narrow.

// Lengths of units in seconds.
const (
	minute = 60
	hour   = 60 * minute
	day    = 24 * hour
	week   = 7 * day
	month  = 30 * day  // asked about
	year   = 365 * day // asked about
)

// units are those that people type; month and year have no fixed length.
var units = map[string]int64{
	"s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1, "秒": 1, "秒钟": 1, "秒鐘": 1,
	"m": minute, "min": minute, "mins": minute, "minute": minute, "minutes": minute,
	"分": minute, "分钟": minute, "分鐘": minute, "刻钟": 15 * minute, "刻鐘": 15 * minute,
	"h": hour, "hr": hour, "hrs": hour, "hour": hour, "hours": hour,
	"小时": hour, "小時": hour, "時間": hour, "个小时": hour, "個小時": hour, "钟头": hour, "鐘頭": hour, "个钟头": hour, "個鐘頭": hour, "个钟": hour, "個鐘": hour,
	"d": day, "day": day, "days": day, "天": day, "日": day, "整天": day,
	"w": week, "wk": week, "wks": week, "week": week, "weeks": week,
	"周": week, "週": week, "星期": week, "个星期": week, "個星期": week, "礼拜": week, "禮拜": week, "个礼拜": week, "個禮拜": week,
	"fortnight": 2 * week, "fortnights": 2 * week,
	"mo": month, "mos": month, "mon": month, "mth": month, "mths": month, "month": month, "months": month, "月": month, "个月": month, "個月": month,
	"y": year, "yr": year, "yrs": year, "year": year, "years": year, "年": year,
}

// longestUnit is the most characters that a Chinese unit has.
const longestUnit = 3

// unitAt reads a unit: Latin letters as a whole run, Chinese ones by the longest
// name, since no blank follows them. raw is the unit as typed.
func unitAt(s string, i int) (seconds int64, end int, raw string) {
	if end = lettersEnd(s, i); end > i {
		if u := units[fold(s[i:end])]; u > 0 {
			return u, end, s[i:end]
		}
		return 0, i, ""
	}
	var ends [longestUnit]int
	n := 0
	for at := i; n < longestUnit && at < len(s); n++ {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
		ends[n] = at
	}
	for n--; n >= 0; n-- {
		if u := units[s[i:ends[n]]]; u > 0 {
			return u, ends[n], s[i:ends[n]]
		}
	}
	return 0, i, ""
}

// permanentWords mean that there is no end.
var permanentWords = wordSet("perm perma permanent permanently permaban permamute forever 4ever indefinite indefinitely indef infinite infinitely infinity unlimited endless endlessly eternal eternally lifetime permban permmute permamute permsilence permasilence 4eva foreva inf ∞ -1 " +
	"永久 永久性 永久封禁 永久禁言 永远 永遠 永封 永禁 无限期 無限期 无期限 無期限 无期 無期 不限时 不限時 不限期 一辈子 一輩子 无限 無限 终身 終身 终生 終生")

// endlessWords are those that may also describe something in a reason:
// endless spam.
var endlessWords = wordSet("endless eternal infinite infinity unlimited inf lifetime")

// banWords may follow them: an unlimited ban.
var banWords = wordSet("ban mute silence block timeout kick restriction freeze suspension")

// longPermanent are those that are misspelt.
var longPermanent = []string{"permanent", "permanently", "indefinite", "indefinitely", "forever"}

// permanentPhrases are those of two words.
var permanentPhrases = wordSet("for ever,no end,no limit,no expiry,without end,for life,for good,for eternity,life ban,no expiration,w/o end,w/o limit,without limit,never ends,until forever")

// leadWords may come before a length and have no other meaning.
var leadWords = wordSet("for over about around approx approximately roughly another lasting duration dur time length len t d just only pls please exactly 时长 時長 期限 时间 時間 约 約 大约 大約 为期 為期 共 持续 持續")

// labelWords may come before a length with a colon between.
var labelWords = wordSet("for duration dur time length len t d until 时长 時長 期限 时间 時間 持续 持續 for封禁 封禁 禁言")

// chineseLeads may be stuck to the length behind them: 封3天, 禁言10分钟.
var chineseLeads = []string{"封禁", "禁言", "静音", "靜音", "禁麦", "禁麥", "拉黑", "冻结", "凍結", "持续", "持續", "时长", "時長", "大约", "大約", "为期", "為期", "大概", "至少", "最多", "差不多", "时间", "時間", "期限", "先", "就", "关", "關", "封", "禁", "停", "约", "約", "共", "满", "滿"}

// countWords are the numbers that people write out before a unit.
var countWords = map[string]int64{
	"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
	"eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
	"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "dozen": 12,
}

// tens are followed by ones: twenty five.
var tens = wordSet("twenty thirty forty fifty sixty seventy eighty ninety")

// someWords are unspecified numbers.
var someWords = wordSet("few several some couple many")

// longestCount is longer than any of those words.
const longestCount = 10

// endWords name a moment; alone they are a length that cannot be computed.
var endWords = wordSet("tonight overnight eod eow tomorrow tomorow tommorow tommorrow tmrw tmr tmw 2moro 2morrow 2mrw midnight 明天 明早 明晚 后天 後天 午夜 今晚 整晚 整夜 一整晚 通宵 下周 下週 下个月 下個月 周末 週末") //nolint:misspell // as people type it

// startWords speak of time where a reason begins, and nowhere else.
var startWords = wordSet("noon temporarily temporary temp awhile " +
	"今天 今日 当天 當天 今天内 今天之内 一晚 一夜 一晚上 一个晚上 一個晚上 这周 這週 本周 本週 这个月 這個月 本月 " +
	"直播期间 直播期間 直播结束 直播結束 直播结束前 直播結束前 节目结束 節目結束 本场直播 本場直播 这场 這場 这场直播 這場直播 整场 整場 " +
	"一会 一會 不久 长时间 長時間 一段时间 一段時間 不限 暂时 暫時 临时 臨時 一阵子 一陣子 一会儿 一會兒 几天 幾天 数天 數天 几小时 幾小時 几个小时 幾個小時 几分钟 幾分鐘 长期 長期 本场 本場 全场 全場 " +
	"好久 很久 许久 許久 良久 好长时间 好長時間 很长时间 很長時間 好长一段时间 好長一段時間 很长一段时间 很長一段時間 好一阵 好一陣 好一阵子 好一陣子 好一会 好一會 好一会儿 好一會兒 好几天 好幾天 好些天 好几个小时 好幾個小時 一阵 一陣 片刻 久一点 久一點 长一点 長一點")

// untilWords begin a moment: until midnight, 直到明天.
var untilWords = wordSet("until untill till til 'til ’til thru through") //nolint:misspell // as people type it

var chineseUntil = []string{"直到", "直至", "到", "至"}

// momentWords may follow them in the middle of a reason; where a reason begins
// with "until", anything may.
var momentWords = wordSet("tomorrow tonight today tomorow tommorow tommorrow tmrw tmr tmw 2moro 2morrow 2mrw midnight noon morning evening afternoon weekend next further notice forever show stream event session broadcast match livestream meeting concert monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun " + //nolint:misspell // as people type it
	"january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec end eod eow the")

// theWords follow "the" there, and "the rest of".
var theWords = wordSet("whole entire end show stream event session broadcast match game livestream meeting concert episode morning afternoon evening weekend next day night week month year hour")

// wholeWords begin a stretch of time that they name: all day, the whole show.
var wholeWords = wordSet("whole entire full all remaining")

// whileWords begin the time that something lasts, with endsWords behind it: once
// the show is over.
var (
	whileWords = wordSet("when once while during throughout")
	endsWords  = wordSet("ends end is stops finishes runs continues lasts")
)

// softUnits are counted like units, but have no fixed length.
var softUnits = wordSet("night nights evening evenings weekend weekends show shows stream streams episode episodes decade decades century centuries")

// vagueTimes are long times without a length; vagueNouns are such times behind
// vagueSizes: for ages, a good while.
var (
	vagueTimes = wordSet("ages eons aeons yonks eternity")
	vagueNouns = wordSet("while time bit age eon aeon spell stretch")
	vagueSizes = wordSet("a an some quite very really rather pretty fairly good decent long longer short little so")
)

// weekdays begin a moment where nothing but a clock time follows.
var weekdays = wordSet("monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun")

// dayParts may come before a Chinese clock time: 晚上8点.
var dayParts = []string{"今天", "今晚", "明天", "明早", "明晚", "早上", "上午", "中午", "下午", "傍晚", "晚上", "半夜", "凌晨"}

// laterWords begin a Chinese word for a future time; tempWords come before an
// action: 暂时禁言.
var (
	laterWords = []string{"明天", "明早", "明晚", "后天", "後天", "下周", "下週", "下个月", "下個月", "直到", "直至", "等到", "等直播", "等節目", "等节目", "直播结束再", "直播結束再", "直播结束就", "直播結束就"}
	tempWords  = []string{"暂时", "暫時", "临时", "臨時"}
)

// actionWords say in Chinese what a length is for, directly after it: 24小时封禁.
var actionWords = []string{"封禁", "封号", "封號", "封鎖", "封锁", "禁言", "静音", "靜音", "禁麦", "禁麥", "冻结", "凍結", "拉黑", "左右", "就好", "就行", "即可", "封", "禁", "吧"}

var chineseMoments = []string{"明天", "明早", "明晚", "今晚", "今天", "后天", "後天", "午夜", "半夜", "凌晨", "早上", "晚上", "中午", "下午", "零点", "零點", "周", "週", "星期", "下", "月底", "年底", "结束", "結束", "直播结束", "直播結束", "永远", "永遠"}

// pastBehind after a length, or pastBefore before it, mean that it describes
// how long something else lasted.
var (
	pastBehind = wordSet("ago old earlier late")
	pastBefore = wordSet("per every each last past previous ago since after within 每 过去 最近 上")
)

// thenBehind turns a length at the start of a reason into a future or a past
// time: 30m later, 5m before the show.
var thenBehind = wordSet("later before")

// restBehind makes a length that begins a reason part of it: 2 hours of flooding.
var restBehind = wordSet("of or straight nonstop non-stop long worth in from into")

// months begin a date: dec 24.
var months = wordSet("january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec")

// openers and closers may enclose a length.
const (
	openers = "/|#@>([{<（【［｛〔「『《〈`'‘’*_~≈=〜～"
	closers = "|…)]}>）】］｝〕」』》〉`'‘’*_~.;:!?。；：！？"
)

// timeStarts are the Latin words that an expression of time begins with, so
// that most words are skipped at once.
var timeStarts = func() map[string]bool {
	all := wordSet("half quarter fortnight a as at this next today over the rest remainder end during when once while throughout w long always none hours further no without never for up perma")
	for _, set := range []map[string]bool{wholeWords, weekdays, months, permanentWords, leadWords, labelWords, untilWords, someWords, endWords, startWords, tens, vagueTimes, vagueSizes} {
		for w := range set {
			all[w] = true
		}
	}
	for w := range countWords {
		all[w] = true
	}
	for w := range units {
		all[w] = true
	}
	return all
}()

// startsTime reports whether an expression of time may begin at s[i], by its
// first letters only.
func startsTime(s string, i int) bool {
	var word [16]byte
	n := 0
	for i+n < len(s) && n < len(word) {
		c := s[i+n]
		if c >= utf8.RuneSelf || !isLetter(rune(c)) {
			break
		}
		word[n] = c | 0x20
		n++
	}
	if n > 5 && n < len(word) {
		for _, begun := range []string{"per", "ind", "for"} { // misspelt, perhaps
			if string(word[:3]) == begun {
				return true
			}
		}
	}
	return n == 0 || i+n < len(s) && s[i+n] >= utf8.RuneSelf || n < len(word) && timeStarts[string(word[:n])]
}

func wordSet(list string) map[string]bool {
	sep := strings.Fields
	if strings.Contains(list, ",") {
		sep = func(s string) []string { return strings.Split(s, ",") }
	}
	set := map[string]bool{}
	for _, w := range sep(list) {
		set[w] = true
	}
	return set
}

// lettersEnd returns the end of the run of Latin letters at s[i].
func lettersEnd(s string, i int) int {
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !isLetter(narrow(r)) {
			break
		}
		i += n
	}
	return i
}

// letters returns the folded run of Latin letters at s[i], if it is short
// enough for a number, and its end.
func letters(s string, i int) (string, int) {
	end := i
	for n := 0; end < len(s); n++ {
		r, size := utf8.DecodeRuneInString(s[end:])
		if !isLetter(narrow(r)) {
			break
		}
		if n == longestCount {
			return "", i
		}
		end += size
	}
	return fold(s[i:end]), end
}
