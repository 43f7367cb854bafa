-- +goose Up
-- Moves are facts: none is changed. Those that never took effect are of the kind
-- 'nothing', and how a restriction ended is a move of its own: of the kind
-- 'lifted', 'gone' or 'passed'.
UPDATE moves SET kind = 'nothing' WHERE void = 1;
INSERT INTO moves (generation, app, team, room, target, medium, case_no, seq, job_id, bound, until_at, at, void, ended_at, kind, replaces)
    SELECT (SELECT value FROM counters WHERE name = 'generation') + ROW_NUMBER() OVER (ORDER BY m.generation),
        m.app, m.team, m.room, m.target, m.medium, m.case_no, m.seq, m.job_id, 0, 0, m.ended_at, 0, 0,
        CASE g.lift WHEN 'lifted' THEN 'lifted' WHEN 'gone' THEN 'gone' ELSE 'passed' END, 0
    FROM moves m JOIN targets g ON g.case_no = m.case_no AND g.seq = m.seq WHERE m.void = 0 AND m.bound = 1 AND m.ended_at > 0;
UPDATE counters SET value = (SELECT COALESCE(MAX(generation), 0) FROM moves) WHERE name = 'generation'
    AND value < (SELECT COALESCE(MAX(generation), 0) FROM moves);
ALTER TABLE moves DROP COLUMN void;
ALTER TABLE moves DROP COLUMN ended_at;

-- What the vendor was told of a target: by medium in JSON, as said and as a lost
-- call may have said. After matters_until nothing can be in force: 0 for nothing is.
CREATE TABLE applied (
    app           BIGINT NOT NULL,
    team          TEXT   NOT NULL,
    room          TEXT   NOT NULL,
    target        TEXT   NOT NULL,
    media         TEXT   NOT NULL,
    matters_until BIGINT NOT NULL,
    flying_job    BIGINT NOT NULL,
    flying_call   BIGINT NOT NULL,
    flying_until  BIGINT NOT NULL,
    PRIMARY KEY (app, room, target)
);
CREATE INDEX applied_flying ON applied (flying_call) WHERE flying_call > 0;
CREATE INDEX applied_room ON applied (app, room, matters_until);
CREATE INDEX applied_person ON applied (app, target, room);
CREATE INDEX moves_person ON moves (app, target, room);

-- What a call said of each of its targets, in JSON.
ALTER TABLE calls ADD COLUMN says TEXT NOT NULL DEFAULT '[]';
ALTER TABLE calls DROP COLUMN media;
ALTER TABLE calls DROP COLUMN generation;

-- +goose Down
ALTER TABLE calls ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;
ALTER TABLE calls ADD COLUMN media TEXT NOT NULL DEFAULT '';
ALTER TABLE calls DROP COLUMN says;
DROP INDEX moves_person;
DROP TABLE applied;
ALTER TABLE moves ADD COLUMN ended_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE moves ADD COLUMN void BIGINT NOT NULL DEFAULT 0;
