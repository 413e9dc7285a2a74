"""Backups: one file that holds a whole county's work, and the way back from it."""
