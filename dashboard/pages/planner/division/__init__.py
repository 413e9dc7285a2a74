"""Automatic division at the planner's desk: its panel, its routes, what they send."""
