CREATE TABLE privacy_confirmations (
    import_id VARCHAR PRIMARY KEY,
    source VARCHAR NOT NULL,
    made TIMESTAMP NOT NULL,
    who VARCHAR NOT NULL,
    sampled INTEGER NOT NULL,
    doubts INTEGER NOT NULL,
    redacted INTEGER NOT NULL
);
