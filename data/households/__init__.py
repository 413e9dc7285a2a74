"""Household tables, dated counts, estates, quality."""
