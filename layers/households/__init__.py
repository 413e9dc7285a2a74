"""Household tables of offices: read, tied to buildings, kept as dated counts."""
