package say

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"bouncer/commands"
	"bouncer/moderation"
)

// callAnswered is an answer whose call an earlier message shows.
func (s *speech) callAnswered(v moderation.CaseView, t readEntry) phrase {
	b := t.body
	key, row := "thread.late", vals{"part": b.Chunk, "attempt": max(1, b.Attempt), "outcome": s.answeredIn(b)}
	if where := s.atChunk(v, b.Room, b.Chunk); len(where) > 0 {
		key, row["where"] = "thread.late.rooms", where
	}
	return s.clauses(s.say(key, row), s.reqid(b))
}

// callMade is one call: what was called, the outcome, the vendor's words and
// request id, and the attempt from the second on. Its full record is in Why.
func (s *speech) callMade(v moderation.CaseView, t readEntry) phrase {
	b, answer := t.body, t.answer
	api := apiName(b.API)
	if len(api) == 0 && t.call != nil {
		api = apiName(t.call.API)
	}
	outcome := s.say("thread.wait", nil)
	var tail []phrase
	switch {
	case answer != nil:
		outcome, tail = s.answeredIn(*answer), []phrase{s.reqid(*answer)}
	case t.call != nil && !t.call.Answered.IsZero():
		// The answer's entry is in another message; the outcome is known.
		b := known(*t.call)
		outcome, tail = s.answeredIn(b), []phrase{s.reqid(b)}
	}
	line := s.say("thread.call", vals{
		"api": join(s.gap, join(" ", api, s.purpose(b.Purpose)), s.atChunk(v, b.Room, b.Chunk)), "outcome": outcome,
	})
	return s.clauses(append([]phrase{line}, append(tail, s.part(v, b.Chunk), s.attempt(b.Attempt))...)...)
}

// apiName is a call's name without the product it belongs to.
func apiName(api string) phrase { return supplied(api[strings.LastIndexByte(api, '.')+1:], 80) }

// attempt is which attempt a call is, where it is not the first.
func (s *speech) attempt(n int) phrase {
	if n <= 1 {
		return nil
	}
	return s.say("thread.attempt", vals{"n": n})
}

// answeredIn is an answer's outcome and how long it took.
func (s *speech) answeredIn(b moderation.Body) phrase {
	word := s.say("thread.took", vals{"outcome": s.outcomeWord(b), "length": own(s.took(time.Duration(b.TookMS) * time.Millisecond))})
	return s.clauses(word, s.vendorWords(b))
}

// known is a call's answer.
func known(k moderation.Call) moderation.Body {
	return moderation.Body{Outcome: string(k.Outcome), TookMS: k.Answered.Sub(k.At).Milliseconds(),
		Vendor: &moderation.VendorResponse{Code: k.Code, Message: k.Message, RequestID: k.RequestID}}
}

// purpose is what a call was for, where it is not the case itself.
func (s *speech) purpose(p moderation.Purpose) phrase {
	key := "purpose." + string(p)
	if !s.has(key) {
		return nil
	}
	return cat(own("("), s.say(key, nil), own(")"))
}

// part is which part of a case's people a call is about. Of several rooms with a part each, the room
// says it.
func (s *speech) part(v moderation.CaseView, chunk int) phrase {
	if chunk <= 1 || several(v.Case.Action) && oneChunk(v, chunk) {
		return nil
	}
	return s.say("thread.part", vals{"n": chunk})
}

func compact(raw json.RawMessage) string {
	var out bytes.Buffer
	if json.Compact(&out, raw) != nil {
		return string(raw)
	}
	return out.String()
}

// answered is an answer's outcome with the vendor's code and own words.
func (s *speech) answered(b moderation.Body) phrase {
	return s.clauses(s.outcomeWord(b), s.vendorWords(b))
}

func (s *speech) outcomeWord(b moderation.Body) phrase {
	for _, group := range []string{"class.", "outcome."} {
		if b.Outcome != "" && s.has(group+b.Outcome) {
			return s.say(group+b.Outcome, nil)
		}
	}
	return supplied(b.Outcome, 40)
}

// vendorWords are the vendor's code and message.
func (s *speech) vendorWords(b moderation.Body) phrase {
	if b.Vendor == nil {
		return nil
	}
	code := supplied(b.Vendor.Code, 80)
	if said := supplied(b.Vendor.Message, 200); len(said) > 0 {
		code = join(" ", code, quoted(said))
	}
	return code
}

func (s *speech) reqid(b moderation.Body) phrase {
	if b.Vendor == nil || b.Vendor.RequestID == "" {
		return nil
	}
	return s.say("thread.reqid", vals{"id": supplied(b.Vendor.RequestID, 80)})
}

func (s *speech) tookMS(b moderation.Body) phrase {
	return s.say("thread.ms", vals{"n": int(b.TookMS)})
}

// auditCounted counts calls by outcome per API and lists those that were not
// simply accepted, as many as there is room for.
func (s *speech) auditCounted(v moderation.CaseView, calls []readEntry) []phrase {
	type tally struct {
		api   string
		n     int
		words map[string]int
		order []string
	}
	var tallies []*tally
	byAPI := map[string]*tally{}
	var odd []phrase
	for _, t := range calls {
		api := t.body.API
		outcome := ""
		switch {
		case t.Kind == moderation.EntryAnswer:
			outcome = t.body.Outcome
		case t.answer != nil:
			outcome = t.answer.Outcome
		case t.call != nil:
			outcome = string(t.call.Outcome)
		}
		y := byAPI[api]
		if y == nil {
			y = &tally{api: api, words: map[string]int{}}
			byAPI[api] = y
			tallies = append(tallies, y)
		}
		y.n++
		if y.words[outcome]++; y.words[outcome] == 1 {
			y.order = append(y.order, outcome)
		}
		if outcome != string(moderation.VendorAccepted) && outcome != "" && len(odd) < threadCalls/2 {
			odd = append(odd, s.entry(v, t))
		}
	}
	var lines []phrase
	for _, y := range tallies[:min(len(tallies), 4)] {
		var parts []phrase
		for _, o := range y.order[:min(len(y.order), 8)] {
			word := s.say("thread.wait", nil)
			if o != "" {
				word = s.word("class.", o, 40)
			}
			parts = append(parts, join(" ", word, own(number(int64(y.words[o])))))
		}
		lines = append(lines, s.say("thread.counted", vals{"n": y.n, "api": apiName(y.api), "list": fields(parts...)}))
	}
	return append(lines, odd...)
}

// pressed names the button behind an answer to a question.
func (s *speech) pressed(b moderation.Body) phrase {
	switch b.Detail {
	case commands.StepRun:
		return s.say("button.now", nil)
	case commands.StepAbandon:
		return s.say("button.drop", nil)
	case commands.StepTryAgain:
		return s.say("button.again", nil)
	}
	return supplied(b.Detail, 60)
}

// detail is what a body has to say when no sentence of its own fits.
func (s *speech) detail(b moderation.Body) phrase {
	code := phrase(nil)
	if b.Code != "" {
		code = s.why(string(b.Code), b.Values, b.Action)
	}
	act := phrase(nil)
	if b.Action != nil {
		act = s.act(*b.Action, 3)
	}
	count := phrase(nil)
	if b.Count > 1 {
		count = own(strconv.Itoa(b.Count))
	}
	if all := fields(code, act, count, supplied(b.Detail, 400)); len(all) > 0 {
		return all
	}
	return s.say("missing.detail", nil)
}

// one reports whether the counts are of a single target: its number goes
// without saying.
func one(counts map[moderation.Outcome]int) bool {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n == 1
}
