-- Who sees which rows is decided here, for whatever way a question comes. A session says its scope
-- (data/engine.py); the policies are those of data/access/scopes.py, which a test compares.

-- 1. How far the session reaches: '' is everything ('all', which no account can have), digits a
-- part; NULL, which no row agrees with, for whatever else is said, for nothing said, and for a
-- connection that was used before (there the setting is '' and not NULL).
CREATE FUNCTION getu.reach() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN said = 'all' THEN '' WHEN said ~ '^[0-9]{2,15}$' THEN said END
    FROM (SELECT current_setting('getu.scope', true)) AS session(said)
$$;
COMMENT ON FUNCTION getu.reach IS 'prefix of the codes that this session sees; NULL for none';

-- 2. What was made in a town and filed under the county is the town's. Plain SQL, so that
-- PostgreSQL writes it into the question; starts_with tells nobody what it was given (LEAKPROOF).
CREATE FUNCTION getu.belongs_to(code text, made_in text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN made_in = 'all' OR starts_with(code, made_in) THEN code ELSE made_in END
$$;

-- 3. LIKE uses no index beside a policy, since it is not LEAKPROOF; comparing texts does. Letters
-- come after digits in every collation. {within} is a pattern of codes: '522624%'.
CREATE FUNCTION getu.lies_in(code text, within text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT code >= rtrim(within, '%') AND code < rtrim(within, '%') || 'a'
$$;
COMMENT ON FUNCTION getu.lies_in IS 'code LIKE within, for digits, by an index';

CREATE OR REPLACE FUNCTION getu.newest_counts(within text, of_measure text)
RETURNS TABLE (building_id bigint, value integer, confidence text, source text,
               effective_on date, snapshot_id bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT DISTINCT ON (n.building_id) n.building_id, n.value, n.confidence, n.source,
           n.effective_on, n.snapshot_id
    FROM getu.standing_count n
    WHERE getu.lies_in(n.code, within) AND n.measure = of_measure
    ORDER BY n.building_id, n.effective_on DESC, n.snapshot_id DESC
$$;

CREATE OR REPLACE FUNCTION getu.newest_counts_by_measure(within text, measures text[])
RETURNS TABLE (building_id bigint, measure text, value integer, confidence text, source text,
               effective_on date, snapshot_id bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT DISTINCT ON (n.building_id, n.measure) n.building_id, n.measure, n.value,
           n.confidence, n.source, n.effective_on, n.snapshot_id
    FROM getu.standing_count n
    WHERE getu.lies_in(n.code, within) AND n.measure = ANY(measures)
    ORDER BY n.building_id, n.measure, n.effective_on DESC, n.snapshot_id DESC
$$;

CREATE OR REPLACE FUNCTION getu.newest_of_places(within text, of_measure text, until date)
RETURNS TABLE (code text, snapshot_id bigint, effective_on date, source text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT DISTINCT ON (said.code) said.code, said.snapshot_id, s.effective_on, s.source
    FROM (
        SELECT u.snapshot_id, u.code FROM getu.unplaced_count u
        WHERE getu.lies_in(u.code, within) AND u.measure = of_measure
        UNION
        SELECT b.snapshot_id, b.code FROM getu.building_count b
        WHERE getu.lies_in(b.code, within) AND b.measure = of_measure
        UNION
        SELECT b.snapshot_id, left(b.code, 6) FROM getu.building_count b
        WHERE getu.lies_in(b.code, within) AND b.measure = of_measure
    ) said
    JOIN getu.standing_snapshot s ON s.id = said.snapshot_id
     AND (until IS NULL OR s.effective_on <= until)
    ORDER BY said.code, s.effective_on DESC, s.id DESC
$$;

CREATE OR REPLACE FUNCTION getu.plans_shown(within text, day date)
RETURNS TABLE (community_id bigint, plan_id bigint, tessellation_id bigint, in_force_from date,
               in_force_to date, in_force boolean)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT DISTINCT ON (pc.community_id) pc.community_id, pc.plan_id, pc.tessellation_id,
           pc.in_force_from, pc.in_force_to, getu.stands(pc.in_force_from, pc.in_force_to, day)
    FROM getu.plan_community pc
    WHERE getu.lies_in(pc.code, within)
      AND (pc.in_force_from IS NULL OR getu.stands(pc.in_force_from, pc.in_force_to, day))
      AND NOT EXISTS (
        SELECT FROM getu.division_successor s
        WHERE s.division_id = pc.community_id AND s.on_date <= day
           OR s.successor_id = pc.community_id AND s.on_date > day)
    ORDER BY pc.community_id, (pc.in_force_from IS NOT NULL) DESC, pc.plan_id DESC
$$;

-- 4. Rows that belong to the scope they were made in; until today everybody saw everything.
DO $$
DECLARE
    named text;
BEGIN
    FOREACH named IN ARRAY ARRAY[
        'building_edit', 'case_set', 'count_upload', 'import_run', 'pinned_sheet', 'scenario',
        'siting', 'upload'
    ] LOOP
        EXECUTE format('ALTER TABLE getu.%I ADD COLUMN scope TEXT NOT NULL DEFAULT %L', named, 'all');
        EXECUTE format('ALTER TABLE getu.%I ALTER COLUMN scope SET DEFAULT current_setting(%L, true)',
                       named, 'getu.scope');
        EXECUTE format('COMMENT ON COLUMN getu.%I.scope IS %L',
                       named, 'of whoever made it: all, or a prefix of codes');
    END LOOP;
END $$;

-- 5. A person's scope is digits: nobody can have what reaches everything.
ALTER TABLE getu.app_user ADD CONSTRAINT ck_app_user_scope CHECK (code ~ '^[0-9]{2,15}$');

-- 6. The policies; forced, so that they bind the owner of the tables too.
-- The CASE keeps plans as they are without policies (_begins in data/access/scopes.py says why).
CREATE FUNCTION pg_temp.put_under(tables text[], written text, seen text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    named text;
BEGIN
    FOREACH named IN ARRAY tables LOOP
        EXECUTE format('ALTER TABLE getu.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
                       named);
        EXECUTE format('CREATE POLICY scope ON getu.%I USING (%s)', named, written);
        IF seen IS NOT NULL THEN
            EXECUTE format('CREATE POLICY seen ON getu.%I FOR SELECT USING (%s)', named, seen);
        END IF;
    END LOOP;
END $$;

-- Of kind own.
SELECT pg_temp.put_under(
    ARRAY[
        'building', 'building_address', 'building_alias', 'building_count', 'building_entrance',
        'building_life', 'building_use', 'demand', 'demand_event', 'draft_grid',
        'draft_plot_lock', 'estate', 'former_plot', 'grid', 'grid_code', 'grid_organisation',
        'plan_assignment', 'plan_community', 'plan_grid', 'plot', 'plot_building',
        'plot_neighbour', 'tessellation', 'unplaced_count', 'written_ruling'
    ],
    '(CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL'
);

-- Of kind above.
SELECT pg_temp.put_under(
    ARRAY[
        'area', 'division', 'division_change', 'office_holder', 'organisation', 'plan',
        'plan_attachment', 'plan_operation', 'plan_stage', 'plan_waiver', 'policy', 'post',
        'post_holding', 'published_figure', 'travel_profile'
    ],
    '(CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL',
    '(CASE WHEN starts_with((SELECT getu.reach()), code) THEN 1 END) IS NOT NULL'
);

-- Of kind shared.
SELECT pg_temp.put_under(
    ARRAY[
        'count_snapshot', 'county'
    ],
    '(CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL OR (CASE WHEN starts_with((SELECT getu.reach()), code) THEN 1 END) IS NOT NULL'
);

-- Of kind county.
SELECT pg_temp.put_under(
    ARRAY[
        'station', 'station_hours', 'station_state'
    ],
    '(CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL',
    '(CASE WHEN starts_with(code, left((SELECT getu.reach()), 6)) THEN 1 END) IS NOT NULL'
);

-- Of kind made.
SELECT pg_temp.put_under(
    ARRAY[
        'building_edit', 'case_set', 'count_upload', 'import_run', 'job', 'pinned_sheet',
        'scenario', 'siting', 'upload'
    ],
    '(CASE WHEN starts_with(getu.belongs_to(code, scope), (SELECT getu.reach())) THEN 1 END) IS NOT NULL'
);

-- Parts belong to the row that they are a part of.
SELECT pg_temp.put_under(ARRAY['case_claimant'], 'set_id IN (SELECT id FROM getu.case_set)');
SELECT pg_temp.put_under(ARRAY['case_item'], 'set_id IN (SELECT id FROM getu.case_set)');
SELECT pg_temp.put_under(ARRAY['case_ruling'], 'set_id IN (SELECT id FROM getu.case_set)');
SELECT pg_temp.put_under(ARRAY['count_row'], 'upload_id IN (SELECT id FROM getu.count_upload)');
SELECT pg_temp.put_under(ARRAY['job_file'], 'job_id IN (SELECT id FROM getu.job)');
SELECT pg_temp.put_under(ARRAY['upload_part'], 'upload_id IN (SELECT id FROM getu.upload)');
