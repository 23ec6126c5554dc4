CREATE TABLE annotation_batches (
    batch_id VARCHAR PRIMARY KEY,
    made TIMESTAMP NOT NULL,
    who VARCHAR NOT NULL,
    seed BIGINT NOT NULL,
    annotators VARCHAR NOT NULL
);

CREATE TABLE annotation_cases (
    batch_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    case_id VARCHAR NOT NULL,
    PRIMARY KEY (batch_id, case_id)
);

CREATE SEQUENCE annotation_answer_order;

CREATE TABLE annotation_answers (
    seq BIGINT PRIMARY KEY DEFAULT nextval('annotation_answer_order'),
    made TIMESTAMP NOT NULL,
    batch_id VARCHAR NOT NULL,
    case_id VARCHAR NOT NULL,
    who VARCHAR NOT NULL,
    adjudicates BOOLEAN NOT NULL,
    regimen VARCHAR NOT NULL,
    modality VARCHAR NOT NULL,
    icd10 VARCHAR NOT NULL,
    icd10_system VARCHAR NOT NULL,
    reason VARCHAR NOT NULL
);
