CREATE SEQUENCE department_signature_order;

CREATE TABLE department_signatures (
    seq BIGINT PRIMARY KEY DEFAULT nextval('department_signature_order'),
    made TIMESTAMP NOT NULL,
    row_name VARCHAR NOT NULL,
    row_sha256 VARCHAR NOT NULL,
    role VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    who VARCHAR NOT NULL
);
