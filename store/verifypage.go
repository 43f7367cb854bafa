package store

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"slices"
	"time"

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
	reviews   map[int64][]*foundReview
	calls     map[int64][]*foundCall
	stops     map[int64][]*foundStop
}

// decoder decodes JSON texts. It keeps the values of those that many cases have.
type decoder struct {
	known  map[string]any
	buffer []byte
}

// mostDecoded bounds decoder.known.
const mostDecoded = 1000

// loggedEntry is one entry of a case, for comparison with rows.
type loggedEntry struct {
	storedBody
	kind moderation.EntryKind
	at   int64
	body comparedBody
}

// comparedBody is the part of a moderation.Body that is compared with rows. Decoding the rest would
// take time and memory.
type comparedBody struct {
	Actor         *moderation.Actor               `json:"actor"`
	Typed         string                          `json:"typed"`
	Action        *moderation.Action              `json:"action"`
	Rule          string                          `json:"rule"`
	Code          moderation.Code                 `json:"code"`
	Targets       []string                        `json:"targets"`
	Room          string                          `json:"room"`
	Purpose       moderation.Purpose              `json:"purpose"`
	API           string                          `json:"api"`
	Request       json.RawMessage                 `json:"request"`
	Outcome       string                          `json:"outcome"`
	Vendor        moderation.VendorResponse       `json:"vendor"`
	Counts        map[moderation.Outcome]int      `json:"counts"`
	Until         time.Time                       `json:"until"`
	Detail        string                          `json:"detail"`
	Requirement   *moderation.ApprovalRequirement `json:"need"`
	Person        string                          `json:"person"`
	ContentErased bool                            `json:"content_erased"`
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
	action, actor, decision, override   sql.NullString // JSON, which decode decodes
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
		&c.No, &c.action, &c.actor, &c.decision, &c.Typed, &c.State, asTime(&c.DoneAt), asTime(&c.Until),
	}, countFields(&c.Counts), []any{
		&c.Approval.State, &c.override, &c.verb, &c.inRoom, &c.actorKey, &c.actorUser, &c.reason, &c.of, &c.rel,
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
	text   sql.NullString // JSON of actor, which decode decodes
	actor  moderation.Actor
	at     int64
}

type foundApproval struct {
	needText, byText sql.NullString // JSON, which decode decodes
	need             moderation.ApprovalRequirement
	by               moderation.Actor
	at               int64
}

type foundReview struct {
	moderation.Review
	by sql.NullString // JSON of By, which decode decodes
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
			return scan(c.fields()...)
		})
	if err != nil || len(cases) == 0 {
		return p, err
	}
	p.cases = cases
	upTo := cases[len(cases)-1].No
	if p.entries, err = pageOf(a, `SELECT e.case_no, e.kind, e.at, `+bodyColumns+` FROM entries e LEFT JOIN bodies b ON b.entry_id = e.id WHERE e.case_no > ? AND e.case_no <= ? ORDER BY e.case_no, e.id`,
		max(after, 0), upTo, func(t *loggedEntry) []any { return append([]any{&t.kind, &t.at}, t.fields()...) }); err != nil {
		return p, err
	}
	if p.targets, err = pageOf(a, `SELECT case_no, room, target, outcome FROM targets WHERE case_no > ? AND case_no <= ?`,
		after, upTo, func(g *foundTarget) []any { return []any{&g.room, &g.id, &g.outcome} }); err != nil {
		return p, err
	}
	if p.votes, err = pageOf(a, `SELECT case_no, person, actor, at FROM votes WHERE case_no > ? AND case_no <= ?`,
		after, upTo, func(v *foundVote) []any { return []any{&v.person, &v.text, &v.at} }); err != nil {
		return p, err
	}
	if p.approvals, err = pageOf(a, `SELECT case_no, need, decided_by, decided_at FROM approvals WHERE case_no > ? AND case_no <= ?`,
		after, upTo, func(v *foundApproval) []any { return []any{&v.needText, &v.byText, &v.at} }); err != nil {
		return p, err
	}
	if p.reviews, err = pageOf(a, `SELECT case_no, state, person, note FROM reviews WHERE case_no > ? AND case_no <= ?`,
		after, upTo, func(r *foundReview) []any { return []any{&r.State, &r.by, &r.Note} }); err != nil {
		return p, err
	}
	if p.stops, err = pageOf(a, `SELECT case_no, code, vals, at FROM stops WHERE case_no > ? AND case_no <= ?`,
		after, upTo, func(r *foundStop) []any { return []any{&r.code, &r.vals, &r.at} }); err != nil {
		return p, err
	}
	p.calls, err = pageOf(a, `SELECT case_no, entry_id, api, request, purpose, class, code, message, request_id, at, answered_at FROM calls WHERE case_no > ? AND case_no <= ?`,
		after, upTo, func(c *foundCall) []any {
			return []any{&c.entry, &c.api, &c.request, &c.purpose, &c.class, &c.words.Code, &c.words.Message, &c.words.RequestID, &c.at, &c.answered}
		})
	return p, err
}

// pageOf reads the rows of some cases, by case; the first column is the case's number. fields is called
// once: each row is read into the same destinations, all of which it sets, and then copied.
func pageOf[T any](a *rowVerifier, query string, after, upTo int64, fields func(*T) []any) (map[int64][]*T, error) {
	found := make(map[int64][]*T)
	var no int64
	var row T
	into := append([]any{&no}, fields(&row)...)
	err := a.each(query, []any{after, upTo}, func(scan func(...any) error) error {
		if err := scan(into...); err != nil {
			return err
		}
		one := row
		found[no] = append(found[no], &one)
		return nil
	})
	return found, err
}

// decode decodes all JSON of the page.
func (p *casePage) decode(d *decoder) error {
	var errs []error
	for _, c := range p.cases {
		errs = append(errs, c.decode(d))
		for _, t := range p.entries[c.No] {
			errs = append(errs, d.decode(t.text, &t.body))
		}
		for _, v := range p.votes[c.No] {
			errs = append(errs, d.decode(v.text, &v.actor))
		}
		for _, v := range p.approvals[c.No] {
			errs = append(errs, d.decode(v.needText, &v.need), d.decode(v.byText, &v.by))
		}
		for _, r := range p.reviews[c.No] {
			errs = append(errs, d.decode(r.by, &r.By))
		}
		if err := cmp.Or(errs...); err != nil {
			return err
		}
		errs = errs[:0]
	}
	return nil
}

func (c *foundCase) decode(d *decoder) (err error) {
	if err = d.decode(c.action, &c.Action); err != nil {
		return err
	}
	if c.Actor, err = decodeOnce[moderation.Actor](d, c.actor); err != nil {
		return err
	}
	decision, err := decodeOnce[comparedDecision](d, c.decision)
	if err != nil {
		return err
	}
	if decision.Decision != nil {
		c.Decision = *decision.Decision
	}
	return d.decode(c.override, &c.Override)
}

// decode decodes a text. NULL leaves the value as it is.
func (d *decoder) decode(text sql.NullString, into any) error {
	if !text.Valid {
		return nil
	}
	d.buffer = append(d.buffer[:0], text.String...) // of which json.Unmarshal keeps nothing
	return json.Unmarshal(d.buffer, into)
}

// decodeOnce returns the value of a text, which nobody changes.
func decodeOnce[T any](d *decoder, text sql.NullString) (T, error) {
	v, ok := d.known[text.String].(T)
	if ok {
		return v, nil
	}
	err := d.decode(text, &v)
	if err == nil && len(d.known) < mostDecoded {
		d.known[text.String] = v
	}
	return v, err
}
