-- Jobs that wait while the program is renewed were asked for when everybody saw everything.
ALTER TABLE getu.job ADD COLUMN scope TEXT NOT NULL DEFAULT 'all', ADD COLUMN role TEXT;

-- From now on the session that asks is written down by the database itself: no caller can forget
-- it, and none outside of a session can put a job into the queue.
ALTER TABLE getu.job ALTER COLUMN scope SET DEFAULT current_setting('getu.scope', true),
 ALTER COLUMN role SET DEFAULT NULLIF(current_setting('getu.role', true), '');

COMMENT ON COLUMN getu.job.scope IS 'of whoever asked: the job reaches as far';

COMMENT ON COLUMN getu.job.role IS 'of whoever asked; null = everything may be tried';
