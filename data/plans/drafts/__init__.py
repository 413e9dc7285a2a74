"""Drafts of plans and their log."""
