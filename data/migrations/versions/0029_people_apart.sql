-- People who sign in: rows for whoever shows the key of the state folder, and for nobody else.
-- Decided in docs/decisions/sign-in-tables.md.
CREATE TABLE getu.gate_key (
    digest BYTEA PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE getu.gate_key IS 'SHA-256 of the keys that open the tables of people who sign in';
REVOKE ALL ON getu.gate_key FROM PUBLIC, getu_program;

-- The owner's rights for one question. Its own names alone: no schema of a caller's is looked in.
CREATE FUNCTION getu.is_gate() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM getu.gate_key
        WHERE digest = sha256(convert_to(nullif(current_setting('getu.key', true), ''), 'UTF8'))
    )
$$;
REVOKE ALL ON FUNCTION getu.is_gate() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION getu.is_gate() TO getu_program;

ALTER TABLE getu.app_user ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.app_user USING ((SELECT getu.is_gate()));
ALTER TABLE getu.known_device ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.known_device USING ((SELECT getu.is_gate()));
ALTER TABLE getu.past_password ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.past_password USING ((SELECT getu.is_gate()));
ALTER TABLE getu.recovery_code ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.recovery_code USING ((SELECT getu.is_gate()));
ALTER TABLE getu.set_up_link ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.set_up_link USING ((SELECT getu.is_gate()));
ALTER TABLE getu.sign_in_attempt ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.sign_in_attempt USING ((SELECT getu.is_gate()));
ALTER TABLE getu.user_session ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.user_session USING ((SELECT getu.is_gate()));
