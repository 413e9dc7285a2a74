-- When a person last did anything, kept past their sessions. Failures are rows of sign_in_attempt:
-- the two columns that were meant for them were never written.
ALTER TABLE getu.app_user ADD COLUMN seen_at TIMESTAMP WITH TIME ZONE;
COMMENT ON COLUMN getu.app_user.seen_at IS 'when the person last did anything';
ALTER TABLE getu.app_user DROP COLUMN failed_logins;
ALTER TABLE getu.app_user DROP COLUMN locked_until;
