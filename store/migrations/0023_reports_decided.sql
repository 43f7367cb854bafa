-- +goose Up
-- When a person decided on a report or dismissed it; 0 before.
ALTER TABLE reports ADD COLUMN decided_at BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE reports DROP COLUMN decided_at;
