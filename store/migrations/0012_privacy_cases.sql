-- when a person was shown the text of a case, and when it was confirmed that it identifies nobody;
-- a change of the text ends both
CREATE TABLE privacy_looks (
    case_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    made TIMESTAMP NOT NULL,
    who VARCHAR NOT NULL,
    ended TIMESTAMP
);

-- what was confirmed by imports holds for their cases, but not for those excluded then or since,
-- and not for text that a person has typed since
INSERT INTO privacy_looks
    SELECT case_id, 'confirmed', c.made, c.who, NULL
    FROM cases JOIN privacy_confirmations AS c USING (import_id)
    WHERE status = 'included' AND NOT EXISTS (
        SELECT 1 FROM case_events AS e
        WHERE e.case_id = cases.case_id AND e.made > c.made AND (
            e.kind = 'include' OR regexp_matches(e.after, '"(diagnosis|regimen|site|target)":')));

-- an import may be confirmed again, for cases of which the text was changed
CREATE TABLE confirmations_before AS SELECT * FROM privacy_confirmations;
DROP TABLE privacy_confirmations;
CREATE TABLE privacy_confirmations (
    import_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    made TIMESTAMP NOT NULL,
    who VARCHAR NOT NULL,
    sampled INTEGER NOT NULL,
    doubts INTEGER NOT NULL,
    redacted INTEGER NOT NULL
);
INSERT INTO privacy_confirmations SELECT * FROM confirmations_before;
DROP TABLE confirmations_before;

-- files of one patient are often named after them: they are kept under what they hold
UPDATE cases SET file = substr(file_sha256, 1, 12)
        || regexp_extract(lower(file), '\.(dcm|json|ndjson|jsonl)$')
    WHERE source IN ('dicom', 'fhir') AND file_sha256 <> '';
UPDATE rejects SET
        detail = replace(detail, file, substr(file_sha256, 1, 12)
            || regexp_extract(lower(file), '\.(dcm|json|ndjson|jsonl)$')),
        file = substr(file_sha256, 1, 12)
            || regexp_extract(lower(file), '\.(dcm|json|ndjson|jsonl)$')
    WHERE source IN ('dicom', 'fhir') AND file_sha256 <> '';

-- rules of an import that have another value than their default
CREATE TABLE import_rules (
    key VARCHAR PRIMARY KEY,
    value VARCHAR NOT NULL
);
