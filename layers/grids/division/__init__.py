"""Automatic division: the fewest compact grids under the limit. Pure."""
