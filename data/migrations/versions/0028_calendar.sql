-- Days as files told them. What the program brings along (chinesecalendar) is not stored again; these
-- go before it. Code '' is the country's; a county may have days of its own (苗年).
CREATE TABLE getu.calendar_day (
    code TEXT NOT NULL,
    day DATE NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    CONSTRAINT pk_calendar_day PRIMARY KEY (code, day),
    CONSTRAINT ck_calendar_day_kind CHECK (kind IN ('working', 'weekend', 'holiday', 'make_up'))
);
COMMENT ON COLUMN getu.calendar_day.code IS 'whose days: '''' the country''s, or a prefix';
ALTER TABLE getu.calendar_day ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON getu.calendar_day USING ((CASE WHEN starts_with(code, (SELECT getu.reach())) THEN 1 END) IS NOT NULL);
CREATE POLICY seen ON getu.calendar_day FOR SELECT USING ((CASE WHEN starts_with((SELECT getu.reach()), code) THEN 1 END) IS NOT NULL);
