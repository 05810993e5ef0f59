-- Finds what the registers of other institutions say about a person whom a claim names.
CREATE INDEX staff_by_person ON staff (staff_id);
