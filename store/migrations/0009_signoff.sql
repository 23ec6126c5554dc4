CREATE TABLE signatories (
    name VARCHAR PRIMARY KEY,
    role VARCHAR NOT NULL,
    made TIMESTAMP NOT NULL,
    salt VARCHAR NOT NULL,
    verifier VARCHAR NOT NULL
);

CREATE TABLE signoffs (
    signoff_id VARCHAR PRIMARY KEY,
    made TIMESTAMP NOT NULL,
    ends TIMESTAMP NOT NULL,
    sha256 VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    task VARCHAR NOT NULL,
    use_text VARCHAR NOT NULL,
    population VARCHAR NOT NULL,
    physicist VARCHAR NOT NULL,
    physician VARCHAR NOT NULL,
    evaluation_id VARCHAR NOT NULL,
    policy VARCHAR NOT NULL,
    overridden VARCHAR NOT NULL,
    audit_head VARCHAR NOT NULL
);

CREATE TABLE signoff_revocations (
    signoff_id VARCHAR PRIMARY KEY,
    made TIMESTAMP NOT NULL,
    who VARCHAR NOT NULL,
    reason VARCHAR NOT NULL
);
