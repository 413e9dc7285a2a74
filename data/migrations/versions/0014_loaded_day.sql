-- Household tables move data_as_of on; what was loaded besides keeps its own day.
ALTER TABLE getu.county ADD COLUMN loaded_as_of DATE;

UPDATE getu.county SET loaded_as_of = data_as_of;

COMMENT ON COLUMN getu.county.loaded_as_of IS 'the date that the county was loaded for';
