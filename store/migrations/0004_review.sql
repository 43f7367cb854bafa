-- +goose Up
-- One row a case that must be, or was, looked at by somebody else. rank 0 goes
-- before rank 1 on the list of what waits.
CREATE TABLE reviews (
    case_no BIGINT PRIMARY KEY,
    app     BIGINT NOT NULL,
    team    TEXT   NOT NULL,
    state   TEXT   NOT NULL,
    why     TEXT   NOT NULL,
    rank    BIGINT NOT NULL,
    person  TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    note    TEXT   NOT NULL
);
CREATE INDEX reviews_due ON reviews (app, rank, case_no) WHERE state <> 'reviewed';

-- What an audit message with several lines stands for.
CREATE TABLE line_cases (
    token TEXT PRIMARY KEY,
    app   BIGINT NOT NULL,
    team  TEXT   NOT NULL,
    cases TEXT   NOT NULL,
    at    BIGINT NOT NULL
);

CREATE TABLE digests (
    day      TEXT   NOT NULL,
    app      BIGINT NOT NULL,
    team     TEXT   NOT NULL,
    until_at BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (app, day)
);
CREATE INDEX digests_until ON digests (app, until_at);

CREATE INDEX entries_day ON entries (at, kind)
    WHERE kind IN ('refused', 'folded', 'approved', 'denied', 'withdrawn', 'expired', 'glass', 'overdue', 'reviewed');

-- A case's line is kept as long as its case, and with it what shares its
-- message: that is written anew when somebody looks at the case. Other lines go
-- after a week.
CREATE INDEX posts_of ON posts (case_no, id) WHERE kind = 'line' AND body = '';
DROP INDEX posts_lines;
CREATE INDEX posts_lines ON posts (at) WHERE kind = 'line' AND body <> '' AND folded = 0 AND due_at IS NULL;

-- +goose Down
DROP INDEX posts_lines;
CREATE INDEX posts_lines ON posts (at) WHERE kind = 'line' AND due_at IS NULL;
DROP INDEX posts_of;
DROP INDEX entries_day;
DROP TABLE digests;
DROP TABLE line_cases;
DROP TABLE reviews;
