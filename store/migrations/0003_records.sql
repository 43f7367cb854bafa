-- +goose Up
-- Remarks about targets, and what was put to cases. entry_id is the entry that
-- holds the same text, so that an erasure finds it.
CREATE TABLE notes (
    id       BIGINT PRIMARY KEY,
    app      BIGINT NOT NULL,
    team     TEXT   NOT NULL,
    target   TEXT   NOT NULL,
    actor    TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    text     TEXT   NOT NULL,
    erased   BIGINT NOT NULL,
    entry_id BIGINT NOT NULL
);
CREATE INDEX notes_target ON notes (app, target, id);

CREATE TABLE evidence (
    id       BIGINT PRIMARY KEY,
    app      BIGINT NOT NULL,
    team     TEXT   NOT NULL,
    case_no  BIGINT NOT NULL,
    actor    TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    author   TEXT   NOT NULL,
    sent_at  BIGINT NOT NULL,
    text     TEXT   NOT NULL,
    link     TEXT   NOT NULL,
    note     TEXT   NOT NULL,
    erased   BIGINT NOT NULL,
    entry_id BIGINT NOT NULL
);
CREATE INDEX evidence_case ON evidence (case_no, id);

CREATE TABLE enquiries (
    token      TEXT PRIMARY KEY,
    app        BIGINT NOT NULL,
    team       TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    action     TEXT   NOT NULL,
    found      TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX enquiries_expiry ON enquiries (expires_at);

-- Messages that somebody is about to put to a case.
CREATE TABLE quotes (
    token      TEXT PRIMARY KEY,
    app        BIGINT NOT NULL,
    team       TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    channel    TEXT   NOT NULL,
    author     TEXT   NOT NULL,
    sent_at    BIGINT NOT NULL,
    text       TEXT   NOT NULL,
    link       TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX quotes_expiry ON quotes (expires_at);

CREATE INDEX cases_user ON cases (actor_user, no);
CREATE INDEX cases_live ON cases (state, no) WHERE state <> 'done';
CREATE INDEX standing_person ON standing (app, target, room) WHERE bound = 1;

-- +goose Down
DROP INDEX standing_person;
DROP INDEX cases_live;
DROP INDEX cases_user;
DROP TABLE quotes;
DROP TABLE enquiries;
DROP TABLE evidence;
DROP TABLE notes;
