"""Plots and grids: what is in force, live loads, tiles, OGC collections."""
