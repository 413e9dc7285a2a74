"""Rows of a household table tied to buildings."""
