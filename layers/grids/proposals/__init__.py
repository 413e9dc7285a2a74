"""Divisions proposed to a planner, and the one that becomes a draft."""
