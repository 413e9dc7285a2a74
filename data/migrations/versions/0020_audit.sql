ALTER TABLE getu.app_user DROP CONSTRAINT ck_app_user_role;
ALTER TABLE getu.app_user ADD CONSTRAINT ck_app_user_role CHECK (role IN
    ('viewer', 'staff', 'planner', 'approver', 'admin', 'system_admin', 'security_admin', 'auditor'));

ALTER TABLE getu.audit_entry ADD COLUMN role TEXT, ADD COLUMN origin TEXT;

COMMENT ON COLUMN getu.audit_entry.role IS 'of the actor; null = none was needed';

COMMENT ON COLUMN getu.audit_entry.origin IS 'address of the browser, or the command or job';

CREATE INDEX ix_audit_entry_at ON getu.audit_entry (at, id);

CREATE INDEX ix_audit_entry_action ON getu.audit_entry (action, at);

CREATE TABLE getu.audit_seal (
    number BIGINT NOT NULL,
    from_at TIMESTAMP WITH TIME ZONE NOT NULL,
    to_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ids BIGINT[] NOT NULL,
    leaves BYTEA NOT NULL,
    root BYTEA NOT NULL,
    previous BYTEA NOT NULL,
    key TEXT NOT NULL,
    signature BYTEA NOT NULL,
    sealed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_audit_seal PRIMARY KEY (number)
);

CREATE INDEX ix_audit_seal_to_at ON getu.audit_seal (to_at);

COMMENT ON COLUMN getu.audit_seal.to_at IS 'not in the interval itself';

COMMENT ON COLUMN getu.audit_seal.ids IS 'of the entries, rising';

COMMENT ON COLUMN getu.audit_seal.leaves IS '32 bytes an entry, as ids';

COMMENT ON COLUMN getu.audit_seal.root IS 'Merkle root of the leaves';

COMMENT ON COLUMN getu.audit_seal.previous IS 'SHA-256 of the seal before';

COMMENT ON COLUMN getu.audit_seal.key IS 'fingerprint of the public key';

COMMENT ON COLUMN getu.audit_seal.signature IS 'Ed25519';

-- When an entry was made is the database's word, not its writer's. The transaction's number comes
-- first, so that whoever seals knows by it whether an entry of before is still to come
-- (data/access/seals.py); never before the end of what is sealed, whatever the clock says.
CREATE FUNCTION getu.stamp_audit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_current_xact_id();
    NEW.at := greatest(clock_timestamp(), (SELECT max(s.to_at) FROM getu.audit_seal s));
    RETURN NEW;
END $$;

CREATE TRIGGER stamped BEFORE INSERT ON getu.audit_entry
    FOR EACH ROW EXECUTE FUNCTION getu.stamp_audit_entry();

-- Entries go by the owner's clean-up alone: 180 days old at least, and sealed.
CREATE FUNCTION getu.refuse_audit_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_LEVEL = 'STATEMENT' THEN
        IF coalesce(current_setting('getu.audit_clean_up', true), '') <> 'on' THEN
            RAISE EXCEPTION 'audit_entry is append-only' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NULL;
    END IF;
    IF OLD.at >= now() - interval '180 days'
        OR OLD.at >= coalesce((SELECT max(s.to_at) FROM getu.audit_seal s), '-infinity')
    THEN
        RAISE EXCEPTION 'audit_entry is append-only for 180 days, and until it is sealed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;

DROP TRIGGER append_only ON getu.audit_entry;
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON getu.audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION getu.refuse_change();
CREATE TRIGGER kept BEFORE DELETE ON getu.audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION getu.refuse_audit_removal();
CREATE TRIGGER kept_row BEFORE DELETE ON getu.audit_entry
    FOR EACH ROW EXECUTE FUNCTION getu.refuse_audit_removal();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON getu.audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION getu.refuse_change();

REVOKE UPDATE, DELETE, TRUNCATE ON getu.audit_entry, getu.audit_seal FROM getu_program;
