"""Plots made anew around an edit, and the drafts that follow."""
