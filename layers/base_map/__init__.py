"""The ground: terrain, land, water, streets, buildings and borders, as tiles from PostGIS."""
