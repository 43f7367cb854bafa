package store

// holding is what a column may contain of a person.
type holding int

const (
	holdsWords holding = iota // a text that may contain ids
	holdsID
	holdsKey // a row's key, with an id in it where it belongs to a person
	holdsJSON
	holdsBody  // a moderation.Body
	holdsProse // a text that is removed when its case concerns only this person
)

// kept is a table that may contain personal data: its key, by which it is walked, the column of
// its case ("" for none), and the columns.
type kept struct {
	table  string
	keys   []string
	caseNo string
	holds  map[string]holding
	// drops means that a row which names the person is not needed any more.
	drops bool
}

// personal are all tables that may contain personal data, except entries and their bodies, which
// are chained, and notes and evidence, whose text is removed completely. A test compares it with
// the tables.
var personal = []kept{
	{table: "jobs", keys: []string{"id"}, caseNo: "case_no", holds: map[string]holding{"key": holdsKey, "payload": holdsJSON}},
	{table: "cases", keys: []string{"no"}, caseNo: "no", holds: map[string]holding{
		"action": holdsJSON, "actor": holdsJSON, "origin": holdsJSON, "decision": holdsJSON, "typed": holdsProse,
		"actor_key": holdsID, "actor_user": holdsID, "reason": holdsProse, "glass": holdsJSON,
	}},
	{table: "approvals", keys: []string{"case_no"}, caseNo: "case_no", holds: map[string]holding{
		"need": holdsJSON, "look": holdsJSON, "decided_by": holdsJSON, "reason": holdsProse,
	}},
	{table: "votes", keys: []string{"case_no", "person"}, caseNo: "case_no", holds: map[string]holding{"person": holdsID, "actor": holdsJSON}},
	{table: "acted", keys: []string{"app", "person", "verb", "target"}, holds: map[string]holding{"person": holdsID, "target": holdsID}},
	{table: "targets", keys: []string{"case_no", "seq"}, caseNo: "case_no", holds: map[string]holding{"target": holdsID, "vals": holdsJSON}},
	{table: "moves", keys: []string{"generation"}, caseNo: "case_no", holds: map[string]holding{"target": holdsID}},
	{table: "applied", keys: []string{"app", "room", "target"}, holds: map[string]holding{"target": holdsID}},
	{table: "calls", keys: []string{"id"}, caseNo: "case_no", holds: map[string]holding{"request": holdsJSON, "says": holdsJSON, "message": holdsWords}},
	{table: "posts", keys: []string{"id"}, caseNo: "case_no", holds: map[string]holding{"key": holdsKey, "body": holdsBody}},
	{table: "limits", keys: []string{"key"}, holds: map[string]holding{"key": holdsKey}},
	{table: "drafts", keys: []string{"token"}, holds: map[string]holding{"user_id": holdsID, "text": holdsWords, "filed": holdsJSON}, drops: true},
	{table: "lists", keys: []string{"token"}, holds: map[string]holding{"user_id": holdsID, "action": holdsJSON, "reading": holdsJSON}, drops: true},
	{table: "enquiries", keys: []string{"token"}, holds: map[string]holding{"user_id": holdsID, "action": holdsJSON}, drops: true},
	{table: "quotes", keys: []string{"token"}, holds: map[string]holding{"user_id": holdsID, "author": holdsID, "text": holdsWords, "link": holdsWords}, drops: true},
	{table: "refusals", keys: []string{"app", "team", "person", "minute"}, holds: map[string]holding{"person": holdsID, "actor": holdsJSON}},
	{table: "reviews", keys: []string{"case_no"}, caseNo: "case_no", holds: map[string]holding{"person": holdsJSON, "note": holdsProse}},
	{table: "suspensions", keys: []string{"id"}, holds: map[string]holding{"actor": holdsJSON, "by_actor": holdsJSON, "reason": holdsWords}},
	{table: "stops", keys: []string{"case_no"}, caseNo: "case_no", holds: map[string]holding{"vals": holdsJSON}},
	{table: "role_groups", keys: []string{"app", "team", "id"}, holds: map[string]holding{"seen": holdsJSON}},
	{table: "reports", keys: []string{"token"}, holds: map[string]holding{"target": holdsID}, drops: true},
	{table: "reports", keys: []string{"token"}, holds: map[string]holding{"reporters": holdsJSON, "said": holdsJSON, "person": holdsJSON}},
	{table: "notes", keys: []string{"id"}, holds: map[string]holding{"target": holdsID, "actor": holdsJSON}},
	{table: "evidence", keys: []string{"id"}, caseNo: "case_no", holds: map[string]holding{"actor": holdsJSON}},
}

// impersonal are the text columns without personal data.
var impersonal = map[string][]string{
	"meta":          {"name", "value"},
	"counters":      {"name"},
	"jobs":          {"team", "queue", "kind", "reply_url"},
	"cases":         {"token", "team", "verb", "room", "state", "card_channel", "card_ts", "audit_channel", "ended", "approval", "rel"},
	"targets":       {"team", "room", "outcome", "code", "lift", "inside"},
	"case_rooms":    {"room"},
	"moves":         {"team", "room", "medium", "kind"},
	"approvals":     {"team"},
	"votes":         {"team"},
	"acted":         {"team", "verb"},
	"applied":       {"team", "room", "media"},
	"calls":         {"team", "purpose", "verb", "api", "class", "code", "request_id"},
	"entries":       {"team", "kind", "inner_hash", "hash"},
	"bodies":        {"team", "salt", "body"}, // chained: rewritten with their entry
	"posts":         {"team", "kind", "channel", "ts", "entry_kind"},
	"drafts":        {"token", "team", "channel", "quote", "report"},
	"lists":         {"token", "team"},
	"form_views":    {"view", "hash"},
	"socket_shares": {"process"},
	"enquiries":     {"token", "team", "found"},
	"refusals":      {"team"},
	"suspensions":   {"team"},
	"stops":         {"team", "code"},
	"role_groups":   {"team", "id"},
	"reviews":       {"team", "state", "why"},
	"line_cases":    {"token", "team", "cases"},
	"reports":       {"token", "team", "room", "reason", "state", "channel"},
	"report_ids":    {"id", "digest"}, // the sender's own
	"digests":       {"day", "team"},
	"policies":      {"hash", "text"}, // the operator's own file, known by its hash
	"notes":         {"team", "text"}, // removed completely
	"evidence":      {"team", "author", "text", "link", "note"},
	"quotes":        {"token", "team", "channel"},
	"reason_words":  {"text"}, // goes with the last reason that contains it
}
