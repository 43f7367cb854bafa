-- +goose Up
-- The words of the reasons of cases, by which a search finds them. word is derived from the text.
-- The counter is the last case whose reason is in here: those after it are searched without.
CREATE TABLE reason_words (
    word BIGINT PRIMARY KEY,
    text TEXT   NOT NULL
);
CREATE TABLE case_words (
    word    BIGINT NOT NULL,
    case_no BIGINT NOT NULL,
    PRIMARY KEY (word, case_no)
) /* WITHOUT ROWID */;
INSERT INTO counters (name, value) VALUES ('reason_words', 0);

-- +goose Down
DELETE FROM counters WHERE name = 'reason_words';
DROP TABLE case_words;
DROP TABLE reason_words;
