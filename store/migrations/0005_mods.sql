-- +goose Up
-- Times are Unix milliseconds; 0 means "none".

-- A row that has not ended takes somebody's rights away until until_at (0: for
-- no end). actor is whose, by_actor who did it, both as they were read.
CREATE TABLE suspensions (
    id       BIGINT PRIMARY KEY,
    app      BIGINT NOT NULL,
    team     TEXT   NOT NULL,
    actor    TEXT   NOT NULL,
    by_actor TEXT   NOT NULL,
    reason   TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL
);
CREATE INDEX suspensions_now ON suspensions (app, id) WHERE ended_at = 0;
INSERT INTO counters (name, value) VALUES ('suspension', 0);

-- A case that somebody stopped sends nothing more.
CREATE TABLE stops (
    case_no BIGINT PRIMARY KEY,
    app     BIGINT NOT NULL,
    team    TEXT   NOT NULL,
    code    TEXT   NOT NULL,
    vals    TEXT   NOT NULL,
    at      BIGINT NOT NULL
);

-- The policies that were ever in force. Which one is stands in meta.
CREATE TABLE policies (
    hash     TEXT PRIMARY KEY,
    text     TEXT   NOT NULL,
    first_at BIGINT NOT NULL
);

-- The user groups that give roles, as they were last seen.
CREATE TABLE role_groups (
    app   BIGINT NOT NULL,
    team  TEXT   NOT NULL,
    id    TEXT   NOT NULL,
    seen  TEXT   NOT NULL,
    at    BIGINT NOT NULL,
    PRIMARY KEY (app, team, id)
);

CREATE INDEX cases_asked ON cases (app, asked_at, no);
CREATE INDEX cases_undone ON cases (app, no) WHERE state <> 'done';

-- +goose Down
DROP INDEX cases_undone;
DROP INDEX cases_asked;
DROP TABLE role_groups;
DROP TABLE policies;
DROP TABLE stops;
DROP TABLE suspensions;
DELETE FROM counters WHERE name = 'suspension';
