-- +goose Up
-- Reports come after what belongs to a case.
UPDATE posts SET rank = 5 WHERE kind = 'report';

-- +goose Down
UPDATE posts SET rank = 1 WHERE kind = 'report';
