package store

import (
	"context"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"modernc.org/sqlite"
)

// growChain is the hash of the newest entry of the database that Grow fills.
var growChain [32]byte

func init() {
	sqlite.MustRegisterScalarFunction("chained_hash", 7, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		n := func(i int) int64 { v, _ := args[i].(int64); return v }
		text := func(i int) string { v, _ := args[i].(string); return v }
		var err error
		growChain, err = chainLink{number: n(0), no: n(1), at: n(2), app: n(3), team: text(4), kind: text(5), inner: text(6)}.chained(growChain)
		return hex.EncodeToString(growChain[:]), err
	})
	sqlite.MustRegisterDeterministicScalarFunction("inner_hash", 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		salt, _ := args[0].(string)
		body, _ := args[1].(string)
		return innerHash(salt, body), nil
	})
}

// Of people and rooms whose names contain these, each copy of Grow has its own.
const (
	OwnPerson = "x0x"
	OwnRoom   = "y0y"
)

// roomsOf is after how many copies the same rooms come again.
const roomsOf = 40

// Grow repeats all cases of a SQLite file, with everything that belongs to them, so many times, each
// copy by step later than the one before it, with entries that are sealed and reasons that are
// indexed. What is due at Slack is posted and what is due at the vendor is done first, except for the
// ends of restrictions.
func (s *Store) Grow(ctx context.Context, copies int, step time.Duration) error {
	for _, q := range []string{`PRAGMA synchronous = OFF`, `PRAGMA cache_size = -500000`} { // it is made again after a crash
		if _, err := s.w.conn.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	g := grower{s: s, step: step.Milliseconds(), columns: make(map[string][]string), tops: make(map[string]int64)}
	var indexes []string
	if err := s.write(ctx, func(t *tx) (err error) {
		if err := g.begin(t); err != nil {
			return err
		}
		indexes, err = dropIndexes(t)
		return err
	}); err != nil {
		return err
	}
	for k := int64(1); k <= int64(copies); k++ {
		if err := s.write(ctx, func(t *tx) error { return g.copy(t, k, copies) }); err != nil {
			return err
		}
		if k%10 == 0 {
			if err := s.Checkpoint(ctx); err != nil {
				return err
			}
		}
	}
	for _, create := range indexes {
		if err := s.write(ctx, func(t *tx) error { return t.run(create) }); err != nil {
			return err
		}
	}
	for more := true; more; {
		var err error
		if more, err = s.IndexReasons(ctx); err != nil {
			return err
		}
	}
	return s.write(ctx, func(t *tx) error {
		for name, top := range map[string]int64{"case": g.tops["cases"], "generation": g.tops["moves"], "number": g.number} {
			if err := t.run(`UPDATE counters SET value = ? WHERE name = ?`, top*int64(copies+1), name); err != nil {
				return err
			}
		}
		return nil
	})
}

// dropIndexes drops what would be written at random places, and returns how it is created again.
func dropIndexes(t *tx) (create []string, err error) {
	type index struct{ name, create string }
	all, err := rows(t, `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL`, nil, func(i *index) []any { return []any{&i.name, &i.create} })
	for _, i := range all {
		if err := t.run(`DROP INDEX ` + i.name); err != nil {
			return nil, err
		}
		create = append(create, i.create)
	}
	return create, err
}

type grower struct {
	s       *Store
	step    int64
	columns map[string][]string
	tops    map[string]int64 // by table: its largest key before
	number  int64            // entries before
}

// grown are the tables that are copied, with their keys, in an order in which bodies come before
// the entries that hash them.
var grown = [][2]string{
	{"bodies", "entry_id"}, {"entries", "id"}, {"cases", "no"}, {"targets", "case_no"}, {"moves", "generation"}, {"applied", ""}, {"calls", "id"},
	{"posts", "id"}, {"jobs", "id"}, {"reviews", "case_no"}, {"notes", "id"}, {"evidence", "id"},
}

func (g *grower) begin(t *tx) error {
	for _, q := range []string{
		`UPDATE posts SET due_at = NULL, leased_until = 0, posted = wanted, ts = 'ts' || id`,
		`UPDATE cases SET card_ts = 'ts' || no`,
		`UPDATE jobs SET done_at = queued_at WHERE done_at IS NULL AND queue <> 'lift'`,
	} {
		if err := t.run(q); err != nil {
			return err
		}
	}
	for _, table := range grown {
		var err error
		if g.columns[table[0]], err = g.s.columnsOf(t.w.ctx, table[0]); err != nil {
			return err
		}
		if table[1] == "" {
			continue
		}
		var top int64
		if err := t.one(`SELECT COALESCE(MAX(` + table[1] + `), 0) FROM ` + table[0])(&top); err != nil {
			return err
		}
		g.tops[table[0]] = top
	}
	head, err := headOf(t)
	if err != nil {
		return err
	}
	g.number = head.Number
	if growChain, err = t.s.previous(head.Number, head.Hash); err != nil {
		return err
	}
	g.tops["entries"] = max(g.tops["entries"], g.tops["bodies"])
	g.tops["cases"] = max(g.tops["cases"], g.tops["targets"])
	return nil
}

func (s *Store) columnsOf(ctx context.Context, table string) (names []string, err error) {
	rows, err := s.reads.QueryContext(ctx, `SELECT * FROM `+table+` LIMIT 0`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close(), rows.Err()) }()
	return rows.Columns()
}

func (g *grower) copy(t *tx, k int64, copies int) error {
	for _, table := range grown {
		if err := t.w.flush(); err != nil {
			return err
		}
		if _, err := t.w.conn.ExecContext(t.w.ctx, g.query(table[0], table[1], k, copies)); err != nil {
			return fmt.Errorf("%s: %w", table[0], err)
		}
	}
	return nil
}

func (g *grower) query(table, key string, k int64, copies int) string {
	own := func(c string) string {
		return fmt.Sprintf(`replace(replace(%s, '%s', 'x%dx'), '%s', 'y%dy')`, c, OwnPerson, k, OwnRoom, k%roomsOf)
	}
	plus := func(c, of string) string {
		return fmt.Sprintf(`CASE WHEN %[1]s > 0 THEN %[1]s + %[2]d ELSE 0 END`, c, k*g.tops[of])
	}
	later := func(c string) string {
		return fmt.Sprintf(`CASE WHEN %[1]s > 0 THEN %[1]s + %[2]d ELSE %[1]s END`, c, k*g.step)
	}
	changed := map[string]string{
		"no": plus("no", "cases"), "case_no": plus("case_no", "cases"), "of_no": plus("of_no", "cases"), "replaces": plus("replaces", "cases"),
		"id": plus("id", table), "entry_id": plus("entry_id", "entries"), "call_id": plus("call_id", "calls"), "job_id": plus("job_id", "jobs"),
		"generation": plus("generation", "moves"),
		"token":      fmt.Sprintf(`token || '-%d'`, k), "key": fmt.Sprintf(`key || '-%d'`, k),
	}
	if table == "posts" {
		changed["generation"] = "generation"
	}
	for _, c := range []string{"asked_at", "open_at", "done_at", "at", "queued_at", "answered_at"} {
		changed[c] = later(c)
	}
	for _, c := range []string{"room", "target", "action", "request", "payload", "vals", "says", "media", "typed", "reason", "body", "text"} {
		changed[c] = own(c)
	}
	if table == "entries" {
		inner := fmt.Sprintf(`(SELECT inner_hash(b.salt, b.body) FROM bodies b WHERE b.entry_id = entries.id + %d)`, k*g.tops["entries"])
		changed["inner_hash"], changed["number"] = inner, fmt.Sprintf(`number + %d`, k*g.number)
		changed["hash"] = fmt.Sprintf(`chained_hash(%s, %s, %s, app, team, kind, %s)`, changed["number"], changed["case_no"], changed["at"], inner)
	}
	var values []string
	for _, c := range g.columns[table] {
		if as, ok := changed[c]; ok {
			values = append(values, as)
			continue
		}
		values = append(values, c)
	}
	query := `INSERT INTO ` + table + ` (` + strings.Join(g.columns[table], ", ") + `) SELECT ` + strings.Join(values, ", ") + ` FROM ` + table
	switch {
	case table == "applied":
		return query + ` WHERE target LIKE '%` + OwnPerson + `%' OR room LIKE '%` + OwnRoom + `%' ON CONFLICT DO NOTHING`
	case table == "jobs" && k < int64(copies)-20: // finished ones are kept for a week
		return query + fmt.Sprintf(` WHERE id <= %d AND done_at IS NULL`, g.tops[table])
	}
	return query + fmt.Sprintf(` WHERE %s <= %d ORDER BY %[1]s`, key, g.tops[table])
}

// Clock returns the store's time.
func (s *Store) Clock() time.Time { return s.now() }
