"""Plots: the tiles that grids are made of. Pure."""
