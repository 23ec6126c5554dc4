CREATE TABLE imports (
    import_id VARCHAR PRIMARY KEY,
    made TIMESTAMP NOT NULL,
    source VARCHAR NOT NULL,
    funnel VARCHAR NOT NULL
);

CREATE SEQUENCE case_order;

CREATE TABLE cases (
    seq BIGINT NOT NULL DEFAULT nextval('case_order'),
    case_id VARCHAR PRIMARY KEY,
    patient VARCHAR NOT NULL,
    diagnosis VARCHAR NOT NULL,
    regimen VARCHAR NOT NULL,
    modality VARCHAR NOT NULL,
    icd10 VARCHAR NOT NULL,
    icd10_system VARCHAR NOT NULL,
    primary_icd10 VARCHAR NOT NULL,
    site VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    intent VARCHAR NOT NULL,
    prior_rt VARCHAR NOT NULL,
    year INTEGER,
    age INTEGER,
    sex VARCHAR NOT NULL,
    setting VARCHAR NOT NULL,
    synthetic BOOLEAN NOT NULL,
    ambiguous BOOLEAN NOT NULL,
    repairs VARCHAR NOT NULL,
    kept VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    file VARCHAR NOT NULL,
    file_sha256 VARCHAR NOT NULL,
    row_number BIGINT NOT NULL,
    import_id VARCHAR NOT NULL,
    search VARCHAR NOT NULL
);

CREATE TABLE rejects (
    reject_id VARCHAR PRIMARY KEY,
    reason VARCHAR NOT NULL,
    detail VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    file VARCHAR NOT NULL,
    file_sha256 VARCHAR NOT NULL,
    row_number BIGINT NOT NULL,
    kept VARCHAR NOT NULL,
    import_id VARCHAR NOT NULL
);

CREATE TABLE datasets (
    dataset_id VARCHAR PRIMARY KEY,
    made TIMESTAMP NOT NULL,
    sha256 VARCHAR NOT NULL,
    rules VARCHAR NOT NULL,
    card VARCHAR NOT NULL
);

CREATE TABLE dataset_cases (
    dataset_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    part VARCHAR NOT NULL,
    case_id VARCHAR NOT NULL,
    record VARCHAR NOT NULL,
    PRIMARY KEY (dataset_id, position)
);

CREATE TABLE evaluations (
    evaluation_id VARCHAR PRIMARY KEY,
    made TIMESTAMP NOT NULL,
    dataset_id VARCHAR NOT NULL,
    result VARCHAR NOT NULL
);

CREATE TABLE test_reads (
    evaluation_id VARCHAR PRIMARY KEY,
    dataset_id VARCHAR NOT NULL,
    made TIMESTAMP NOT NULL
);
