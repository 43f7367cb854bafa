-- +goose Up
-- Ends of restrictions: many wait for weeks, and metrics count them at each scrape.
CREATE INDEX jobs_ends ON jobs (queue, due_at) WHERE queue = 'lift' AND kind = 'sync' AND key LIKE '%:end:%' AND done_at IS NULL;

-- +goose Down
DROP INDEX jobs_ends;
