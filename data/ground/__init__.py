"""Streets, water, land, terrain, base map tiles, ways of travel."""
