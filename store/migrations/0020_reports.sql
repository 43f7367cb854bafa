-- +goose Up
-- Reports from outside. Equal ones (same room, target and reason) are one row until they are decided.
CREATE TABLE reports (
    token     TEXT   PRIMARY KEY,
    app       BIGINT NOT NULL,
    team      TEXT   NOT NULL,
    room      TEXT   NOT NULL,
    target    TEXT   NOT NULL,
    reason    TEXT   NOT NULL,
    state     TEXT   NOT NULL,
    count     BIGINT NOT NULL,
    reporters TEXT   NOT NULL,
    said      TEXT   NOT NULL,
    first_at  BIGINT NOT NULL,
    last_at   BIGINT NOT NULL,
    reminded_at BIGINT NOT NULL,
    case_no   BIGINT NOT NULL,
    person    TEXT   NOT NULL,
    channel   TEXT   NOT NULL,
    version   BIGINT NOT NULL
);
CREATE UNIQUE INDEX reports_equal ON reports (app, room, target, reason) WHERE state IN ('open', 'taken');
CREATE INDEX reports_waiting ON reports (app, channel, reminded_at) WHERE state = 'open';
CREATE INDEX reports_case ON reports (case_no) WHERE case_no > 0;
CREATE INDEX reports_over ON reports (last_at) WHERE state IN ('decided', 'dismissed');
CREATE INDEX posts_reports ON posts (at) WHERE kind = 'report';

-- The ids of reports that were received, so that a repeat changes nothing.
CREATE TABLE report_ids (
    app BIGINT NOT NULL,
    id  TEXT   NOT NULL,
    at  BIGINT NOT NULL,
    PRIMARY KEY (app, id)
);
CREATE INDEX report_ids_at ON report_ids (at);

-- +goose Down
DROP TABLE report_ids;
DROP INDEX posts_reports;
DROP TABLE reports;
