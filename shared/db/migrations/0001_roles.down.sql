-- The roles stay: other databases of the server may use them.
DROP SCHEMA app CASCADE;
