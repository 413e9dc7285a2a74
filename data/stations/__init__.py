"""Stations, coverage, scenarios and sitings."""
