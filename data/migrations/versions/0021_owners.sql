-- A paper belongs to whoever asked for it. Those that were made before belong to nobody: they are
-- kept for a day, and asked for again.
ALTER TABLE getu.job ADD COLUMN owners TEXT[] DEFAULT '{}' NOT NULL;

COMMENT ON COLUMN getu.job.owners IS 'who asked for what is shared: theirs to see, also after they left';
