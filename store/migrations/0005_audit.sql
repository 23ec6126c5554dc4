CREATE TABLE audit_log (
    number BIGINT PRIMARY KEY,
    made VARCHAR NOT NULL,
    who VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    before VARCHAR NOT NULL,
    after VARCHAR NOT NULL,
    values_mac VARCHAR NOT NULL,
    mac VARCHAR NOT NULL
);

-- entries of a transaction that is under way; they are chained into the log just before it ends
CREATE TABLE audit_pending (
    made VARCHAR NOT NULL,
    who VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    before VARCHAR NOT NULL,
    after VARCHAR NOT NULL
);

-- the way back to the chart; filled in an encrypted store only
CREATE TABLE crosswalk (
    patient VARCHAR PRIMARY KEY,
    mrn VARCHAR NOT NULL
);
