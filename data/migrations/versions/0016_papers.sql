-- Who asks for what is being made already waits for the same job.
ALTER TABLE getu.job ADD COLUMN shared_key TEXT, ADD COLUMN askers TEXT[] DEFAULT '{}' NOT NULL;

COMMENT ON COLUMN getu.job.shared_key IS 'what is made and of which data; jobs of one key are one';

COMMENT ON COLUMN getu.job.askers IS 'tokens of those who wait for it; it is cancelled when none is left';

CREATE UNIQUE INDEX uq_job_shared ON getu.job (kind, shared_key)
 WHERE state IN ('waiting', 'running') AND NOT cancel_requested;

CREATE TABLE getu.job_file (
    job_id BIGINT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    content BYTEA NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_job_file PRIMARY KEY (job_id),
    CONSTRAINT fk_job_file_job_id FOREIGN KEY(job_id) REFERENCES getu.job (id) ON DELETE CASCADE
);

CREATE INDEX ix_job_file_code ON getu.job_file (code);

COMMENT ON COLUMN getu.job_file.code IS 'division code, digits without padding: 6 county, 9, 12, 15 grid';

-- PDF, PNG and office files do not shrink further: no time is spent on trying.
ALTER TABLE getu.job_file ALTER COLUMN content SET STORAGE EXTERNAL;

-- How far a proof is, and who wants it stopped, is said by its job. One that ran without a job has
-- lost its process: it keeps its question and first answer.
ALTER TABLE getu.siting ADD COLUMN job_id BIGINT;

ALTER TABLE getu.siting ADD CONSTRAINT fk_siting_job_id
 FOREIGN KEY(job_id) REFERENCES getu.job (id) ON DELETE SET NULL;

CREATE INDEX ix_siting_job_id ON getu.siting (job_id);

ALTER TABLE getu.siting DROP COLUMN alive_at, DROP COLUMN cancel_asked;
