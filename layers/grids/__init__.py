"""Plots, plans and grids: rules, automatic division, view."""
