-- +goose Up
-- What the report with this id said, as a hash: another report with it is refused. '' where it is not known.
ALTER TABLE report_ids ADD COLUMN digest TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE report_ids DROP COLUMN digest;
