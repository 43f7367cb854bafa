-- +goose Up
-- Times are Unix milliseconds. A time of 0 means "none", except for due times
-- of messages and ends of jobs, where NULL keeps a row out of a partial index.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Numbers that must have no gap, or that must rise in order of commit.
CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('case', 0), ('refusal', 0), ('generation', 0), ('number', 0);

CREATE TABLE jobs (
    id        BIGINT PRIMARY KEY,
    app       BIGINT NOT NULL,
    team      TEXT   NOT NULL,
    key       TEXT   NOT NULL,
    queue     TEXT   NOT NULL,
    kind      TEXT   NOT NULL,
    case_no   BIGINT NOT NULL,
    payload   TEXT   NOT NULL,
    reply_url TEXT   NOT NULL,
    attempt   BIGINT NOT NULL,
    leased    BIGINT NOT NULL,
    queued_at BIGINT NOT NULL,
    due_at    BIGINT NOT NULL,
    run_at    BIGINT NOT NULL,
    done_at   BIGINT
);
CREATE UNIQUE INDEX jobs_key ON jobs (key);
CREATE INDEX jobs_due ON jobs (queue, run_at, id) WHERE done_at IS NULL;
CREATE INDEX jobs_case ON jobs (case_no, kind) WHERE done_at IS NULL AND case_no > 0;
CREATE INDEX jobs_done ON jobs (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX jobs_reply ON jobs (queued_at) WHERE reply_url <> '';

CREATE TABLE cases (
    no            BIGINT PRIMARY KEY,
    token         TEXT   NOT NULL,
    app           BIGINT NOT NULL,
    team          TEXT   NOT NULL,
    verb          TEXT   NOT NULL,
    room          TEXT   NOT NULL,
    action        TEXT   NOT NULL,
    actor         TEXT   NOT NULL,
    origin        TEXT   NOT NULL,
    decision      TEXT   NOT NULL,
    typed         TEXT   NOT NULL,
    state         TEXT   NOT NULL,
    round         BIGINT NOT NULL,
    version       BIGINT NOT NULL,
    asked_at      BIGINT NOT NULL,
    open_at       BIGINT NOT NULL,
    done_at       BIGINT NOT NULL,
    until_at      BIGINT NOT NULL,
    card_channel  TEXT   NOT NULL,
    card_ts       TEXT   NOT NULL,
    audit_channel TEXT   NOT NULL,
    pending       BIGINT NOT NULL,
    accepted      BIGINT NOT NULL,
    failed        BIGINT NOT NULL,
    unknown       BIGINT NOT NULL,
    superseded    BIGINT NOT NULL,
    dropped       BIGINT NOT NULL,
    ended         TEXT   NOT NULL,
    ended_at      BIGINT NOT NULL
);
CREATE UNIQUE INDEX cases_token ON cases (token);
CREATE INDEX cases_room ON cases (app, room, no);

CREATE TABLE targets (
    case_no   BIGINT NOT NULL,
    seq       BIGINT NOT NULL,
    app       BIGINT NOT NULL,
    team      TEXT   NOT NULL,
    chunk     BIGINT NOT NULL,
    target    TEXT   NOT NULL,
    outcome   TEXT   NOT NULL,
    code      TEXT   NOT NULL,
    vals      TEXT   NOT NULL,
    lift      TEXT   NOT NULL,
    overdue   BIGINT NOT NULL,
    call_id   BIGINT NOT NULL,
    call_ends BIGINT NOT NULL,
    PRIMARY KEY (case_no, seq)
);
CREATE INDEX targets_chunk ON targets (case_no, chunk, seq);
CREATE INDEX targets_person ON targets (app, target, case_no);

-- Append-only, but for void and ended_at. void: it never took effect, or was
-- taken back. The newest move of a row that is not void is its standing. Newest
-- is what was accepted last, whichever was decided first: job_id is the delivery
-- that asked for it.
CREATE TABLE moves (
    generation BIGINT PRIMARY KEY,
    app        BIGINT NOT NULL,
    team       TEXT   NOT NULL,
    room       TEXT   NOT NULL,
    target     TEXT   NOT NULL,
    medium     TEXT   NOT NULL,
    case_no    BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    job_id     BIGINT NOT NULL,
    bound      BIGINT NOT NULL,
    until_at   BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    void       BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL
);
CREATE INDEX moves_row ON moves (app, room, target, medium, job_id, generation);
CREATE INDEX moves_case ON moves (case_no, seq);

CREATE TABLE standing (
    app           BIGINT NOT NULL,
    team          TEXT   NOT NULL,
    room          TEXT   NOT NULL,
    target        TEXT   NOT NULL,
    medium        TEXT   NOT NULL,
    bound         BIGINT NOT NULL,
    case_no       BIGINT NOT NULL,
    generation    BIGINT NOT NULL,
    until_at      BIGINT NOT NULL,
    flying_job    BIGINT NOT NULL,
    flying_call   BIGINT NOT NULL,
    flying_until  BIGINT NOT NULL,
    doubt_case    BIGINT NOT NULL,
    doubt_purpose TEXT   NOT NULL,
    doubt_until   BIGINT NOT NULL,
    PRIMARY KEY (app, room, target, medium)
);
CREATE INDEX standing_flying ON standing (flying_call) WHERE flying_call > 0;

CREATE TABLE calls (
    id          BIGINT PRIMARY KEY,
    app         BIGINT NOT NULL,
    team        TEXT   NOT NULL,
    case_no     BIGINT NOT NULL,
    chunk       BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    round       BIGINT NOT NULL,
    attempt     BIGINT NOT NULL,
    purpose     TEXT   NOT NULL,
    media       TEXT   NOT NULL,
    verb        TEXT   NOT NULL,
    api         TEXT   NOT NULL,
    request     TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    answered_at BIGINT NOT NULL,
    class       TEXT   NOT NULL,
    code        TEXT   NOT NULL,
    message     TEXT   NOT NULL,
    request_id  TEXT   NOT NULL,
    entry_id    BIGINT NOT NULL,
    generation  BIGINT NOT NULL -- the newest one when it was announced
);
CREATE INDEX calls_case ON calls (case_no, purpose, chunk, seq);

-- inner_hash is SHA-256 of salt and body; it stays when the body is erased.
CREATE TABLE entries (
    id         BIGINT PRIMARY KEY,
    app        BIGINT NOT NULL,
    team       TEXT   NOT NULL,
    number     BIGINT,
    case_no    BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    inner_hash TEXT   NOT NULL,
    hash       TEXT   NOT NULL
);
CREATE UNIQUE INDEX entries_number ON entries (number) WHERE number IS NOT NULL;
CREATE INDEX entries_unsealed ON entries (id) WHERE number IS NULL;
CREATE INDEX entries_case ON entries (case_no, id);

CREATE TABLE bodies (
    entry_id BIGINT PRIMARY KEY,
    app      BIGINT NOT NULL,
    team     TEXT   NOT NULL,
    salt     TEXT   NOT NULL,
    body     TEXT   NOT NULL
);

CREATE TABLE posts (
    id           BIGINT PRIMARY KEY,
    app          BIGINT NOT NULL,
    team         TEXT   NOT NULL,
    key          TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    channel      TEXT   NOT NULL,
    case_no      BIGINT NOT NULL,
    rank         BIGINT NOT NULL,
    due_at       BIGINT,
    leased_until BIGINT NOT NULL,
    wanted       BIGINT NOT NULL,
    posted       BIGINT NOT NULL,
    ts           TEXT   NOT NULL,
    folded       BIGINT NOT NULL,
    attempt      BIGINT NOT NULL,
    entry_kind   TEXT   NOT NULL,
    body         TEXT   NOT NULL,
    count        BIGINT NOT NULL,
    at           BIGINT NOT NULL
);
CREATE UNIQUE INDEX posts_key ON posts (key);
CREATE INDEX posts_due ON posts (channel, rank, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX posts_message ON posts (channel, ts) WHERE ts <> '';
CREATE INDEX posts_lines ON posts (at) WHERE kind = 'line' AND due_at IS NULL;

-- tat is the theoretical arrival time of GCRA, in Unix microseconds: limits
-- of hundreds a second need more than milliseconds.
CREATE TABLE limits (
    key TEXT PRIMARY KEY,
    tat BIGINT NOT NULL
);

CREATE TABLE drafts (
    token      TEXT PRIMARY KEY,
    app        BIGINT NOT NULL,
    team       TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    channel    TEXT   NOT NULL,
    text       TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    case_no    BIGINT NOT NULL
);
CREATE INDEX drafts_expiry ON drafts (expires_at);

CREATE TABLE lists (
    token      TEXT PRIMARY KEY,
    app        BIGINT NOT NULL,
    team       TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    action     TEXT   NOT NULL,
    reading    TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX lists_expiry ON lists (expires_at);

-- One row a person and minute. folded is how many were only counted.
CREATE TABLE refusals (
    app    BIGINT NOT NULL,
    team   TEXT   NOT NULL,
    person TEXT   NOT NULL,
    minute BIGINT NOT NULL,
    kept   BIGINT NOT NULL,
    folded BIGINT NOT NULL,
    actor  TEXT   NOT NULL,
    PRIMARY KEY (app, team, person, minute)
);
CREATE INDEX refusals_minute ON refusals (minute);

-- +goose Down
DROP TABLE refusals;
DROP TABLE lists;
DROP TABLE drafts;
DROP TABLE limits;
DROP TABLE posts;
DROP TABLE bodies;
DROP TABLE entries;
DROP TABLE calls;
DROP TABLE standing;
DROP TABLE moves;
DROP TABLE targets;
DROP TABLE cases;
DROP TABLE jobs;
DROP TABLE counters;
DROP TABLE meta;
