-- +goose Up
-- reason, actor_key and actor_user stand in the case's JSON too; here they can
-- be searched for. approval is the state of its request, '' where it needed none.
ALTER TABLE cases ADD COLUMN actor_key TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN actor_user TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN approval TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN of_no BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN rel TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN glass TEXT NOT NULL DEFAULT '';
CREATE INDEX cases_actor ON cases (actor_key, no);
CREATE INDEX cases_of ON cases (of_no, no) WHERE of_no > 0;

-- kind 'undo': it binds nothing itself, it only takes another case's move away.
-- replaces: the case whose moves of this row count no more while this one is not void.
ALTER TABLE moves ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE moves ADD COLUMN replaces BIGINT NOT NULL DEFAULT 0;
-- since_at is when the binding began, through all cases that went on with it.
ALTER TABLE standing ADD COLUMN since_at BIGINT NOT NULL DEFAULT 0;
UPDATE standing SET since_at = COALESCE((SELECT MIN(m.at) FROM moves m WHERE m.generation = standing.generation), 0) WHERE bound = 1;

CREATE TABLE approvals (
    case_no      BIGINT PRIMARY KEY,
    app          BIGINT NOT NULL,
    team         TEXT   NOT NULL,
    need         TEXT   NOT NULL,
    look         TEXT   NOT NULL,
    expires_at   BIGINT NOT NULL,
    reminded_at  BIGINT NOT NULL,
    escalated_at BIGINT NOT NULL,
    listed_at    BIGINT NOT NULL,
    decided_by   TEXT   NOT NULL,
    decided_at   BIGINT NOT NULL,
    reason       TEXT   NOT NULL
);

CREATE TABLE votes (
    case_no BIGINT NOT NULL,
    person  TEXT   NOT NULL,
    app     BIGINT NOT NULL,
    team    TEXT   NOT NULL,
    actor   TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (case_no, person)
);

-- On whom a person acted last with a verb: what brakes count. person is the
-- enterprise user, or the user.
CREATE TABLE acted (
    app    BIGINT NOT NULL,
    team   TEXT   NOT NULL,
    person TEXT   NOT NULL,
    verb   TEXT   NOT NULL,
    target TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (app, person, verb, target)
);
CREATE INDEX acted_when ON acted (app, person, at);
CREATE INDEX acted_old ON acted (at);

-- +goose Down
DROP TABLE acted;
DROP TABLE votes;
DROP TABLE approvals;
ALTER TABLE standing DROP COLUMN since_at;
ALTER TABLE moves DROP COLUMN replaces;
ALTER TABLE moves DROP COLUMN kind;
DROP INDEX cases_of;
DROP INDEX cases_actor;
ALTER TABLE cases DROP COLUMN glass;
ALTER TABLE cases DROP COLUMN rel;
ALTER TABLE cases DROP COLUMN of_no;
ALTER TABLE cases DROP COLUMN approval;
ALTER TABLE cases DROP COLUMN reason;
ALTER TABLE cases DROP COLUMN actor_user;
ALTER TABLE cases DROP COLUMN actor_key;
