"""Whole imports: a file with all that follows from it; the demonstrations."""
