-- +goose Up
-- 1 while a process has the post leased to send it. A post whose lease ended so may already be in
-- Slack: its process died, or stood still.
ALTER TABLE posts ADD COLUMN sending BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE posts DROP COLUMN sending;
