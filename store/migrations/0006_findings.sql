CREATE TABLE accepted_findings (
    case_id VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    detail VARCHAR NOT NULL,
    made TIMESTAMP NOT NULL,
    who VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    PRIMARY KEY (case_id, key, detail)
);

CREATE TABLE selection_rules (
    key VARCHAR PRIMARY KEY,
    value INTEGER NOT NULL
);
