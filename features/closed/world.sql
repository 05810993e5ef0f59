-- What months are cut from, each row with the months in which its settlement was made and known.
CREATE MACRO month_of(s) AS CAST(date_diff('month', TIMESTAMP '1970-01-01', make_timestamp((s + 28800) * 1000000)) AS INTEGER);
CREATE MACRO day_of(s) AS CAST(floor((s + 28800) / 86400) AS BIGINT);

CREATE TABLE every_claim (
    settled INTEGER, known INTEGER, institution_id VARCHAR, doctor_id VARCHAR, patient_id VARCHAR, benefit_kind VARCHAR,
    total_fen BIGINT, peers VARCHAR, department VARCHAR, sex VARCHAR, age INTEGER, diagnosis VARCHAR
);
CREATE TABLE every_line (settled INTEGER, known INTEGER, institution_id VARCHAR, item_code VARCHAR, price BIGINT);
CREATE TABLE every_fit (settled INTEGER, known INTEGER, diagnosis VARCHAR, class VARCHAR);
CREATE TABLE every_supply (settled INTEGER, known INTEGER, class VARCHAR, days_per_pack_e4 BIGINT);

CREATE TABLE patients (patient_id VARCHAR, sex VARCHAR, born_on BIGINT);
CREATE TABLE institutions (institution_id VARCHAR, kind VARCHAR, level VARCHAR);
CREATE TABLE departments (institution_id VARCHAR, department_id VARCHAR, name VARCHAR, valid_from BIGINT);
CREATE TABLE catalogue (item_code VARCHAR, drug_class VARCHAR, valid_from BIGINT, valid_until BIGINT);
