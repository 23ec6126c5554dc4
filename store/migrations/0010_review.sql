ALTER TABLE review_cases ADD COLUMN stratum VARCHAR DEFAULT '';
ALTER TABLE review_cases ADD COLUMN weight DOUBLE DEFAULT 1.0;
ALTER TABLE review_cases ADD COLUMN attending VARCHAR DEFAULT '';
ALTER TABLE review_cases ADD COLUMN repeats VARCHAR DEFAULT '';

CREATE SEQUENCE review_people_order;

CREATE TABLE review_people (
    seq BIGINT PRIMARY KEY DEFAULT nextval('review_people_order'),
    made TIMESTAMP NOT NULL,
    review_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    role VARCHAR NOT NULL,
    attending VARCHAR NOT NULL
);

CREATE TABLE review_pages (
    page_id VARCHAR PRIMARY KEY,
    made TIMESTAMP NOT NULL,
    review_id VARCHAR NOT NULL,
    reviewer VARCHAR NOT NULL,
    cards VARCHAR NOT NULL
);

CREATE TABLE review_takings (
    page_id VARCHAR NOT NULL,
    made TIMESTAMP NOT NULL,
    steps INTEGER NOT NULL,
    PRIMARY KEY (page_id, steps)
);
