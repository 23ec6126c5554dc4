CREATE TABLE reviews (
    review_id VARCHAR PRIMARY KEY,
    made TIMESTAMP NOT NULL,
    evaluation_id VARCHAR NOT NULL,
    reviewer VARCHAR NOT NULL,
    seed BIGINT NOT NULL,
    secret VARCHAR NOT NULL,
    synthetic BOOLEAN NOT NULL,
    models VARCHAR NOT NULL
);

CREATE TABLE review_cases (
    review_id VARCHAR NOT NULL,
    item VARCHAR NOT NULL,
    case_id VARCHAR NOT NULL,
    patient VARCHAR NOT NULL,
    diagnosis VARCHAR NOT NULL,
    PRIMARY KEY (review_id, item)
);

CREATE TABLE review_cards (
    review_id VARCHAR NOT NULL,
    item VARCHAR NOT NULL,
    card_id VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    origins VARCHAR NOT NULL,
    PRIMARY KEY (review_id, card_id)
);

CREATE SEQUENCE review_answer_order;

CREATE TABLE review_answers (
    seq BIGINT PRIMARY KEY DEFAULT nextval('review_answer_order'),
    made TIMESTAMP NOT NULL,
    review_id VARCHAR NOT NULL,
    reviewer VARCHAR NOT NULL,
    item VARCHAR NOT NULL,
    card_id VARCHAR NOT NULL,
    judgement VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    severity VARCHAR NOT NULL
);

CREATE TABLE review_unblindings (
    review_id VARCHAR NOT NULL,
    reviewer VARCHAR NOT NULL,
    made TIMESTAMP NOT NULL,
    PRIMARY KEY (review_id, reviewer)
);
