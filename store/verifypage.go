package store

import (
	"database/sql"
	"encoding/json"
	"slices"

	"bouncer/moderation"
)

// verifyBatch is how many cases are read at once.
const verifyBatch = 200

// casePage are some cases with everything that is compared with their entries, by case. JSON is
// decoded by the goroutine that compares.
type casePage struct {
	cases     []*foundCase
	entries   map[int64][]*loggedEntry
	targets   map[int64][]*foundTarget
	votes     map[int64][]*foundVote
	approvals map[int64][]*foundApproval
	reviews   map[int64][]*moderation.Review
	calls     map[int64][]*foundCall
	undecoded []undecoded
}

// undecoded is a JSON column that was read and not decoded yet.
type undecoded struct {
	text *sql.NullString
	into jsonText
}

// decoded are JSON texts that many cases have, with their values.
type decoded map[string]any

// mostDecoded bounds decoded.
const mostDecoded = 1000

// loggedEntry is one entry of a case, for comparison with rows.
type loggedEntry struct {
	storedBody
	kind moderation.EntryKind
	at   int64
	body comparedBody
}

// comparedBody is a body without what is compared with no row, which would take most of the time.
type comparedBody struct {
	moderation.Body
	Verdicts skipped `json:"verdicts"`
	Digest   skipped `json:"digest"`
}

// comparedDecision is a decision without what is compared with no entry.
type comparedDecision struct {
	*moderation.Decision
	Verdicts skipped
}

// skipped is JSON that is not decoded.
type skipped struct{}

// UnmarshalJSON implements json.Unmarshaler.
func (*skipped) UnmarshalJSON([]byte) error { return nil }

// foundCase is a case with its search columns, which repeat what its JSON says.
type foundCase struct {
	storedCase
	verb                                moderation.Verb
	inRoom, actorKey, actorUser, reason string
	of                                  int64
	rel                                 moderation.Relation
}

// comparedColumns are read into foundCase. Each column that is not read saves time.
const comparedColumns = `no, action, actor, decision, typed, state, done_at, until_at,
	pending, accepted, failed, unknown, superseded, dropped, approval, NULLIF(glass, ''), verb, room, actor_key, actor_user, reason, of_no, rel`

func (c *foundCase) fields() []any {
	return slices.Concat([]any{
		&c.No, asJSON(&c.Action), asJSON(&c.Actor), asJSON(&comparedDecision{Decision: &c.Decision}), &c.Typed, &c.State, asTime(&c.DoneAt), asTime(&c.Until),
	}, countFields(&c.Counts), []any{
		&c.Approval.State, asJSON(&c.Override), &c.verb, &c.inRoom, &c.actorKey, &c.actorUser, &c.reason, &c.of, &c.rel,
	})
}

// fieldsWithoutVerdicts are the fields of caseColumns, except for the verdicts of all rules, whose
// decoding takes most of the time.
func (c *storedCase) fieldsWithoutVerdicts() []any {
	fields := c.fields()
	for i, f := range fields {
		if j, ok := f.(jsonText); ok && j.v == &c.Decision {
			fields[i] = asJSON(&comparedDecision{Decision: &c.Decision})
		}
	}
	return fields
}

type foundTarget struct {
	room, id string // the room as targets store it
	outcome  moderation.Outcome
}

type foundVote struct {
	person string
	actor  moderation.Actor
	at     int64
}

type foundApproval struct {
	need moderation.ApprovalRequirement
	by   moderation.Actor
	at   int64
}

type foundCall struct {
	entry        int64
	api, request string
	purpose      moderation.Purpose
	class        string
	words        moderation.VendorResponse
	at, answered int64
}

// readPage reads the cases after one.
func (a *rowVerifier) readPage(after int64) (*casePage, error) {
	p := &casePage{}
	var cases []*foundCase
	err := a.each(`SELECT `+comparedColumns+` FROM cases WHERE no > ? ORDER BY no`+limited, []any{after, verifyBatch},
		func(scan func(...any) error) error {
			c := &foundCase{}
			cases = append(cases, c)
			return scan(p.later(c.fields())...)
		})
	if err != nil || len(cases) == 0 {
		return p, err
	}
	p.cases = cases
	upTo := cases[len(cases)-1].No
	if p.entries, err = pageOf(a, p, `SELECT e.case_no, e.kind, e.at, `+bodyColumns+` FROM entries e LEFT JOIN bodies b ON b.entry_id = e.id WHERE e.case_no > ? AND e.case_no <= ? ORDER BY e.case_no, e.id`,
		max(after, 0), upTo, func(t *loggedEntry) []any { return append([]any{&t.kind, &t.at}, t.fields()...) }); err != nil {
		return p, err
	}
	if p.targets, err = pageOf(a, p, `SELECT case_no, room, target, outcome FROM targets WHERE case_no > ? AND case_no <= ?`,
		after, upTo, func(g *foundTarget) []any { return []any{&g.room, &g.id, &g.outcome} }); err != nil {
		return p, err
	}
	if p.votes, err = pageOf(a, p, `SELECT case_no, person, actor, at FROM votes WHERE case_no > ? AND case_no <= ?`,
		after, upTo, func(v *foundVote) []any { return []any{&v.person, asJSON(&v.actor), &v.at} }); err != nil {
		return p, err
	}
	if p.approvals, err = pageOf(a, p, `SELECT case_no, need, decided_by, decided_at FROM approvals WHERE case_no > ? AND case_no <= ?`,
		after, upTo, func(v *foundApproval) []any { return []any{asJSON(&v.need), asJSON(&v.by), &v.at} }); err != nil {
		return p, err
	}
	if p.reviews, err = pageOf(a, p, `SELECT case_no, state, person, note FROM reviews WHERE case_no > ? AND case_no <= ?`,
		after, upTo, func(r *moderation.Review) []any { return []any{&r.State, asJSON(&r.By), &r.Note} }); err != nil {
		return p, err
	}
	p.calls, err = pageOf(a, p, `SELECT case_no, entry_id, api, request, purpose, class, code, message, request_id, at, answered_at FROM calls WHERE case_no > ? AND case_no <= ?`,
		after, upTo, func(c *foundCall) []any {
			return []any{&c.entry, &c.api, &c.request, &c.purpose, &c.class, &c.words.Code, &c.words.Message, &c.words.RequestID, &c.at, &c.answered}
		})
	return p, err
}

// pageOf reads the rows of some cases, by case; the first column is the case's number.
func pageOf[T any](a *rowVerifier, p *casePage, query string, after, upTo int64, fields func(*T) []any) (map[int64][]*T, error) {
	found := make(map[int64][]*T)
	err := a.each(query, []any{after, upTo}, func(scan func(...any) error) error {
		var no int64
		one := new(T)
		if err := scan(append([]any{&no}, p.later(fields(one))...)...); err != nil {
			return err
		}
		found[no] = append(found[no], one)
		return nil
	})
	return found, err
}

// later returns the destinations of a row with JSON columns replaced by texts, which decode decodes.
func (p *casePage) later(fields []any) []any {
	for i, f := range fields {
		if into, ok := f.(jsonText); ok {
			text := new(sql.NullString)
			p.undecoded = append(p.undecoded, undecoded{text, into})
			fields[i] = text
		}
	}
	return fields
}

// decode decodes the JSON columns, and the bodies of the entries.
func (p *casePage) decode(known decoded) error {
	for _, u := range p.undecoded {
		if !u.text.Valid {
			continue
		}
		if err := known.decode(u.text.String, u.into.v); err != nil {
			return err
		}
	}
	for _, entries := range p.entries {
		for _, t := range entries {
			if err := json.Unmarshal([]byte(t.text.String), &t.body); err != nil {
				return err
			}
		}
	}
	return nil
}

// decode decodes a text, once for those people and decisions that repeat.
func (d decoded) decode(text string, into any) (err error) {
	switch v := into.(type) {
	case *moderation.Actor:
		*v, err = decodeOnce[moderation.Actor](d, text)
	case *comparedDecision:
		var c comparedDecision
		if c, err = decodeOnce[comparedDecision](d, text); err == nil && c.Decision != nil {
			*v.Decision = *c.Decision
		}
	default:
		err = json.Unmarshal([]byte(text), into)
	}
	return err
}

// decodeOnce returns the value of a text, which nobody changes.
func decodeOnce[T any](known decoded, text string) (T, error) {
	v, ok := known[text].(T)
	if ok {
		return v, nil
	}
	err := json.Unmarshal([]byte(text), &v)
	if err == nil && len(known) < mostDecoded {
		known[text] = v
	}
	return v, err
}
