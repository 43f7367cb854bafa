-- +goose Up
-- Increases each time that a process leases the post: a result of an earlier lease is not recorded.
ALTER TABLE posts ADD COLUMN lease BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE posts DROP COLUMN lease;
