-- +goose Up
-- Whether the target was in the room just before the first call: 'in', 'out',
-- 'unknown' when the room's list could not tell, '' when it was not asked.
ALTER TABLE targets ADD COLUMN inside TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE targets DROP COLUMN inside;
