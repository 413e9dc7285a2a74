-- 1. Today, in the county's time; a session may say another day (getu.today), as tests do. A county
-- whose data are of a later day lives on that day.
CREATE FUNCTION getu.today(data_day date) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT greatest(data_day, coalesce(NULLIF(current_setting('getu.today', true), '')::date,
                                       (now() AT TIME ZONE 'Asia/Shanghai')::date))
$$;
COMMENT ON FUNCTION getu.today IS 'today in the county''s time, no day before its data';

-- 2. The day that the plans of today are asked for: the last day up to today on which a plan came
-- into force or a community changed, the data's day at least. From then to today nothing changes.
CREATE FUNCTION getu.plans_on(county text, data_day date) RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT greatest(data_day,
        (SELECT max(pc.in_force_from) FROM getu.plan_community pc
         WHERE getu.lies_in(pc.code, county || '%') AND pc.in_force_from <= getu.today(data_day)),
        (SELECT max(s.on_date) FROM getu.division_successor s
         JOIN getu.division d ON d.id = s.successor_id
         WHERE getu.lies_in(d.code, county || '%') AND s.on_date <= getu.today(data_day)))
$$;
COMMENT ON FUNCTION getu.plans_on IS 'the day whose plans are those in force today';

-- 3. How many plans have come into force by themselves, on a day after they were published: what a
-- county shows has changed by that, and with it its revision.
CREATE FUNCTION getu.turns(county text) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT count(*) FROM getu.plan_community pc JOIN getu.plan p ON p.id = pc.plan_id
    WHERE getu.lies_in(pc.code, county || '%') AND pc.in_force_from <= getu.today(NULL)
      AND pc.in_force_from > (p.published_at AT TIME ZONE 'Asia/Shanghai')::date
$$;
COMMENT ON FUNCTION getu.turns IS 'plans whose day has come since they were published';

-- 4. A published plan stays as it is from its first day on. Before that day it may be taken back.
CREATE OR REPLACE FUNCTION getu.refuse_unpublishing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.published_at IS NULL AND NEW.certificate IS NULL AND (
        SELECT bool_and(pc.in_force_from IS NULL) FROM getu.plan_community pc
        WHERE pc.plan_id = OLD.id) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'plan % is published and cannot be changed', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION getu.refuse_another_first_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.in_force_from <= getu.today(NULL) THEN
        RAISE EXCEPTION 'plan % is in force since %: its first day stays', OLD.plan_id,
            OLD.in_force_from USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER first_day_stays BEFORE UPDATE ON getu.plan_community
    FOR EACH ROW WHEN (OLD.in_force_from IS DISTINCT FROM NEW.in_force_from)
    EXECUTE FUNCTION getu.refuse_another_first_day();

-- 5. What a plan changed of grids and stations when it was published: it goes back with the plan.
ALTER TABLE getu.plan ADD COLUMN before JSONB;
COMMENT ON COLUMN getu.plan.before IS
    'grids [[id, type, valid_from, valid_to], …] and stations [[id, grid, code], …] before it';
