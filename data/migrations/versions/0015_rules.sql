-- Each rule once. Views say security_invoker and functions run as who calls them, so that the
-- rows of others stay theirs. Functions are plain SQL, not STRICT, and take what would be a bound
-- value, so that PostgreSQL writes them into the question that asks: indexes are used as if they
-- were not there. {within} is a pattern of division codes: '522624%'.

-- 1. What has a first and a last day is there from the first until the day before the last.
CREATE FUNCTION getu.stands(since date, until date, day date) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT since IS NOT NULL AND since <= day AND (until IS NULL OR until > day)
$$;
COMMENT ON FUNCTION getu.stands IS 'since <= day < until; false without a first day';

CREATE FUNCTION getu.has_ended(until date, day date) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT until IS NOT NULL AND until <= day
$$;
COMMENT ON FUNCTION getu.has_ended IS 'was there and is no more on that day';

-- 2. The policy of a county is the one that stands on its data day, the latest of several.
CREATE VIEW getu.county_policy WITH (security_invoker = true) AS
SELECT DISTINCT ON (p.code) p.id, p.code, p.valid_from, p.valid_to, p.households_max,
       p.households_min, p.area_households_max, p.household_measure, p.flat_speed_m_s,
       p.tie_max_m, p.minutes, p.stages, p.words, p.source_document, c.data_as_of
FROM getu.county c
JOIN getu.policy p ON p.code = c.code AND getu.stands(p.valid_from, p.valid_to, c.data_as_of)
ORDER BY p.code, p.valid_from DESC;

-- 3. Counts stand until their snapshot is rolled back.
CREATE VIEW getu.standing_snapshot WITH (security_invoker = true) AS
SELECT id, code, effective_on, source, created_at
FROM getu.count_snapshot WHERE rolled_back_at IS NULL;

CREATE VIEW getu.standing_count WITH (security_invoker = true) AS
SELECT bc.building_id, bc.measure, bc.value, bc.confidence, bc.source, bc.code, bc.snapshot_id,
       s.effective_on
FROM getu.building_count bc JOIN getu.standing_snapshot s ON s.id = bc.snapshot_id;

-- 4. A building's newest count of a measure: the latest day, then the latest snapshot. Ways to
-- ask, because only these use the indexes and sort no more than they must: one measure or several
-- of all buildings under a code, all of listed buildings, one of one building beside others
-- (LATERAL).
CREATE FUNCTION getu.newest_counts(within text, of_measure text)
RETURNS TABLE (building_id bigint, value integer, confidence text, source text,
               effective_on date, snapshot_id bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT DISTINCT ON (n.building_id) n.building_id, n.value, n.confidence, n.source,
           n.effective_on, n.snapshot_id
    FROM getu.standing_count n
    WHERE n.code LIKE within AND n.measure = of_measure
    ORDER BY n.building_id, n.effective_on DESC, n.snapshot_id DESC
$$;

CREATE FUNCTION getu.newest_counts_by_measure(within text, measures text[])
RETURNS TABLE (building_id bigint, measure text, value integer, confidence text, source text,
               effective_on date, snapshot_id bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT DISTINCT ON (n.building_id, n.measure) n.building_id, n.measure, n.value,
           n.confidence, n.source, n.effective_on, n.snapshot_id
    FROM getu.standing_count n
    WHERE n.code LIKE within AND n.measure = ANY(measures)
    ORDER BY n.building_id, n.measure, n.effective_on DESC, n.snapshot_id DESC
$$;

CREATE FUNCTION getu.newest_counts_of(buildings bigint[])
RETURNS TABLE (building_id bigint, measure text, value integer, confidence text, source text,
               effective_on date, snapshot_id bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT DISTINCT ON (n.building_id, n.measure) n.building_id, n.measure, n.value,
           n.confidence, n.source, n.effective_on, n.snapshot_id
    FROM getu.standing_count n
    WHERE n.building_id = ANY(buildings)
    ORDER BY n.building_id, n.measure, n.effective_on DESC, n.snapshot_id DESC
$$;

CREATE FUNCTION getu.newest_count(building bigint, of_measure text)
RETURNS TABLE (value integer, confidence text, source text, effective_on date,
               snapshot_id bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT n.value, n.confidence, n.source, n.effective_on, n.snapshot_id
    FROM getu.standing_count n
    WHERE n.building_id = building AND n.measure = of_measure
    ORDER BY n.effective_on DESC, n.snapshot_id DESC LIMIT 1
$$;

-- 5. Households without a building: those of the newest snapshot that says anything of a place (a
-- community, or the county), up to a day where one is given.
CREATE FUNCTION getu.newest_of_places(within text, of_measure text, until date)
RETURNS TABLE (code text, snapshot_id bigint, effective_on date, source text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT DISTINCT ON (said.code) said.code, said.snapshot_id, s.effective_on, s.source
    FROM (
        SELECT u.snapshot_id, u.code FROM getu.unplaced_count u
        WHERE u.code LIKE within AND u.measure = of_measure
        UNION
        SELECT b.snapshot_id, b.code FROM getu.building_count b
        WHERE b.code LIKE within AND b.measure = of_measure
        UNION
        SELECT b.snapshot_id, left(b.code, 6) FROM getu.building_count b
        WHERE b.code LIKE within AND b.measure = of_measure
    ) said
    JOIN getu.standing_snapshot s ON s.id = said.snapshot_id
     AND (until IS NULL OR s.effective_on <= until)
    ORDER BY said.code, s.effective_on DESC, s.id DESC
$$;

-- 6. The plan of a community on a day: the one in force, else its latest draft, and then said. A
-- community that was split is drawn up to that day, what came of it from that day on.
CREATE FUNCTION getu.plans_shown(within text, day date)
RETURNS TABLE (community_id bigint, plan_id bigint, tessellation_id bigint, in_force_from date,
               in_force_to date, in_force boolean)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT DISTINCT ON (pc.community_id) pc.community_id, pc.plan_id, pc.tessellation_id,
           pc.in_force_from, pc.in_force_to, getu.stands(pc.in_force_from, pc.in_force_to, day)
    FROM getu.plan_community pc
    WHERE pc.code LIKE within
      AND (pc.in_force_from IS NULL OR getu.stands(pc.in_force_from, pc.in_force_to, day))
      AND NOT EXISTS (
        SELECT FROM getu.division_successor s
        WHERE s.division_id = pc.community_id AND s.on_date <= day
           OR s.successor_id = pc.community_id AND s.on_date > day)
    ORDER BY pc.community_id, (pc.in_force_from IS NOT NULL) DESC, pc.plan_id DESC
$$;

-- 7. Who answers on a day: every post and who holds it then. A vacant post has no holder; a post
-- that two hold together is two rows.
CREATE FUNCTION getu.answering(day date)
RETURNS TABLE (post_id bigint, code text, kind text, title text, subject text, division_id bigint,
               area_id bigint, grid_id bigint, building_id bigint, organisation_id bigint,
               holder_id bigint, holder text, organisation text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT p.id, p.code, p.kind, p.title, p.subject, p.division_id, p.area_id, p.grid_id,
           p.building_id, p.organisation_id, w.id, w.name, o.name
    FROM getu.post p
    LEFT JOIN getu.post_holding h ON h.post_id = p.id
     AND getu.stands(h.starts_on, h.ends_on, day)
    LEFT JOIN getu.office_holder w ON w.id = h.office_holder_id
    LEFT JOIN getu.organisation o ON o.id = w.organisation_id
$$;
