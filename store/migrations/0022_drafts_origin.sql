-- +goose Up
-- What a draft belongs to: the token of the message that becomes evidence of its case, and of the
-- report that the case comes of; '' for none.
ALTER TABLE drafts ADD COLUMN quote TEXT NOT NULL DEFAULT '';
ALTER TABLE drafts ADD COLUMN report TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE drafts DROP COLUMN report;
ALTER TABLE drafts DROP COLUMN quote;
