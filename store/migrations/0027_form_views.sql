-- +goose Up
-- The newest choice in each open form, and the hash of its last update: of several processes that
-- update the same form, only the one with the newest choice does.
CREATE TABLE form_views (
    app BIGINT NOT NULL,
    view TEXT NOT NULL,
    choice BIGINT NOT NULL,
    hash TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (app, view)
);

-- +goose Down
DROP TABLE form_views;
