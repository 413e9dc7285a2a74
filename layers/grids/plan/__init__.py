"""A plan as plots and grids, strokes and their log. Pure."""
