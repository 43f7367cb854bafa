-- +goose Up
-- Rises whenever what a post says must stand in another message: the old one is
-- gone, or its client_msg_id cannot be used any more.
ALTER TABLE posts ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE posts DROP COLUMN generation;
