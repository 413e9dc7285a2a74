"""Drafts between the database and the pure modules, approval, publishing."""
