-- Finds the rings that hold a person without reading them all.
CREATE INDEX rings_by_member ON rings USING gin (members);
