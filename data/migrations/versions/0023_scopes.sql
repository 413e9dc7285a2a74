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
ALTER TABLE getu.building_edit ADD COLUMN scope TEXT NOT NULL DEFAULT 'all';
ALTER TABLE getu.building_edit ALTER COLUMN scope SET DEFAULT current_setting('getu.scope', true);
COMMENT ON COLUMN getu.building_edit.scope IS 'of whoever made it: all, or a prefix of codes';
ALTER TABLE getu.case_set ADD COLUMN scope TEXT NOT NULL DEFAULT 'all';
ALTER TABLE getu.case_set ALTER COLUMN scope SET DEFAULT current_setting('getu.scope', true);
COMMENT ON COLUMN getu.case_set.scope IS 'of whoever made it: all, or a prefix of codes';
ALTER TABLE getu.count_upload ADD COLUMN scope TEXT NOT NULL DEFAULT 'all';
ALTER TABLE getu.count_upload ALTER COLUMN scope SET DEFAULT current_setting('getu.scope', true);
COMMENT ON COLUMN getu.count_upload.scope IS 'of whoever made it: all, or a prefix of codes';
ALTER TABLE getu.import_run ADD COLUMN scope TEXT NOT NULL DEFAULT 'all';
ALTER TABLE getu.import_run ALTER COLUMN scope SET DEFAULT current_setting('getu.scope', true);
COMMENT ON COLUMN getu.import_run.scope IS 'of whoever made it: all, or a prefix of codes';
ALTER TABLE getu.pinned_sheet ADD COLUMN scope TEXT NOT NULL DEFAULT 'all';
ALTER TABLE getu.pinned_sheet ALTER COLUMN scope SET DEFAULT current_setting('getu.scope', true);
COMMENT ON COLUMN getu.pinned_sheet.scope IS 'of whoever made it: all, or a prefix of codes';
ALTER TABLE getu.scenario ADD COLUMN scope TEXT NOT NULL DEFAULT 'all';
ALTER TABLE getu.scenario ALTER COLUMN scope SET DEFAULT current_setting('getu.scope', true);
COMMENT ON COLUMN getu.scenario.scope IS 'of whoever made it: all, or a prefix of codes';
ALTER TABLE getu.siting ADD COLUMN scope TEXT NOT NULL DEFAULT 'all';
ALTER TABLE getu.siting ALTER COLUMN scope SET DEFAULT current_setting('getu.scope', true);
COMMENT ON COLUMN getu.siting.scope IS 'of whoever made it: all, or a prefix of codes';
ALTER TABLE getu.upload ADD COLUMN scope TEXT NOT NULL DEFAULT 'all';
ALTER TABLE getu.upload ALTER COLUMN scope SET DEFAULT current_setting('getu.scope', true);
COMMENT ON COLUMN getu.upload.scope IS 'of whoever made it: all, or a prefix of codes';

-- 5. A person's scope is digits: nobody can have what reaches everything.
ALTER TABLE getu.app_user ADD CONSTRAINT ck_app_user_scope CHECK (code ~ '^[0-9]{2,15}$');

-- 6. The policies; forced, so that they bind the owner of the tables too.
-- The CASE keeps plans as they are without policies (_begins in that file says why).
ALTER TABLE getu.area ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.area USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
CREATE POLICY seen ON getu.area FOR SELECT USING ((CASE WHEN starts_with((SELECT getu.reach()), code) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.building ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.building USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.building_address ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.building_address USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.building_alias ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.building_alias USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.building_count ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.building_count USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.building_edit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.building_edit USING ((CASE WHEN starts_with(getu.belongs_to(code, scope), (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.building_entrance ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.building_entrance USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.building_life ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.building_life USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.building_use ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.building_use USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.case_claimant ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.case_claimant USING (set_id IN (SELECT id FROM getu.case_set));
ALTER TABLE getu.case_item ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.case_item USING (set_id IN (SELECT id FROM getu.case_set));
ALTER TABLE getu.case_ruling ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.case_ruling USING (set_id IN (SELECT id FROM getu.case_set));
ALTER TABLE getu.case_set ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.case_set USING ((CASE WHEN starts_with(getu.belongs_to(code, scope), (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.count_row ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.count_row USING (upload_id IN (SELECT id FROM getu.count_upload));
ALTER TABLE getu.count_snapshot ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.count_snapshot USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL OR (CASE WHEN starts_with((SELECT getu.reach()), code) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.count_upload ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.count_upload USING ((CASE WHEN starts_with(getu.belongs_to(code, scope), (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.county ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.county USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL OR (CASE WHEN starts_with((SELECT getu.reach()), code) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.demand ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.demand USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.demand_event ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.demand_event USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.division ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.division USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
CREATE POLICY seen ON getu.division FOR SELECT USING ((CASE WHEN starts_with((SELECT getu.reach()), code) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.division_change ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.division_change USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
CREATE POLICY seen ON getu.division_change FOR SELECT USING ((CASE WHEN starts_with((SELECT getu.reach()), code) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.draft_grid ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.draft_grid USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.draft_plot_lock ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.draft_plot_lock USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.estate ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.estate USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.former_plot ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.former_plot USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.grid ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.grid USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.grid_code ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.grid_code USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.grid_organisation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.grid_organisation USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.import_run ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.import_run USING ((CASE WHEN starts_with(getu.belongs_to(code, scope), (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.job ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.job USING ((CASE WHEN starts_with(getu.belongs_to(code, scope), (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.job_file ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.job_file USING (job_id IN (SELECT id FROM getu.job));
ALTER TABLE getu.office_holder ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.office_holder USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
CREATE POLICY seen ON getu.office_holder FOR SELECT USING ((CASE WHEN starts_with((SELECT getu.reach()), code) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.organisation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.organisation USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
CREATE POLICY seen ON getu.organisation FOR SELECT USING ((CASE WHEN starts_with((SELECT getu.reach()), code) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.pinned_sheet ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.pinned_sheet USING ((CASE WHEN starts_with(getu.belongs_to(code, scope), (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.plan ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.plan USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
CREATE POLICY seen ON getu.plan FOR SELECT USING ((CASE WHEN starts_with((SELECT getu.reach()), code) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.plan_assignment ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.plan_assignment USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.plan_attachment ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.plan_attachment USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
CREATE POLICY seen ON getu.plan_attachment FOR SELECT USING ((CASE WHEN starts_with((SELECT getu.reach()), code) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.plan_community ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.plan_community USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.plan_grid ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.plan_grid USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.plan_operation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.plan_operation USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
CREATE POLICY seen ON getu.plan_operation FOR SELECT USING ((CASE WHEN starts_with((SELECT getu.reach()), code) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.plan_stage ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.plan_stage USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
CREATE POLICY seen ON getu.plan_stage FOR SELECT USING ((CASE WHEN starts_with((SELECT getu.reach()), code) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.plan_waiver ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.plan_waiver USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
CREATE POLICY seen ON getu.plan_waiver FOR SELECT USING ((CASE WHEN starts_with((SELECT getu.reach()), code) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.plot ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.plot USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.plot_building ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.plot_building USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.plot_neighbour ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.plot_neighbour USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.policy ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.policy USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
CREATE POLICY seen ON getu.policy FOR SELECT USING ((CASE WHEN starts_with((SELECT getu.reach()), code) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.post ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.post USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
CREATE POLICY seen ON getu.post FOR SELECT USING ((CASE WHEN starts_with((SELECT getu.reach()), code) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.post_holding ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.post_holding USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
CREATE POLICY seen ON getu.post_holding FOR SELECT USING ((CASE WHEN starts_with((SELECT getu.reach()), code) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.published_figure ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.published_figure USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
CREATE POLICY seen ON getu.published_figure FOR SELECT USING ((CASE WHEN starts_with((SELECT getu.reach()), code) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.scenario ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.scenario USING ((CASE WHEN starts_with(getu.belongs_to(code, scope), (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.siting ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.siting USING ((CASE WHEN starts_with(getu.belongs_to(code, scope), (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.station ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.station USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
CREATE POLICY seen ON getu.station FOR SELECT USING ((CASE WHEN starts_with(code, left((SELECT getu.reach()), 6)) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.station_hours ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.station_hours USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
CREATE POLICY seen ON getu.station_hours FOR SELECT USING ((CASE WHEN starts_with(code, left((SELECT getu.reach()), 6)) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.station_state ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.station_state USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
CREATE POLICY seen ON getu.station_state FOR SELECT USING ((CASE WHEN starts_with(code, left((SELECT getu.reach()), 6)) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.tessellation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.tessellation USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.travel_profile ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.travel_profile USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
CREATE POLICY seen ON getu.travel_profile FOR SELECT USING ((CASE WHEN starts_with((SELECT getu.reach()), code) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.unplaced_count ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.unplaced_count USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.upload ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.upload USING ((CASE WHEN starts_with(getu.belongs_to(code, scope), (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
ALTER TABLE getu.upload_part ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.upload_part USING (upload_id IN (SELECT id FROM getu.upload));
ALTER TABLE getu.written_ruling ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.written_ruling USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
