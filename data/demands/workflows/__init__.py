"""Workflows of counties, in versions: what the database lets a demand do."""
