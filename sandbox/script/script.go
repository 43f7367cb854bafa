// Package script guarantees that a written conversation with the bot either
// happens as it is written, or ends at the first line that is not met, with one
// sentence that names the line.
//
// A script is a text with one step per line. Blank lines are ignored; a line
// that begins with # is printed and does nothing.
//
//	mei #live: /mod mute room:10006 29376 30m loud music
//	expect #live card "Accepted"
//	expect room room:10006 29376 muted
//
// What people do. NAME is a person's handle in the sandbox (mei, raj, gus …).
//
//	NAME #CHANNEL: TEXT            types TEXT there; a slash command, or a message
//	press NAME "LABEL"             presses the button in the newest message, or the open modal, that has it,
//	                               and confirms the button's dialog
//	press NAME row "TEXT" "LABEL"  presses it in the row of a table, or beside a text, that shows TEXT
//	home NAME                      opens the app's Home tab
//	press NAME home "LABEL"        presses the first button of that label there
//	dismiss NAME "LABEL"           presses it, and cancels the dialog
//	stale NAME "LABEL"             presses it on an outdated screen, in the newest message that ever had it
//	fill NAME "LABEL" "VALUE"      enters a value into the input of that label in the open modal
//	attach NAME "LABEL" "FILE" "CONTENT"  uploads a file into the input of that label in the open modal
//	attach NAME "LABEL" "FILE" N   uploads a file of N made-up UserIDs there
//	pick NAME "LABEL" "OPTION",…   chooses options, or people by NAME, in the select or the boxes of that label
//	                               (or placeholder) in the open modal, else in the newest message that has it
//	submit NAME                    submits the open modal
//	resubmit NAME                  sends the newest submission once more, as a double tap does
//	                               in a select that searches, OPTION is typed first, and the option that reads like
//	                               it, or the only one, is chosen
//	shortcut NAME "NAME" "TEXT"    runs a message shortcut, by its name or callback id, on the newest message
//	                               that shows TEXT
//	shortcut NAME "NAME"           runs a global shortcut
//	type NAME "LABEL" "VALUE"      enters a value and presses Enter: an input with dispatch_action informs the bot
//	search NAME "LABEL" "TEXT"     types TEXT into a select that searches, and shows what it offers
//
// What must be true. expect waits 30 s and considers only what was posted or
// changed since the last action of a person; wait has the same forms, waits
// 2 min, and also considers what was there before. "TEXT" is a part of what is
// shown, as plain text.
//
//	expect #CHANNEL "TEXT"         a message in the channel itself
//	expect #CHANNEL card "TEXT"    a message of the bot with blocks
//	expect thread "TEXT"           a message in some thread
//	expect private NAME "TEXT"     a message that only that person sees, or a direct message
//	expect modal NAME "TEXT"       the modal that is open
//	expect home NAME "TEXT"        the app's Home tab as it is now
//	expect no modal NAME           no modal is open
//	expect offer NAME "TEXT"       the last search, made again, offers an option that shows TEXT; "none" is nothing
//	expect room ROOM USER STATE    inside, outside, muted, audio-muted, video-muted, unmuted,
//	                               silenced, unsilenced, banned or unbanned
//	expect room ROOM STATE         open, closed, frozen or unfrozen
//	expect call API CODE           a call that Tencent answered with this code (OK for success)
//	expect connections N           N connections of the bot are open
//	expect notified NAME "TEXT"    a message that showed TEXT when it was posted notified NAME: by a mention of the
//	                               person or one of their groups, or as a direct message
//	expect quiet NAME              NAME was not notified since the last action, and all work is finished
//	                               (only with expect: there is nothing to wait for)
//	expect no button "LABEL"       the bot's newest card has no such button
//	expect #CHANNEL no button "LABEL"    nor has the newest card of that channel
//
// Failures, and people who join and leave. HOW is a failure of the sandbox's
// lists (lost, slow, cut, room-gone …) or a code of the vendor; TIMES is once,
// always (until heal) or a number.
//
//	tencent fail API HOW TIMES     tencent heal
//	slack fail METHOD HOW TIMES    slack heal
//	slack refresh                  Slack warns all connections and closes them 10 s later
//	slack cut                      all connections break
//	slack group HANDLE add NAME    NAME joins a user group, or leaves it (remove), and Slack informs the bot
//	slack group HANDLE delete      an admin deletes the group
//	slack delete "TEXT"            an admin deletes the newest message that shows TEXT
//	tencent recreate ROOM          the room is closed and created again, with the demo's people inside
//	report ROOM USER "REASON" "TEXT"    the customer's backend reports a person
//	reports ROOM N "REASON" "TEXT"      it reports N made-up people, person1 to personN
//	join ROOM USER                 leave ROOM USER      rejoin ROOM USER
//
// Before the first step a script may replace top-level keys of the demo's
// policy, for example to shorten waits:
//
//	setting approval_ttl 3s
//	setting digest "09:00 Asia/Singapore"
//	setting rules "[{name: two, roles: [leads], verbs: [close], approvals: 2}]"
package script

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Bounds of a script, so that a wrong file ends with a sentence.
const (
	maxLine  = 16 << 10
	maxSteps = 10_000
)

// Script is a conversation that was read and is well-formed.
type Script struct {
	// Name is the file's name, for errors.
	Name  string
	steps []step
}

// step is one line: its form, and the values of the form's places.
type step struct {
	line int
	form *form
	args []string
}

// form is one row of the language. Words in capitals are places; the others
// are literal.
type form struct {
	words []string
	do    func(*runner, given) error
}

func row(words string, do func(*runner, given) error) form {
	return form{strings.Fields(words), do}
}

// forms is the language.
func forms() []form {
	list := []form{
		setting,
		row("press NAME TEXT", (*runner).press),
		row("press NAME row TEXT TEXT", (*runner).pressRow),
		row("home NAME", (*runner).openHome),
		row("press NAME home TEXT", (*runner).pressHome),
		row("dismiss NAME TEXT", (*runner).dismiss),
		row("stale NAME TEXT", (*runner).stale),
		row("pick NAME TEXT TEXTS", (*runner).pick),
		row("shortcut NAME TEXT TEXT", (*runner).shortcut),
		row("shortcut NAME TEXT", (*runner).globalShortcut),
		row("type NAME TEXT TEXT", (*runner).enter),
		row("search NAME TEXT TEXT", (*runner).search),
		row("resubmit NAME", (*runner).resubmit),
		row("slack group HANDLE add NAME", (*runner).joinGroup),
		row("slack group HANDLE remove NAME", (*runner).leaveGroup),
		row("slack group HANDLE delete", (*runner).deleteGroup),
		row("slack delete TEXT", (*runner).deleteMessage),
		row("tencent recreate ROOM", (*runner).recreate),
		row("expect quiet NAME", (*runner).quiet),
		row("fill NAME TEXT TEXT", (*runner).fill),
		row("attach NAME TEXT TEXT TEXT", (*runner).attach),
		row("attach NAME TEXT TEXT NUMBER", (*runner).attachMany),
		row("submit NAME", (*runner).submit),
		row("tencent fail API HOW TIMES", (*runner).failTencent),
		row("tencent heal", func(r *runner, _ given) error { r.world.Tencent.ClearFaults(); return nil }),
		row("slack fail API HOW TIMES", (*runner).failSlack),
		row("slack heal", func(r *runner, _ given) error { r.world.Slack.Heal(""); return nil }),
		row("slack refresh", func(r *runner, _ given) error { r.world.Slack.RefreshConnections("warning"); return nil }),
		row("slack cut", func(r *runner, _ given) error { r.world.Slack.DropConnections(); return nil }),
		row("report ROOM USER TEXT TEXT", (*runner).report),
		row("reports ROOM NUMBER TEXT TEXT", (*runner).flood),
		row("join ROOM USER", (*runner).join),
		row("leave ROOM USER", (*runner).leave),
		row("rejoin ROOM USER", (*runner).rejoin),
	}
	for _, until := range []string{"expect", "wait"} {
		row := func(words string, holds condition) form { return row(until+" "+words, holds.until(until)) }
		list = append(list,
			row("CHANNEL TEXT", (*runner).message),
			row("CHANNEL card TEXT", (*runner).card),
			row("thread TEXT", (*runner).thread),
			row("private NAME TEXT", (*runner).private),
			row("modal NAME TEXT", (*runner).modal),
			row("home NAME TEXT", (*runner).home),
			row("no modal NAME", (*runner).noModal),
			row("offer NAME TEXT", (*runner).offer),
			row("room ROOM USER PERSONSTATE", (*runner).person),
			row("room ROOM ROOMSTATE", (*runner).room),
			row("call API HOW", (*runner).call),
			row("connections NUMBER", (*runner).connections),
			row("notified NAME TEXT", (*runner).notified),
			row("no button TEXT", (*runner).noButton),
			row("CHANNEL no button TEXT", (*runner).noButtonIn),
		)
	}
	return list
}

var (
	spoken  = regexp.MustCompile(`^([a-z][a-z0-9._-]*) (#[a-z0-9_-]+): *(\S.*)$`)
	name    = regexp.MustCompile(`^[a-z][a-z0-9._-]*$`)
	channel = regexp.MustCompile(`^#[a-z0-9_-]+$`)
	number  = regexp.MustCompile(`^[0-9]{1,6}$`)
	key     = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
)

// say is the form of "NAME #CHANNEL: TEXT", which is not a table row because
// its text is not quoted.
var say = form{words: []string{"NAME", "CHANNEL", "TEXT"}, do: (*runner).say}

// remark is a comment.
var remark = form{words: []string{"#"}, do: func(*runner, given) error { return nil }}

// Read returns the script that it reads. The error names the first line that is not understood.
func Read(file string, in io.Reader) (*Script, error) {
	s := &Script{Name: file}
	list := forms()
	scan := bufio.NewScanner(in)
	scan.Buffer(nil, maxLine)
	for n := 1; scan.Scan(); n++ {
		line := strings.TrimSpace(strings.ToValidUTF8(scan.Text(), "\uFFFD"))
		if line == "" {
			continue
		}
		st, err := parse(line, list)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
		if err := s.placed(st); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
		st.line = n
		if s.steps = append(s.steps, st); len(s.steps) > maxSteps {
			return nil, fmt.Errorf("%s: more than %d steps", file, maxSteps)
		}
	}
	if err := scan.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(s.steps) == 0 {
		return nil, fmt.Errorf("%s: the script has no steps", file)
	}
	return s, nil
}

func parse(line string, list []form) (step, error) {
	if text, ok := strings.CutPrefix(line, "#"); ok {
		return step{form: &remark, args: []string{strings.TrimSpace(text)}}, nil
	}
	first, _, _ := strings.Cut(line, " ")
	var like []string
	words, err := split(line)
	for i := range list {
		f := &list[i]
		if f.words[0] != first {
			continue
		}
		like = append(like, strings.Join(f.words, " "))
		if err != nil {
			return step{}, err
		}
		if args, ok := f.match(words); ok {
			return step{form: f, args: args}, nil
		}
	}
	if len(like) > 0 {
		return step{}, fmt.Errorf("%q is none of: %s", line, strings.Join(like, "; "))
	}
	if m := spoken.FindStringSubmatch(line); m != nil {
		return step{form: &say, args: m[1:]}, nil
	}
	return step{}, fmt.Errorf("%q is not a step: write NAME #CHANNEL: TEXT, or begin with %s", line, firstWords(list))
}

// firstWords lists the words that begin a step.
func firstWords(list []form) string {
	var words []string
	for _, f := range list {
		if !slices.Contains(words, f.words[0]) {
			words = append(words, f.words[0])
		}
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// String returns the script in its canonical form, which Read parses back.
func (s *Script) String() string {
	var b strings.Builder
	for _, st := range s.steps {
		b.WriteString(st.String() + "\n")
	}
	return b.String()
}

// places are the form's places in their order; args fill them.
func (st step) places() []string {
	return slices.DeleteFunc(slices.Clone(st.form.words), func(w string) bool { return strings.ToUpper(w) != w })
}

func (st step) String() string {
	switch st.form {
	case &remark:
		return strings.TrimSpace("# " + st.args[0])
	case &say:
		return st.args[0] + " " + st.args[1] + ": " + st.args[2]
	}
	args := st.args
	out := make([]string, len(st.form.words))
	for i, place := range st.form.words {
		out[i] = place
		if strings.ToUpper(place) != place {
			continue
		}
		if place == "TEXTS" { // the last place has the rest of the line
			quoted := make([]string, len(args))
			for n, a := range args {
				quoted[n] = strconv.Quote(a)
			}
			out[i] = strings.Join(quoted, ",")
			break
		}
		out[i] = args[0]
		if place == "TEXT" || strings.ContainsAny(args[0], " \t\"") || strconv.Quote(args[0]) != `"`+args[0]+`"` {
			out[i] = strconv.Quote(args[0])
		}
		args = args[1:]
	}
	return strings.Join(out, " ")
}
