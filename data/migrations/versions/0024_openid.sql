-- Whose account a person of an OpenID Connect provider has.
ALTER TABLE getu.app_user ADD COLUMN openid_subject TEXT,
    ADD CONSTRAINT uq_app_user_openid_subject UNIQUE (openid_subject);
COMMENT ON COLUMN getu.app_user.openid_subject IS 'issuer and subject of an OpenID Connect provider';
