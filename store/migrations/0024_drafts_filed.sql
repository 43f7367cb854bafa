-- +goose Up
-- The action of a draft whose people came from a file, with all of them; '' for a draft of a text.
ALTER TABLE drafts ADD COLUMN filed TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE drafts DROP COLUMN filed;
