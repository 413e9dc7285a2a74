"""Divisions, counties and their policies, communities split or moved."""
