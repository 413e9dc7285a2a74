ALTER TABLE getu.plan_waiver ADD COLUMN pieces INTEGER;

COMMENT ON COLUMN getu.plan_waiver.pieces IS 'how many pieces the grid may have';
