-- +goose Up
-- The version of the tables that each process on the database knows: an older one that leaves the work
-- to a newer one sees whether one runs.
ALTER TABLE socket_shares ADD COLUMN version BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE socket_shares DROP COLUMN version;
