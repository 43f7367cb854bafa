-- +goose Up
-- What each running process may have open of the Socket Mode connections that one app may have.
-- kept does not count the replacements of connections, open does. A row is void after until_at.
CREATE TABLE socket_shares (
    app BIGINT NOT NULL,
    process TEXT NOT NULL,
    since_at BIGINT NOT NULL,
    wanted BIGINT NOT NULL,
    kept BIGINT NOT NULL,
    open BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    PRIMARY KEY (app, process)
);

-- +goose Down
DROP TABLE socket_shares;
