-- +goose Up
-- When a restriction began follows from the moves; it is not stored twice.
ALTER TABLE standing DROP COLUMN since_at;

-- +goose Down
ALTER TABLE standing ADD COLUMN since_at BIGINT NOT NULL DEFAULT 0;
