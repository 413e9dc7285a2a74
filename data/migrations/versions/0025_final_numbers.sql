-- 1. Numbers, codes and posts of a plan's grids are final from the day it leaves the first stage.
ALTER TABLE getu.plan ADD COLUMN numbered_at TIMESTAMPTZ;
COMMENT ON COLUMN getu.plan.numbered_at IS
    'when the numbers of its grids became final: as it left the first stage; NULL while a draft';

UPDATE getu.plan SET numbered_at = published_at WHERE published_at IS NOT NULL;

-- 2. A waiver is for the households and the pieces (geom: those that lie apart) that it was given
-- for. Those of drafts get what their grid holds now; a published plan's keep what they said.
ALTER TABLE getu.plan_waiver ADD COLUMN households INTEGER,
    ADD COLUMN geom geometry(MULTIPOLYGON, 4490);
COMMENT ON COLUMN getu.plan_waiver.households IS 'how many households the grid may hold';
CREATE INDEX idx_plan_waiver_geom ON getu.plan_waiver USING gist (geom);

UPDATE getu.plan_waiver w SET households = g.households
FROM getu.plan_grid g, getu.plan p
WHERE g.plan_id = w.plan_id AND g.grid_id = w.grid_id AND p.id = w.plan_id
  AND p.published_at IS NULL AND w.finding = 'grid_over_limit';
