"""The declared demonstration counties."""
