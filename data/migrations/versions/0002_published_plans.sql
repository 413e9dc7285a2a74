-- 0001 asked only for the plan that a changed row left: a row of a draft could be moved into a
-- published plan by changing its plan_id. Now both plans are asked.
CREATE OR REPLACE FUNCTION getu.refuse_published_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    the_plan bigint;
BEGIN
    IF pg_trigger_depth() > 1 THEN  -- a foreign key's own cascade
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    SELECT id INTO the_plan FROM getu.plan
    WHERE published_at IS NOT NULL
      AND ((TG_OP <> 'INSERT' AND id = OLD.plan_id) OR (TG_OP <> 'DELETE' AND id = NEW.plan_id))
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'plan % is published and cannot be changed', the_plan
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

-- Nor can a plan be made a draft again, which would open it to every change.
CREATE FUNCTION getu.refuse_unpublishing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'plan % is published and cannot be changed', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER published_stays_published BEFORE UPDATE ON getu.plan
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL
                       AND (NEW.published_at, NEW.certificate) IS DISTINCT FROM
                           (OLD.published_at, OLD.certificate))
    EXECUTE FUNCTION getu.refuse_unpublishing();
