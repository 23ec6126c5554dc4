ALTER TABLE cases ADD COLUMN status VARCHAR DEFAULT 'included';
ALTER TABLE cases ADD COLUMN annotated BOOLEAN DEFAULT false;

CREATE SEQUENCE case_event_order;

CREATE TABLE case_events (
    number BIGINT PRIMARY KEY DEFAULT nextval('case_event_order'),
    case_id VARCHAR NOT NULL,
    made TIMESTAMP NOT NULL,
    kind VARCHAR NOT NULL,
    before VARCHAR NOT NULL,
    after VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    who VARCHAR NOT NULL,
    reverses BIGINT
);
