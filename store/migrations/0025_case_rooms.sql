-- +goose Up
-- room is where a target of a case in several rooms is; '' for the case's first room, which cases.room is.
ALTER TABLE targets ADD COLUMN room TEXT NOT NULL DEFAULT '';

-- The further rooms of cases in several, by which a search finds them. Derived from cases.action.
CREATE TABLE case_rooms (
    app     BIGINT NOT NULL,
    room    TEXT   NOT NULL,
    case_no BIGINT NOT NULL,
    PRIMARY KEY (app, room, case_no)
);

-- +goose Down
DROP TABLE case_rooms;
ALTER TABLE targets DROP COLUMN room;
