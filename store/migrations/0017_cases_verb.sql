-- +goose Up
-- A search for a moderator and a verb does not read all cases of the moderator.
CREATE INDEX cases_actor_verb ON cases (actor_key, verb, no);
CREATE INDEX cases_user_verb ON cases (actor_user, verb, no);

-- +goose Down
DROP INDEX cases_user_verb;
DROP INDEX cases_actor_verb;
