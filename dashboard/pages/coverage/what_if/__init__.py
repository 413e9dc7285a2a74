"""Stations tried before they are built: the panel, its callbacks, a trial's address."""
