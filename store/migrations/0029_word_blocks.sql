-- +goose Up
-- Which cases have a word in their reason: a row for each 63 consecutive cases, with a bit for each.
-- So two words that many cases have are compared 63 cases at a time. The counter is the last case
-- whose reason is in here. case_words is what replicas of the version before read, until they end.
CREATE TABLE word_blocks (
    word  BIGINT NOT NULL,
    block BIGINT NOT NULL,
    cases BIGINT NOT NULL,
    PRIMARY KEY (word, block)
) /* WITHOUT ROWID */;
INSERT INTO counters (name, value) VALUES ('word_blocks', 0);

-- +goose Down
DELETE FROM counters WHERE name = 'word_blocks';
DROP TABLE word_blocks;
