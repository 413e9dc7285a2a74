"""Household tables as offices write them, read."""
